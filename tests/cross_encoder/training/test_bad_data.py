"""Data that cannot be trained on are refused before the first step, with data set, row and value."""

from __future__ import annotations

import pytest
from datasets import Dataset

from likewise import SentenceTransformer
from likewise.cross_encoder import losses
from likewise.cross_encoder.trainer import CrossEncoderTrainer
from likewise.errors import ConfigError, InputError, InputTypeError
from likewise.losses.roles import Label, Roles
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.columns import bind

ROWS = 600
PAIR = {"query": ["a cat"] * ROWS, "passage": ["a dog"] * ROWS}
LISTS = {"query": ["a cat"] * ROWS, "documents": [["a", "b"]] * ROWS}
TRIPLET = {"query": ["a cat"] * ROWS, "positive": ["a"] * ROWS, "negative": ["b"] * ROWS}


def at_599(usual, value):
    return [usual] * (ROWS - 1) + [value]


CASES = {
    "one class too many": ("CrossEntropyLoss", {**PAIR, "label": at_599(0, 3)}, r"row 599: label=3.*classes 0 to 2"),
    "a class below 0": ("CrossEntropyLoss", {**PAIR, "label": at_599(0, -1)}, r"row 599: label=-1"),
    "classes as floats": ("CrossEntropyLoss", {**PAIR, "label": at_599(0.0, 1.0)}, r"row 0: label=0.0.*integers"),
    "above 1": ("BinaryCrossEntropyLoss", {**PAIR, "label": at_599(1, 2)}, r"row 599: label=2.*0 to 1"),
    "not a number": ("MSELoss", {**PAIR, "score": at_599(0.5, float("nan"))}, r"row 599: score=nan: not finite"),
    "infinite": ("MSELoss", {**PAIR, "score": at_599(0.5, float("inf"))}, r"row 599: score=inf: not finite"),
    "missing": ("MSELoss", {**PAIR, "score": at_599(0.5, None)}, r"row 599: score=None: no number"),
    "a text": ("MSELoss", {**PAIR, "score": at_599("0.5", "0.5")}, r"row 0: score='0.5': no number"),
    "a list for one output": (
        "BinaryCrossEntropyLoss",
        {**PAIR, "label": at_599([1, 0], [1, 0])},
        r"row 0: label=\[1, 0\]",
    ),
    "no label": ("BinaryCrossEntropyLoss", PAIR, "none of them a label"),
    "no second text": ("BinaryCrossEntropyLoss", {"query": ["a"], "label": [1]}, "what the loss takes"),
    "a third text": ("BinaryCrossEntropyLoss", {**TRIPLET, "label": [1] * ROWS}, "what the loss takes"),
    "no text": (
        "BinaryCrossEntropyLoss",
        {"query": at_599("a", None), "passage": ["b"] * ROWS, "label": [1] * ROWS},
        "row 599 has no 'query'",
    ),
    "lists for pairs": ("BinaryCrossEntropyLoss", {**LISTS, "label": [1] * ROWS}, r"row 0: documents=.*a text in"),
    "a text for lists": ("LambdaLoss", {**PAIR, "label": [[1]] * ROWS}, "row 0: passage='a dog'.*a list of texts"),
    "no documents": (
        "LambdaLoss",
        {"query": ["a"] * ROWS, "documents": at_599(["a"], []), "label": at_599([1.0], [])},
        r"row 599: documents=\[\].*filter",
    ),
    "a document missing": (
        "LambdaLoss",
        {"query": ["a"] * ROWS, "documents": at_599(["a", "b"], ["a", None]), "label": at_599([1.0, 0.0], [1.0, 0.0])},
        r"row 599: documents=\['a', None\]",
    ),
    "too few labels": (
        "ListNetLoss",
        {**LISTS, "labels": at_599([1, 0], [1])},
        r"row 599: labels=\[1\].*1 labels for the 2 documents",
    ),
    "a label for a list": ("RankNetLoss", {**LISTS, "labels": [1] * ROWS}, r"row 0: labels=1"),
    "a label in a list missing": (
        "PListMLELoss",
        {**LISTS, "labels": at_599([1, 0], [1, None])},
        r"row 599: labels=\[1, None\]: no number",
    ),
    "NaN in a list": (
        "ADRMSELoss",
        {**LISTS, "labels": at_599([1.0, 0.0], [1.0, float("nan")])},
        r"row 599: labels=\[1.0, nan\]: not finite",
    ),
    "margins of another length": ("MarginMSELoss", {**TRIPLET, "label": [[1.0, 2.0, 3.0]] * ROWS}, r"row 0: label="),
    "lengths that differ": (
        "MarginMSELoss",
        {**TRIPLET, "label": at_599([1.0], [1.0, 2.0])},
        r"rows 512 to 599: .*neither|rows 512 to 599",
    ),
    "roles in the wrong order": (
        "MultipleNegativesRankingLoss",
        {"query": ["a"], "negative": ["b"]},
        "stands where the loss takes its positive",
    ),
    "no rows": ("MultipleNegativesRankingLoss", {"query": [], "positive": []}, "is empty"),
    "numbers": ("MultipleNegativesRankingLoss", {"query": ["a"], "positive": ["b"], "weight": [0.5]}, "holds numbers"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused(ranker, sorter, arguments, case):
    name, columns, message = CASES[case]
    model = sorter if name == "CrossEntropyLoss" else ranker
    with pytest.raises((InputError, ConfigError), match=message):
        CrossEncoderTrainer(model, arguments(), Dataset.from_dict(columns), loss=getattr(losses, name)(model))


@pytest.mark.parametrize("case", ["one class too many", "a document missing", "too few labels"])
def test_evaluation_data_and_plain_rows_too(ranker, sorter, arguments, case):
    name, columns, message = CASES[case]
    model = sorter if name == "CrossEntropyLoss" else ranker
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    with pytest.raises(InputError, match=f"data set 'dev': {message}"):
        CrossEncoderTrainer(model, arguments(), None, {"dev": rows}, getattr(losses, name)(model))


def test_the_first_rows_of_a_stream_are_looked_at(ranker, arguments):
    data = Dataset.from_dict({**PAIR, "label": at_599(1, 2)}).to_iterable_dataset()
    with pytest.raises(InputError, match="row 599: label=2"):
        CrossEncoderTrainer(ranker, arguments(), data)


def test_good_data_of_every_form_pass(ranker, sorter, arguments):
    good = [
        (ranker, "BinaryCrossEntropyLoss", {**PAIR, "label": [True, False] * 300}),
        (ranker, "MSELoss", {**PAIR, "score": [-3.5, 100.0] * 300}),
        (sorter, "CrossEntropyLoss", {**PAIR, "label": [0, 2] * 300}),
        (sorter, "CrossEntropyLoss", {**PAIR, "label": [[0.2, 0.3, 0.5]] * 600}),
        (sorter, "BinaryCrossEntropyLoss", {**PAIR, "label": [[1, 0, 1]] * 600}),
        (ranker, "MarginMSELoss", {**TRIPLET, "label": [[1.0, 0.5]] * 600}),
        (ranker, "LambdaLoss", {"query": ["a"] * 2, "documents": [["a"], ["b", "c"]], "labels": [[1], [0, 2]]}),
    ]
    for model, name, columns in good:
        assert CrossEncoderTrainer(
            model, arguments(), Dataset.from_dict(columns), loss=getattr(losses, name)(model)
        ).get_train_dataloader()


def test_a_softmax_of_one_output_and_the_wrong_classes_are_refused(ranker, arguments, labelled):
    with pytest.raises(ConfigError, match="model of 1 output"):
        CrossEncoderTrainer(ranker, arguments(), labelled, loss=losses.CrossEntropyLoss(ranker))
    with pytest.raises(InputTypeError, match="Accepted: a CrossEncoder"):
        CrossEncoderTrainer("cross-encoder/some-model", arguments(), labelled)
    with pytest.raises(InputTypeError, match="the trainer of SentenceTransformer"):
        CrossEncoderTrainer(SentenceTransformer("likewise-mini", device="cpu"), arguments(), labelled)
    wrong = SentenceTransformerTrainingArguments(output_dir="out", use_cpu=True, report_to="none")
    with pytest.raises(ConfigError, match="CrossEncoderTrainingArguments"):
        CrossEncoderTrainer(ranker, wrong, labelled)


def test_columns_of_lists_bind_by_name():
    roles = Roles(("query", "documents"), label=Label.SCORES, lists=("documents",))
    assert bind(["documents", "labels", "query"], roles).inputs == ("query", "documents")
    assert bind(["question", "texts", "scores"], roles).inputs == ("question", "texts")
    triplet = Roles(("query", "positive", "negative"), more="negative", label=Label.MARGINS)
    assert bind(["negative", "positive", "query", "label"], triplet).inputs == ("query", "positive", "negative")
