"""The README of a sparse encoder: metadata, and what stays of one that was loaded."""

import pytest

from likewise.errors import InputError
from likewise.hub.card_page import ModelFacts, card_metadata, make_card
from likewise.sparse_encoder.card import PLACEHOLDER_ID, SparseEncoderModelCardData, sparse_page

PAGE = sparse_page(
    ModelFacts(
        modules=[("0", "MLMTransformer()")],
        max_length=512,
        prompts={"query": "q: ", "document": ""},
        parameters=1234,
    ),
    kinds=["splade"],
    dimension=30522,
    similarity="dot",
)


def test_what_the_text_says():
    text = make_card(SparseEncoderModelCardData(model_name="Mine | yours", license="mit"), PAGE)

    assert "# Mine | yours" in text
    assert "30,522 dimensions" in text
    assert "| Weights | 1,234 |" in text
    assert "`query`: `'q: '`" in text
    assert "document`: `" not in text
    assert PLACEHOLDER_ID in text


def test_a_loaded_text_stays_but_for_the_name():
    text = make_card(SparseEncoderModelCardData(), PAGE, loaded_text=f"as it was: {PLACEHOLDER_ID}", model_id="me/it")

    assert text == "as it was: me/it"


def test_metadata():
    data = SparseEncoderModelCardData(tags=["mine", "splade"], language="en", base_model="some/base")

    metadata = card_metadata(data, PAGE, ["a/set", {"name": "unnamed"}])

    assert metadata["tags"] == ["sentence-transformers", "sparse-encoder", "sparse", "splade", "mine"]
    assert metadata["datasets"] == ["a/set"]
    assert metadata["pipeline_tag"] == "feature-extraction"
    assert metadata["base_model"] == "some/base"


def test_bad_fields():
    with pytest.raises(InputError, match="license"):
        SparseEncoderModelCardData(license=3)
