"""Search real text by meaning. Prints, for each question, the three best of 1,521 described shell commands with scores.

The collection is `examples/data/commands.tsv` (from tldr-pages, CC BY 4.0, see `NOTICE.md` beside it); the model is
`likewise-mini`, which comes with the package: nothing is downloaded.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from likewise import SentenceTransformer
from likewise.util import semantic_search

DATA = Path(__file__).parent / "data" / "commands.tsv"
QUESTIONS = (
    "how do I undo my last commit",
    "which process is using a port",
    "stop a program that hangs",
    "how much room is left on the disk",
)


def main(questions: Sequence[str] = QUESTIONS) -> None:
    """Embed the collection, search it and print the hits.

    Args:
        questions: What to look for.
    """
    with DATA.open(encoding="utf-8", newline="") as file:
        commands = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    model = SentenceTransformer("likewise-mini")

    start = time.perf_counter()
    corpus = model.encode([f"{command['page']}: {command['description']}" for command in commands])
    seconds = time.perf_counter() - start

    hits = semantic_search(model.encode(list(questions)), corpus, top_k=3)
    for question, found in zip(questions, hits, strict=True):
        print(f"\n{question}")
        for hit in found:
            command = commands[hit["corpus_id"]]
            print(f"  {hit['score']:.3f}  {command['description'][:56]:<56}  {command['command'][:50]}")
    print(f"\n{len(corpus):,} texts embedded in {seconds:.2f} s: {len(corpus) / seconds:,.0f} texts per second")


if __name__ == "__main__":
    main(sys.argv[1:] or QUESTIONS)
