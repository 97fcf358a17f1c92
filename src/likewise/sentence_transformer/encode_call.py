"""The documented arguments of `encode` to options of the encode loop, and its result to the documented one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any, Literal, cast, final, get_args

import torch

from likewise.encoding.encode import encode
from likewise.encoding.options import EncodeOptions, Result
from likewise.encoding.pipeline import Pipeline
from likewise.encoding.pool import WorkerPool
from likewise.errors import InputError
from likewise.quantization.quantize import Precision, quantize_embeddings

OutputValue = Literal["sentence_embedding", "token_embeddings"] | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeCall:
    """One call of `encode`, its arguments checked.

    Args:
        options: Options of the loop.
        precision: "float32", "int8", "uint8", "binary" or "ubinary".
    """

    options: EncodeOptions
    precision: str

    @classmethod
    def of(
        cls,
        *,
        output_value: OutputValue,
        precision: str,
        convert_to_numpy: bool,
        convert_to_tensor: bool,
        normalize_embeddings: bool,
        **options: Any,
    ) -> EncodeCall:
        """Check the documented arguments.

        Args:
            output_value: "sentence_embedding", "token_embeddings", or None for all features.
            precision: Type of the numbers.
            convert_to_numpy: Whether the result is one numpy array.
            convert_to_tensor: Whether it is one tensor; wins over numpy.
            normalize_embeddings: Whether rows are scaled to length 1.
            **options: Further fields of `EncodeOptions`.

        Returns:
            The call.

        Raises:
            InputError: If a value is not among the accepted ones.
        """
        if output_value not in ("sentence_embedding", "token_embeddings", None):
            raise InputError(
                f"output_value={output_value!r}", accepted="'sentence_embedding', 'token_embeddings' or None"
            )
        if precision not in get_args(Precision):
            raise InputError(f"precision={precision!r}", accepted=f"one of {list(get_args(Precision))}")
        if precision != "float32" and output_value != "sentence_embedding":
            raise InputError(
                f"precision={precision!r} with output_value={output_value!r}", accepted="sentence embeddings only"
            )
        result: Result = "tensor" if convert_to_tensor else "numpy" if convert_to_numpy else "list"
        return cls(
            options=EncodeOptions(output=output_value, normalize=normalize_embeddings, result=result, **options),
            precision=precision,
        )

    def run(self, pipeline: Pipeline, inputs: Any, *, pool: WorkerPool | None, chunk_size: int | None) -> Any:
        """Encode.

        Args:
            pipeline: The model.
            inputs: One input, or many.
            pool: Worker processes to use, or None for this process.
            chunk_size: Inputs per piece of work of the pool.

        Returns:
            The documented result.
        """
        if pool is None:
            result = encode(pipeline, inputs, self.options)
        else:
            result = pool.encode(inputs, self.options, chunk_size=chunk_size)
        return result if self.precision == "float32" else self._quantize(result)

    def _quantize(self, result: Any) -> Any:
        rows = torch.stack(result) if isinstance(result, list) and result else result
        quantized = quantize_embeddings(rows, precision=cast("Precision", self.precision))
        if isinstance(result, list):
            return [torch.from_numpy(row) for row in quantized]
        return torch.from_numpy(quantized).to(result.device) if isinstance(result, torch.Tensor) else quantized


def merged_kwargs(processor_kwargs: Mapping[str, Any] | None, tokenizer_kwargs: Mapping[str, Any] | None) -> Any:
    """Accept both spellings of the tokenizer's keyword arguments.

    Args:
        processor_kwargs: The later spelling.
        tokenizer_kwargs: The documented spelling.

    Returns:
        The keyword arguments.

    Raises:
        InputError: If both are given.
    """
    if processor_kwargs and tokenizer_kwargs:
        raise InputError("both tokenizer_kwargs and processor_kwargs", accepted="one of them: they mean the same")
    return dict(processor_kwargs or tokenizer_kwargs or {})


def checked_token(token: bool | str | None, use_auth_token: bool | str | None) -> bool | str | None:
    """Accept both names of the hub's token.

    Args:
        token: The documented name.
        use_auth_token: The older name; it works, and warns.

    Returns:
        The token.

    Raises:
        InputError: If both are given.
    """
    if use_auth_token is None:
        return token
    warnings.warn("use_auth_token is deprecated: say token=...", FutureWarning, stacklevel=3)
    if token is not None:
        raise InputError("both token and use_auth_token were given", accepted="token alone")
    return use_auth_token


def one_of(sentences: Any, inputs: Any) -> Any:
    """Accept both names of the first argument of `encode`.

    Args:
        sentences: The documented name.
        inputs: The later name.

    Returns:
        The inputs.

    Raises:
        InputError: If both are given.
    """
    if sentences is not None and inputs is not None:
        raise InputError("both sentences and inputs were given", accepted="one of them: they mean the same")
    return inputs if sentences is None else sentences


def text_length(text: Any) -> int:
    """Characters of an input, as the documented `_text_length` counts them.

    Args:
        text: A text, several texts, a dictionary of one of these, or a list of token ids.

    Returns:
        The characters of all texts, or the number of ids; 1 for what has no length.

    Example:
        >>> text_length("abc"), text_length(["ab", "c"]), text_length({"query": "ab"}), text_length([7, 8])
        (3, 3, 2, 2)
    """
    if isinstance(text, Mapping):
        return len(next(iter(text.values()), ""))
    if not isinstance(text, Sized):
        return 1
    if isinstance(text, list | tuple) and all(isinstance(part, Sized) for part in text):
        return sum(map(len, text))
    return len(text)
