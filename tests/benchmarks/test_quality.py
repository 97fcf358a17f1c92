"""The script that judges models on public data: what it reads, what it says is missing, and its table."""

import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
TABLES = {
    "stsb/stsb-dev.tsv.gz": [
        "score\tsentence1\tsentence2",
        '4.5\tA "man" eats.\tSomeone eats.',
        "0.2\tIt rains.\tI run.",
    ],
    "sick/sick-dev.tsv.gz": ["score\tsentence1\tsentence2", "3.0\ta\tb", "1.0\tc\td"],
    "quora/quora-labelled-dev.tsv.gz": ["label\tquestion1\tquestion2", "1\twho\twhom", "0\twhy\twhere"],
    "cranfield/queries.tsv.gz": ["query_id\ttext", "1\twings", "2\tno answer", "3\tflow"],
    "cranfield/qrels.tsv.gz": ["query_id\tdoc_id\trelevance", "1\t7\t2", "1\t8\t1", "3\t9\t1"],
    "tatoeba-v1/tatoeba-v1.tsv.gz": [
        "lang\tsentence\tenglish",
        "fra\tIl pleut.\tIt rains.",
        "deu\tEs regnet.\tIt rains.",
    ],
    "agnews-8000/agnews-8000.tsv.gz": ["label\ttext", *(f"{label}\ttext {at}" for label in "12" for at in range(5))],
}
CORPUS = [
    {"doc_id": "7", "title": "wings", "text": "of planes"},
    {"doc_id": "8", "title": "", "text": ""},
    {"doc_id": "9", "title": "flow", "text": "of air"},
]


@pytest.fixture(scope="module")
def scripts():
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.programs import quality as program

        from benchmarks import quality, quality_data
    finally:
        sys.path.remove(str(ROOT))
    return SimpleNamespace(main=quality, data=quality_data, program=program)


@pytest.fixture
def folder(tmp_path):
    lines = {**TABLES, "cranfield/corpus.jsonl.gz": [json.dumps(row) for row in CORPUS]}
    for name, rows in lines.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")
    return tmp_path


def test_what_is_read(scripts, folder):
    assert scripts.data.pairs(folder, "sts")[0] == ['A "man" eats.', "It rains."]
    assert scripts.data.pairs(folder, "sts", 1)[2] == [4.5]
    assert scripts.data.pairs(folder, "quora")[2] == [1, 0]
    assert scripts.data.translations(folder, "deu") == (["Es regnet."], ["It rains."])
    assert scripts.data.topics(folder, 4) == (["text 0", "text 2", "text 4", "text 1"], ["1", "1", "1", "2"])


def test_queries_without_relevant_documents_are_left_out(scripts, folder):
    found = scripts.data.retrieval(folder)

    assert found.queries == {"1": "wings", "3": "flow"}
    assert found.corpus == {"7": "wings of planes", "8": "", "9": "flow of air"}
    assert found.relevant == {"1": {"7", "8"}, "3": {"9"}}
    assert list(scripts.data.retrieval(folder, 2).queries) == ["1"]


def test_missing_files_are_named_with_what_they_hold(scripts, folder):
    (folder / "quora/quora-labelled-dev.tsv.gz").unlink()

    scripts.data.require_files(folder, ["sts", "sick"])
    with pytest.raises(SystemExit, match=r"quora-labelled-dev\.tsv\.gz: columns label.*\n.*--data or LIKEWISE_DATA"):
        scripts.data.require_files(folder, ["sts", "quora"])


def test_the_folder_is_the_argument_or_the_variable(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("LIKEWISE_DATA", str(tmp_path))

    assert scripts.data.data_folder(None) == tmp_path
    assert scripts.data.data_folder("/elsewhere") == Path("/elsewhere")


def test_all_tasks_on_small_files(scripts, folder, tmp_path, capsys):
    options = ["--data", str(folder), "--models", "likewise-mini", "--json", str(tmp_path / "all.json")]

    assert scripts.main.main([*options, "--tasks", "sts", "quora", "retrieval", "bitext"]) == 0

    said = json.loads((tmp_path / "all.json").read_text())["likewise"]["likewise-mini"]["results"]
    assert said["sts"]["spearman_cosine"] == pytest.approx(1)
    assert said["retrieval"]["cosine_recall@100"] == 1
    assert said["bitext"]["mean_accuracy"] == 1
    assert "| STS-B dev, Spearman | 1.0000 |" in capsys.readouterr().out


def test_k_means_finds_groups_that_lie_apart(scripts):
    pytest.importorskip("sklearn", reason="extra distill")
    rows = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    model = SimpleNamespace(encode=lambda texts, normalize_embeddings: rows)

    found = scripts.program.clustering(model, [""] * 12, list("aaaabbbbcccc"))

    assert found["v_measure"] > 0.9
    assert 0 <= found["v_measure_std"] < 0.2


def test_the_table_has_a_column_for_each_model(scripts):
    found = {
        "one": {"results": {"sts": {"spearman_cosine": 0.5}}, "cpu_s": 1.4},
        "folder/two": {"results": {"clustering": {"v_measure": 0.25, "v_measure_std": 0.01}}, "cpu_s": 10},
    }

    assert scripts.main.table(found, "deu").splitlines() == [
        "| | one | two |",
        "|---|---|---|",
        "| STS-B dev, Spearman | 0.5000 | |",
        "| AG News, V-measure of k-means | | 0.2500 ± 0.0100 |",
        "| CPU seconds for all of it | 1 | 10 |",
    ]


def test_a_metric_that_differs_or_is_missing_or_undefined_is_named(scripts):
    ours = {"sts": {"a": 0.5, "b": 0.1, "d": float("nan")}}
    theirs = {"sts": {"a": 0.5 + 1e-8, "b": 0.2, "c": 0.3, "d": 0.4}}

    compared = scripts.main.differences(ours, theirs)

    assert not scripts.main.agrees(compared)
    assert scripts.main.agreement("mini", compared).splitlines() == [
        "mini: 1 of 4 metrics agree with the peer to 1e-06",
        "  sts b differs by 1.0e-01",
        "  sts c differs by inf",
        "  sts d differs by nan",
    ]


def test_rounding_is_allowed_for_where_it_is_known_and_is_said(scripts):
    compared = {"quora cosine_ap": 2e-4, "quora cosine_f1": 0.0}

    assert scripts.main.agrees(compared)
    assert "equal but for rounding" in scripts.main.agreement("mini", compared)
    assert not scripts.main.agrees({**compared, "quora cosine_f1": 2e-4})
