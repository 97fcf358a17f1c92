"""`likewise mine hard-negatives`: the rows are those of the library, in files that training reads."""

import json
import sys
import tracemalloc

import numpy as np
import pytest

from likewise.cli import mine_hard_negatives as command
from likewise.cli.main import main

pytest.importorskip("datasets")

PAIRS = "question\tanswer\nred fox\tfox red animal\nblue sea\tsea water\nred sea\tsea red water\n"


@pytest.fixture
def pairs(write):
    return write("pairs.tsv", PAIRS)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def expected(model, **options):
    from datasets import Dataset

    from likewise.mining import mine_hard_negatives

    rows = [line.split("\t") for line in PAIRS.splitlines()]
    data = Dataset.from_dict({name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])})
    return list(mine_hard_negatives(data, model, verbose=False, **options))


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["--num-negatives", 1, "--output-format", "n-tuple"], {"num_negatives": 1, "output_format": "n-tuple"}),
        (["--output-format", "labeled-pair"], {"output_format": "labeled-pair"}),
        (["--output-format", "labeled-list", "--output-scores"], {"output_format": "labeled-list", "output_scores": 1}),
        (["--max-score", 0.5, "--min-score", 0.1], {"max_score": 0.5, "min_score": 0.1}),
        (["--relative-margin", 0.2, "--range-min", 1], {"relative_margin": 0.2, "range_min": 1}),
        (["--sampling-strategy", "random", "--seed", 7, "--num-negatives", 1], {"num_negatives": 1}),
    ],
)
def test_rows_are_those_of_the_library(likewise, pairs, tmp_path, arguments, options):
    out = tmp_path / "out.jsonl"
    if "random" in arguments:
        options = {**options, "sampling_strategy": "random", "seed": 7}

    outcome = likewise("mine", "hard-negatives", pairs, "-o", out, *arguments)

    assert outcome.code == 0, outcome.err
    assert read(out) == expected(likewise.model, **options)
    assert outcome.out == ""
    assert "Mined" in outcome.err
    assert f"{len(read(out)):,} rows with question, answer" in outcome.err


def test_anchors_are_queries_and_passages_documents(likewise, pairs, tmp_path):
    likewise("mine", "hard-negatives", pairs, "-o", tmp_path / "out.jsonl", "--query-prompt", "q: ")

    assert [call.role for call in likewise.model.calls] == ["query", "document"]
    assert likewise.model.calls[0].options["prompt"] == "q: "
    assert "prompt" not in likewise.model.calls[1].options


def test_a_corpus_brings_further_negatives(likewise, pairs, write, tmp_path):
    corpus = write("corpus.csv", "id,body\n1,red fox fox\n2,\n")
    arguments = ("--num-negatives", 1, "--corpus", corpus, "--corpus-column", "body")

    likewise("mine", "hard-negatives", pairs, "-o", tmp_path / "out.jsonl", *arguments)

    assert read(tmp_path / "out.jsonl")[0]["negative"] == "red fox fox"


@pytest.mark.parametrize("suffix", ["tsv", "csv", "parquet"])
def test_training_reads_what_was_written(likewise, pairs, tmp_path, suffix):
    from likewise.cli.recipe import DataFile
    from likewise.cli.train import rows

    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"out.{suffix}"
    likewise("mine", "hard-negatives", pairs, "-o", out)

    columns = ("question", "answer", "negative")
    data = rows(DataFile(str(out), columns))
    assert list(data) == expected(likewise.model)


def test_columns_may_be_named(likewise, write, tmp_path):
    table = write("t.jsonl", '{"id": 1, "q": "fox", "a": "dog"}\n{"id": 2, "q": "sea", "a": "fox sea"}\n')

    likewise("mine", "hard-negatives", table, "--anchor", "q", "--positive", "a", "-o", tmp_path / "out.jsonl")

    assert read(tmp_path / "out.jsonl")[0] == {"q": "fox", "a": "dog", "negative": "fox sea"}


def test_a_cross_encoder_scores_again(likewise, pairs, tmp_path, monkeypatch):
    class ByLength:
        def predict(self, sentences, **options):
            return [float(len(passage)) for _, passage in sentences]

    loaded = []
    monkeypatch.setattr(command, "load_reranker", lambda options: loaded.append(options) or ByLength())

    arguments = ("--cross-encoder", "some/model", "--num-negatives", 1, "--output-scores")
    likewise("mine", "hard-negatives", pairs, "-o", tmp_path / "out.jsonl", *arguments)

    assert [options.name for options in loaded] == ["some/model"]
    assert read(tmp_path / "out.jsonl")[0]["scores"] == [14.0, 13.0]


