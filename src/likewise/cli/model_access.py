"""The one place where a command gets a model. Knows the arguments that choose it; imports torch only to load."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast, final

from likewise.errors import InputError

DEFAULT_MODEL = "likewise-mini"
SIMILARITIES = ("cosine", "dot", "euclidean", "manhattan")


class EmbeddingModel(Protocol):
    """What the commands use of `likewise.SentenceTransformer`."""

    similarity_fn_name: str

    @property
    def max_seq_length(self) -> float | None:
        """Most tokens of a text that are read; None or infinity is no limit."""

    def encode(self, sentences: Any, **kwargs: Any) -> Any:
        """Embed texts."""

    def encode_query(self, sentences: Any, **kwargs: Any) -> Any:
        """Embed queries."""

    def encode_document(self, sentences: Any, **kwargs: Any) -> Any:
        """Embed documents."""

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Score all pairs."""

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Score row by row."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Which model, and how it is loaded.

    Args:
        name: Local folder, hub id, or "likewise-mini".
        device: Such as "cpu" or "cuda:1"; None takes the best that is there.
        truncate_dim: Width to which embeddings are cut, or None.
        similarity: Name of the similarity, or None for the model's.
        revision: Branch, tag or commit on the hub.
        offline: Whether the network is out of bounds.
        trust_remote_code: Whether code that the folder names may run.
    """

    name: str = DEFAULT_MODEL
    device: str | None = None
    truncate_dim: int | None = None
    similarity: str | None = None
    revision: str | None = None
    offline: bool = False
    trust_remote_code: bool = False


Loader = Callable[[ModelOptions], EmbeddingModel]


def load_model(options: ModelOptions) -> EmbeddingModel:
    """Load a model.

    Args:
        options: Which one and how.

    Returns:
        The model.

    Raises:
        CheckpointError: If there is no such model, or a file of it is wrong.
    """
    from likewise.sentence_transformer.model import SentenceTransformer

    model = SentenceTransformer(
        options.name,
        device=options.device,
        truncate_dim=options.truncate_dim,
        similarity_fn_name=options.similarity,
        revision=options.revision,
        local_files_only=options.offline,
        trust_remote_code=options.trust_remote_code,
    )
    return cast("EmbeddingModel", model)


def add_source_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> argparse._ArgumentGroup:
    """Add the arguments that say where a model is.

    Args:
        parser: The parser of a command.
        several: Whether `--model` may be given more than once; see `every_model`.

    Returns:
        The group that they are in.
    """
    group = parser.add_argument_group("model")
    text = f"folder or hub name (default: {DEFAULT_MODEL}, bundled)"
    if several:
        group.add_argument("--model", metavar="NAME", action="append", help=f"{text}; several are compared")
    else:
        group.add_argument("--model", metavar="NAME", default=DEFAULT_MODEL, help=text)
    group.add_argument("--revision", metavar="REV", help="branch, tag or commit on the hub")
    group.add_argument("--offline", action="store_true", help="never use the network")
    return group


def add_model_arguments(parser: argparse.ArgumentParser, *, similarity: bool = True, several: bool = False) -> None:
    """Add the arguments that choose a model and how it runs.

    Args:
        parser: The parser of a command.
        similarity: Whether the command compares.
        several: Whether `--model` may be given more than once.
    """
    group = add_source_arguments(parser, several=several)
    group.add_argument("--device", metavar="NAME", help="such as cpu or cuda:1 (default: the best that is there)")
    group.add_argument("--truncate-dim", metavar="N", type=at_least_one, help="keep the first N numbers of embeddings")
    group.add_argument(
        "--trust-remote-code", action="store_true", help="run Python code that the model's folder brings"
    )
    if similarity:
        group.add_argument("--similarity", choices=SIMILARITIES, help="how to compare (default: as the model says)")


def model_options(args: argparse.Namespace) -> ModelOptions:
    """Take the options from the arguments that `add_model_arguments` added.

    Args:
        args: Parsed arguments.

    Returns:
        The options.
    """
    return ModelOptions(
        name=args.model,
        device=args.device,
        truncate_dim=args.truncate_dim,
        similarity=getattr(args, "similarity", None),
        revision=args.revision,
        offline=args.offline,
        trust_remote_code=args.trust_remote_code,
    )


def every_model(args: argparse.Namespace) -> list[ModelOptions]:
    """Take the options of each model, where `--model` may be given more than once.

    Args:
        args: Parsed arguments.

    Returns:
        The options of each, in the order given; those of the default model where none is named.

    Raises:
        InputError: If a model is named twice.
    """
    names = args.model or [DEFAULT_MODEL]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"--model {twice[0]} stands twice", accepted="each model once")
    return [replace(model_options(args), name=name) for name in names]


def at_least_one(text: str) -> int:
    """Parse a positive integer, for argparse.

    Args:
        text: What the user wrote.

    Returns:
        The integer.

    Raises:
        argparse.ArgumentTypeError: If it is none.

    Example:
        >>> at_least_one("5")
        5
    """
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer of at least 1")
    return value
