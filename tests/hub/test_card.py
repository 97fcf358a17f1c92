"""The README of a model."""

import ast

import pytest

from likewise.errors import InputError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import ModelFacts, make_card
from likewise.hub.front_matter import read_front_matter, split_front_matter
from likewise.sentence_transformer.card import embedding_page

PAGE = embedding_page(
    ModelFacts(
        modules=[("0", "Transformer: BertModel, 256 tokens"), ("1", "Pooling: mean | max"), ("2", "Normalize")],
        max_length=256,
        prompts={"query": "query: ", "document": ""},
        parameters=22_713_216,
    ),
    dimension=384,
    similarity="cosine",
)


def card(**fields):
    return make_card(SentenceTransformerModelCardData(**fields), PAGE)


def test_the_metadata_is_what_the_hub_reads():
    metadata = read_front_matter(
        card(
            language=["en", "de"],
            license="apache-2.0",
            base_model="me/base",
            train_datasets=[{"name": "A", "id": "me/a"}],
        )
    )

    assert metadata == {
        "tags": ["sentence-transformers", "sentence-similarity", "feature-extraction"],
        "language": ["en", "de"],
        "license": "apache-2.0",
        "base_model": "me/base",
        "datasets": ["me/a"],
        "pipeline_tag": "sentence-similarity",
        "library_name": "sentence-transformers",
    }


def test_the_hub_library_accepts_the_card():
    from huggingface_hub import ModelCard

    parsed = ModelCard(card(language="en", license="mit"))

    assert parsed.data.pipeline_tag == "sentence-similarity"
    assert parsed.data.library_name == "sentence-transformers"
    assert parsed.data.license == "mit"


def test_fields_that_are_not_set_are_left_out():
    assert sorted(read_front_matter(card())) == ["library_name", "pipeline_tag", "tags"]


def test_the_table_shows_what_the_model_is():
    text = card(language="en", train_datasets=["squad"], eval_datasets=[{"name": "STS-B"}])

    for row in (
        "| Embedding dimension | 384 |",
        "| Maximum length | 256 tokens |",
        "| Similarity | cosine |",
        "| Weights | 22,713,216 |",
        "| Trained on | squad |",
        "| Evaluated on | STS-B |",
        "| 0 | Transformer: BertModel, 256 tokens |",
        "| 1 | Pooling: mean \\| max |",
        "`query`: `'query: '`",
    ):
        assert row in text
    assert "document" not in split_front_matter(text)[1]


def test_the_usage_snippet_is_code_with_the_id():
    text = make_card(SentenceTransformerModelCardData(), PAGE, model_id="me/my-model")
    code = text.split("```python\n")[1].split("```")[0]

    ast.parse(code)
    assert 'SentenceTransformer("me/my-model")' in code
    assert "from likewise import SentenceTransformer" in code
    assert "(3, 384)" in code


def test_an_id_that_is_not_known_is_the_documented_placeholder():
    assert 'SentenceTransformer("sentence_transformers_model_id")' in card()
    assert 'SentenceTransformer("me/known")' in card(model_id="me/known")


def test_the_text_of_a_loaded_model_stays_as_it_is():
    loaded = '---\nlicense: x\n---\n\n# Mine\n\nmodel = T("sentence_transformers_model_id")  \n\n'
    data = SentenceTransformerModelCardData(license="mit")

    assert make_card(data, PAGE, loaded_text=loaded) == loaded
    assert make_card(data, PAGE, loaded_text=loaded, model_id="me/m") == loaded.replace(
        "sentence_transformers_model_id", "me/m"
    )


def test_hostile_texts_stay_in_their_cell():
    facts = ModelFacts(modules=[("a|b\n# Title", "x" * 1000)])
    page = embedding_page(facts, dimension=None, similarity="cosine")

    text = make_card(SentenceTransformerModelCardData(), page)

    assert "| a\\|b # Title | " + "x" * 397 + "... |" in text


def test_hostile_metadata_stays_in_its_key():
    text = card(license="mit\n---\n# Title\ntags: [evil]")

    assert read_front_matter(text)["license"] == "mit\n---\n# Title\ntags: [evil]"
    assert read_front_matter(text)["tags"][0] == "sentence-transformers"


@pytest.mark.parametrize(
    "fields", [{"license": 1}, {"model_name": ["x"]}, {"train_datasets": [1]}, {"train_datasets": "squad"}], ids=str
)
def test_a_field_of_the_wrong_type_is_refused(fields):
    with pytest.raises(InputError, match="model_card_data: "):
        SentenceTransformerModelCardData(**fields)


def test_tags_may_be_one_or_none():
    assert SentenceTransformerModelCardData(tags="mine").tags == ["mine"]
    assert SentenceTransformerModelCardData(tags=None).tags[0] == "sentence-transformers"
