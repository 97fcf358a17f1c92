"""One copy of a model for all worker processes, in memory that they share. Knows pickle and files, no model.

The model in this process is left as it is: moving its tensors themselves into shared memory would pull them away
from under threads that are using them, and the usual place for shared memory (/dev/shm) is small in containers. So it
is written once to an anonymous file in memory, from which every worker maps its tensors. Elsewhere than on Linux this
is a temporary file.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, final

import torch

from likewise.errors import WorkerError
from likewise.models.code_package import CarriedCode


@final
class Handover:
    """A model written down for workers to read.

    Args:
        model: Anything that pickles; tensors are shared.

    Raises:
        WorkerError: If it does not pickle.
    """

    def __init__(self, model: object) -> None:
        self._descriptor, self.path, self._on_disk = _open()
        try:
            with os.fdopen(os.dup(self._descriptor), "wb") as file:
                # First the code that came with a model, so that the classes of the model are known where it is read.
                torch.save((CarriedCode(), model), file)
        except Exception as error:
            self.close()
            raise WorkerError(
                f"the model cannot be sent to worker processes: {error}",
                accepted="a model that can be pickled",
                fix="define its classes and functions at the top level of a module, not within a function",
            ) from error

    def close(self) -> None:
        """Let go of the copy; workers that have read it keep what they have. May be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            if self._on_disk:
                Path(self.path).unlink(missing_ok=True)


def read_handover(path: str) -> Any:
    """Read the model in a worker process.

    Args:
        path: `Handover.path` of the process that wrote it. It is trusted: pickles are executed.

    Returns:
        The model, its tensors on the CPU and mapped, not copied.
    """
    _, model = torch.load(path, map_location="cpu", mmap=True, weights_only=False)
    return model


def _open() -> tuple[int, str, bool]:
    try:
        descriptor = os.memfd_create("likewise-model")
    except (AttributeError, OSError):
        descriptor, path = tempfile.mkstemp(prefix="likewise-model-")
        return descriptor, path, True
    return descriptor, f"/proc/{os.getpid()}/fd/{descriptor}", False
