"""The page on indexes: its examples print what they show, and its table names every kind and tells the truth."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

from likewise.collection.index_settings import DATABASES
from likewise.errors import InputError
from likewise.index.inputs import METRICS
from likewise.index.registry import KINDS, create_index, index_class

PAGE = Path(__file__).parents[2] / "docs" / "indexes.md"


@pytest.fixture(scope="module")
def table():
    """Cells of the table of kinds, by kind."""
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8").split("## Collections")[0], re.M
    )
    return {kind: [cell.strip() for cell in cells.split("|")] for kind, cells in rows}


def test_the_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    outcome = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")

    assert outcome.attempted > 15
    assert outcome.failed == 0


def test_every_kind_is_in_the_table(table):
    assert list(table) == list(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in DATABASES])
def test_the_table_says_what_a_kind_can(kind, table):
    module = {"faiss": "faiss", "usearch": "usearch", "lancedb": "lancedb"}.get(kind.split("-")[0], kind)
    if kind != "exact":
        pytest.importorskip(module)
    finds, metrics, where, _, size, *_ = table[kind]
    has = getattr(index_class(kind), "METRICS", METRICS)
    assert metrics == ("all" if has == METRICS else ", ".join(has))

    rows = np.random.default_rng(3).standard_normal((300, 384)).astype(np.float32)
    index = create_index(kind, 384)
    index.add(rows)

    if where == "no":
        with pytest.raises(InputError):
            index.search(rows[0], 1, where={"id": [7]})
    else:
        assert index.search(rows[0], 1, where={"id": [7]}).ids.tolist() == [[7]]
    if finds.startswith("all"):
        best = np.argmax((rows @ rows.T - 1e9 * np.eye(300)) / np.linalg.norm(rows, axis=1), axis=1)
        assert (index.search(rows, 2).ids[:, 1] == best).all()
    assert re.match(r"[\d,]+", size)
    index.close()
