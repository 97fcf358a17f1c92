"""Cross entropy of 0 and 1 for each output: the usual loss of a re-ranker on labelled pairs."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.cross_encoder.losses.labels import check_range, pair_labels
from likewise.cross_encoder.losses.pair_loss import PairLoss
from likewise.losses.roles import Label, Roles


class BinaryCrossEntropyLoss(PairLoss):
    r"""Mean of $-(p \, y \log \sigma(s) + (1 - y) \log(1 - \sigma(s)))$ over pairs and outputs.

    Data: (sentence1, sentence2) and a label of 0 to 1; one for each output where the model has several, each of which
    is then a question of its own (multi-label).

    Args:
        model: The model to train.
        activation_fn: What its outputs go through before the sigmoid; None for nothing.
        pos_weight: $p$, the weight of label 1, such as negatives over positives; None for 1.
        **kwargs: Further arguments of `torch.nn.BCEWithLogitsLoss`.

    Example:
        >>> import torch
        >>> BinaryCrossEntropyLoss(nn.Identity()).objective(torch.zeros(2, 1), [1, 1], [1.0, 0.0])
        tensor(0.6931)
    """

    roles: ClassVar[Roles] = Roles(("sentence1", "sentence2"), label=Label.SCORE)

    def __init__(
        self,
        model: nn.Module,
        activation_fn: nn.Module | None = None,
        pos_weight: Tensor | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(model, activation_fn)
        self.pos_weight = pos_weight
        self.bce_with_logits_loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight, **kwargs)

    def compute(self, scores: Tensor, labels: Any, where: Tensor | None) -> Tensor:
        """The objective.

        Args:
            scores: [B, L].
            labels: 0 to 1 for each output, [B] or [B, L].
            where: Not used.

        Returns:
            A scalar.

        Raises:
            InputError: If a label is below 0 or above 1.
        """
        del where
        targets_BL = pair_labels(labels, scores)
        check_range(targets_BL, 0, 1, "0 to 1; MSELoss takes any number, CrossEntropyLoss classes")
        # On its device, wherever the model was moved since.
        value: Tensor = self.bce_with_logits_loss.to(scores.device)(scores, targets_BL)
        return value

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        weight = None if self.pos_weight is None else self.pos_weight.tolist()
        return {**super().get_config_dict(), "pos_weight": weight}
