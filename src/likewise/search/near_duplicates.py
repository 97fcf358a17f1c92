"""Near-duplicate removal: of rows that are almost the same, the first stays.

Memory: a tile of scores, and a number for each row. Knows rows, and of a model that it encodes.

Legend: N rows, B rows of a block, K rows kept so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from likewise.search.arguments import at_least_one, real_number
from likewise.search.comparing import comparing
from likewise.search.measure import Block, Cosine
from likewise.search.neighbourhoods import Comparison
from likewise.search.pairs_reaching import scores_of_pairs
from likewise.search.rows import as_rows
from likewise.search.scorer_choice import choose_backend

if TYPE_CHECKING:
    from likewise.ops.embeddings import Embeddings
    from likewise.search.paraphrase_mining import Encodes
    from likewise.search.top_k import Floats, Ids

_MOST_ROWS = 1024  # of a block: its scores fit the cache


@final
@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Which rows stay, and what the others are duplicates of.

    Args:
        kept: Rows that stay, ascending.
        removed: `[score, row, kept row]` for each other row, ascending by row, with the kept row before it that is most
            similar, of equal ones the first.
    """

    kept: list[int]
    removed: list[list[float | int]]


def near_duplicates(
    embeddings: Embeddings, threshold: float = 0.95, *, chunk_size: int = 1024, show_progress_bar: bool = False
) -> NearDuplicates:
    """Find rows that are almost the same as an earlier one.

    Going through the rows in order, a row is removed if its cosine with a row that was kept before is at least
    `threshold`; so no two rows that are kept are that similar. Exact.

    Args:
        embeddings: Embeddings, (N, dim), any dtype; scored in float32 and better. May be a memory map.
        threshold: Least cosine of near duplicates.
        chunk_size: Most rows that meet as many others at a time, at least 1. Results do not depend on it.
        show_progress_bar: Whether the progress of comparing is shown.

    Returns:
        What stays and what goes.

    Raises:
        InputError: If an argument is out of its range, or an embedding is NaN or infinite.

    Example:
        >>> near_duplicates(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]))
        NearDuplicates(kept=[0, 1], removed=[[1.0, 2, 0]])
    """
    rows = as_rows(embeddings, "embeddings")
    comparison = Comparison(
        rows=rows,
        measure=Cosine(),
        ops=choose_backend([rows]),
        threshold=real_number(threshold, "threshold"),
        block=min(at_least_one(chunk_size, "chunk_size"), _MOST_ROWS),
    )
    kept: Ids = np.empty(0, np.int64)
    removed: list[list[float | int]] = []
    with comparing(len(rows) * (len(rows) - 1) // 2, show=show_progress_bar) as advance:
        for start in range(0, len(rows), comparison.block):
            block = comparison.load(start, start + comparison.block)
            found = _Originals(comparison, block)
            for first in range(0, len(kept), comparison.block):
                some = kept[first : first + comparison.block]
                found.look_among(comparison.pick(some), some)
            stays = found.settle(start)
            removed += found.removed(start)
            kept = np.concatenate([kept, np.flatnonzero(stays) + start])
            advance(len(stays) * start + len(stays) * (len(stays) - 1) // 2)
    return NearDuplicates(kept.tolist(), removed)


def remove_near_duplicates(
    model: Encodes,
    sentences: Sequence[str],
    threshold: float = 0.95,
    *,
    batch_size: int | None = 32,
    show_progress_bar: bool = False,
) -> list[str]:
    """Leave out texts that say almost the same as an earlier one.

    Args:
        model: Something that encodes.
        sentences: N texts.
        threshold: Least cosine of near duplicates.
        batch_size: Most texts of a batch; None fills batches by token count.
        show_progress_bar: Whether the progress of encoding is shown.

    Returns:
        The texts that stay, in their order.

    Raises:
        InputError: If the threshold is NaN, or an embedding is NaN or infinite.

    Example:
        >>> from likewise import SentenceTransformer
        >>> remove_near_duplicates(SentenceTransformer("likewise-mini"), ["A dog barks.", "Rain.", "A dog barks."])
        ['A dog barks.', 'Rain.']
    """
    texts = list(sentences)
    embeddings = model.encode(texts, batch_size=batch_size, show_progress_bar=show_progress_bar, convert_to_tensor=True)
    return [texts[row] for row in near_duplicates(embeddings, threshold).kept]


@final
class _Originals:
    """For the rows of a block, the rows before them that are almost the same."""

    def __init__(self, comparison: Comparison, block: Block) -> None:
        self._comparison, self._block = comparison, block
        size = len(block.norms)
        self._ids: Ids = np.full(size, -1, np.int64)
        self._scores: Floats = np.full(size, -np.inf, np.float32)

    def look_among(self, others: Block, numbers: Ids) -> None:
        """Compare with rows that stay; these must come in order."""
        self._take(others, numbers, *self._comparison.reaching(self._block, others))

    def settle(self, start: int) -> NDArray[np.bool_]:
        """Compare with each other, and say which stay."""
        rows, columns = self._comparison.reaching(self._block, self._block)
        before = columns < rows
        rows, columns = rows[before], columns[before]
        stays = self._ids < 0
        ends = np.searchsorted(rows, np.arange(len(stays) + 1))
        for row in np.unique(rows).tolist():
            stays[row] &= not stays[columns[ends[row] : ends[row + 1]]].any()
        original = stays[columns] & ~stays[rows]
        numbers = np.arange(start, start + len(stays))
        self._take(self._block, numbers, rows[original], columns[original])
        return stays

    def removed(self, start: int) -> list[list[float | int]]:
        """Score, row and original of each row that does not stay."""
        gone = np.flatnonzero(self._ids >= 0)
        columns = self._scores[gone].tolist(), (gone + start).tolist(), self._ids[gone].tolist()
        return [list(entry) for entry in zip(*columns, strict=True)]

    def _take(self, others: Block, numbers: Ids, rows: Ids, columns: Ids) -> None:
        """Note the most similar of what was found, unless what is held is as similar."""
        comparison = self._comparison
        scores = scores_of_pairs(comparison.measure, comparison.ops, self._block, others, (rows, columns))
        order = np.lexsort((columns, -scores, rows))
        firsts = order[np.unique(rows[order], return_index=True)[1]]
        better = firsts[scores[firsts] > self._scores[rows[firsts]]]
        self._ids[rows[better]], self._scores[rows[better]] = numbers[columns[better]], scores[better]
