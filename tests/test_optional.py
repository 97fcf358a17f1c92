"""The door to optional packages."""

import sys

import pytest

from likewise._optional import require
from likewise.errors import MissingDependencyError


def test_an_installed_package_is_returned():
    assert require("json.decoder", extra="image").__name__ == "json.decoder"


def test_a_missing_package_names_the_extra_that_brings_it():
    with pytest.raises(MissingDependencyError, match=r"'no_such_package'.*pip install 'likewise\[image\]'"):
        require("no_such_package.part", extra="image")


def test_a_package_that_fails_on_its_own_missing_import_is_not_reported_as_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed_pkg.py").write_text("import no_such_dependency_of_it")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency_of_it") as caught:
        require("half_installed_pkg", extra="image")

    assert not isinstance(caught.value, MissingDependencyError)
    assert "half_installed_pkg" not in sys.modules
