"""Real sentences to measure with: from the data folder beside the repository, else the demo collection, repeated."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

SHARED = Path("../shared/data")
DEMO = Path("examples/data")


def sentences(count: int) -> list[str]:
    """Sentences of 5 to 80 tokens or so.

    Args:
        count: How many.

    Returns:
        The sentences; they repeat only where the source has fewer.
    """
    pool = list(itertools.islice(_shared(), count)) or _demo()
    return list(itertools.islice(itertools.cycle(pool), count))


def passages(count: int) -> list[str]:
    """Passages of very different length, up to a few hundred tokens.

    Args:
        count: How many.

    Returns:
        The passages; joined sentences where there are no real ones.
    """
    path = SHARED / "medquad/medquad-question-answer.tsv.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            next(file)
            return [line.rstrip("\n").split("\t")[3] for line in itertools.islice(file, count)]
    pool = sentences(8 * count)
    return [" ".join(pool[8 * at : 8 * at + 1 + at % 8]) for at in range(count)]


def _shared():
    columns = {
        "wiki-split/wiki-split-pairs.tsv.gz": 1,
        "tatoeba-pairs/tatoeba-pairs.tsv.gz": 1,
        "wordnet-definitions/wordnet-definitions.tsv.gz": 2,
    }
    for name, column in columns.items():
        path = SHARED / name
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as file:
                next(file)
                yield from (line.rstrip("\n").split("\t")[column] for line in file)


def _demo() -> list[str]:
    return [line for path in sorted(DEMO.glob("*.tsv")) for line in path.read_text(encoding="utf-8").splitlines()]
