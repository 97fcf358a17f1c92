"""StaticEmbedding, Router, Asym and custom code: saved by either side, the same embeddings on the other."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from likewise import SentenceTransformer
from likewise.models import Asym, Dense, Normalize, Router, StaticEmbedding

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

WORDS = ["[UNK]", "[CLS]", "the", "cat", "##s", "sat", "dog", ",", ".", "##ran", "a", "chaise", "une"]
TEXTS = [
    "the cats sat.",
    "",
    "   ",
    "A dog, a dog; CATRAN [CLS]",
    "une chaise " * 300,
    "Ünïcödé 漢字 🙂",
    "the\tcat\nsat",
]
CODE = """
import json, os
from torch import nn
from .numbers_of_it import FACTOR
class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
    def forward(self, features, **kwargs):
        features["sentence_embedding"] = features["sentence_embedding"] * self.factor * FACTOR
        return features
    def save(self, output_path, *args, **kwargs):
        with open(os.path.join(output_path, "config.json"), "w") as file:
            json.dump({"factor": self.factor}, file)
    @classmethod
    def load(cls, model_name_or_path, subfolder="", **kwargs):
        with open(os.path.join(model_name_or_path, subfolder, "config.json")) as file:
            return cls(**json.load(file))
"""


def tokenizer() -> Tokenizer:
    result = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    result.normalizer = normalizers.BertNormalizer()
    result.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    result.add_special_tokens(["[CLS]", "[UNK]"])
    return result


def table(seed: int, dimension: int = 6) -> torch.Tensor:
    return torch.randn(len(WORDS), dimension, generator=torch.Generator().manual_seed(seed))


def static(seed: int = 0, dimension: int = 6) -> StaticEmbedding:
    return StaticEmbedding(tokenizer(), embedding_weights=table(seed, dimension))


def peer_static(seed: int = 0, dimension: int = 6):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding as PeerStatic

    return PeerStatic(tokenizer(), embedding_weights=table(seed, dimension))


def both(folder, **kwargs):
    return SentenceTransformer(str(folder), device="cpu", **kwargs), peer.SentenceTransformer(
        str(folder), device="cpu", **kwargs
    )


def equal(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_static_embedding(tmp_path, side):
    if side == "ours":
        SentenceTransformer(modules=[static()], device="cpu").save(str(tmp_path))
    else:
        peer.SentenceTransformer(modules=[peer_static()], device="cpu").save(str(tmp_path))

    ours, theirs = both(tmp_path)

    equal(ours.encode(TEXTS), theirs.encode(TEXTS))
    equal(ours.encode(TEXTS, prompt="the "), theirs.encode(TEXTS, prompt="the "))
    equal(ours.encode([("the cat", "a dog")]), theirs.encode([("the cat", "a dog")]))
    assert ours.max_seq_length == theirs.max_seq_length


def test_static_embedding_with_a_tokenizer_that_truncates(tmp_path):
    module = static()
    module.max_seq_length = 2
    SentenceTransformer(modules=[module], device="cpu").save(str(tmp_path))

    ours, theirs = both(tmp_path)

    equal(ours.encode(TEXTS, truncation="ignore"), theirs.encode(TEXTS))


def test_model2vec(tmp_path):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding as PeerStatic

    tokenizer().save(str(tmp_path / "tokenizer.json"))
    save_file({"embeddings": table(3)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"normalize": true}')

    ours = SentenceTransformer(modules=[StaticEmbedding.from_model2vec(str(tmp_path))], device="cpu")
    theirs = peer.SentenceTransformer(modules=[PeerStatic.load(str(tmp_path))], device="cpu")

    equal(ours.encode(TEXTS), theirs.encode(TEXTS))


def test_model2vec_with_shared_rows(tmp_path):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding as PeerStatic

    tokenizer().save(str(tmp_path / "tokenizer.json"))
    mapping = torch.arange(len(WORDS)) // 2
    tensors = {"embeddings": table(3)[:8].clone(), "mapping": mapping, "weights": torch.linspace(0.1, 2.0, len(WORDS))}
    save_file(tensors, tmp_path / "model.safetensors")

    ours = SentenceTransformer(modules=[StaticEmbedding.from_model2vec(str(tmp_path))], device="cpu")
    theirs = peer.SentenceTransformer(modules=[PeerStatic.load(str(tmp_path))], device="cpu")

    equal(ours.encode(TEXTS), theirs.encode(TEXTS))


def save_router(folder, side: str) -> None:
    if side == "ours":
        router = Router.for_query_document([static(1)], [static(2, 8), Dense(8, 6)])
        SentenceTransformer(modules=[router, Normalize()], device="cpu").save(str(folder))
        return
    from sentence_transformers.base.modules import Dense as PeerDense
    from sentence_transformers.base.modules import Router as PeerRouter
    from sentence_transformers.sentence_transformer.modules import Normalize as PeerNormalize

    router = PeerRouter.for_query_document([peer_static(1)], [peer_static(2, 8), PeerDense(8, 6)])
    peer.SentenceTransformer(modules=[router, PeerNormalize()], device="cpu").save(str(folder))


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_router_for_query_document(tmp_path, side):
    save_router(tmp_path, side)

    ours, theirs = both(tmp_path)

    equal(ours.encode_query(TEXTS), theirs.encode_query(TEXTS))
    equal(ours.encode_document(TEXTS), theirs.encode_document(TEXTS))
    equal(ours.encode(TEXTS), theirs.encode(TEXTS))
    equal(ours.encode([{"query": text} for text in TEXTS]), theirs.encode([{"query": text} for text in TEXTS]))
    equal(ours.encode({"query": "the cat"}), theirs.encode({"query": "the cat"}))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.get_sentence_embedding_dimension() == theirs.get_embedding_dimension()


def test_mixed_inputs_equal_those_of_one_kind(tmp_path):
    save_router(tmp_path, "ours")
    ours, theirs = both(tmp_path)
    mixed = [{("query", "document")[at % 2]: text} for at, text in enumerate(TEXTS)]

    expected = [theirs.encode([each])[0] for each in mixed]

    equal(ours.encode(mixed), expected)


def test_router_with_mappings(tmp_path):
    router = Router(
        {"x": [static(1)], "y": [static(2)]},
        default_route="y",
        route_mappings={("query", "text"): "x", (None, "text"): "y"},
    )
    SentenceTransformer(modules=[router], device="cpu").save(str(tmp_path))

    ours, theirs = both(tmp_path)

    equal(ours.encode_query(TEXTS), theirs.encode_query(TEXTS))
    equal(ours.encode_document(TEXTS), theirs.encode_document(TEXTS))


def test_router_behind_a_first_module(tmp_path):
    router = Router({"query": [Dense(6, 4)], "document": [Dense(6, 4)]}, default_route="document")
    SentenceTransformer(modules=[static(), router], device="cpu").save(str(tmp_path))

    ours, theirs = both(tmp_path)

    equal(ours.encode_query(TEXTS), theirs.encode_query(TEXTS))
    equal(ours.encode_document(TEXTS), theirs.encode_document(TEXTS))
    equal(ours.encode(TEXTS), theirs.encode(TEXTS))


def test_asym_that_we_save_is_read_as_a_router(tmp_path):
    from sentence_transformers.base.modules import Router as PeerRouter

    Asym({"query": [static(1)], "doc": [static(2), Dense(6, 4)]}).save(str(tmp_path))
    ours = SentenceTransformer(modules=[Asym.load(str(tmp_path))], device="cpu")
    theirs = peer.SentenceTransformer(modules=[PeerRouter.load(str(tmp_path))], device="cpu")

    for key in ("query", "doc"):
        inputs = [{key: text} for text in TEXTS]
        equal(ours.encode(inputs), theirs.encode(inputs))


def test_asym_behind_a_first_module_as_documented():
    torch.manual_seed(0)
    asym = Asym({"query": [Dense(6, 4)], "doc": [Dense(6, 4)]})
    model = SentenceTransformer(modules=[static(), asym], device="cpu")
    inputs = [{"query": "the cat"}, {"doc": "the cat"}, {"doc": "a dog"}]

    rows = model.encode(inputs)

    before = SentenceTransformer(modules=[static()], device="cpu").encode(["the cat", "the cat", "a dog"])
    for row, value, each in zip(rows, before, inputs, strict=True):
        dense = asym.sub_modules[next(iter(each))][0]
        equal(row, torch.tanh(dense.linear(torch.tensor(value))).detach())


def test_custom_code_at_the_root(tmp_path):
    first, again = tmp_path / "first", tmp_path / "again"
    SentenceTransformer(modules=[static(), Normalize()], device="cpu").save(str(first))
    (first / "scaling.py").write_text(CODE)
    (first / "numbers_of_it.py").write_text("FACTOR = 0.5\n")
    (first / "2_Scale").mkdir()
    (first / "2_Scale" / "config.json").write_text('{"factor": 3.0}')
    entries = json.loads((first / "modules.json").read_text())
    entries.append({"idx": 2, "name": "2", "path": "2_Scale", "type": "scaling.Scale"})
    (first / "modules.json").write_text(json.dumps(entries))

    ours, theirs = both(first, trust_remote_code=True)
    equal(ours.encode(TEXTS), theirs.encode(TEXTS))
    ours.save(str(again))

    once_more, theirs_again = both(again, trust_remote_code=True)
    equal(once_more.encode(TEXTS), theirs.encode(TEXTS))
    equal(theirs_again.encode(TEXTS), theirs.encode(TEXTS))
