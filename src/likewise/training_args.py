"""The documented path of the training arguments; they live in `likewise.training`."""

from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.samplers import BatchSamplers, MultiDatasetBatchSamplers

__all__ = ["BatchSamplers", "MultiDatasetBatchSamplers", "SentenceTransformerTrainingArguments"]
