"""Child processes, and `python -m likewise.compat`."""

import json
import sys

import pytest

PROGRAM = """
import json, multiprocessing, subprocess, sys
import sentence_transformers

def look(number):
    import sentence_transformers
    return [number, sentence_transformers.__version__, type(sentence_transformers).__name__]

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        spawned = pool.map(look, [1])
    from joblib import Parallel, delayed
    looked = Parallel(n_jobs=2, backend="loky")(delayed(look)(number) for number in (2, 3))
    code = "import sentence_transformers as st; print(type(st).__name__)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
    print(json.dumps({"argv": sys.argv, "path": sys.path[0], "children": spawned + looked, "ran": ran}))
    sys.exit(EXIT)
"""
CHILDREN = [[number, "5.3.0", "AliasModule"] for number in (1, 2, 3)]


@pytest.fixture
def folder(tmp_path):
    pytest.importorskip("joblib", reason="comes with scikit-learn, extra cluster")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "module.py").write_text(PROGRAM.replace("EXIT", "0"))
    return tmp_path


def test_a_script_and_its_children(python, folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    script = folder / "package" / "module.py"

    seen = json.loads(python("-m", "likewise.compat", script, "-m", "--flag", "x", cwd=elsewhere))

    assert seen["argv"] == [str(script), "-m", "--flag", "x"]
    assert seen["path"] == str(script.parent)
    assert seen["children"] == CHILDREN
    assert seen["ran"] == "AliasModule"


def test_a_module_and_its_children(python, folder):
    seen = json.loads(python("-m", "likewise.compat", "-m", "package.module", "a", cwd=folder))

    assert seen["argv"][1:] == ["a"]
    assert seen["path"] == str(folder)
    assert seen["children"] == CHILDREN


def test_the_line_in_a_program_reaches_its_children(python, folder):
    line = "from likewise.compat import install_as_sentence_transformers\ninstall_as_sentence_transformers()\n"
    (folder / "program.py").write_text(line + PROGRAM.replace("EXIT", "0"))

    assert json.loads(python("program.py", cwd=folder))["children"] == CHILDREN


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "usage: python -m likewise.compat"),
        (["-m"], "expected one argument"),
        (["no_such.py"], "there is no file 'no_such.py'; for a module, write -m no_such.py"),
    ],
)
def test_wrong_usage(python, arguments, said):
    assert said in python("-m", "likewise.compat", *arguments, fails=True)


def test_the_program_decides_how_it_ends(python, tmp_path):
    (tmp_path / "ends.py").write_text("import sentence_transformers, sys; sys.exit('no luck')")

    assert python("-m", "likewise.compat", "ends.py", cwd=tmp_path, fails=True) == "no luck"


def test_children_can_be_left_out(python):
    code = """
import os
from likewise.compat import install_as_sentence_transformers
install_as_sentence_transformers(child_processes=False)
print([os.environ["PYTHONPATH"], os.environ.get("LIKEWISE_AS_SENTENCE_TRANSFORMERS")])
"""

    assert python("-c", code) == "['', None]"


def test_another_sitecustomize_still_runs(aliased, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.other_ran = True\n")
    inner = (
        "import sys, sentence_transformers as st;"
        "print(sys.other_ran, type(st).__name__, sys.modules['sitecustomize'].__file__)"
    )

    printed = aliased(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])", path=tmp_path)

    assert printed == f"True AliasModule {tmp_path / 'sitecustomize.py'}"


def test_a_python_without_likewise_is_left_alone(tmp_path):
    import subprocess

    from likewise.compat.children import FOLDER, VARIABLE

    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "import sys; sys.path[:0] = sys.argv[1:]; import sitecustomize; print('fine')",
            FOLDER,
        ],
        env={VARIABLE: "1"},
        capture_output=True,
        text=True,
    )

    assert (done.stdout.strip(), done.stderr) == ("fine", "")
