"""Same weights, same texts as the installed peer package: the same embeddings."""

import json

import numpy as np
import pytest

from likewise import SentenceTransformer

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

TEXTS = [
    "A man is eating food.",
    "  leading and trailing spaces ",
    "",
    "Ünïcödé, emoji 🙂 and 漢字",
    "one",
    "a longer sentence, with punctuation; it goes on and on, and ends here (or there)!",
    "word " * 400,
]
POOLING_MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


@pytest.fixture(scope="module")
def pair(minilm_folder):
    return SentenceTransformer(str(minilm_folder), device="cpu"), peer.SentenceTransformer(
        str(minilm_folder), device="cpu"
    )


def equal(ours, theirs, tolerance=1e-5):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=0)


@pytest.mark.real_weights
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"normalize_embeddings": True},
        {"batch_size": 2},
        {"prompt": "query: "},
        {"truncate_dim": 100},
        {"truncate_dim": 100, "normalize_embeddings": True},
    ],
    ids=str,
)
def test_minilm_embeddings(pair, arguments):
    ours, theirs = pair

    equal(ours.encode(TEXTS, truncation="ignore", **arguments), theirs.encode(TEXTS, **arguments))


@pytest.mark.real_weights
@pytest.mark.parametrize("texts", ["one text", ["one"], np.array(["a", "b c"]), ("x y", "z"), [("a", "b")]], ids=repr)
def test_minilm_forms_of_input(pair, texts):
    ours, theirs = pair

    equal(ours.encode(texts), theirs.encode(texts))


@pytest.mark.real_weights
def test_minilm_token_embeddings(pair):
    ours, theirs = pair

    for mine, other in zip(
        ours.encode(TEXTS[:6], output_value="token_embeddings"),
        theirs.encode(TEXTS[:6], output_value="token_embeddings"),
        strict=True,
    ):
        equal(mine, other)


@pytest.mark.real_weights
def test_minilm_similarity(pair):
    ours, theirs = pair
    embeddings = theirs.encode(TEXTS)

    for name in ("cosine", "dot", "euclidean", "manhattan"):
        ours.similarity_fn_name = theirs.similarity_fn_name = name
        equal(ours.similarity(embeddings, embeddings), theirs.similarity(embeddings, embeddings), 1e-4)
        equal(
            ours.similarity_pairwise(embeddings, embeddings[::-1].copy()),
            theirs.similarity_pairwise(embeddings, embeddings[::-1].copy()),
            1e-4,
        )
    ours.similarity_fn_name = theirs.similarity_fn_name = "cosine"


@pytest.mark.real_weights
def test_minilm_empty_input_has_the_same_shape(pair):
    ours, theirs = pair

    assert ours.encode([]).shape == theirs.encode([]).shape
    assert ours.encode([], convert_to_tensor=True).shape == theirs.encode([], convert_to_tensor=True).shape
    assert ours.encode([], convert_to_numpy=False) == theirs.encode([], convert_to_numpy=False)


@pytest.mark.real_weights
@pytest.mark.parametrize("precision", ["int8", "uint8", "binary", "ubinary"])
def test_minilm_precisions(pair, precision):
    ours, theirs = pair
    mine, other = ours.encode(TEXTS, precision=precision), theirs.encode(TEXTS, precision=precision)

    assert mine.dtype == other.dtype
    # Differences of 1e-7 in the embeddings may fall on either side of a step.
    bits = np.unpackbits(mine.view(np.uint8) ^ other.view(np.uint8))
    assert bits.mean() < 0.01


@pytest.mark.parametrize("include_prompt", [True, False])
@pytest.mark.parametrize("mode", POOLING_MODES)
def test_pooling_modes_with_and_without_prompt(toy_bert_folder, tmp_path, mode, include_prompt):
    folder = toy_bert_folder(tmp_path / "toy")
    config = {"word_embedding_dimension": 16, "include_prompt": include_prompt}
    names = {"cls": "cls_token", "lasttoken": "lasttoken", "max": "max_tokens", "mean": "mean_tokens"}
    for each in POOLING_MODES:
        suffix = names.get(each, each if each == "lasttoken" else f"{each}_tokens" if each == "weightedmean" else each)
        config[f"pooling_mode_{suffix}"] = each == mode
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    ours, theirs = SentenceTransformer(folder, device="cpu"), peer.SentenceTransformer(str(folder), device="cpu")

    for arguments in ({}, {"prompt": "represent this sentence : "}):
        equal(ours.encode(["the cat sat", "a"], **arguments), theirs.encode(["the cat sat", "a"], **arguments))


@pytest.mark.parametrize("names", [["query"], ["query", "document"], ["passage"], ["corpus", "query"]], ids=str)
def test_encode_query_and_document_choose_the_same_prompts(toy_bert_folder, tmp_path, names):
    folder = toy_bert_folder(tmp_path / "toy")
    prompts = {name: f"{name[:2]} : " for name in names}
    ours = SentenceTransformer(folder, prompts=prompts, device="cpu")
    theirs = peer.SentenceTransformer(str(folder), prompts=prompts, device="cpu")

    equal(ours.encode_query(["the cat"]), theirs.encode_query(["the cat"]))
    if "passage" not in names and "corpus" not in names:
        equal(ours.encode_document(["the cat"]), theirs.encode_document(["the cat"]))


def test_saved_by_us_loaded_by_the_peer(toy_bert_folder, tmp_path):
    model = SentenceTransformer(toy_bert_folder(tmp_path / "toy", normalize=True), device="cpu", prompts={"q": "a "})
    model.save(tmp_path / "ours")

    theirs = peer.SentenceTransformer(str(tmp_path / "ours"), device="cpu")

    equal(model.encode(["the cat", "fox"]), theirs.encode(["the cat", "fox"]))
    assert theirs.prompts["q"] == "a "
    assert theirs.max_seq_length == model.max_seq_length


def test_saved_by_the_peer_loaded_by_us(toy_bert_folder, tmp_path):
    theirs = peer.SentenceTransformer(str(toy_bert_folder(tmp_path / "toy")), device="cpu", prompts={"q": "a "})
    theirs.save(str(tmp_path / "theirs"))

    model = SentenceTransformer(tmp_path / "theirs", device="cpu")

    equal(model.encode(["the cat", "fox"]), theirs.encode(["the cat", "fox"]))
    assert model.prompts == theirs.prompts
    assert model.max_seq_length == theirs.max_seq_length


def test_half_precision_is_close(toy_bert_folder, tmp_path):
    folder = str(toy_bert_folder(tmp_path / "toy"))
    arguments = {"device": "cpu", "model_kwargs": {"torch_dtype": "bfloat16"}}
    ours, theirs = SentenceTransformer(folder, **arguments), peer.SentenceTransformer(folder, **arguments)

    equal(ours.encode(["the cat", "fox"]), theirs.encode(["the cat", "fox"]), 0.05)
    assert ours.encode(["the cat"]).dtype == np.float32
