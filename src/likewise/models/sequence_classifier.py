"""The module of most re-rankers: pairs of texts to scores with a sequence classification model of transformers.

Knows how its folder, tokenizer and model go together; does not know activations, nor what a score means.
"""

from __future__ import annotations

from typing import Any, Self

import torch

from likewise.hub.folder import ModelFolder
from likewise.models import body_access
from likewise.models.classifier_loading import label_count, load_classifier
from likewise.models.direct_headed import encoder_part
from likewise.models.model_watch import ModelWatch
from likewise.models.module import Features, LoadContext
from likewise.models.packed_body import is_plain
from likewise.models.packed_classifier import PackedClassifier
from likewise.models.text_module import TextModule
from likewise.models.transformer_settings import SCORING_TASK, TransformerSettings, read_settings
from likewise.ops.packing import padded_features

# What 5.4 and later write of a model that reads texts alone.
_MODALITIES = {"text": {"method": "forward", "method_output_name": "logits"}}


class SequenceClassifier(TextModule):
    """Gives scores to texts and pairs of texts with a `...ForSequenceClassification` model of transformers.

    Made by `from_folder` or `open`. White space around texts counts.
    """

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load the module from its folder.

        Args:
            folder: The module's folder, or a plain transformers folder.
            context: What the caller decided.

        Returns:
            The module.
        """
        return cls.open(folder, context)

    @classmethod
    def open(cls, folder: ModelFolder, context: LoadContext, *, labels: int | None = None) -> Self:
        """Load the module from a folder, or make it around an encoder that has no head yet.

        Args:
            folder: The module's folder, or a plain transformers folder.
            context: What the caller decided.
            labels: How many scores the head shall give; None takes what the folder has, 1 for a new head.

        Returns:
            The module.

        Raises:
            CheckpointError: If the checkpoint is damaged or incomplete.
            ConfigError: If the folder has a head of another size.
        """
        settings = read_settings(folder, context, task=SCORING_TASK)
        module = cls.__new__(cls)
        TextModule.__init__(module)
        module._set_up(folder, settings, context, labels)
        return module

    def _set_up(
        self, folder: ModelFolder, settings: TransformerSettings, context: LoadContext, labels: int | None
    ) -> None:
        self._modules["auto_model"] = load_classifier(folder, settings, context, labels=labels)
        self._set_up_reading(folder, settings, context)
        self._watch = ModelWatch(PackedClassifier.of)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Score; gradients flow, and dropout is on in training mode.

        Args:
            features: int64 [B, S]: `input_ids`, `attention_mask` and, where the model has segments, `token_type_ids`;
                or packed, `input_ids` [T] with `cu_seqlens`.
            **kwargs: Further keyword arguments of the transformers model, which then runs padded.

        Returns:
            The features with `scores` [B, L], before any activation, in the type of the weights.
        """
        seen = self.how_it_runs()
        if seen.encoder is not None and not kwargs and is_plain(features):
            return {**features, "scores": seen.scores(self._body, features)}
        features, model = padded_features(features), self.auto_model
        inputs = {name: features[name] for name in body_access.forward_names(model) if name in features}
        return {**features, "scores": model(**inputs, **kwargs, return_dict=True).logits}

    def how_it_runs(self) -> PackedClassifier:
        """Say whether the model runs packed, and why not where it does not.

        Returns:
            What is known about the model as it is now, with the adapters and hooks that it carries.
        """
        return self._watch.look(self._body)

    @property
    def _encoder_part(self) -> torch.nn.Module:
        part: torch.nn.Module = encoder_part(self._body)
        return part

    @property
    def num_labels(self) -> int:
        """How many scores the model gives to a text or pair."""
        return label_count(self._body)

    def _clean_text(self, text: str) -> str:
        # White space stays, unlike before embedding: versions from 4.0 on score texts as they are.
        return text.lower() if self.do_lower_case else text

    def embedding_dimension(self) -> int | None:
        """None: the module makes no embeddings."""
        return None

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved.

        Returns:
            Lengths, the task, and where the scores are found in the output of the transformers model.
        """
        task = {"transformer_task": SCORING_TASK, "modality_config": _MODALITIES, "module_output_name": "scores"}
        return {**super().get_config_dict(), **task}

    def __repr__(self) -> str:
        return (
            f"SequenceClassifier({{'max_seq_length': {self.max_seq_length}, 'num_labels': {self.num_labels}, "
            f"'architecture': {body_access.class_name(self._body)!r}}})"
        )
