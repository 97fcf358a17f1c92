import pickle

import pytest

from likewise.encoding.options import EncodeOptions
from likewise.errors import InputError, InputTypeError


@pytest.mark.parametrize("name", ["batch_size", "max_tokens", "truncate_dim"])
@pytest.mark.parametrize("value", [0, -3])
def test_counts_are_at_least_one(name, value):
    with pytest.raises(InputError, match=f"{name}={value}.*at least 1"):
        EncodeOptions(**{name: value})


@pytest.mark.parametrize("value", [True, 2.0, "8"])
def test_counts_are_integers(value):
    with pytest.raises(InputTypeError, match=r"batch_size=.*an integer"):
        EncodeOptions(batch_size=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("output", "embeddings"), ("result", None), ("truncation", "cut"), ("output", ["x"])],
)
def test_choices_are_checked_and_named(name, value):
    with pytest.raises(InputError, match=f"{name}=.*one of"):
        EncodeOptions(**{name: value})


def test_prompt_is_a_text():
    with pytest.raises(InputTypeError, match="prompt=3"):
        EncodeOptions(prompt=3)


def test_a_task_is_any_text_as_routes_have_any_name():
    assert EncodeOptions(task="image").task == "image"
    with pytest.raises(InputTypeError, match=r"task=3\. Accepted: a text"):
        EncodeOptions(task=3)


def test_options_travel_to_workers_unchanged():
    options = EncodeOptions(batch_size=3, forward_kwargs={"scale": 2.0})
    assert pickle.loads(pickle.dumps(options)) == options
