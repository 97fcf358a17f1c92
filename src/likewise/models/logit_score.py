"""LogitScore: what a generative model says after a pair, as one score. Knows token ids, not what the tokens mean."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from likewise.errors import InputError, ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.models.arguments import MAX_DIMENSION, checked_integer
from likewise.models.module import Features, Module

_MAX_ID = MAX_DIMENSION - 1


class LogitScore(Module):
    r"""Scores a pair by the token that would follow: $s = z_{true} - z_{false}$, or $z_{true}$ alone.

    The sigmoid of the difference is the probability of the one token among the two.

    Args:
        true_token_id: Token that says that the document answers the query, such as "yes".
        false_token_id: Token that says that it does not, such as "no"; None scores by the first alone.
        module_input_name: The feature that holds the logits.

    Raises:
        InputError: If an id is below 0.

    Example:
        >>> import torch
        >>> LogitScore(1, 0)({"causal_logits": torch.tensor([[[0.5, 2.0, 1.0]]])})["scores"]
        tensor([[1.5000]])

    Reference:
        Nogueira, Jiang, Pradeep and Lin, Document Ranking with a Pretrained Sequence-to-Sequence Model,
        arXiv:2003.06713, section 3.
    """

    config_keys: ClassVar[list[str]] = ["true_token_id", "false_token_id", "module_input_name"]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self, true_token_id: int, false_token_id: int | None = None, module_input_name: str = "causal_logits"
    ) -> None:
        super().__init__()
        self.true_token_id = checked_integer("true_token_id", true_token_id, 0, _MAX_ID)
        self.false_token_id = (
            None if false_token_id is None else checked_integer("false_token_id", false_token_id, 0, _MAX_ID)
        )
        self.module_input_name = module_input_name

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Score.

        Args:
            features: With the logits of the next token under `module_input_name`, float [B, V], or [B, S, V], of which
                the last position counts.
            **kwargs: Taken and not used.

        Returns:
            The features with `scores` float32 [B, 1].

        Raises:
            InputError: If there are no logits.
            ShapeError: If the vocabulary does not have the tokens.
        """
        del kwargs
        logits = features.get(self.module_input_name)
        if not isinstance(logits, Tensor) or logits.dim() not in (2, 3):
            raise InputError(
                f"no logits {self.module_input_name!r} among the features {sorted(features)}",
                accepted="features of a generative model",
                fix="CrossEncoder(modules=[CausalTransformer(path), LogitScore(true_token_id, false_token_id)])",
            )
        logits_BV = logits if logits.dim() == 2 else logits[:, -1]
        largest = max(self.true_token_id, self.false_token_id or 0)
        if largest >= logits_BV.shape[1]:
            raise ShapeError(
                f"the token id {largest}, and logits of {logits_BV.shape[1]} tokens",
                accepted="ids of the model's vocabulary",
            )
        scores_B = logits_BV[:, self.true_token_id].float()
        if self.false_token_id is not None:
            scores_B = scores_B - logits_BV[:, self.false_token_id].float()
        return {**features, "scores": scores_B[:, None]}

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Turn the settings file into constructor arguments.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor.
        """
        return {
            "true_token_id": config.integer("true_token_id", high=_MAX_ID),
            "false_token_id": config.integer("false_token_id", high=_MAX_ID, default=None),
            "module_input_name": config.text("module_input_name", default="causal_logits"),
        }

    def __repr__(self) -> str:
        return f"LogitScore({self.get_config_dict()})"
