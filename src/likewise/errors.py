"""The exception tree. Every error is ours and also a builtin, so that `except ValueError` works as people expect.

LikewiseError
├── InputError (ValueError)              an argument or a piece of data cannot be used
│   ├── InputTypeError (TypeError)       ... because of its type
│   ├── ShapeError                       ... because of its shape or dimension
│   └── TruncationError                  ... because it is longer than the model reads, and truncation="error"
├── ConfigError (ValueError)             settings that contradict each other or that this version does not have
├── CheckpointError (ValueError)         a model folder is wrong: names the file and the key
│   ├── ModelNotFoundError (OSError)     no such folder, nor a model of that name in the cache or on the hub
│   ├── MissingWeightsError              the folder lacks weights that its configuration asks for
│   ├── UnsafePathError                  a path in a file leads out of the model folder
│   └── UntrustedCodeError               the folder names code that was not asked for
├── OutputError (OSError)                something could not be written
├── DatabaseError (ConnectionError)      a database cannot be reached, went away, or refused
├── WorkerError (RuntimeError)           a worker process failed
└── MissingDependencyError (ImportError) an optional package is not installed
"""

from __future__ import annotations


class LikewiseError(Exception):
    """Root of the tree.

    Args:
        received: What was received or what happened, with the offending value.
        accepted: What would have been accepted.
        fix: One concrete way out, as code where possible.

    Example:
        >>> print(InputError("top_k=0", accepted="an integer of at least 1", fix="semantic_search(q, c, top_k=10)"))
        top_k=0. Accepted: an integer of at least 1. Fix: semantic_search(q, c, top_k=10)
    """

    def __init__(self, received: str, *, accepted: str = "", fix: str = "") -> None:
        self.received = received
        self.accepted = accepted
        self.fix = fix
        parts = [received, accepted and f"Accepted: {accepted}", fix and f"Fix: {fix}"]
        super().__init__(". ".join(part.rstrip(".") for part in parts if part))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.received, self.accepted, self.fix)


def _rebuild(kind: type[LikewiseError], received: str, accepted: str, fix: str) -> LikewiseError:
    return kind(received, accepted=accepted, fix=fix)


class InputError(LikewiseError, ValueError):
    """An argument or a piece of data cannot be used."""


class InputTypeError(InputError, TypeError):
    """An argument or a piece of data has the wrong type."""


class ShapeError(InputError):
    """An array has the wrong shape or dimension."""


class TruncationError(InputError):
    """An input is longer than the model reads, and the caller asked for an error."""


class ConfigError(LikewiseError, ValueError):
    """Settings contradict each other, or ask for what this version does not have."""


class CheckpointError(LikewiseError, ValueError):
    """A model folder is wrong; the message names the file and the key."""


class ModelNotFoundError(CheckpointError, OSError):
    """There is no such folder, nor a model of that name in the cache or on the hub."""


class MissingWeightsError(CheckpointError):
    """The folder lacks weights that its configuration asks for."""


class UnsafePathError(CheckpointError):
    """A path in a file leads out of the model folder."""


class UntrustedCodeError(CheckpointError):
    """The folder names code that the caller did not ask to run."""


class OutputError(LikewiseError, OSError):
    """Something could not be written; the message says what was and what was not."""


class DatabaseError(LikewiseError, ConnectionError):
    """A database cannot be reached, went away, or refused; after a load the message says how much is in."""


class WorkerError(LikewiseError, RuntimeError):
    """A worker process failed; the message carries its own traceback."""


class MissingDependencyError(LikewiseError, ImportError):
    """An optional package is not installed."""
