"""RankNet: the order of each two documents of a query, all pairs alike."""

from __future__ import annotations

from typing import Any

from torch import nn

from likewise.cross_encoder.losses.lambda_loss import LambdaLoss, Logarithm
from likewise.cross_encoder.losses.sources import RANK_NET


class RankNetLoss(LambdaLoss):
    r"""Mean over pairs of documents with $y_i > y_j$ of $-\log_2 \frac{1}{1 + \exp(-\sigma (s_i - s_j))}$.

    Data: (query, list of documents), and a list of labels, of which only the order counts.

    Args:
        model: The model to train, of one output.
        k: Only pairs with a document in the first k places of the model's ranking count; None for all.
        sigma: Steepness, above 0.
        eps: As in `LambdaLoss`, without effect here.
        reduction_log: "binary" or "natural": base of the logarithm.
        activation_fn: What outputs go through; None for nothing.
        mini_batch_size: Most pairs that are scored at a time, others' activations being computed again in the backward
            pass; None, 0 or less scores all at once.
        gather_across_devices: Whether the mean is over the pairs of all processes, which all must then train with this
            loss at the same step; else each process takes its own, and their mean is taken.

    Raises:
        InputError: If `k` is below 1, `sigma` not above 0, or the logarithm unknown.

    Example:
        >>> import torch
        >>> RankNetLoss(nn.Identity()).compute(torch.zeros(1, 2), [[1.0, 0.0]], None)
        tensor(1.)

    Reference:
        Burges et al., "Learning to Rank using Gradient Descent", ICML 2005.
    """

    def __init__(
        self,
        model: nn.Module,
        k: int | None = None,
        sigma: float = 1.0,
        eps: float = 1e-10,
        reduction_log: Logarithm = "binary",
        activation_fn: nn.Module | None = None,
        mini_batch_size: int | None = None,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(
            model, None, k, sigma, eps, reduction_log, activation_fn, mini_batch_size, gather_across_devices
        )

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        config = super().get_config_dict()
        del config["weighting_scheme"]
        return config

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return RANK_NET
