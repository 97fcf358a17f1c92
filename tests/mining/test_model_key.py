import pytest

from likewise import SentenceTransformer
from likewise.errors import InputTypeError
from likewise.mining.model_key import model_key


def test_the_same_model_has_the_same_key_until_something_changes():
    one, other = (SentenceTransformer("likewise-mini", device="cpu") for _ in range(2))
    assert model_key(one) == model_key(other)

    next(iter(other.parameters())).data[0] += 1e-3
    assert model_key(one) != model_key(other)


@pytest.mark.parametrize(("name", "value"), [("max_seq_length", 7), ("prompts", {"query": "Q: "}), ("truncate_dim", 8)])
def test_settings_count(name, value):
    model = SentenceTransformer("likewise-mini", device="cpu")
    before = model_key(model)

    setattr(model, name, value)

    assert model_key(model) != before


def test_what_has_no_weights_is_refused():
    with pytest.raises(InputTypeError, match="a model of type object"):
        model_key(object())
