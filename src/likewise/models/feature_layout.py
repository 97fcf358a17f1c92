"""Features in the form that a module takes. The one place that decides about it."""

from __future__ import annotations

from torch import nn

from likewise.models.module import Features, Module
from likewise.ops.packing import LOGITS, computed_logits, padded_features


def features_for(module: nn.Module, features: Features) -> Features:
    """Convert what a module does not take: packed features to padded ones, logits to come to computed ones.

    Args:
        module: The module that is to be run.
        features: Features of one batch.

    Returns:
        The features, or a converted copy.
    """
    own = isinstance(module, Module)
    if LOGITS in features and not (own and module.takes_logits):
        features = computed_logits(features)
    if "cu_seqlens" in features and not (own and module.takes_packed):
        return padded_features(features)
    return features
