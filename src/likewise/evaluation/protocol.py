"""What an evaluator needs of a model. Knows no model class; anything with these members can be evaluated."""

from __future__ import annotations

from typing import Any, Protocol


class EvaluatedModel(Protocol):
    """Something that encodes, such as a `SentenceTransformer`.

    The three encode methods take a list of texts and these keyword arguments, of which an evaluator passes those that
    it needs: `batch_size`, `show_progress_bar`, `truncate_dim`, `prompt`, `prompt_name`, `precision`,
    `normalize_embeddings`, `convert_to_numpy`, `convert_to_tensor`. They give one row for each text.
    """

    @property
    def similarity_fn_name(self) -> Any:
        """Name of the similarity function that the model is meant for, such as "cosine"."""

    @property
    def model_card_data(self) -> Any:
        """What the README says; its `set_evaluation_metrics(evaluator, metrics, epoch, step)` is given the results."""

    def encode(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings."""

    def encode_query(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of queries, with the prompt that the model has for them."""

    def encode_document(self, sentences: Any, /, **kwargs: Any) -> Any:
        """Compute embeddings of documents, with the prompt that the model has for them."""
