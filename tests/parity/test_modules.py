"""The small pipeline modules against the installed peer: saved by either side, loaded by the other, same outputs."""

import copy
import itertools
import random

import pytest
import torch
from torch import nn

from likewise import models as ours
from likewise.models.pooling import MODES
from likewise.models.tokenizer import ENGLISH_STOP_WORDS, WhitespaceTokenizer
from likewise.ops.packing import packed_features

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")]

LENGTHS = torch.tensor([6, 4, 1])
TEXTS = ["the cat and the Dog!", "", "fish cat, cat (dog) unknown", "Fish's"]
COMBINATIONS = [c for n in (1, 2, 6) for c in itertools.combinations(MODES, n)]


@pytest.fixture(scope="module")
def peer():
    from sentence_transformers import models

    return models


@pytest.fixture(scope="module")
def peer_tokenizer():
    from sentence_transformers.models import tokenizer

    return tokenizer


def batch(side="right", vocab=4):
    generator = torch.Generator().manual_seed(3)
    mask = (torch.arange(6)[None] < LENGTHS[:, None]).long()
    mask = mask if side == "right" else mask.flip(1)
    return {
        "input_ids": torch.randint(0, vocab, (3, 6), generator=generator) * mask,
        "attention_mask": mask,
        "sentence_lengths": LENGTHS.clone(),
        "token_embeddings": torch.randn(3, 6, 5, generator=generator),
        "all_layer_embeddings": [torch.randn(3, 6, 5, generator=generator) for _ in range(4)],
        "sentence_embedding": torch.randn(3, 5, generator=generator),
    }


def run(module, features):
    with torch.no_grad():
        return module.eval()(copy.copy(features))


def other_side(module, kind, folder):
    """The module as the other library loads it."""
    folder.mkdir()
    module.save(str(folder))
    return kind.load(str(folder))


def assert_same(ours_module, peer_module, features, output, *, mask=None):
    left, right = run(ours_module, features)[output], run(peer_module, features)[output]
    if mask is not None:
        left, right = left[mask], right[mask]
    torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("include_prompt", [True, False], ids=["with prompt", "without prompt"])
