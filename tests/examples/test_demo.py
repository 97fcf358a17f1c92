"""The demo: what `make demo` prints, and the collection that it searches."""

import csv
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"


@pytest.fixture
def demo():
    spec = importlib.util.spec_from_file_location("demo", ROOT / "examples" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["demo"]


def rows():
    with (DATA / "commands.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_collection_is_well_formed():
    assert all(row["page"] and row["description"] and row["command"] and None not in row for row in rows())


def test_the_collection_is_small_and_its_licence_is_stated():
    notice = (DATA / "NOTICE.md").read_text(encoding="utf-8")

    assert (DATA / "commands.tsv").stat().st_size < 300_000
    assert f"{len(rows()):,} examples" in notice
    assert "CC BY 4.0" in notice
    assert "https://github.com/tldr-pages/tldr" in notice


def test_the_demo_says_on_top_what_it_prints(demo):
    assert f"{len(rows()):,} described shell commands" in demo.__doc__


def test_the_demo_prints_ranked_hits_with_scores_and_speed(demo, capsys):
    demo.main()

    out = capsys.readouterr().out
    for question in demo.QUESTIONS:
        block = out.split(question)[1].split("\n\n")[0]
        scores = [float(score) for score in re.findall(r"^  (\d\.\d{3})  ", block, re.MULTILINE)]
        assert len(scores) == 3
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > 0.3
    assert re.search(r"1,521 texts embedded in \d+\.\d\d s: [\d,]+ texts per second", out)


def test_the_best_hits_are_about_the_question(demo, capsys):
    demo.main(["undo the last commit", "free disk space"])

    first, second = capsys.readouterr().out.strip().split("\n\n")[:2]
    assert "git" in first
    assert "df" in second or "ncdu" in second or "du " in second