def test_quiet_and_json(likewise, pairs, tmp_path):
    out = tmp_path / "out.jsonl"
    outcome = likewise("mine", "hard-negatives", pairs, "-o", out, "--quiet", "--json")

    assert json.loads(outcome.out) == {"output": str(out), "rows": 6, "columns": ["question", "answer", "negative"]}
    assert outcome.err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{pairs}", "-o", "{folder}/out.txt"], "no output format"),
        (["{pairs}", "-o", "{pairs}"], "an input and an output"),
        (["{pairs}", "-o", "{folder}/out.tsv", "--output-format", "labeled-list"], "has no lists"),
        (["{pairs}", "-o", "{folder}/out.csv", "--output-scores"], "has no lists"),
        (["{pairs}", "-o", "{out}", "--anchor", "title"], "no column 'title'"),
        (["{pairs}", "-o", "{out}", "--range-min", "5", "--range-max", "6"], "range_max"),
        (["{pairs}", "-o", "{out}", "--corpus-column", "body"], "without --corpus"),
        (["{pairs}", "-o", "{out}", "--cross-encoder-revision", "main"], "without --cross-encoder"),
        (["{pairs}", "-o", "{out}", "--corpus", "{empty}"], "no texts"),
        (["{pairs}", "-o", "{taken}", "--corpus", "{taken}"], "an input and an output"),
        (["{three}", "-o", "{out}"], "do not say which"),
        (["{empty}", "-o", "{out}"], "has no columns"),
        (["{header}", "-o", "{out}"], "no rows"),
        (["{taken}", "-o", "{out}"], "called 'negative'"),
        (["{folder}/nowhere.tsv", "-o", "{out}"], "no such file"),
    ],
)
def test_errors_come_before_a_model_is_loaded(likewise, write, pairs, tmp_path, arguments, message):
    names = {
        "pairs": pairs,
        "folder": tmp_path,
        "out": tmp_path / "out.jsonl",
        "empty": write("empty.txt", ""),
        "header": write("header.tsv", "question\tanswer\n"),
        "three": write("three.tsv", "a\tb\tc\n1\t2\t3\n"),
        "taken": write("taken.tsv", "text\tnegative\n1\t2\n"),
    }

    outcome = likewise("mine", "hard-negatives", *(argument.format(**names) for argument in arguments))

    assert (outcome.code, likewise.models) == (1, [])
    assert message in outcome.err
    assert not names["out"].exists()
    assert pairs.read_text() == PAIRS


def test_parquet_without_pyarrow_is_refused_before_a_model_is_loaded(likewise, pairs, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    outcome = likewise("mine", "hard-negatives", pairs, "-o", tmp_path / "out.parquet")

    assert (outcome.code, likewise.models) == (1, [])
    assert "likewise[parquet]" in outcome.err


def test_when_nothing_is_found_no_file_is_written(likewise, pairs, tmp_path):
    outcome = likewise("mine", "hard-negatives", pairs, "-o", tmp_path / "out.jsonl", "--max-score", -2)

    assert outcome.code == 1
    assert "no negative was found" in outcome.err
    assert not (tmp_path / "out.jsonl").exists()


class TopicModel:
    """Embeds a text by its first two words, which are numbers."""

    max_seq_length = 128
    similarity_fn_name = "cosine"

    def encode_query(self, texts, **options):
        angles = np.float32([[int(word) for word in text.split(maxsplit=2)[:2]] for text in texts])
        return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)

    encode = encode_document = encode_query


class LaterIsBetter:
    def predict(self, sentences, **options):
        return [float(passage.split(maxsplit=2)[1]) for _, passage in sentences]


@pytest.fixture(scope="module")
def long_texts(tmp_path_factory):
    """A folder of 1,000 pairs and 1,000 texts; the texts without their 10,000 dots; the size of the files."""
    folder = tmp_path_factory.mktemp("long")
    texts = [f"{number % 40} {number % 900 + 2000 * kind}" for kind in range(3) for number in range(1000)]
    anchors, positives, corpus = texts[:1000], texts[1000:2000], [*texts[2000:], *texts[:5]]
    dots = "." * 10_000
    pairs = "".join(
        f"{anchor} {dots}\t{positive} {dots}\n" for anchor, positive in zip(anchors, positives, strict=True)
    )
    (folder / "pairs.tsv").write_text(f"question\tanswer\n{pairs}")
    (folder / "corpus.txt").write_text("".join(f"{text} {dots}\n" for text in corpus))
    size = sum(path.stat().st_size for path in folder.iterdir())
    return folder, (anchors, positives, corpus), size


@pytest.mark.parametrize(
    "options",
    [
        {"output_format": "triplet", "num_negatives": 1},
        {"output_format": "labeled-list", "output_scores": True, "cross_encoder": LaterIsBetter(), "range_max": 3},
    ],
)
def test_texts_are_not_in_memory(long_texts, tmp_path, monkeypatch, options):
    from datasets import Dataset

    from likewise.mining import mine_hard_negatives

    folder, (anchors, positives, corpus), size = long_texts
    monkeypatch.setattr(command, "load_reranker", lambda _: LaterIsBetter())
    arguments = ["mine", "hard-negatives", folder / "pairs.tsv", "--corpus", folder / "corpus.txt", "--quiet"]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", *([] if value is True else [value])]

    tracemalloc.start()
    try:
        code = main([*map(str, arguments), "-o", str(tmp_path / "out.jsonl")], loader=lambda _: TopicModel())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert code == 0
    assert peak < size / 2
    data = Dataset.from_dict({"question": anchors, "answer": positives})
    expected = mine_hard_negatives(data, TopicModel(), corpus=corpus, verbose=False, **options)
    with (tmp_path / "out.jsonl").open() as file:
        found = [json.loads(line.replace(f" {'.' * 10_000}", "")) for line in file]
    assert found == list(expected)
