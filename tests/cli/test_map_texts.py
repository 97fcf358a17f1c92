"""`likewise map`: what is on the page. The page in a browser: `tests/maps/test_browser.py`."""

import json
import re

import pytest

TABLE = "topic,text\nanimals,red fox\nwater,blue sea\nanimals,red dog\n,rain\nwater,deep sea\nanimals,red owl\n"


@pytest.fixture
def table(write):
    return write("notes.csv", TABLE)


def data_of(path):
    page = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_texts_places_and_clusters_are_on_the_page(likewise, table, tmp_path):
    pytest.importorskip("sklearn")
    out = tmp_path / "map.html"
    outcome = likewise(
        "map", table, "--column", "text", "--method", "agglomerative", "-k", 3, "-o", out, "--title", "Notes & more"
    )

    data = data_of(out)
    assert outcome.code == 0
    assert data["texts"] == ["red fox", "blue sea", "red dog", "rain", "deep sea", "red owl"]
    assert data["places"] == [f"notes.csv:{line}" for line in range(2, 8)]
    assert [data["groups"][row] for row in (0, 2, 5)] == [0, 0, 0]
    assert len(set(data["groups"])) == len(data["labels"]) == 3
    assert data["labels"][0].startswith("red")
    assert "<title>Notes &amp; more</title>" in out.read_text()
    assert "6 texts, 3 clusters (agglomerative); projected by t-SNE -> " in outcome.err
    assert "6 texts · 3 clusters (agglomerative) · projected by t-SNE · likewise-mini" in out.read_text()


def test_colours_by_a_column(likewise, table, tmp_path):
    out = tmp_path / "map.html"
    arguments = ("--column", "text", "--color-by", "topic", "--projection", "pca", "--json")
    outcome = likewise("map", table, "-o", out, *arguments)

    data = data_of(out)
    assert (data["labels"], data["groups"], data["others"]) == (["animals", "water"], [0, 1, 0, -1, 1, 0], "no topic")
    assert json.loads(outcome.out) == {
        "output": str(out),
        "texts": 6,
        "groups": ["animals", "water"],
        "projection": "pca",
    }


def test_only_the_largest_groups_have_a_colour(likewise, write, tmp_path):
    rows = "".join(f"t{row // 2 if row < 30 else row},text {row}\n" for row in range(50))
    table = write("many.csv", f"topic,text\n{rows}")

    likewise("map", table, "--color-by", "topic", "--projection", "pca", "-o", tmp_path / "map.html")

    data = data_of(tmp_path / "map.html")
    assert len(data["labels"]) == 20
    assert data["others"] == "15 other values"
    assert data["groups"].count(-1) == 15


def test_communities_leave_texts_out(likewise, table, tmp_path):
    arguments = ("--method", "communities", "--threshold", 0.4, "--min-size", 3, "--projection", "pca")
    likewise("map", table, "--column", "text", *arguments, "-o", tmp_path / "map.html")

    data = data_of(tmp_path / "map.html")
    assert data["groups"] == [0, -1, 0, -1, -1, 0]
    assert data["others"] == "in no cluster"


@pytest.mark.parametrize("count", [1, 2, 9])
def test_one_text_and_equal_texts(likewise, write, tmp_path, count):
    pytest.importorskip("sklearn")
    outcome = likewise("map", write("same.txt", "red fox\n" * count), "-o", tmp_path / "map.html")

    assert outcome.code == 0
    assert data_of(tmp_path / "map.html")["x"] == [32768] * count


def test_the_same_input_gives_the_same_page(likewise, table, tmp_path):
    pytest.importorskip("sklearn")
    pages = []
    for name in ("a.html", "b.html"):
        likewise("map", table, "--column", "text", "-o", tmp_path / name)
        pages.append((tmp_path / name).read_text())

    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{empty}", "-o", "{out}"], "no texts"),
        (["{table}", "-o", "map.pdf"], "a map is a page"),
        (["{table}", "-o", "{folder}/none/map.html"], "no folder"),
        (["{table}", "-o", "{out}", "--column", "text", "--color-by", "colour"], "no column 'colour'"),
        (["{table}", "-o", "{out}", "--color-by", "topic", "-k", "3"], "one of the two"),
        (["{table}", "-o", "{out}"], "which of the columns"),
        (["nowhere.txt", "-o", "{out}"], "no such file"),
    ],
)
def test_errors_come_before_a_model_is_loaded(likewise, write, table, tmp_path, arguments, message):
    table.write_text(TABLE.replace("text", "body") if arguments[-1] == "{out}" and len(arguments) == 3 else TABLE)
    names = {"empty": write("empty.txt", ""), "table": table, "folder": tmp_path, "out": tmp_path / "map.html"}

    outcome = likewise("map", *(argument.format(**names) for argument in arguments))

    assert (outcome.code, likewise.models) == (1, [])
    assert message in outcome.err
    assert not names["out"].exists()


def test_more_clusters_than_texts(likewise, table, tmp_path):
    outcome = likewise("map", table, "--column", "text", "-k", 7, "-o", tmp_path / "map.html")

    assert outcome.code == 1
    assert "--clusters 7 for 6 texts" in outcome.err
    assert not (tmp_path / "map.html").exists()
