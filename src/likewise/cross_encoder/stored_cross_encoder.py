"""A re-ranker as something stored and set up: labels, activation, lengths, what is saved. Does not score pairs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from likewise.cross_encoder import old_batches
from likewise.cross_encoder.arguments import checked_activation
from likewise.cross_encoder.card import CrossEncoderModelCardData, scoring_page
from likewise.cross_encoder.description import CrossEncoderDescription, describe_cross_encoder
from likewise.cross_encoder.loading import LoadedCrossEncoder
from likewise.cross_encoder.pipeline import Activation
from likewise.cross_encoder.settings import CrossEncoderSettings
from likewise.errors import ConfigError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import CardPage
from likewise.hub.push import default_commit_message
from likewise.models.activations import activation_path
from likewise.models.sequence_classifier import SequenceClassifier
from likewise.sentence_transformer.model_facts import facts_of
from likewise.sentence_transformer.origin import note_origin
from likewise.sentence_transformer.prompts import choose_prompt
from likewise.sentence_transformer.stored_model import StoredModel

logger = logging.getLogger(__name__)

_PROPERTIES = ("activation_fn", "default_activation_function", "model")


class StoredCrossEncoder(StoredModel):
    """A chain of modules that makes scores, with what its folder says about it.

    Args:
        loaded: Modules, settings and card.
        prompts: Further prompts, which win over the folder's.
        default_prompt_name: The prompt that is used when none is given; None takes the folder's.
        model_card_data: Metadata of the README that `save` writes.
    """

    def __init__(
        self,
        loaded: LoadedCrossEncoder,
        *,
        prompts: dict[str, str],
        default_prompt_name: str | None,
        model_card_data: SentenceTransformerModelCardData | None,
    ) -> None:
        super().__init__(loaded.modules, loaded.forward_kwargs)
        self.loaded_card = loaded.card_text
        self.prompts = {**loaded.settings.prompts, **prompts}
        self.default_prompt_name = default_prompt_name or loaded.settings.default_prompt_name
        choose_prompt(self.prompts, prompt=None, prompt_name=None, default_name=self.default_prompt_name)
        self.model_card_data = model_card_data or CrossEncoderModelCardData()
        note_origin(self.model_card_data, loaded.folder, loaded.card_text)
        self.activation_fn = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PROPERTIES:  # torch would make a module a link of the chain before it looks for a property
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def activation_fn(self) -> Activation:
        """Makes scores of logits; settable, None is sigmoid for one label and nothing for more."""
        (activation,) = self._activation
        return activation

    @activation_fn.setter
    def activation_fn(self, value: Activation | None) -> None:
        if value is None:
            value = nn.Sigmoid() if self.num_labels == 1 else nn.Identity()
        # In a tuple, for the same reason.
        self._activation: tuple[Activation] = (checked_activation(value),)

    default_activation_function = activation_fn

    @property
    def num_labels(self) -> int:
        """How many scores a pair gets."""
        classifier = next((each for each in self.modules() if isinstance(each, SequenceClassifier)), None)
        return classifier.num_labels if classifier is not None else self.output_dimension() or 1

    @staticmethod
    def is_singular_input(inputs: Any) -> bool:
        """Say whether `predict` takes what it is given as one pair, and gives one score by itself.

        Args:
            inputs: What `predict` would be given.

        Returns:
            True for two texts.

        Example:
            >>> StoredCrossEncoder.is_singular_input(("a", "b"))
            True
        """
        texts = list(inputs) if isinstance(inputs, list | tuple | np.ndarray) else []
        return len(texts) == 2 and all(isinstance(text, str) for text in texts)

    def _check_labels(self, wanted: int | None) -> None:
        if wanted not in (None, self.num_labels):
            raise ConfigError(
                f"num_labels={wanted}, but the modules give {self.num_labels} scores",
                accepted=f"num_labels={self.num_labels} or None",
            )

    @property
    def model(self) -> Any:
        """The transformers model; settable."""
        return self.transformers_model

    @model.setter
    def model(self, value: Any) -> None:
        self._first_module().auto_model = value

    @property
    def max_length(self) -> Any:
        """Most tokens of a pair that are read; settable. The documented name of `max_seq_length`."""
        return self.max_seq_length

    @max_length.setter
    def max_length(self, value: int | None) -> None:
        self.max_seq_length = value

    def smart_batching_collate(self, batch: Sequence[old_batches.SupportsExample]) -> tuple[dict[str, Any], Tensor]:
        """Make features and targets of examples.

        Args:
            batch: Examples of two texts and a label.

        Returns:
            Features on the model's device; float32 [B] for one score, else int64 [B].
        """
        features = self.smart_batching_collate_text_only([example.texts for example in batch])
        return features, old_batches.labels_of(batch, self.num_labels, self.device)

    def smart_batching_collate_text_only(self, batch: Sequence[Sequence[str]]) -> dict[str, Any]:
        """Make features of pairs of texts, on the model's device."""
        return old_batches.features_of(batch, self.tokenize, self.device)

    def push_to_hub(self, repo_id: str, *args: Any, tags: str | Sequence[str] | None = None, **kwargs: Any) -> str:
        """Upload the model to the hub.

        Args:
            repo_id: Such as "me/my-reranker".
            *args: As in `SentenceTransformer.push_to_hub`.
            tags: Further tags of the README.
            **kwargs: As in `SentenceTransformer.push_to_hub`.

        Returns:
            The address of the commit or of the pull request.
        """
        if tags is not None:
            self.model_card_data.add_tags([tags] if isinstance(tags, str) else list(tags))
        if len(args) < 4 and kwargs.get("commit_message") is None:
            kwargs["commit_message"] = default_commit_message("CrossEncoder")
        return super().push_to_hub(repo_id, *args, **kwargs)

    def describe(self) -> CrossEncoderDescription:
        """Say how the model runs, as it is now: modules, device, packed or padded and why, scores, prompts.

        Returns:
            A description to print, or to read field by field.
        """
        return describe_cross_encoder(self)

    def _card_page(self) -> CardPage:
        return scoring_page(facts_of(self), labels=self.num_labels, activation=repr(self.activation_fn))

    def _current_settings(self) -> CrossEncoderSettings:
        return CrossEncoderSettings(
            prompts=self.prompts,
            default_prompt_name=self.default_prompt_name,
            activation=_saved(self.activation_fn),
            max_length=self.max_seq_length,
        )


def _saved(activation: Activation) -> str | None:
    """The dotted path to save for an activation; None, which is the default when it is loaded, for a mere function."""
    if isinstance(activation, nn.Module):
        return activation_path(activation)
    logger.warning("the activation %r is not saved: it is a function, not an nn.Module", activation)
    return None
