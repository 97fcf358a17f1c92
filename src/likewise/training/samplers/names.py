"""The documented names of samplers, as training arguments spell them. Knows no sampler."""

from __future__ import annotations

from enum import StrEnum


class BatchSamplers(StrEnum):
    """How the rows of one data set become batches.

    `NO_DUPLICATES_HASHED` is the later name of a faster form; here both are the same.

    Example:
        >>> BatchSamplers("no_duplicates") is BatchSamplers.NO_DUPLICATES
        True
    """

    BATCH_SAMPLER = "batch_sampler"
    NO_DUPLICATES = "no_duplicates"
    NO_DUPLICATES_HASHED = "no_duplicates_hashed"
    GROUP_BY_LABEL = "group_by_label"


class MultiDatasetBatchSamplers(StrEnum):
    """Which of several data sets the next batch comes from.

    Example:
        >>> MultiDatasetBatchSamplers("round_robin").name
        'ROUND_ROBIN'
    """

    ROUND_ROBIN = "round_robin"
    PROPORTIONAL = "proportional"
