"""Progress of comparing counts every pair of rows once, and is silent unless it is asked for."""

import numpy as np
import pytest

from likewise.ops.similarity import dot_score
from likewise.search import bitext_mining_embeddings, near_duplicates, paraphrase_mining_embeddings
from likewise.search import comparing as comparing_module
from likewise.search.comparing import comparing
from likewise.search.exact import TileSize, search
from likewise.search.measure import Dot
from likewise.search.nearest_pairs import PairLimits, nearest_pairs
from likewise.search.numpy_backend import NumpyBackend
from likewise.search.scorer import MeasureScorer

ROWS = np.random.default_rng(0).standard_normal((57, 4)).astype(np.float32)
TASKS = {
    "pairs": (lambda show: paraphrase_mining_embeddings(ROWS, query_chunk_size=5, corpus_chunk_size=5, **show)),
    "pairs by any function": (
        lambda show: paraphrase_mining_embeddings(ROWS, score_function=lambda a, b: a @ b.T, query_chunk_size=9, **show)
    ),
    "bitext": lambda show: bitext_mining_embeddings(ROWS, ROWS[:20], chunk_size=8, **show),
    "duplicates": lambda show: near_duplicates(ROWS, chunk_size=10, **show),
}


@pytest.mark.parametrize("task", TASKS)
def test_all_is_counted_and_shown_on_request(task, capsys):
    TASKS[task]({})
    assert capsys.readouterr().err == ""

    TASKS[task]({"show_progress_bar": True})
    shown = capsys.readouterr().err
    assert "Comparing: 100%" in shown
    done, total = shown.strip().rsplit("| ", 1)[1].split(" [")[0].split("/")
    assert done == total


@pytest.mark.parametrize("task", TASKS)
def test_results_are_the_same_with_it(task):
    assert TASKS[task]({"show_progress_bar": True}) == TASKS[task]({})


def test_a_part_of_the_rows_is_counted_as_such(capsys):
    nearest_pairs(ROWS, dot_score, PairLimits(top_k=2), mine=range(10, 20), show_progress_bar=True)

    assert "570/570" in capsys.readouterr().err


def test_each_tile_of_a_search_is_told():
    told = []
    scorer, tile = MeasureScorer(Dot(), NumpyBackend()), TileSize(queries=20, documents=16)

    search(ROWS, ROWS, scorer, top_k=1, tile=tile, names=("a", "b"), advance=told.append)

    assert sum(told) == 57 * 57
    assert len(told) > 9


def test_nothing_is_imported_to_show_nothing():
    with comparing(6, show=False) as advance:
        assert advance is comparing_module.ignore
