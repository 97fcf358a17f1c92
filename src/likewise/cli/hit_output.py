"""Hits of queries on stdout: lines to read, or JSON. Knows what a hit holds, not how it was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from likewise.cli.console import Console, printable
from likewise.cli.top_hits import Hit

WIDTH = 100


def print_hits(console: Console, found: Iterable[tuple[str, Sequence[Hit]]]) -> None:
    """Print the hits of queries, each as soon as it is there.

    Args:
        console: Where they go.
        found: Queries with their hits, best first.
    """
    for query, hits in found:
        if console.json:
            console.record({"query": query, "hits": [_as_dict(rank, hit) for rank, hit in enumerate(hits, 1)]})
        else:
            console.line(printable(query, WIDTH))
            for rank, hit in enumerate(hits, 1):
                _print_hit(console, rank, hit)
            console.line()
        console.out.flush()


def _print_hit(console: Console, rank: int, hit: Hit) -> None:
    record = hit.record
    place = f"{record.source}:{record.line}"
    console.line(f"{rank:3}  {hit.score:7.4f}  {printable(record.text, WIDTH)}  [{printable(place)}]")
    for name, value in (record.columns or {}).items():
        console.line(f"              {name}: {printable(value, WIDTH)}")


def _as_dict(rank: int, hit: Hit) -> dict[str, Any]:
    record = hit.record
    found = {"rank": rank, "score": hit.score, "text": record.text, "source": record.source, "line": record.line}
    if record.columns:
        found["columns"] = dict(record.columns)
    if hit.before is not None:
        found["retrieval_rank"], found["retrieval_score"] = hit.before
    return found
