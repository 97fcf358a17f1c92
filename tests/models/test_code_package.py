"""Code of a model folder: what is read, in which order it runs, and that nothing of it leaks."""

import pickle
import subprocess
import sys

import pytest

from likewise.errors import CheckpointError, UnsafePathError
from likewise.hub.folder import ModelFolder
from likewise.models.code_package import CarriedCode, collect_sources, package_of, run_package


@pytest.fixture
def write(tmp_path):
    root = tmp_path / "model"
    root.mkdir()

    def write(**files: str) -> ModelFolder:
        for name, text in files.items():
            path = root / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return ModelFolder(root)

    return write


def run(folder: ModelFolder, file: str = "main.py"):
    return run_package(collect_sources(folder, file), file, folder.path)


def test_relative_imports_are_followed(write):
    folder = write(
        main="from .one import A\nfrom . import two\nB = two.B", one="from .three import A", two="B = 2", three="A = 1"
    )

    assert list(collect_sources(folder, "main.py")) == ["main.py", "one.py", "two.py", "three.py"]
    assert (run(folder).A, run(folder).B) == (1, 2)


def test_files_in_folders_and_imports_upwards(write):
    folder = write(main="from .parts.inner import A", parts__inner="from ..top import A", top="A = 7")

    assert run(folder).A == 7


def test_packages_with_code_of_their_own(write, tmp_path):
    folder = write(main="from .parts import A\nfrom .parts.inner import B", parts__inner="from . import A\nB = A + 1")
    (tmp_path / "model" / "parts" / "__init__.py").write_text("A = 4")

    module = run(folder)

    assert (module.A, module.B) == (4, 5)


def test_files_that_are_not_imported_do_not_run(write):
    folder = write(main="A = 1", other="raise SystemExit")

    assert list(collect_sources(folder, "main.py")) == ["main.py"]
    assert run(folder).A == 1


def test_the_same_code_is_the_same_module_and_other_code_is_not(write):
    first = run(write(main="class A: pass"))
    again = run(write(main="class A: pass"))
    other = run(write(main="class A: value = 2"))

    assert first is again
    assert first is not other


def test_nothing_is_compiled_into_the_folder_and_the_path_stays(write):
    before = list(sys.path)
    folder = write(main="from .one import A", one="A = 1")

    run(folder)

    assert sys.path == before
    assert sorted(path.name for path in folder.path.iterdir()) == ["main.py", "one.py"]


def test_a_class_knows_its_package(write):
    package = package_of(run(write(main="class A: pass")).A)

    assert package is not None
    assert package.sources == {"main.py": "class A: pass"}
    assert package_of(dict) is None


def test_objects_of_such_classes_go_to_other_processes(write):
    module = run(write(main="from .one import A\nclass B(A): pass", one="class A:\n    value = 11\n"))
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer)[1].value)"

    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((CarriedCode(), module.B())),
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode().strip() == "11"


def test_code_that_fails_is_explained_and_forgotten(write):
    folder = write(main="from .one import A", one="A = 1\nB = 1 / 0")
    before = set(sys.modules)

    with pytest.raises(CheckpointError, match=r"the code in main.py fails: ZeroDivisionError"):
        run(folder)

    assert set(sys.modules) == before


def test_a_missing_package_is_named(write):
    with pytest.raises(CheckpointError, match="install the package 'no_such_package'"):
        run(write(main="import no_such_package.sub"))


def test_no_python(write):
    with pytest.raises(CheckpointError, match="not a Python file"):
        collect_sources(write(main="def"), "main.py")


def test_a_missing_file(write):
    with pytest.raises(CheckpointError, match=r"main\.py: no such file"):
        collect_sources(write(other=""), "main.py")


def test_an_import_out_of_the_folder(write):
    with pytest.raises(CheckpointError, match="leads out of the model folder"):
        collect_sources(write(main="from ..outside import A"), "main.py")


@pytest.mark.parametrize("name", ["main", "one"])
def test_a_link_out_of_the_folder(write, tmp_path, name):
    folder = write(main="from .one import A", one="A = 1")
    (tmp_path / "outside.py").write_text("A = 2")
    (folder.path / f"{name}.py").unlink()
    (folder.path / f"{name}.py").symlink_to(tmp_path / "outside.py")

    with pytest.raises(UnsafePathError, match="outside the model folder"):
        collect_sources(folder, "main.py")
