"""Token ids and token embeddings equal those of the peer package, for every architecture that the tests can build."""

import numpy as np
import pytest
import torch

sentence_transformers = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

from sentence_transformers.models import Transformer as PeerTransformer  # noqa: E402

from likewise.hub.folder import ModelFolder  # noqa: E402
from likewise.models import Transformer  # noqa: E402
from likewise.models.module import LoadContext  # noqa: E402

KINDS = ["roberta", "xlm-roberta", "mpnet", "distilbert", "electra", "albert", "t5", "modernbert"]
TEXTS = [
    "Hello world",
    "  the cat sat on the mat.  ",
    "",
    "the fox ran over the red mat, and the dog was not in the movie " * 9,
    "\u00e9t\u00e9 na\u00efve \u4f60\u597d\u4e16\u754c \U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0645\u0631\u062d\u0628\u0627",
    "tab\tnew\nline\r\n\x0b\x0c nbsp\u00a0zero\u200bwidth \x00 nul \x7f",
    "[CLS] [MASK] <s> </s> <pad> ##ing @@@ ---- 3.14159",
    "x" * 300,
]


@pytest.fixture
def minilm(minilm_folder):
    peer = sentence_transformers.SentenceTransformer(str(minilm_folder), device="cpu")
    return Transformer.from_folder(ModelFolder(minilm_folder), LoadContext()), peer


def peer_body(folder, **kwargs):
    return PeerTransformer(str(folder), **kwargs)


def stripped(text):
    return tuple(map(str.strip, text)) if isinstance(text, tuple) else text.strip()


def features_of(peer, texts, **kwargs):
    # Documented: white space around a text is dropped. Version 6 of the peer keeps it; byte-level tokenizers show it.
    texts = [stripped(text) for text in texts]
    return {name: value for name, value in peer.preprocess(texts, **kwargs).items() if torch.is_tensor(value)}


@pytest.mark.parametrize("kind", KINDS)
def test_token_embeddings_equal_the_peers(toy_encoder_folder, tmp_path, kind):
    folder = toy_encoder_folder(tmp_path / kind, kind)
    ours, peer = Transformer(folder), peer_body(folder).eval()
    features = features_of(peer, TEXTS)
    mine = ours.tokenize(TEXTS)

    with torch.inference_mode():
        expected, got = peer(dict(features))["token_embeddings"], ours(mine)["token_embeddings"]

    for name in features.keys() & mine.keys():
        assert torch.equal(features[name], mine[name]), name
    keep = mine["attention_mask"].bool()
    torch.testing.assert_close(got[keep], expected[keep], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "mpnet", "distilbert", "t5"])
def test_pairs_equal_the_peers(toy_encoder_folder, tmp_path, kind):
    folder = toy_encoder_folder(tmp_path / kind, kind)
    pairs = [("the cat", "a dog ran"), ("the cat " * 40, "a dog " * 7), ("fox", "the mat is red " * 30), ("", "")]

    expected, got = features_of(peer_body(folder), pairs), Transformer(folder).tokenize(pairs)

    for name in expected.keys() & got.keys():
        assert torch.equal(expected[name], got[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_folder_opens_in_the_peer(toy_encoder_folder, tmp_path, kind):
    ours = Transformer(toy_encoder_folder(tmp_path / kind, kind), max_seq_length=20)
    saved = tmp_path / "saved"
    saved.mkdir()
    ours.save(saved)

    peer = PeerTransformer.load(str(saved)).eval()
    features = features_of(peer, TEXTS)
    with torch.inference_mode():
        expected, got = peer(dict(features))["token_embeddings"], ours(ours.tokenize(TEXTS))["token_embeddings"]

    keep = features["attention_mask"].bool()
    assert peer.max_seq_length == 20
    torch.testing.assert_close(got[keep], expected[keep], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["roberta", "t5", "distilbert"])
def test_a_folder_saved_by_the_peer_opens(toy_encoder_folder, tmp_path, kind):
    peer = peer_body(toy_encoder_folder(tmp_path / kind, kind)).eval()
    saved = tmp_path / "saved"
    saved.mkdir()
    peer.max_seq_length = 20
    peer.save(str(saved))

    ours = Transformer.from_folder(ModelFolder(saved), LoadContext())
    features = features_of(peer, TEXTS)
    with torch.inference_mode():
        expected, got = peer(dict(features))["token_embeddings"], ours(ours.tokenize(TEXTS))["token_embeddings"]

    keep = features["attention_mask"].bool()
    assert ours.max_seq_length == 20
    torch.testing.assert_close(got[keep], expected[keep], atol=1e-5, rtol=1e-5)


@pytest.mark.real_weights
def test_ids_of_odd_texts_equal_the_peers_on_real_weights(minilm):
    ours, peer = minilm
    rng = np.random.default_rng(0)
    blocks = [(32, 127), (0x00A0, 0x0250), (0x0370, 0x0530), (0x4E00, 0x4F00), (0x1F600, 0x1F650), (0x0300, 0x0370)]
    odd = [
        "".join(chr(rng.integers(*blocks[rng.integers(len(blocks))])) for _ in range(int(rng.integers(1, 400))))
        for _ in range(200)
    ]

    expected, got = features_of(peer, TEXTS + odd), ours.tokenize(TEXTS + odd)

    assert expected.keys() == got.keys()
    for name in expected:
        assert torch.equal(expected[name], got[name]), name


@pytest.mark.real_weights
@pytest.mark.parametrize("prompt", ["query: ", "the", "  Represent this sentence:  ", "unbelievably " * 300, "[SEP]"])
def test_prompts_equal_the_peers_on_real_weights(minilm, prompt):
    ours, peer = minilm
    seen = {}
    hook = peer[1].register_forward_pre_hook(lambda module, arguments: seen.update(arguments[0]))

    peer.encode(["hello world"], prompt=prompt)
    hook.remove()
    got = ours.tokenize(["hello world"], prompt=prompt)

    assert torch.equal(seen["input_ids"], got["input_ids"])
    assert seen["prompt_length"] == got["prompt_length"]


@pytest.mark.real_weights
def test_token_embeddings_equal_the_peers_on_real_weights(minilm):
    ours, peer = minilm
    texts = [*TEXTS, "the quick brown fox jumps over the lazy dog. " * 40]
    features = features_of(peer, texts)

    with torch.inference_mode():
        expected, got = peer[0](dict(features))["token_embeddings"], ours(ours.tokenize(texts))["token_embeddings"]

    keep = features["attention_mask"].bool()
    torch.testing.assert_close(got[keep], expected[keep], atol=1e-5, rtol=1e-5)
