"""The best pairs of the rows of one set, by a similarity that is the same either way: half of the products.

A tile of fast scores between two blocks of rows serves both; it says between which limits exact scores lie. Only pairs
that may be among those that are asked for are scored exactly, at the end, from the lower row. Memory: `Contenders` of
every row, a tile, and the pairs. Does not know score functions of the caller's; for these see `nearest_pairs`.

Legend: N rows, B rows of a block, k neighbours of a row, S rows of a sample, C pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.search.best_pairs import Pairs
from likewise.search.comparing import Advance, comparing
from likewise.search.contenders import Contenders
from likewise.search.guesses import Guesses
from likewise.search.measure import Block
from likewise.search.row_order import best_of_each_row, largest_of_each_row
from likewise.search.rows import some_rows
from likewise.search.scorer import MeasureScorer
from likewise.search.top_k import Candidates, Floats, Ids

_NAME = "embeddings"
_SPARE = 1.25  # so many times the pairs that are asked for are expected above the floor
_SAMPLED = 128  # rows of the sample, for as many pairs as are asked for to come from them


@final
@dataclass(frozen=True, slots=True)
class MutualSearch:
    """A search of rows among themselves.

    Args:
        rows: Embeddings, (N, dim), more than `top_k` of them.
        scorer: Loads and scores them.
        top_k: Neighbours of each row that are looked at, at least 1.
        max_pairs: Most pairs to find, at least 1.
        block: Rows that meet as many others at a time, at least 1.
        show: Whether progress is shown.

    Example:
        >>> from likewise.search.measure import Dot
        >>> from likewise.search.numpy_backend import NumpyBackend
        >>> rows = np.array([[1.0], [2.0], [3.0]])
        >>> search = MutualSearch(rows, MeasureScorer(Dot(), NumpyBackend()), top_k=1, max_pairs=9, block=2)
        >>> found = search.best()
        >>> found.first.tolist(), found.second.tolist(), found.scores.tolist()
        ([1, 0], [2, 2], [6.0, 3.0])
    """

    rows: Any
    scorer: MeasureScorer
    top_k: int
    max_pairs: int
    block: int
    show: bool = False

    def best(self) -> Pairs:
        """The best pairs of which one row is among the nearest of the other.

        Returns:
            The pairs, best first, equal scores by the lower rows.

        Raises:
            InputError: If rows or scores are NaN or infinite.
        """
        loaded = _Loaded(self)
        floor = self._probable_floor(loaded)
        found = self._settled(self._meet(loaded, floor), floor)
        # Pairs below the floor were left out, but none that belongs before these if all of them reach it.
        if floor > -math.inf and (len(found) < self.max_pairs or found.scores[-1] < floor):
            found = self._settled(self._meet(loaded, -math.inf), -math.inf)
        return found

    def _probable_floor(self, loaded: _Loaded) -> float:
        """A score that enough pairs probably reach: what the neighbours of some rows say of those of all."""
        total = len(self.rows)
        wanted = _SPARE * 2 * self.max_pairs / (total * self.top_k)  # a pair may come from both of its rows
        if wanted >= 1:
            return -math.inf
        size = min(total, math.ceil(_SAMPLED * _SPARE / wanted))
        sample = np.sort(np.random.default_rng(0).choice(total, size, replace=False))
        lows: list[Floats] = []
        for first in range(0, size, self.block):
            numbers = sample[first : first + self.block]
            lists = Contenders(len(numbers), self.top_k)
            some = self.scorer.load(some_rows(self.rows, numbers), 0, len(numbers), _NAME)
            for number in range(len(loaded)):
                block = loaded[number]
                found = self.scorer.guess_mutually(some, block, [lists.lows], self.top_k + 1, roughly=False)
                if found is None:
                    return -math.inf
                lists.add(_others(found[0], numbers, number * self.block))
            lows.append(lists.best_lows(-math.inf))
        return _largest(np.concatenate(lows), math.ceil(wanted * size * self.top_k))

    def _meet(self, loaded: _Loaded, floor: float) -> list[Contenders]:
        """Compare all rows with each other."""
        starts = range(0, len(self.rows), self.block)
        sizes = [min(self.block, len(self.rows) - start) for start in starts]
        lists = [Contenders(size, self.top_k) for size in sizes]
        with comparing((len(self.rows) ** 2 + sum(size**2 for size in sizes)) // 2, show=self.show) as advance:
            self._meet_shown(loaded, lists, floor, advance)
        return lists

    def _meet_shown(self, loaded: _Loaded, lists: list[Contenders], floor: float, advance: Advance) -> None:
        lowest = np.nextafter(np.float32(floor), np.float32(-np.inf))
        starts = range(0, len(self.rows), self.block)
        for number, start in enumerate(starts):
            left, for_left = loaded[number], lists[number]
            own = np.arange(start, start + len(left.norms))
            for other in range(number, len(starts)):
                right, for_right = left if other == number else loaded[other], lists[other]
                lows = [np.maximum(for_left.lows, lowest), np.maximum(for_right.lows, lowest)]
                found, back = self._guess(left, right, lows, roughly=floor > -math.inf)
                for_left.add(_others(found, own, starts[other]))
                self._disperse(for_left, start)
                if other != number:
                    for_right.add(Guesses(back.queries, back.documents + start, back.lows, back.highs))
                    self._disperse(for_right, starts[other])
                advance(len(left.norms) * len(right.norms))

    def _guess(self, left: Block, right: Block, lows: list[Floats], *, roughly: bool) -> tuple[Guesses, Guesses]:
        """What may be among the nearest of the rows of each side.

        Rough products spare little where nothing is known of the floor: too many pairs would have to be told apart.
        """
        same = left is right
        top_k = self.top_k + same  # a row itself does not count
        found = self.scorer.guess_mutually(left, right, lows[: 2 - same], top_k, roughly=roughly)
        if found is None:
            # Rows come in order: a later one with no more than what k others reach surely is none of the k nearest.
            found = [_exact(side) for side in self.scorer.best_mutually(left, right, lows, top_k)]
        return found[0], found[-1]

    def _disperse(self, lists: Contenders, start: int) -> None:
        """Keep the best of crowded rows, exactly."""
        if not lists.crowded:
            return
        found = lists.crowd()
        order = np.lexsort((found.documents, found.queries))
        rows_C, ids_C, scores_C = found.queries[order], found.documents[order].astype(np.int64), found.lows[order]
        open_C = np.flatnonzero(scores_C < found.highs[order])
        scores_C[open_C] = self._scores(*_sides(rows_C[open_C].astype(np.int64) + start, ids_C[open_C]))
        best = best_of_each_row(rows_C, scores_C, self.top_k)
        lists.settle(Guesses(rows_C[best], ids_C[best], scores_C[best], scores_C[best]))

    def _scores(self, first_C: Ids, second_C: Ids) -> Floats:
        order = np.argsort(first_C, kind="stable")
        scores_C = np.empty(len(order), np.float32)
        scores_C[order] = self.scorer.score_pairs(self.rows, (first_C[order], second_C[order]))
        return scores_C

    def _settled(self, lists: list[Contenders], floor: float) -> Pairs:
        """The best pairs of those on the lists: first those that are certain to be good, which raise the floor."""
        total = len(self.rows)
        floor = self._raised(floor, [each.best_lows(floor) for each in lists])
        rows_C, ids_C, lows_C, highs_C = self._gathered(lists, floor)
        keys_C = _keys(rows_C, ids_C, total)
        known = _distinct(keys_C[lows_C >= np.float32(floor)])
        known_scores = self.scorer.score_pairs(self.rows, np.divmod(known, total))
        ends = np.concatenate(np.divmod(known, total))
        of_ends = np.concatenate([known_scores, known_scores])
        floor = self._raised(floor, [largest_of_each_row(ends, of_ends, total, self.top_k)])

        left = np.flatnonzero(highs_C >= np.float32(floor))
        rows_C, ids_C, keys_C = rows_C[left], ids_C[left], keys_C[left]
        keys = _distinct(keys_C)
        scores = self._with_known(keys, known, known_scores)
        # Of a row with k others or fewer all are among its nearest, as far as they reach the floor.
        crowded_C = np.bincount(rows_C, minlength=total)[rows_C] > self.top_k
        nearest = np.zeros(len(keys), np.bool_)
        nearest[np.searchsorted(keys, _distinct(keys_C[~crowded_C]))] = True
        places_C = np.flatnonzero(crowded_C)
        places_C = places_C[np.lexsort((ids_C[places_C], rows_C[places_C]))]
        pairs_C = np.searchsorted(keys, keys_C[places_C])
        nearest[pairs_C[best_of_each_row(rows_C[places_C], scores[pairs_C], self.top_k)]] = True
        keys, scores = keys[nearest], scores[nearest]
        order = np.argsort(-scores, kind="stable")[: self.max_pairs]
        first, second = np.divmod(keys[order], total)
        return Pairs(first, second, scores[order])

    def _gathered(self, lists: list[Contenders], floor: float) -> tuple[Ids, Ids, Floats, Floats]:
        found = [each.at_least(floor) for each in lists]
        rows = [part.queries.astype(np.int64) + number * self.block for number, part in enumerate(found)]
        return (
            np.concatenate(rows),
            np.concatenate([part.documents for part in found]).astype(np.int64),
            np.concatenate([part.lows for part in found]),
            np.concatenate([part.highs for part in found]),
        )

    def _raised(self, floor: float, lows: list[Floats]) -> float:
        """The floor, or the score that as many pairs reach as are asked for.

        Of each row these are lower limits of k others at most: if c of them reach a score, so do c of the row's nearest
        at least. A pair comes from two rows at most, so if all rows together have 2 `max_pairs` limits that reach a
        score, as many pairs as are asked for do.
        """
        return max(floor, _largest(np.concatenate(lows), 2 * self.max_pairs))

    def _with_known(self, keys: Ids, known: Ids, known_scores: Floats) -> Floats:
        """Scores of pairs, of which some are known."""
        places = np.searchsorted(keys, known)
        there = np.flatnonzero(keys[np.minimum(places, len(keys) - 1)] == known) if len(keys) else places[:0]
        scores = np.full(len(keys), np.nan, np.float32)
        scores[places[there]] = known_scores[there]
        unknown = np.flatnonzero(np.isnan(scores))
        scores[unknown] = self.scorer.score_pairs(self.rows, np.divmod(keys[unknown], len(self.rows)))
        return scores


@final
class _Loaded:
    """The blocks of rows, which are checked and measured once."""

    def __init__(self, search: MutualSearch) -> None:
        self._scorer, self._rows, total = search.scorer, search.rows, len(search.rows)
        self._spans = [(start, min(start + search.block, total)) for start in range(0, total, search.block)]
        self._norms = [self._scorer.load(self._rows, *span, _NAME).norms for span in self._spans]

    def __len__(self) -> int:
        return len(self._spans)

    def __getitem__(self, number: int) -> Block:
        return self._scorer.load_again(self._rows, *self._spans[number], self._norms[number])


def _exact(found: Candidates) -> Guesses:
    return Guesses(found.queries, found.documents, found.scores, found.scores)


def _others(found: Guesses, rows: Ids, start: int) -> Guesses:
    """What was found, without the rows themselves, by the numbers of documents."""
    ids = found.documents + start
    other = np.flatnonzero(ids != rows[found.queries])
    return Guesses(found.queries[other], ids[other], found.lows[other], found.highs[other])


def _sides(left: Ids, right: Ids) -> tuple[Ids, Ids]:
    return np.minimum(left, right), np.maximum(left, right)


def _keys(left: Ids, right: Ids, total: int) -> Ids:
    """A number for each pair, in the order of the lower row, then of the higher one."""
    first, second = _sides(left, right)
    return first * total + second


def _distinct(keys: Ids) -> Ids:
    ordered = np.sort(keys)
    return ordered[np.diff(ordered, prepend=-1) > 0]


def _largest(values: Floats, number: int) -> float:
    """The value of a rank, from 1; minus infinity if there are fewer."""
    if len(values) < number:
        return -math.inf
    return float(np.partition(values, len(values) - number)[len(values) - number])
