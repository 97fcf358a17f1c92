"""One tiny instance of every pipeline module, for the contract suite (test_contract.py).

Whoever adds a module to `likewise.models.registry` adds a function to FACTORIES: it gets the fixture request and
returns the module, the features to give to `forward`, and the names of the features that `forward` adds or replaces.
"""

import copy
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from likewise.models.registry import module_class

B, S, D = 3, 5, 4
LENGTHS = (5, 3, 1)


@dataclass
class Instance:
    """A module with what to give it and what it promises."""

    module: Any
    features: dict
    adds: tuple[str, ...]


def token_features(dimension=D, vocab=9):
    """Padded features with token embeddings, padded on the right with garbage."""
    generator = torch.Generator().manual_seed(0)
    mask = torch.arange(S)[None] < torch.tensor(LENGTHS)[:, None]
    return {
        "input_ids": torch.randint(0, vocab, (B, S), generator=generator) * mask,
        "attention_mask": mask.long(),
        "token_embeddings": torch.randn(B, S, dimension, generator=generator),
        "all_layer_embeddings": [torch.randn(B, S, dimension, generator=generator) for _ in range(4)],
    }


def sentence_features(dimension=D):
    """Features with a sentence embedding."""
    return {"sentence_embedding": torch.randn(B, dimension, generator=torch.Generator().manual_seed(0))}


def _on_sentence(name, **settings):
    def build(request):
        torch.manual_seed(1)
        return Instance(module_class(name)(**settings), sentence_features(), ("sentence_embedding",))

    return build


def _on_tokens(name, *adds, **settings):
    def build(request):
        torch.manual_seed(1)
        return Instance(module_class(name)(**settings), token_features(), adds)

    return build


def _bow(request):
    module = module_class("BoW")(["cat", "Dog", "fish"], {"cat": 2.5, "dog": 0.5}, 1.5)
    return Instance(module, module.tokenize(["cat cat Dog", "", "fish!"]), ("sentence_embedding",))


def _logit_score(request):
    logits = torch.randn(B, 9, generator=torch.Generator().manual_seed(0))
    return Instance(module_class("LogitScore")(3, 5), {"causal_logits": logits}, ("scores",))


def _word_embeddings(request):
    from likewise.models.tokenizer import WhitespaceTokenizer

    table = torch.randn(4, D, generator=torch.Generator().manual_seed(0))
    tokenizer = WhitespaceTokenizer(["pad", "cat", "dog", "fish"])
    module = module_class("WordEmbeddings")(tokenizer, table, update_embeddings=True)
    return Instance(module, module.tokenize(["cat the dog", "", "fish"]), ("token_embeddings",))


def _transformer(request):
    folder = request.getfixturevalue("toy_bert_folder")(
        request.getfixturevalue("tmp_path_factory").mktemp("toy") / "model", plain=True
    )
    module = module_class("Transformer")(str(folder))
    return Instance(module, module.tokenize(["the cat", "a dog sat on the mat", "x"]), ("token_embeddings",))


def _clip(request):
    folder = request.getfixturevalue("toy_clip_folder")(
        request.getfixturevalue("tmp_path_factory").mktemp("toy") / "model"
    )
    module = module_class("CLIPModel")(str(folder))
    return Instance(module, module.tokenize(["a cat", "cat"]), ("sentence_embedding",))


def _static_embedding(request):
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(1)
    module = module_class("StaticEmbedding")(tokenizer, embedding_dim=D)
    return Instance(module, module.tokenize(["cat dog", "dog"]), ("sentence_embedding",))


def _mlm_transformer(request):
    folder = request.getfixturevalue("toy_masked_lm_folder")(
        request.getfixturevalue("tmp_path_factory").mktemp("toy") / "model", std=0.2
    )
    module = module_class("MLMTransformer")(str(folder))
    return Instance(module, module.tokenize(["the cat", "a dog sat on the mat", "x"]), ("token_embeddings",))


def _sparse_static_embedding(request):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[UNK]")
    module = module_class("SparseStaticEmbedding")(tokenizer, torch.tensor([0.0, 1.5, 2.5]))
    return Instance(module, module.tokenize(["cat dog cat", "dog", "a"]), ("sentence_embedding",))


def _router(request):
    bow, dense = module_class("BoW")(["cat", "dog"]), module_class("Dense")(2, D)
    module = module_class("Router")(
        {"query": [bow, dense], "document": [module_class("BoW")(["cat", "dog", "a", "b"])]}
    )
    features = module.tokenize([{"query": "cat dog"}, {"query": "dog"}])
    return Instance(module, features, ("sentence_embedding",))


def _asym(request):
    bow, dense = module_class("BoW")(["cat", "dog"]), module_class("Dense")(2, D)
    module = module_class("Asym")({"query": [bow, dense], "doc": [module_class("BoW")(["cat", "dog", "a", "b"])]})
    features = module.tokenize([{"query": "cat dog"}, {"query": "dog"}])
    return Instance(module, features, ("sentence_embedding",))


FACTORIES = {
    "Asym": _asym,
    "BoW": _bow,
    "CLIPModel": _clip,
    "CNN": _on_tokens("CNN", "token_embeddings", in_word_embedding_dimension=D, out_channels=2, kernel_sizes=[1, 3]),
    "Dense": _on_sentence("Dense", in_features=D, out_features=3),
    "Dropout": _on_sentence("Dropout", dropout=0.3),
    "LSTM": _on_tokens("LSTM", "token_embeddings", word_embedding_dimension=D, hidden_dim=3, num_layers=2),
    "LayerNorm": _on_sentence("LayerNorm", dimension=D),
    "LogitScore": _logit_score,
    "MLMTransformer": _mlm_transformer,
    "Normalize": _on_sentence("Normalize"),
    "Pooling": _on_tokens("Pooling", "sentence_embedding", word_embedding_dimension=D, pooling_mode_max_tokens=True),
    "Router": _router,
    "SparseAutoEncoder": _on_sentence("SparseAutoEncoder", input_dim=D, hidden_dim=12, k=3, k_aux=4, normalize=True),
    "SparseStaticEmbedding": _sparse_static_embedding,
    "SpladePooling": _on_tokens("SpladePooling", "sentence_embedding", pooling_strategy="sum", embedding_dimension=D),
    "StaticEmbedding": _static_embedding,
    "Transformer": _transformer,
    "WeightedLayerPooling": _on_tokens(
        "WeightedLayerPooling", "token_embeddings", word_embedding_dimension=D, num_hidden_layers=3, layer_start=1
    ),
    "WordEmbeddings": _word_embeddings,
    "WordWeights": _on_tokens(
        "WordWeights",
        "token_embeddings",
        "token_weights_sum",
        vocab=list("abcdefghi"),
        word_weights={"a": 2.0, "c": 0.5},
        unknown_word_weight=1.5,
    ),
}


@pytest.fixture(scope="session")
def make_instance(request):
    """A function from a registered name to an `Instance` in evaluation mode, built once and copied."""
    built = {}

    def make(name) -> Instance:
        if name not in FACTORIES:
            pytest.fail(f"no instance of {name} in tests/models/conftest.py")
        if name not in built:
            built[name] = FACTORIES[name](request)
            built[name].module.eval()
        return copy.deepcopy(built[name])

    return make
