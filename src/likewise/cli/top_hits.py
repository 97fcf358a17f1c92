"""The best hits of a corpus that comes in chunks. Knows scores and records, not models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from likewise.cli.embedding import Chunk
from likewise.texts.tables import Record

if TYPE_CHECKING:
    import numpy as np  # parsing and --help do without it

# Rows of a block that is searched at once where a corpus is held: large enough for the cost of a call not to count.
BLOCK_ROWS = 65_536


@final
@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found.

    Args:
        score: How similar it is; higher is more similar.
        record: The text and where it stands.
        before: Its rank and score in the first step, where a second one scored it again.
    """

    score: float
    record: Record
    before: tuple[int, float] | None = None


def top_hits(queries: np.ndarray, chunks: Iterable[Chunk], *, top_k: int, similarity: str) -> list[list[Hit]]:
    """Find the best texts for each query, exactly. Equal scores keep the order of the corpus.

    Args:
        queries: [Q, D].
        chunks: The corpus.
        top_k: How many hits at most.
        similarity: Name of the similarity.

    Returns:
        For each query its hits, best first.
    """
    from likewise.search.semantic_search import semantic_search
    from likewise.similarity_functions import SimilarityFunction

    score_function: Any = SimilarityFunction.to_similarity_fn(similarity)
    best: list[list[Hit]] = [[] for _ in queries]
    for chunk in chunks:
        found = semantic_search(queries, chunk.embeddings, top_k=top_k, score_function=score_function)
        for index, hits in enumerate(found):
            new = [Hit(float(hit["score"]), chunk.records[int(hit["corpus_id"])]) for hit in hits]
            best[index] = sorted((*best[index], *new), key=lambda hit: -hit.score)[:top_k]
    return best


def held(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Keep a whole corpus in memory, for more than one search.

    Args:
        chunks: The corpus.

    Returns:
        The same corpus in few, large chunks.
    """
    return list(_blocks(chunks))


def _blocks(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    waiting: list[Chunk] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(len(part.records) for part in waiting) >= BLOCK_ROWS:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(chunks: list[Chunk]) -> Chunk:
    import numpy as np

    records = [record for chunk in chunks for record in chunk.records]
    return Chunk(records, np.concatenate([chunk.embeddings for chunk in chunks]))
