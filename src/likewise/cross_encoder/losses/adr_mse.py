"""ADR-MSE: how far a document's rank is from its rank in a teacher's list, the first places counting most.

Legend: B queries, K documents of the longest list.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from likewise.cross_encoder.losses.across import mean_of_terms
from likewise.cross_encoder.losses.list_loss import ListLoss
from likewise.cross_encoder.losses.sources import ADR_MSE
from likewise.errors import InputError


def adr_mse(
    scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor, alpha: float = 1.0, *, across_devices: bool = False
) -> Tensor:
    r"""Mean over documents of $\frac{(r_i - \hat r_i)^2}{\log_2(1 + r_i)}$.

    $r_i$ is the rank by label, documents of equal label sharing the mean of their ranks; $\hat r_i = 1 + \sum_{j \ne i}
    \sigma(\alpha (s_j - s_i))$ the rank by score, made smooth.

    Args:
        scores_BK: Scores, float32 or wider.
        labels_BK: Labels.
        where_BK: Where there is a document.
        alpha: Steepness of the smooth rank; the larger, the nearer it is to the rank.
        across_devices: Whether the mean is over the documents of all processes.

    Returns:
        A scalar; 0 for a single document.

    Example:
        >>> adr_mse(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.ones(1, 2).bool())
        tensor(0.2039)

    Reference:
        Schlatt et al., "Rank-DistiLLM: Closing the Effectiveness Gap Between Cross-Encoders and LLMs for Passage
        Re-Ranking", arXiv:2405.07920; the smooth rank is that of Qin, Liu and Li, "A general approximation framework
        for direct optimization of information retrieval measures", 2010.
    """
    # A document is one half before itself: so ranks begin at one half.
    both_BKK = (where_BK[:, :, None] & where_BK[:, None, :]).to(scores_BK.dtype)
    said_BK = 0.5 + (torch.sigmoid(alpha * (scores_BK[:, None, :] - scores_BK[:, :, None])) * both_BKK).sum(2)
    ahead_BKK = torch.sign(labels_BK[:, None, :] - labels_BK[:, :, None]) / 2 + 0.5
    rank_BK = 0.5 + (ahead_BKK * both_BKK).sum(2)
    errors_BK = (rank_BK - said_BK).square() / torch.log2(1 + rank_BK)
    total = errors_BK.masked_fill(~where_BK, 0.0).sum()
    return mean_of_terms(total, where_BK.sum(), across_devices=across_devices)


class ADRMSELoss(ListLoss):
    r"""Bring each document to the rank that it has in a teacher's list: approximate discounted rank MSE.

    Data: (query, list of documents), and a list of labels, of which only the order counts; lists may differ in length.

    Args:
        model: The model to train, of one output.
        alpha: Steepness of the smooth rank, above 0.
        activation_fn: What outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.
        gather_across_devices: Whether the mean is over the documents of all processes, which all must then train with
            this loss at the same step; else each process takes its own, and their mean is taken.

    Raises:
        InputError: If `alpha` is not above 0.

    Example:
        >>> ADRMSELoss(nn.Identity()).compute(torch.zeros(1, 2), [[1.0, 0.0]], None)
        tensor(0.2039)

    Reference:
        Schlatt et al., "Rank-DistiLLM: Closing the Effectiveness Gap Between Cross-Encoders and LLMs for Passage
        Re-Ranking", arXiv:2405.07920.
    """

    def __init__(
        self,
        model: nn.Module,
        alpha: float = 1.0,
        activation_fn: nn.Module | None = None,
        mini_batch_size: int | None = None,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model, activation_fn, mini_batch_size)
        if not alpha > 0:
            raise InputError(f"alpha={alpha!r}", accepted="a number above 0", fix="alpha=1.0")
        self.alpha = alpha
        self.gather_across_devices = gather_across_devices

    def formula(self, scores_BK: Tensor, labels_BK: Tensor, where_BK: Tensor) -> Tensor:
        """See `adr_mse`.

        Args:
            scores_BK: Scores.
            labels_BK: Labels.
            where_BK: Where there is a document.

        Returns:
            A scalar.
        """
        return adr_mse(scores_BK, labels_BK, where_BK, self.alpha, across_devices=self.gather_across_devices)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        own = {"alpha": self.alpha, "gather_across_devices": self.gather_across_devices}
        return {**own, **super().get_config_dict()}

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return ADR_MSE
