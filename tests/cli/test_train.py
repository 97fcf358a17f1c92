"""`likewise train`: a recipe or options, what they train, and what is refused before anything is loaded."""

from __future__ import annotations

import json

import pytest

from likewise.cli.main import main
from likewise.sentence_transformer.model import SentenceTransformer

PAIRS = [(f"question {n} about cats", f"answer {n} about dogs") for n in range(16)]


@pytest.fixture
def files(tmp_path):
    table = "question\tanswer\tid\n" + "".join(f"{a}\t{b}\t{n}\n" for n, (a, b) in enumerate(PAIRS))
    (tmp_path / "pairs.tsv").write_text(table, encoding="utf-8")
    rows = [{"sentence1": a, "sentence2": b, "score": n / 15} for n, (a, b) in enumerate(PAIRS)]
    (tmp_path / "dev.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_options_train_and_say_where_the_model_is(files, capsys):
    output = files / "out"
    data = ["--data", str(files / "pairs.tsv"), "--columns", "question,answer", "--eval", f"sts={files / 'dev.jsonl'}"]
    assert main(["train", *data, "--steps", "2", "--batch-size", "4", "--output", str(output)]) == 0
    assert f"saved in {output / 'final'}" in capsys.readouterr().out
    assert SentenceTransformer(str(output / "final"), device="cpu").encode(["a cat"]).shape == (1, 168)


def test_a_recipe_with_several_files(files, capsys):
    (files / "recipe.toml").write_text(
        f"""
        output = "{files / "out"}"
        loss = "CachedMultipleNegativesRankingLoss"
        loss_arguments = {{mini_batch_size = 4}}
        data = [
            {{file = "{files / "pairs.tsv"}", columns = ["question", "answer"]}},
            {{file = "{files / "dev.jsonl"}", columns = ["sentence1", "sentence2"]}},
        ]
        training = {{batch_size = 4, steps = 2, use_cpu = true}}
        """,
        encoding="utf-8",
    )
    assert main(["train", str(files / "recipe.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no data to train on"),
        (["--data", "nothing.tsv"], "there is no file 'nothing.tsv'"),
        (["--data", "PAIRS", "--columns", "question,reply"], "has no column 'reply'"),
        (["--data", "PAIRS", "--columns", "question,answer", "--loss", "CosentLoss"], "'CoSENTLoss'"),
        (["--data", "PAIRS", "--eval", "dev"], "a task and a file"),
        (["--data", "PAIRS", "--eval", "sums=PAIRS"], "evaluation task 'sums'"),
        (["missing.toml"], "recipe missing.toml"),
    ],
)
def test_what_is_wrong_is_said_before_training(files, options, message, capsys):
    filled = [option.replace("PAIRS", str(files / "pairs.tsv")) for option in options]
    assert main(["train", *filled, "--output", str(files / "out")]) == 1
    assert message in capsys.readouterr().err


def test_an_output_that_is_not_empty_is_kept(files, capsys):
    (files / "out").mkdir()
    (files / "out" / "mine.txt").write_text("keep me")
    options = ["--data", str(files / "pairs.tsv"), "--columns", "question,answer", "--output", str(files / "out")]
    assert main(["train", *options]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_an_unknown_key_of_a_recipe_names_the_nearest(files, capsys):
    (files / "recipe.toml").write_text(f'data = [{{file = "{files / "pairs.tsv"}"}}]\nlos = "CoSENTLoss"\n')
    assert main(["train", str(files / "recipe.toml")]) == 1
    assert "unknown key 'los'" in capsys.readouterr().err
