"""Pure tensor functions: packing, pooling, similarity, normalisation.

Here: functions of tensors, differentiable where that means something, without state. Not here: modules, folders, text.
"""
