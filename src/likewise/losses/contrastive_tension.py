"""ContrastiveTensionLoss: two copies of a model agree on the same text and disagree on different ones."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from likewise.errors import InputError
from likewise.losses.embedding import embed_columns, sentence_embeddings, unwrapped
from likewise.losses.float32 import float32
from likewise.losses.inputs import labels_of
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles
from likewise.ops.column_batch import Features


def contrastive_tension(first_BD: Tensor, second_BD: Tensor, labels_B: Tensor) -> Tensor:
    r"""The tension of a batch: $L = -\sum_i y_i \log \sigma(u_i^T v_i) + (1 - y_i) \log(1 - \sigma(u_i^T v_i))$.

    Args:
        first_BD: What one model says of the first texts, $u$, [B, D].
        second_BD: What the other says of the second texts, $v$, [B, D].
        labels_B: 1 where both texts are the same, else 0, [B].

    Returns:
        A scalar, the sum over the rows.

    Example:
        >>> import torch
        >>> contrastive_tension(torch.eye(2), torch.eye(2), torch.tensor([1, 0]))
        tensor(1.6265)
    """
    first_BD, second_BD = float32([first_BD, second_BD])
    dots_B = (first_BD * second_BD).sum(-1)
    return F.binary_cross_entropy_with_logits(dots_B, labels_B.reshape(-1).to(dots_B), reduction="sum")


class ContrastiveTensionLoss(Loss):
    r"""Trains two copies of a model: their embeddings agree where the text is the same, and differ elsewhere.

    $L = -\sum_i y_i \log \sigma(f_1(a_i)^T f_2(b_i)) + (1 - y_i) \log(1 - \sigma(f_1(a_i)^T f_2(b_i)))$. Both copies
    learn; $f_2$ is the model itself.

    Data: (text, text) and 1 where both are the same, else 0, which `ContrastiveTensionDataLoader` makes from texts.

    Args:
        model: The model to train.

    Example:
        >>> import torch
        >>> ContrastiveTensionLoss(nn.Identity()).compute([torch.eye(2), torch.eye(2)], torch.tensor([1, 0]))
        tensor(1.6265)

    Reference:
        Carlsson et al., "Semantic Re-tuning with Contrastive Tension", ICLR 2021.
    """

    roles: ClassVar[Roles] = Roles(("first", "second"), label=Label.BINARY)

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self.twin = copy.deepcopy(unwrapped(model))

    def embed(self, sentence_features: Sequence[Features]) -> list[Tensor]:
        """Embed the first column with the copy, and the second with the model.

        Args:
            sentence_features: Features of both columns.

        Returns:
            [B, D] for each column.
        """
        first, second = sentence_features
        # What wraps the training of a model sets the mode of the model alone.
        self.twin.train(self.model.training)
        ours = embed_columns(self.twin, [first], self.mini_batches)
        return sentence_embeddings([*ours, *embed_columns(self.model, [second], self.mini_batches)])

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The tension of a batch.

        Args:
            embeddings: Of the first texts and of the second, [B, D] each.
            targets: 1 where both texts are the same, else 0, [B].

        Returns:
            A scalar, the sum over the rows.

        Raises:
            InputError: If there are no labels.
            ShapeError: If there is not one label for each row.
        """
        if targets is None:
            raise InputError(
                "no labels",
                accepted="1 where both texts are the same, else 0",
                fix="ContrastiveTensionDataLoader(texts, batch_size=8)",
            )
        return contrastive_tension(embeddings[0], embeddings[1], labels_of(targets, embeddings[0], self.roles))

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return CONTRASTIVE_TENSION


CONTRASTIVE_TENSION = """@inproceedings{carlsson2021semantic,
    title = {Semantic Re-tuning with Contrastive Tension},
    author = {Fredrik Carlsson and Amaru Cuba Gyllensten and Evangelia Gogoulou and Erik Ylip{\\"a}{\\"a} Hellqvist
        and Magnus Sahlgren},
    booktitle = {International Conference on Learning Representations},
    year = {2021},
    url = {https://openreview.net/forum?id=Ov_sMNau-PF},
}
"""
