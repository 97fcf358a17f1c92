"""Groups of a collection, by the method that was asked for, with their typical words. Knows arguments, not methods."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import final

from likewise.cli.collection import Collection
from likewise.cli.model_access import at_least_one
from likewise.cli.number_arguments import finite
from likewise.errors import InputError

METHODS = ("communities", "kmeans", "agglomerative")
COMMUNITY_THRESHOLD, COMMUNITY_SIZE = 0.75, 5
JOIN_THRESHOLD = 0.5
# Without -k, k-means makes so many clusters at most: as many as a legend can show.
MOST_CLUSTERS = 20


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Texts that belong together.

    Args:
        rows: Their rows, the most central first.
        words: Words that are typical for them.
    """

    rows: list[int]
    words: list[str]


def add_grouping_arguments(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the arguments that say how groups are found.

    Args:
        parser: The parser of a command.
        default: The method that is taken if none is named.
    """
    group = parser.add_argument_group("clusters")
    group.add_argument(
        "--method", choices=METHODS, default=default, help=f"how clusters are found (default: {default})"
    )
    group.add_argument(
        "--clusters",
        "-k",
        metavar="K",
        type=at_least_one,
        help=f"number of clusters of kmeans (default: by the number of texts, up to {MOST_CLUSTERS}) or agglomerative",
    )
    group.add_argument(
        "--threshold",
        metavar="X",
        type=finite,
        help=f"least cosine to the centre of a community (default: {COMMUNITY_THRESHOLD}); least mean cosine of two "
        f"clusters that agglomerative joins (default: {JOIN_THRESHOLD})",
    )
    group.add_argument(
        "--min-size",
        metavar="N",
        type=at_least_one,
        help=f"texts of smaller clusters are in none (default: {COMMUNITY_SIZE} for communities, else 1)",
    )
    group.add_argument("--words", metavar="N", type=at_least_one, default=5, help="typical words to show (default: 5)")
    group.add_argument("--seed", metavar="N", type=at_least_one, default=1, help="of what is random (default: 1)")


def check_grouping(args: argparse.Namespace) -> None:
    """Refuse what makes no sense together.

    Args:
        args: Parsed arguments.

    Raises:
        InputError: If an argument is of no use for the method.
    """
    if args.clusters is not None and args.method == "communities":
        raise InputError(
            f"--clusters {args.clusters} with --method communities",
            accepted="--threshold and --min-size, which decide how many there are",
            fix="--method kmeans",
        )
    if args.threshold is not None and args.method == "kmeans":
        raise InputError("--threshold with --method kmeans", accepted="--clusters", fix="--method communities")
    if args.threshold is not None and args.clusters is not None:
        raise InputError("--threshold and --clusters", accepted="one of the two")


def find_groups(args: argparse.Namespace, collection: Collection, *, shows_progress: bool = False) -> list[Group]:
    """Find groups, and what they are about.

    Args:
        args: Parsed arguments.
        collection: The texts.
        shows_progress: Whether the progress of comparing is shown.

    Returns:
        Groups, the largest first.

    Raises:
        InputError: If there are fewer texts than clusters.
        MissingDependencyError: If scikit-learn is needed, and not installed.
    """
    from likewise.maps import typical_words

    total = len(collection.records)
    if args.clusters is not None and args.clusters > total:
        raise InputError(
            f"--clusters {args.clusters} for {total:,} texts",
            accepted=f"a number from 1 to {total:,}",
            fix=f"--clusters {total}",
        )
    smallest = args.min_size or (COMMUNITY_SIZE if args.method == "communities" else 1)
    found = [rows for rows in _clusters(args, collection, smallest, shows_progress) if len(rows) >= smallest]
    words = typical_words(collection.texts, found, args.words)
    return [Group(rows, some) for rows, some in zip(found, words, strict=True)]


def _clusters(args: argparse.Namespace, collection: Collection, smallest: int, shows_progress: bool) -> list[list[int]]:
    from likewise.search import agglomerative_clusters, community_detection, kmeans_clusters

    rows = collection.embeddings
    if args.method == "communities":
        threshold = COMMUNITY_THRESHOLD if args.threshold is None else args.threshold
        return community_detection(rows, threshold, smallest, show_progress_bar=shows_progress)
    if args.method == "kmeans":
        return kmeans_clusters(rows, args.clusters or default_clusters(len(rows)), seed=args.seed)
    if args.clusters is not None:
        return agglomerative_clusters(rows, num_clusters=args.clusters)
    threshold = JOIN_THRESHOLD if args.threshold is None else args.threshold
    return agglomerative_clusters(rows, distance_threshold=1 - threshold)


def default_clusters(rows: int) -> int:
    """Choose a number of clusters.

    Args:
        rows: Number of texts, at least 1.

    Returns:
        Half the square root, from 1 to `MOST_CLUSTERS`.

    Example:
        >>> [default_clusters(rows) for rows in (1, 100, 100_000)]
        [1, 5, 20]
    """
    return min(MOST_CLUSTERS, rows, max(1, round(math.sqrt(rows) / 2)))
