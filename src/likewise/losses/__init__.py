"""Training objectives, under their documented names; each is imported when it is first used. `Loss` is the contract."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "AdaptiveLayerLoss": "adaptive_layer",
    "AnglELoss": "angle",
    "BatchAllTripletLoss": "batch_triplet_losses",
    "BatchHardSoftMarginTripletLoss": "batch_triplet_losses",
    "BatchHardTripletLoss": "batch_triplet_losses",
    "BatchHardTripletLossDistanceFunction": "batch_triplets",
    "BatchSemiHardTripletLoss": "batch_triplet_losses",
    "CachedGISTEmbedLoss": "gist_embed",
    "CachedMultipleNegativesRankingLoss": "cached_multiple_negatives_ranking",
    "CachedMultipleNegativesSymmetricRankingLoss": "cached_multiple_negatives_symmetric_ranking",
    "ContrastiveLoss": "contrastive",
    "ContrastiveTensionLoss": "contrastive_tension",
    "ContrastiveTensionLossInBatchNegatives": "contrastive_tension_in_batch",
    "CoSENTLoss": "cosent",
    "CosineSimilarityLoss": "cosine_similarity",
    "DenoisingAutoEncoderLoss": "denoising_auto_encoder",
    "DistillKLDivLoss": "distill_kl_div",
    "EmbedDistillLoss": "embed_distill",
    "GISTEmbedLoss": "gist_embed",
    "GlobalOrthogonalRegularizationLoss": "global_orthogonal_regularization",
    "Loss": "loss",
    "MarginMSELoss": "margin_mse",
    "Matryoshka2dLoss": "matryoshka_2d",
    "MatryoshkaLoss": "matryoshka",
    "MegaBatchMarginLoss": "mega_batch_margin",
    "MSELoss": "mse",
    "MultipleNegativesRankingLoss": "multiple_negatives_ranking",
    "MultipleNegativesSymmetricRankingLoss": "multiple_negatives_symmetric_ranking",
    "OnlineContrastiveLoss": "contrastive",
    "SiameseDistanceMetric": "pair_distances",
    "SoftmaxLoss": "softmax",
    "TripletDistanceMetric": "pair_distances",
    "TripletLoss": "triplet",
}

# Documented here as well, though it is about data.
_ELSEWHERE = {"ContrastiveTensionDataLoader": "likewise.datasets.contrastive_tension_data_loader"}

__all__ = sorted([*_HOMES, *_ELSEWHERE])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"likewise.losses.{_HOMES[name]}"), name)
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module 'likewise.losses' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
