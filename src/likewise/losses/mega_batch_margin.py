"""MegaBatchMarginLoss: in a large batch, each anchor against the nearest of the other positives.

Legend: B rows, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.losses.float32 import float32
from likewise.losses.gather import gather_columns
from likewise.losses.in_batch_ranking import mini_batch_settings
from likewise.losses.loss import Loss
from likewise.losses.roles import Roles
from likewise.ops.column_batch import MiniBatches
from likewise.ops.similarity import cos_sim, pairwise_cos_sim

_ROWS = 1024


def mega_batch_margin(
    anchor_BD: Tensor,
    positive_BD: Tensor,
    positive_margin: float,
    negative_margin: float,
    *,
    gather_across_devices: bool = False,
) -> Tensor:
    """Mean of max(0, m+ - cos(a, p)) + max(0, max over other p' of cos(a, p') - m-).

    Args:
        anchor_BD: [B, D].
        positive_BD: [B, D].
        positive_margin: m+, the cosine that positives should have at least.
        negative_margin: m-, the cosine that others should have at most.
        gather_across_devices: Whether the positives of all processes are others.

    Returns:
        A scalar; a batch of one row has no others.

    Example:
        >>> mega_batch_margin(torch.eye(2), torch.eye(2), 0.8, -0.5)
        tensor(0.5000)
    """
    own_B = pairwise_cos_sim(anchor_BD, positive_BD)
    costs_B = torch.relu(positive_margin - own_B)
    everywhere = gather_columns([positive_BD], across_devices=gather_across_devices)
    (candidates_ND,) = everywhere.columns
    if len(candidates_ND) > 1:
        nearest_B = _nearest_others(anchor_BD.detach(), candidates_ND.detach(), everywhere.first)
        hardest_B = pairwise_cos_sim(anchor_BD, candidates_ND[nearest_B])
        costs_B = costs_B + torch.relu(hardest_B - negative_margin)
    return everywhere.mean(costs_B)


def _nearest_others(anchor_BD: Tensor, candidates_ND: Tensor, first: int) -> Tensor:
    """For each anchor, which candidate of another row is nearest; memory of a slice of rows at a time."""
    found = [torch.zeros(0, dtype=torch.long, device=anchor_BD.device)]
    for start in range(0, len(anchor_BD), _ROWS):
        scores = cos_sim(anchor_BD[start : start + _ROWS], candidates_ND)
        row = torch.arange(len(scores), device=scores.device)
        scores[row, row + start + first] = -torch.inf
        found.append(scores.argmax(1))
    return torch.cat(found)


class MegaBatchMarginLoss(Loss):
    """Draws positives to a cosine above one margin, and the hardest negative of a large batch below another.

    Args:
        model: The model to train.
        positive_margin: The cosine that positives should have at least.
        negative_margin: The cosine that others should have at most.
        use_mini_batched_version: Whether the batch is embedded in mini-batches; the result is the same.
        mini_batch_size: Most texts of a mini-batch.
        mini_batch_num_tokens: Most tokens of a mini-batch; None sets no limit but the number of texts.
        show_progress_bar: Whether to show a progress bar over the mini-batches.
        gather_across_devices: Whether the positives of all processes are candidates for the hardest negative.

    Example:
        >>> MegaBatchMarginLoss(nn.Identity()).compute([torch.eye(2), torch.eye(2)], None)
        tensor(0.)

    Reference:
        Wieting and Gimpel, ParaNMT-50M: Pushing the Limits of Paraphrastic Sentence Embeddings, ACL 2018.
    """

    roles: ClassVar[Roles] = Roles(("anchor", "positive"))

    def __init__(
        self,
        model: nn.Module,
        positive_margin: float = 0.8,
        negative_margin: float = 0.3,
        use_mini_batched_version: bool = True,
        mini_batch_size: int = 50,
        mini_batch_num_tokens: int | None = None,
        show_progress_bar: bool = False,
        *,
        gather_across_devices: bool = False,
    ) -> None:
        pieces = MiniBatches(mini_batch_size, mini_batch_num_tokens, show_progress=show_progress_bar)
        super().__init__(model, pieces if use_mini_batched_version else None)
        self.positive_margin = positive_margin
        self.negative_margin = negative_margin
        self.gather_across_devices = gather_across_devices

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of anchors and positives.
            targets: Not used.

        Returns:
            A scalar.
        """
        del targets
        anchor_BD, positive_BD = float32(embeddings)
        return mega_batch_margin(
            anchor_BD,
            positive_BD,
            self.positive_margin,
            self.negative_margin,
            gather_across_devices=self.gather_across_devices,
        )

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {
            "positive_margin": self.positive_margin,
            "negative_margin": self.negative_margin,
            "gather_across_devices": self.gather_across_devices,
            "use_mini_batched_version": self.mini_batches is not None,
            **mini_batch_settings(self.mini_batches),
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return PARA_NMT


PARA_NMT = """@inproceedings{wieting-gimpel-2018-paranmt,
    title = {{P}ara{NMT}-50{M}: Pushing the Limits of Paraphrastic Sentence Embeddings with Millions of Machine
        Translations},
    author = {Wieting, John and Gimpel, Kevin},
    booktitle = {Proceedings of ACL},
    year = {2018},
    url = {https://arxiv.org/abs/1711.05732},
}
"""
