"""What losses on single pairs share: two columns, and all outputs of the model for each pair.

Legend: B pairs, L outputs of the model.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from likewise.cross_encoder.losses.candidates import Candidates, columns_to_pairs
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.errors import InputError


class PairLoss(CrossEncoderLoss, ABC):
    """Base of the losses that compare what the model says of a pair with the pair's own label."""

    one_output = False

    def candidates(self, inputs: Sequence[Sequence[Any]]) -> Candidates:
        """The pairs of the two columns.

        Args:
            inputs: Two columns of B inputs.

        Returns:
            One pair for each row.

        Raises:
            InputError: If there are not two columns.
        """
        if len(inputs) != 2:
            raise InputError(f"{len(inputs)} columns of inputs", accepted=str(self.roles))
        return columns_to_pairs(inputs)

    def objective(self, logits_NL: Tensor, counts: Sequence[int], labels: Any) -> Tensor:
        """The objective of what the model gave.

        Args:
            logits_NL: Outputs of the model, [B, L].
            counts: Not used: each row has one pair.
            labels: The labels.

        Returns:
            A scalar.
        """
        del counts
        return self.compute(self.activation_fn(logits_NL), labels, None)
