"""Smaller batches where memory runs out. Knows what an out-of-memory error looks like, not what is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, final

import numpy as np
import torch

from likewise.errors import InputError

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
_HAVE_CACHE = ("cuda", "mps", "xpu")

Step = Callable[[np.ndarray], Any]


def is_out_of_memory(error: BaseException) -> bool:
    """Tell a lack of memory from other errors.

    Args:
        error: What was raised.

    Returns:
        Whether memory ran out, on any device.

    Example:
        >>> is_out_of_memory(RuntimeError("CUDA error: out of memory")), is_out_of_memory(RuntimeError("bad shape"))
        (True, False)
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


@final
class Halving:
    """Runs batches of one call, halves those that do not fit into memory, and remembers what did not fit.

    Args:
        device: Where memory may run out.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._too_much: int | None = None

    def run(self, step: Step, rows: np.ndarray, sizes: np.ndarray) -> Iterator[tuple[np.ndarray, Any]]:
        """Run one batch, in parts if need be.

        Args:
            step: Computes the rows it is given.
            rows: int64 [B], the rows of the batch.
            sizes: int64 [N], the size of every row there is.

        Yields:
            Parts of the rows, in order, with what the step gave for them.

        Raises:
            InputError: If a single row does not fit.
        """
        waiting = [rows]
        while waiting:
            part = waiting.pop()
            cost = len(part) * int(sizes[part].max(initial=1))
            if self._too_much is None or cost < self._too_much or len(part) == 1:
                result, error = _attempt(step, part)
                if error is None:
                    yield part, result
                    continue
                if len(part) == 1:
                    raise self._hopeless(int(sizes[part[0]]), error) from error
                self._too_much = cost
                self._free()
            middle = (len(part) + 1) // 2
            waiting += [part[middle:], part[:middle]]

    def _free(self) -> None:
        if self._device.type in _HAVE_CACHE:
            torch.get_device_module(self._device).empty_cache()

    def _hopeless(self, size: int, error: BaseException) -> InputError:
        return InputError(
            f"a single input of {size} tokens does not fit into the memory of {self._device}: {error}",
            accepted="inputs that fit one by one",
            fix="a smaller model.max_seq_length, half precision, or another device",
        )


def _attempt(step: Step, rows: np.ndarray) -> tuple[Any, BaseException | None]:
    try:
        return step(rows), None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        # The frames of the traceback hold the tensors that filled the memory.
        return None, error.with_traceback(None)
