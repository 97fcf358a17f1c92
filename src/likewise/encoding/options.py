"""What a caller of the encode loop may choose, checked once. Knows no model and no input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

from likewise.errors import InputError, InputTypeError

Output = Literal["sentence_embedding", "token_embeddings"] | None
Result = Literal["numpy", "tensor", "list", "sparse"]
Truncation = Literal["warn", "error", "ignore"]

_OUTPUTS = ("sentence_embedding", "token_embeddings", None)
_RESULTS = ("numpy", "tensor", "list", "sparse")
_TRUNCATIONS = ("warn", "error", "ignore")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeOptions:
    """The options of one call.

    Args:
        output: "sentence_embedding", "token_embeddings", or None for all features of each input.
        result: Form of sentence embeddings: one float32 "numpy" array, one "tensor" on the model's device, or a "list"
            of tensors there; or "sparse", a `SparseRows` on the CPU. Token embeddings and features are lists of tensors
            in any case.
        normalize: Whether sentence embeddings are scaled to length 1, after they were cut to `truncate_dim`.
        truncate_dim: Width to which sentence embeddings are cut, at least 1; None keeps them whole.
        batch_size: Most inputs of a batch; None lets the token budget decide alone.
        max_tokens: Most tokens of a batch, padding included (one longer input makes a batch of its own). None takes a
            budget that suits the device.
        prompt: Text put before each input.
        task: "query", "document" or the name of a route, for models that treat inputs of different tasks differently.
        truncation: What to do about inputs longer than the model reads: "warn" says once how many there were, "error"
            raises, "ignore" says nothing.
        show_progress: Whether a progress bar is shown on stderr; None shows it where the log level is INFO or DEBUG.
        forward_kwargs: Keyword arguments for the model's modules.

    Raises:
        InputError: If a value is not among the accepted ones.
        InputTypeError: If it has the wrong type.

    Example:
        >>> EncodeOptions(batch_size=0)
        Traceback (most recent call last):
        likewise.errors.InputError: batch_size=0. Accepted: an integer of at least 1, or None
    """

    output: Output = "sentence_embedding"
    result: Result = "numpy"
    normalize: bool = False
    truncate_dim: int | None = None
    batch_size: int | None = None
    max_tokens: int | None = None
    prompt: str = ""
    task: str | None = None
    truncation: str = "warn"
    show_progress: bool | None = None
    forward_kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_choice("output", self.output, _OUTPUTS)
        _check_choice("result", self.result, _RESULTS)
        _check_choice("truncation", self.truncation, _TRUNCATIONS)
        for name in ("truncate_dim", "batch_size", "max_tokens"):
            _check_count(name, getattr(self, name))
        if not isinstance(self.prompt, str):
            raise InputTypeError(f"prompt={self.prompt!r}", accepted="a text")
        if not (self.task is None or isinstance(self.task, str)):
            raise InputTypeError(f"task={self.task!r}", accepted="a text such as 'query' or 'document', or None")


def _check_choice(name: str, value: object, accepted: tuple[object, ...]) -> None:
    # A list is no member of a tuple of texts, but comparing arrays to texts is not always a plain yes or no.
    if not (value is None or isinstance(value, str)) or value not in accepted:
        raise InputError(f"{name}={value!r}", accepted=f"one of {list(accepted)}")


def _check_count(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputTypeError(f"{name}={value!r}", accepted="an integer of at least 1, or None")
    if value < 1:
        raise InputError(f"{name}={value}", accepted="an integer of at least 1, or None")
