"""The packed transformer: one forward for many encoder architectures, without padding.

Here: `spec` (what an architecture is, as data), `architectures/` (one small file each: configuration to spec, names of
weights), `batch` (texts end to end), `block`, `attention`, `positions`, `linear`, `cpu` and `kernels` (the parts of the
forward), `encoder` (all of it) and `supports` (may a checkpoint run here, and if not, why). Not here: files,
tokenising, pooling.
"""
