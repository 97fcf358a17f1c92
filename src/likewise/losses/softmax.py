"""Classification of pairs: a linear classifier on two embeddings and their difference, learnt with the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.errors import ConfigError
from likewise.losses.float32 import without_autocast
from likewise.losses.inputs import columns_of, labels_of
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.losses.sources import SBERT
from likewise.ops.column_batch import Features
from likewise.qualified_name import fullname


class SoftmaxLoss(Loss):
    """loss_fct(W [u; v; |u - v|; u * v] + b, class), with the parts that are asked for.

    Args:
        model: The model to train.
        sentence_embedding_dimension: Width of the embeddings.
        num_labels: Number of classes.
        concatenation_sent_rep: Whether u and v are used.
        concatenation_sent_difference: Whether |u - v| is used.
        concatenation_sent_multiplication: Whether u * v is used.
        loss_fct: [B, classes] and classes [B] to a scalar; None is the cross entropy.
        embedding_dimension: Later name of `sentence_embedding_dimension`.

    Raises:
        ConfigError: If the width is not given once, or no part is used.

    Example:
        >>> loss = SoftmaxLoss(nn.Identity(), sentence_embedding_dimension=4, num_labels=3)
        >>> loss.classifier.in_features
        12

    Reference:
        Reimers and Gurevych, Sentence-BERT, arXiv:1908.10084.
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.CLASS)

    def __init__(
        self,
        model: nn.Module,
        sentence_embedding_dimension: int | None = None,
        num_labels: int | None = None,
        concatenation_sent_rep: bool = True,
        concatenation_sent_difference: bool = True,
        concatenation_sent_multiplication: bool = False,
        loss_fct: Callable[[Tensor, Tensor], Tensor] | None = None,
        *,
        embedding_dimension: int | None = None,
    ) -> None:
        super().__init__(model)
        width = sentence_embedding_dimension if embedding_dimension is None else embedding_dimension
        parts = 2 * concatenation_sent_rep + concatenation_sent_difference + concatenation_sent_multiplication
        if not width or not num_labels or not parts:
            raise ConfigError(
                f"SoftmaxLoss with width {width}, {num_labels} classes and {parts} parts",
                accepted="a width, a number of classes, and at least one of the concatenations",
                fix="SoftmaxLoss(model, model.get_sentence_embedding_dimension(), num_labels=3)",
            )
        self.sentence_embedding_dimension = width
        self.num_labels = num_labels
        self.concatenation_sent_rep = concatenation_sent_rep
        self.concatenation_sent_difference = concatenation_sent_difference
        self.concatenation_sent_multiplication = concatenation_sent_multiplication
        self.classifier = nn.Linear(parts * width, num_labels)
        self.loss_fct = nn.CrossEntropyLoss() if loss_fct is None else loss_fct

    @property
    def fixed_width(self) -> int:
        """The only width of embeddings that the classifier takes."""
        return self.sentence_embedding_dimension

    def logits(self, embeddings: Sequence[Tensor]) -> Tensor:
        """What the classifier says.

        Args:
            embeddings: [B, D] of the first and the second texts.

        Returns:
            [B, classes].
        """
        first_BD, second_BD = columns_of(embeddings, self.roles)
        parts = [first_BD, second_BD] if self.concatenation_sent_rep else []
        parts += [(first_BD - second_BD).abs()] if self.concatenation_sent_difference else []
        parts += [first_BD * second_BD] if self.concatenation_sent_multiplication else []
        with without_autocast(first_BD):
            said: Tensor = self.classifier(torch.cat(parts, dim=1).to(self.classifier.weight.dtype))
        return said.to(first_BD.dtype)

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of the first and the second texts.
            targets: Integer classes, [B].

        Returns:
            A scalar.
        """
        labels_B = labels_of(targets, embeddings[0], self.roles)
        return self.loss_fct(self.logits(embeddings), labels_B)

    def forward(self, sentence_features: Iterable[Features], labels: Tensor | None = None) -> Any:
        """Embed a batch and compute the objective; without labels, return embeddings and logits.

        Args:
            sentence_features: Features of the two columns.
            labels: Integer classes, or None.

        Returns:
            A scalar; or the embeddings, one tensor for each column, and [B, classes].
        """
        if labels is not None:
            return super().forward(sentence_features, labels)
        embeddings = self.embed(list(sentence_features))
        return embeddings, self.logits(embeddings)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {
            "num_labels": self.num_labels,
            "concatenation_sent_rep": self.concatenation_sent_rep,
            "concatenation_sent_difference": self.concatenation_sent_difference,
            "concatenation_sent_multiplication": self.concatenation_sent_multiplication,
            "loss_fct": fullname(self.loss_fct),
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return SBERT
