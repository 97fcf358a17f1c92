"""Programs that use the library as its documentation shows, each under `likewise` and under `sentence_transformers`.

A program is plain code with assertions about its results, written against `sentence_transformers`; for the other name
its imports are changed, and nothing else. One process runs all programs of a name.
"""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.py"))
NAMES = ("likewise", "sentence_transformers")


@pytest.fixture(scope="module")
def outcomes(forks, toy_bert_folder, toy_classifier_folder, toy_clip_folder, tmp_path_factory):
    """What became of each program, by the name it imports."""
    pytest.importorskip("datasets", reason="extra train")
    folders = {name: tmp_path_factory.mktemp(name) for name in NAMES}
    running = []
    for name, folder in folders.items():
        toy_bert_folder(folder / "toy-bert", plain=True)
        toy_classifier_folder(folder / "toy-reranker")
        toy_classifier_folder(folder / "toy-nli", labels=3)
        toy_clip_folder(folder / "toy-clip")
        running.append(start(forks, name, folder))
    for process in running:
        ended = process.wait(timeout=600)
        assert ended.returncode == 0, ended.stderr
    return {name: json.loads((folder / "outcomes.json").read_text("utf-8")) for name, folder in folders.items()}


def start(forks, name, folder):
    """Start the process that runs the programs of one name."""
    (folder / "programs").mkdir()
    for program in PROGRAMS:
        text = (HERE / "programs" / f"{program}.py").read_text("utf-8").replace("sentence_transformers", name)
        (folder / "programs" / f"{program}.py").write_text(text, "utf-8")
    alias = ["alias"] if name == "sentence_transformers" else []
    return forks.start((HERE / "runner.py").read_text("utf-8"), "programs", *alias, folder=folder)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(outcomes, name, program):
    assert outcomes[name]["programs"][program]["outcome"] == ""


def test_no_file_of_another_package_was_imported(outcomes):
    assert outcomes["sentence_transformers"]["foreign"] == []
    assert outcomes["likewise"]["foreign"] == []
