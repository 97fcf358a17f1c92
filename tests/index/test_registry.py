import sys

import pytest

from likewise.errors import InputError, MissingDependencyError
from likewise.index.registry import KINDS, create_index, index_class, load_index


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_class_that_is_imported_without_its_engine(kind):
    assert index_class(kind).__name__ == KINDS[kind].partition(":")[2]


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"index kind 'faiss'.*'exact'.*'hnswlib'"):
        create_index("faiss", 3)


@pytest.mark.parametrize(
    ("kind", "package", "extra"),
    [("faiss-ivf", "faiss", "search"), ("usearch", "usearch", "search"), ("annoy", "annoy", "ann")],
)
def test_an_engine_that_is_not_installed_is_named(kind, package, extra, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(package), *sys.meta_path])

    with pytest.raises(MissingDependencyError, match=rf"'{package}'.*likewise\[{extra}\]"):
        create_index(kind, 3)


class Without:
    """Finds no package of that name."""

    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_settings_reach_the_class_and_come_back(tmp_path):
    create_index("exact", 3, "dot", dtype="float16").save(tmp_path)

    loaded = load_index(tmp_path)

    assert (loaded.dim, loaded.metric, loaded.dtype) == (3, "dot", "float16")