@pytest.mark.parametrize("modes", COMBINATIONS, ids="+".join)
def test_pooling(peer, modes, include_prompt, side, tmp_path):
    mine = ours.Pooling(5, list(modes), include_prompt=include_prompt)
    theirs = peer.Pooling(5, list(modes), include_prompt)
    # The last text has no token beside the prompt, for which the peer gives -inf (max) or a token of the prompt (cls).
    names = ("token_embeddings", "attention_mask")
    features = {name: value[:2] for name, value in batch(side).items() if name in names} | {"prompt_length": 2}

    assert_same(mine, theirs, features, "sentence_embedding")
    assert_same(other_side(theirs, ours.Pooling, tmp_path / "a"), theirs, features, "sentence_embedding")
    assert_same(mine, other_side(mine, peer.Pooling, tmp_path / "b"), features, "sentence_embedding")
    packed = run(mine, packed_features(features))["sentence_embedding"]
    torch.testing.assert_close(packed, run(theirs, features)["sentence_embedding"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("modes", [("mean", "cls"), ("lasttoken", "max")], ids="+".join)
def test_pooling_in_an_order_of_its_own(peer, modes, tmp_path):
    mine, theirs = ours.Pooling(5, list(modes)), peer.Pooling(5, list(modes))

    assert_same(other_side(theirs, ours.Pooling, tmp_path / "a"), theirs, batch(), "sentence_embedding")
    assert_same(mine, other_side(mine, peer.Pooling, tmp_path / "b"), batch(), "sentence_embedding")


DENSE = {
    "usual": {},
    "no bias": {"bias": False},
    "gelu": {"activation_function": nn.GELU()},
    "identity": {"activation_function": nn.Identity()},
    "prelu": {"activation_function": nn.PReLU()},
    "residual": {"use_residual": True},
}


@pytest.mark.parametrize("width", [3, 5])
@pytest.mark.parametrize("settings", DENSE.values(), ids=list(DENSE))
def test_dense(peer, settings, width, tmp_path):
    mine, theirs = ours.Dense(5, width, **settings), peer.Dense(5, width, **settings)

    assert_same(other_side(theirs, ours.Dense, tmp_path / "a"), theirs, batch(), "sentence_embedding")
    assert_same(mine, other_side(mine, peer.Dense, tmp_path / "b"), batch(), "sentence_embedding")


def test_dense_and_normalize_on_tokens(peer, tmp_path):
    names = {"module_input_name": "token_embeddings", "module_output_name": "projected"}
    mine, theirs = ours.Dense(5, 2, **names), peer.Dense(5, 2, **names)

    assert_same(other_side(theirs, ours.Dense, tmp_path / "a"), theirs, batch(), "projected")
    assert_same(mine, other_side(mine, peer.Dense, tmp_path / "b"), batch(), "projected")
    mine, theirs = ours.Normalize("token_embeddings"), peer.Normalize("token_embeddings")
    assert_same(other_side(theirs, ours.Normalize, tmp_path / "c"), theirs, batch(), "token_embeddings")
    assert_same(mine, other_side(mine, peer.Normalize, tmp_path / "d"), batch(), "token_embeddings")


def test_normalize(peer, tmp_path):
    mine, theirs = ours.Normalize(), peer.Normalize()

    assert_same(other_side(theirs, ours.Normalize, tmp_path / "a"), theirs, batch(), "sentence_embedding")
    assert_same(mine, other_side(mine, peer.Normalize, tmp_path / "b"), batch(), "sentence_embedding")


def test_layer_norm_and_dropout(peer, tmp_path):
    mine, theirs = ours.LayerNorm(5), peer.LayerNorm(5)
    for module in (mine, theirs):
        nn.init.normal_(module.norm.weight)
        nn.init.normal_(module.norm.bias)

    assert_same(other_side(theirs, ours.LayerNorm, tmp_path / "a"), theirs, batch(), "sentence_embedding")
    assert_same(mine, other_side(mine, peer.LayerNorm, tmp_path / "b"), batch(), "sentence_embedding")
    mine, theirs = ours.Dropout(0.3), peer.Dropout(0.3)
    assert other_side(theirs, ours.Dropout, tmp_path / "c").dropout == 0.3
    assert other_side(mine, peer.Dropout, tmp_path / "d").dropout == 0.3


def test_weighted_layer_pooling(peer, tmp_path):
    mine, theirs = (side.WeightedLayerPooling(5, num_hidden_layers=3, layer_start=1) for side in (ours, peer))
    for module in (mine, theirs):
        nn.init.uniform_(module.layer_weights)

    assert_same(other_side(theirs, ours.WeightedLayerPooling, tmp_path / "a"), theirs, batch(), "token_embeddings")
    assert_same(mine, other_side(mine, peer.WeightedLayerPooling, tmp_path / "b"), batch(), "token_embeddings")


@pytest.mark.parametrize(
    "settings",
    [{}, {"num_layers": 2, "dropout": 0.1}, {"bidirectional": False}],
    ids=["usual", "two layers", "one direction"],
)
def test_lstm(peer, settings, tmp_path):
    mine, theirs = ours.LSTM(5, 3, **settings), peer.LSTM(5, 3, **settings)

    assert_same(other_side(theirs, ours.LSTM, tmp_path / "a"), theirs, batch(), "token_embeddings")
    assert_same(mine, other_side(mine, peer.LSTM, tmp_path / "b"), batch(), "token_embeddings")


def test_cnn_where_padding_is_zero(peer, tmp_path):
    """The peer lets padding leak into the last tokens of a text; word embeddings read from a file have zeros there."""
    features = batch()
    features["token_embeddings"] = features["token_embeddings"] * features["attention_mask"][..., None]
    mask = features["attention_mask"].bool()
    mine, theirs = ours.CNN(5, 2, [1, 3, 5]), peer.CNN(5, 2, [1, 3, 5])

    assert_same(other_side(theirs, ours.CNN, tmp_path / "a"), theirs, features, "token_embeddings", mask=mask)
    assert_same(mine, other_side(mine, peer.CNN, tmp_path / "b"), features, "token_embeddings", mask=mask)


@pytest.mark.parametrize("cumulative", [True, False])
def test_bow(peer, cumulative, tmp_path):
    arguments = (["cat", "Dog", "the", "cat", "FISH"], {"cat": 2.5, "dog": 0.5, "fish": 3}, 1.5, cumulative)
    mine, theirs = ours.BoW(*arguments), peer.BoW(*arguments)

    expected = theirs.preprocess(TEXTS)["sentence_embedding"]

    for module in (mine, other_side(theirs, ours.BoW, tmp_path / "a")):
        torch.testing.assert_close(module.tokenize(TEXTS)["sentence_embedding"], expected)
    loaded = other_side(mine, peer.BoW, tmp_path / "b")
    torch.testing.assert_close(loaded.preprocess(TEXTS)["sentence_embedding"], expected)


def test_word_weights_and_the_mean_after_them(peer, tmp_path):
    arguments = (["cat", "Dog", "the", "x"], {"cat": 2.5, "dog": 0.5}, 1.5)
    mine, theirs = ours.WordWeights(*arguments), peer.WordWeights(*arguments)
    mask = batch()["attention_mask"].bool()

    for left, right in (
        (other_side(theirs, ours.WordWeights, tmp_path / "a"), theirs),
        (mine, other_side(mine, peer.WordWeights, tmp_path / "b")),
    ):
        assert_same(left, right, batch(), "token_embeddings", mask=mask)
        assert_same(left, right, batch(), "token_weights_sum")
        for mode in MODES:
            pooled = run(ours.Pooling(5, mode), run(left, batch()))["sentence_embedding"]
            expected = run(peer.Pooling(5, mode), run(right, batch()))["sentence_embedding"]
            torch.testing.assert_close(pooled, expected, rtol=1e-5, atol=1e-5)


def test_word_embeddings(peer, peer_tokenizer, tmp_path):
    words, table = ["pad", "cat", "dog", "Fish"], torch.randn(4, 5)
    mine = ours.WordEmbeddings(WhitespaceTokenizer(words), table, True, 4)
    theirs = peer.WordEmbeddings(peer_tokenizer.WhitespaceTokenizer(words), table, True, 4)
    expected = theirs.preprocess(TEXTS)

    for module in (mine, other_side(theirs, ours.WordEmbeddings, tmp_path / "a")):
        features = module.tokenize(TEXTS)
        for key in ("input_ids", "attention_mask", "sentence_lengths"):
            assert torch.equal(features[key], expected[key])
        assert_same(module, theirs, features, "token_embeddings")
    loaded = other_side(mine, peer.WordEmbeddings, tmp_path / "b")
    assert torch.equal(loaded.preprocess(TEXTS)["input_ids"], expected["input_ids"])
    assert (loaded.update_embeddings, loaded.max_seq_length) == (True, 4)


@pytest.mark.parametrize("text", ["cat 1 2\ndog 3 4\n", "2 2\ncat 1 2\ndog 3 4\n", "cat 1 2\nx 1\ndog 3 4 \n"])
def test_word_embeddings_from_a_text_file(peer, text, tmp_path):
    (tmp_path / "v.txt").write_text(text)

    mine = ours.WordEmbeddings.from_text_file(str(tmp_path / "v.txt"))
    theirs = peer.WordEmbeddings.from_text_file(str(tmp_path / "v.txt"))

    assert list(mine.tokenizer.get_vocab()) == list(theirs.tokenizer.get_vocab())
    torch.testing.assert_close(mine.emb_layer.weight, theirs.emb_layer.weight)
    assert mine.emb_layer.weight.requires_grad == theirs.emb_layer.weight.requires_grad


def test_word_embeddings_with_a_tokenizer_of_transformers(peer, toy_bert_folder, tmp_path):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(toy_bert_folder(tmp_path / "toy", plain=True))
    mine, theirs = (side.WordEmbeddings(tokenizer, torch.randn(len(tokenizer), 5)) for side in (ours, peer))
    expected = theirs.preprocess(["the cat", "a dog sat"])

    loaded = other_side(theirs, ours.WordEmbeddings, tmp_path / "a")
    features = loaded.tokenize(["the cat", "a dog sat"])
    assert torch.equal(features["input_ids"], expected["input_ids"])
    assert_same(loaded, theirs, features, "token_embeddings")
    back = other_side(mine, peer.WordEmbeddings, tmp_path / "b")
    assert torch.equal(back.preprocess(["the cat", "a dog sat"])["input_ids"], expected["input_ids"])


def test_the_default_stop_words_are_the_same(peer_tokenizer):
    assert set(peer_tokenizer.WhitespaceTokenizer().stop_words) == set(ENGLISH_STOP_WORDS)


@pytest.mark.parametrize(
    "settings", [{}, {"stop_words": []}, {"do_lower_case": True}], ids=["default", "none", "lower"]
)
def test_whitespace_tokenizers_agree_on_random_texts(peer_tokenizer, settings):
    generator = random.Random(0)
    pieces = [
        "cat",
        "Cat",
        "DOG",
        "don't",
        "(x)",
        "x",
        "the",
        "The",
        "...",
        "'s",
        "rock-n-roll",
        "\u00e9t\u00e9",
        ",",
        "3.5",
    ]
    vocab = ["cat", "DOG", "don't", "(x)", "x", "the", "rock-n-roll", "\u00e9t\u00e9", "3.5", "."]
    mine = WhitespaceTokenizer(vocab, **settings)
    theirs = peer_tokenizer.WhitespaceTokenizer(vocab, **settings)

    for _ in range(300):
        words = (generator.choice("\"(['") * generator.randint(0, 1) + generator.choice(pieces) for _ in range(8))
        text = generator.choice([" ", "\t", "  ", ", ", "! "]).join(words)
        assert mine.tokenize(text) == theirs.tokenize(text), text
