"""`likewise evaluate`: tables, JSON, several models, the suite, and what is refused."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from likewise.cli.evaluate_suite import SETS, suite_folder
from likewise.cli.main import main
from likewise.evaluation import EmbeddingSimilarityEvaluator
from likewise.sentence_transformer.model import SentenceTransformer

STS = [
    ("A man eats.", "Someone has a meal.", 4.5),
    ("It rains.", "Rain falls.", 4.0),
    ("A dog runs.", "I like tea.", 0),
]
HEADER = "sentence1\tsentence2\tscore\n"


@pytest.fixture
def sts(write):
    return write("dev.tsv", HEADER + "".join(f"{a}\t{b}\t{score}\n" for a, b, score in STS))


def run(capsys, *arguments):
    code = main(["evaluate", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_table_shows_what_the_evaluator_gives(sts, capsys):
    expected = EmbeddingSimilarityEvaluator(*zip(*STS, strict=True), write_csv=False)(
        SentenceTransformer("likewise-mini")
    )

    code, out, err = run(capsys, "--task", "sts", "--data", sts)

    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert lines[0] == ["dev", "(sts):", "3", "pairs"]
    assert lines[1] == ["metric", "likewise-mini"]
    assert dict(lines[2:]) == {name: f"{value:.4f}" for name, value in expected.items()}
    assert lines[2][0] == "spearman_cosine"
    assert err == f"{sts}: sentence1, sentence2, score\n"


def test_json_has_full_values_and_names(sts, capsys):
    _, out, _ = run(capsys, "--task", "sts", "--data", sts, "--json")

    found = json.loads(out)
    assert found["model"] == "likewise-mini"
    assert found["primary_metric"] == "spearman_cosine"
    assert found["score"] == found["metrics"]["spearman_cosine"]
    assert found["sizes"] == {"pairs": 3}
    assert found["intervals"] == {}


def test_models_stand_side_by_side_and_several_files_are_averaged(sts, write, tmp_path, capsys):
    other = tmp_path / "short"
    SentenceTransformer("likewise-mini", truncate_dim=8).save(str(other))
    second = write("test.jsonl", "\n".join(json.dumps({"text1": a, "text2": b, "rating": s}) for a, b, s in STS[::-1]))

    models = ["--model", "likewise-mini", "--model", other]
    _, out, _ = run(capsys, "--task", "sts", "--data", sts, second, *models)
    _, lines, _ = run(capsys, "--task", "sts", "--data", sts, second, *models, "--json")

    found = [json.loads(line) for line in lines.splitlines()]
    assert [(each["model"], each["data"]) for each in found] == [
        (model, data) for model in ("likewise-mini", str(other)) for data in ("dev", "test")
    ]
    assert out.splitlines()[1].split() == ["metric", "likewise-mini", "short"]
    average = out.splitlines()[-1].split()
    means = [np.mean([each["score"] for each in found if each["model"] == m]) for m in ("likewise-mini", str(other))]
    assert average == ["average", *(f"{mean:.4f}" for mean in means)]


def test_intervals_hold_the_value_and_are_named_where_there_are_none(write, capsys):
    rows = "".join(f"A man eats {n} apples.\tSomeone has {n % 7} fruits.\n" for n in range(20))
    pairs = write("pairs.tsv", f"source\ttarget\n{rows}")

    _, out, _ = run(capsys, "--task", "bitext", "--data", pairs, "--intervals", "--json")
    found = json.loads(out)
    _, table, err = run(capsys, "--task", "mining", "--data", pairs, "--intervals")

    low, high = found["intervals"]["mean_accuracy"]
    assert low <= found["score"] <= high
    assert low < high
    assert "pairs: ParaphraseMiningEvaluator has no confidence intervals" in err
    assert "[" not in table


def test_plots_are_drawn_for_each_model_and_set(write, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    pairs = write(
        "pairs.tsv", "sentence1\tsentence2\tlabel\n" + "".join(f"{a}\t{b}\t{int(s > 1)}\n" for a, b, s in STS)
    )

    code, _, err = run(capsys, "--task", "pairs", "--data", pairs, "--plots", tmp_path / "plots")

    files = sorted((tmp_path / "plots" / "likewise-mini" / "pairs").iterdir())
    assert code == 0
    assert files
    assert all(file.suffix == ".png" and str(file) in err for file in files)


def test_what_is_done_is_printed_when_a_later_model_fails(sts, tmp_path, capsys):
    broken = tmp_path / "broken"
    broken.mkdir()

    code, out, err = run(capsys, "--task", "sts", "--data", sts, "--model", "likewise-mini", "--model", broken)

    assert code == 1
    assert "spearman_cosine" in out
    assert "broken" in err


def test_progress_names_model_and_set(sts, capsys):
    _, _, err = run(capsys, "--task", "sts", "--data", sts, "--progress")

    assert "likewise-mini: dev (sts)" in err
    assert "100%" in err


def test_the_suite_gives_one_table_with_quality_speed_and_size(capsys):
    code, out, _ = run(capsys, "--suite", "--json")

    found = json.loads(out)
    assert code == 0
    assert list(found["scores"]) == [each.file.split(".")[0] for each in SETS]
    assert found["average"] == pytest.approx(np.mean(list(found["scores"].values())))
    assert found["embedding_dimension"] == 168
    assert found["sentences_per_second"] > 0
    folder = suite_folder().parent / "likewise-mini"
    assert found["size_bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    # Better than chance by far on each, and perfect on none: the sets can tell models apart.
    assert all(0.3 < score < 0.95 for score in found["scores"].values())


def test_the_suite_is_small_and_says_where_each_set_is_from():
    files = [path for path in suite_folder().rglob("*") if path.is_file()]
    readme = (suite_folder() / "README.md").read_text(encoding="utf-8")

    assert sum(path.stat().st_size for path in files) < 600_000
    for each in SETS:
        assert readme.count(f"| `{each.file.split('.')[0]}` |") == 2  # what it is, and its licence
    for path in files:
        assert path.name == "README.md" or gzip.decompress(path.read_bytes())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "sts"], "--task sts without files"),
        (["--task", "sts", "--data", "nothing.tsv"], "nothing.tsv: no such file"),
        (["--suite", "--data", "DEV"], "--data with --suite"),
        (["--suite", "--split", "test"], "--split with --suite"),
        (["--task", "retrieval", "--data", "DEV", "--columns", "a"], "--columns with --task retrieval"),
        (["--task", "sts", "--data", "DEV", "--split", "dev"], "--split with --task sts"),
        (["--task", "sts", "--data", "DEV", "--where", "score"], "--where score"),
        (["--task", "sts", "--data", "DEV", "--where", "score=9"], "no row fits --where score=9"),
        (["--task", "sts", "--data", "DEV", "--where", "lang=de"], "has no column 'lang'"),
        (["--task", "sts", "--data", "DEV", "--model", "a", "--model", "a"], "--model a stands twice"),
    ],
)
def test_wrong_arguments_are_refused_before_a_model_is_loaded(sts, arguments, message, capsys):
    code, out, err = run(capsys, *(str(sts) if word == "DEV" else word for word in arguments))

    assert (code, out) == (1, "")
    assert message in err


def test_a_task_or_the_suite_must_be_named(capsys):
    assert run(capsys, "--data", "dev.tsv")[0] == 2
