import logging

import numpy as np
import pytest
import torch

from likewise.evaluation.evaluator import SentenceEvaluator, moment, plain_number


class Width(SentenceEvaluator):
    """Gives numbers of all kinds."""

    primary_metric = "width"

    def __init__(self, name=""):
        self.name = name

    def __call__(self, model, output_path=None, epoch=-1, steps=-1):
        metrics = {"width": np.float32(0.5), "rows": torch.tensor(3), "note": "text"}
        return self.finish(model, metrics, epoch=epoch, steps=steps)


@pytest.fixture
def model(table_model):
    return table_model({"a": [1.0]})


def test_finish_names_notes_and_logs(model, caplog):
    evaluator = Width("dev")

    with caplog.at_level(logging.INFO, "likewise.evaluation.evaluator"):
        found = evaluator(model, epoch=2, steps=50)

    assert found == {"dev_width": 0.5, "dev_rows": 3, "dev_note": "text"}
    assert [type(value) for value in found.values()] == [float, int, str]
    assert evaluator.primary_metric == "dev_width"
    assert model.noted == [(evaluator, found, 2, 50)]
    assert "Width on dev in epoch 2 after 50 steps: dev_width 0.5000, dev_rows 3.0000" in caplog.text


def test_a_name_is_put_in_front_once_even_if_the_metric_begins_with_it(model):
    class Cosine(Width):
        primary_metric = "cosine_ap"

        def __call__(self, model, output_path=None, epoch=-1, steps=-1):
            return self.finish(model, {"cosine_ap": 1.0}, epoch=epoch, steps=steps)

    evaluator = Cosine("cosine")

    for _ in range(2):
        assert evaluator(model) == {"cosine_cosine_ap": 1.0}
        assert evaluator.primary_metric == "cosine_cosine_ap"


@pytest.mark.parametrize(
    ("name", "words"), [("NanoBEIREvaluator", "Nano BEIR"), ("MSEEvaluator", "MSE"), ("MyOwnEvaluator", "My Own")]
)
def test_the_description_is_the_name_of_the_class_in_words(name, words):
    assert type(name, (Width,), {})().description == words


def test_an_evaluator_of_a_user_describes_itself_without_more_work():
    told = Width("dev").describe()

    assert str(told) == "Width on dev\nprimary metric: width, more is better"
    assert (told.metrics, told.similarity, told.parts) == ([], None, ())


def test_moments():
    assert [moment(-1, -1), moment(1, -1), moment(1, 5)] == ["", " after epoch 1", " in epoch 1 after 5 steps"]


@pytest.mark.parametrize(
    ("value", "plain"), [(np.int64(3), 3), (np.float64(0.5), 0.5), (torch.tensor([1.5]), 1.5), ("a", "a"), (None, None)]
)
def test_plain_numbers(value, plain):
    assert plain_number(value) == plain
    assert type(plain_number(value)) is type(plain)
