"""The documented path of the samplers; they live in `likewise.training.samplers`."""

from likewise.training.samplers import (
    DefaultBatchSampler,
    GroupByLabelBatchSampler,
    MultiDatasetDefaultBatchSampler,
    NoDuplicatesBatchSampler,
    ProportionalBatchSampler,
    RoundRobinBatchSampler,
    SetEpochMixin,
)

__all__ = [
    "DefaultBatchSampler",
    "GroupByLabelBatchSampler",
    "MultiDatasetDefaultBatchSampler",
    "NoDuplicatesBatchSampler",
    "ProportionalBatchSampler",
    "RoundRobinBatchSampler",
    "SetEpochMixin",
]
