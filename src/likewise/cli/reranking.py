"""The second step of a search: a cross-encoder scores the best hits again. Knows hits, not how they were found."""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, cast, final

from likewise.cli.model_access import ModelOptions, at_least_one
from likewise.cli.top_hits import Hit
from likewise.errors import ConfigError, InputError

CANDIDATES = 100
# Pairs that are scored by one call: enough to fill batches, few enough for results to come as they are ready.
PAIRS_AT_ONCE = 512


class RankingModel(Protocol):
    """What the commands use of `likewise.CrossEncoder`."""

    def rank(self, query: Any, documents: Any, **kwargs: Any) -> Any:
        """Sort documents by how well they answer queries."""


@final
@dataclass(frozen=True, slots=True)
class Reranker:
    """A cross-encoder with the arguments that every call of `rank` gets.

    Args:
        model: The cross-encoder.
        candidates: How many hits of each query it scores.
        options: Keyword arguments of `rank`.
    """

    model: RankingModel
    candidates: int = CANDIDATES
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, args: argparse.Namespace, retriever: ModelOptions) -> Self | None:
        """Load what the arguments ask for.

        Args:
            args: Parsed arguments, those of `add_rerank_arguments` and `--top-k`.
            retriever: How the model of the first step is loaded: the device and what may be read are the same.

        Returns:
            The re-ranker, or None if none is asked for.

        Raises:
            InputError: If there are fewer candidates than hits to be shown.
            ConfigError: If the model does not give one score to a pair.
            CheckpointError: If there is no such model, or a file of it is wrong.
        """
        if args.rerank is None:
            for option, value in (("--candidates", args.candidates), ("--rerank-revision", args.rerank_revision)):
                if value is not None:
                    raise InputError(f"{option} without --rerank", fix="--rerank MODEL")
            return None
        if args.candidates is not None and args.candidates < args.top_k:
            raise InputError(
                f"--candidates {args.candidates} for --top-k {args.top_k}",
                accepted="at least as many candidates as hits",
                fix=f"--candidates {args.top_k}",
            )
        model = load_reranker(replace(retriever, name=args.rerank, revision=args.rerank_revision))
        options = {"batch_size": args.batch_size, "truncation": args.truncation}
        return cls(model, args.candidates or max(CANDIDATES, args.top_k), options)

    def rerank(
        self, queries: Sequence[str], found: Sequence[Sequence[Hit]], top_k: int
    ) -> Iterator[tuple[str, list[Hit]]]:
        """Score hits again, a few queries at a time.

        Args:
            queries: The queries.
            found: For each query its candidates, best first.
            top_k: How many hits of each are kept.

        Yields:
            Each query with its hits by the cross-encoder's score, best first; equal scores keep the order of the first
            step.

        Raises:
            InputError: If a score is NaN or infinite.
        """
        pairs = zip(queries, found, strict=True)
        while group := list(itertools.islice(pairs, max(1, PAIRS_AT_ONCE // self.candidates))):
            texts = [[hit.record.text for hit in hits] for _, hits in group]
            ranked = self.model.rank([query for query, _ in group], texts, show_progress_bar=False, **self.options)
            for (query, hits), entries in zip(group, ranked, strict=True):
                yield query, [_again(hits, entry) for entry in entries][:top_k]


def add_rerank_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the second step.

    Args:
        parser: The parser of a command.
    """
    group = parser.add_argument_group("re-ranking")
    group.add_argument("--rerank", metavar="NAME", help="cross-encoder that scores the best hits again: folder or hub")
    group.add_argument(
        "--candidates",
        metavar="N",
        type=at_least_one,
        help=f"hits of each query that it scores (default: {CANDIDATES}, or K if that is more)",
    )
    group.add_argument("--rerank-revision", metavar="REV", help="its branch, tag or commit on the hub")


def load_reranker(options: ModelOptions) -> RankingModel:
    """Load a cross-encoder that gives one score to a pair.

    Args:
        options: Which one and how.

    Returns:
        The model.

    Raises:
        ConfigError: If it has no trained head, or one that gives several scores.
        CheckpointError: If there is no such model, or a file of it is wrong.
    """
    from likewise.cli.reranker_facts import SUFFIX, is_reranker
    from likewise.hub.folder import ModelFolder
    from likewise.hub.resolve import resolve_folder

    folder = resolve_folder(
        options.name,
        revision=options.revision,
        local_files_only=options.offline,
        trust_remote_code=options.trust_remote_code,
    )
    if not is_reranker(ModelFolder(folder)):
        raise ConfigError(
            f"--rerank {options.name}: not a re-ranker",
            accepted=f"a model saved as a CrossEncoder, or a transformers folder of a ...{SUFFIX} model",
            fix="--rerank cross-encoder/ms-marco-MiniLM-L6-v2",
        )
    from likewise.cross_encoder.model import CrossEncoder

    model = CrossEncoder(
        str(folder),
        device=options.device,
        trust_remote_code=options.trust_remote_code,
        local_files_only=options.offline,
    )
    if model.num_labels != 1:
        raise ConfigError(
            f"--rerank {options.name}: the model gives {model.num_labels} scores to a pair",
            accepted="one that gives one score",
        )
    return cast("RankingModel", model)


def _again(hits: Sequence[Hit], entry: dict[str, Any]) -> Hit:
    place, score = int(entry["corpus_id"]), float(entry["score"])
    hit = hits[place]
    if not math.isfinite(score):
        raise InputError(f"the re-ranker gives {score} for {hit.record.text[:80]!r}", accepted="finite numbers")
    return replace(hit, score=score, before=(place + 1, hit.score))
