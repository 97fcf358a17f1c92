"""The documented arguments of `predict` to options of the encode loop, and its result to the documented one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch

from likewise.cross_encoder.pairs import Pairs
from likewise.cross_encoder.pipeline import Activation, ScorePipeline
from likewise.encoding.encode import encode
from likewise.encoding.options import EncodeOptions, Result
from likewise.encoding.pool import WorkerPool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PredictCall:
    """One call of `predict`, its arguments checked.

    Args:
        options: Options of the loop.
    """

    options: EncodeOptions

    @classmethod
    def of(
        cls,
        *,
        activation: Activation,
        apply_softmax: bool,
        convert_to_numpy: bool,
        convert_to_tensor: bool,
        forward_kwargs: Mapping[str, Any],
        **options: Any,
    ) -> PredictCall:
        """Check the documented arguments.

        Args:
            activation: Applied to the logits.
            apply_softmax: Whether a softmax over several labels follows.
            convert_to_numpy: Whether the result is one numpy array.
            convert_to_tensor: Whether it is one tensor; wins over numpy.
            forward_kwargs: Keyword arguments for the modules.
            **options: Further fields of `EncodeOptions`.

        Returns:
            The call.

        Raises:
            InputError: If a value is not among the accepted ones.
        """
        result: Result = "tensor" if convert_to_tensor else "numpy" if convert_to_numpy else "list"
        own = {"activation": activation, "softmax": bool(apply_softmax)}
        return cls(options=EncodeOptions(result=result, forward_kwargs={**forward_kwargs, **own}, **options))

    def run(self, pipeline: ScorePipeline, given: Any, *, pool: WorkerPool | None, chunk_size: int | None) -> Any:
        """Score.

        Args:
            pipeline: The model.
            given: One pair, or many.
            pool: Worker processes to use, or None for this process.
            chunk_size: Pairs per piece of work of the pool.

        Returns:
            The documented result: [N] where there is one label, else [N, L]; without N for one pair.
        """
        pairs = Pairs.of(given)
        if pool is None:
            result = encode(pipeline, pairs.values, self.options)
        else:
            result = pool.encode(pairs.values, self.options, chunk_size=chunk_size)
        rows = _squeezed(result)
        return rows[0] if pairs.single else rows


def _squeezed(result: Any) -> Any:
    if isinstance(result, list):
        return [row[0] if len(row) == 1 else row for row in result]
    assert isinstance(result, np.ndarray | torch.Tensor)
    return result[:, 0] if result.ndim == 2 and result.shape[1] == 1 else result
