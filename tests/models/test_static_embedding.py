"""StaticEmbedding: the mean of token vectors, its folder, and what a damaged folder does."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from likewise.errors import CheckpointError, ConfigError, InputError, InputTypeError, LikewiseError, ShapeError
from likewise.models import StaticEmbedding

VOCAB = {"[UNK]": 0, "a": 1, "b": 2, "c": 3}
TABLE = torch.tensor([[0.0, 1.0], [1.0, 2.0], [3.0, -4.0], [10.0, 0.5]])


def tokenizer() -> Tokenizer:
    result = Tokenizer(models.WordLevel(VOCAB, unk_token="[UNK]"))
    result.pre_tokenizer = pre_tokenizers.Whitespace()
    return result


def module() -> StaticEmbedding:
    return StaticEmbedding(tokenizer(), embedding_weights=TABLE.clone())


def embed(of: StaticEmbedding, texts: list) -> torch.Tensor:
    return of(of.tokenize(texts))["sentence_embedding"].detach()


def test_embedding_is_the_mean_of_token_vectors():
    texts = ["a b", "c c a x", "b"]

    expected = [TABLE[[VOCAB.get(word, 0) for word in text.split()]].mean(0) for text in texts]

    assert torch.allclose(embed(module(), texts), torch.stack(expected))


@pytest.mark.parametrize("texts", [[""], ["   "], ["", "a", ""]])
def test_a_text_without_tokens_is_zero(texts):
    result = embed(module(), texts)

    assert result[0].tolist() == [0.0, 0.0]
    assert torch.isfinite(result).all()


def test_no_texts_give_no_rows():
    assert embed(module(), []).shape == (0, 2)


def test_batches_can_be_taken_in_any_order():
    static = module()
    prepared = static.prepare(["a b", "", "c", "b b a"])

    features = static.collate(prepared, [3, 1, 0])

    assert features["input_ids"].tolist() == [2, 2, 1, 1, 2]
    assert features["offsets"].tolist() == [0, 3, 3]
    assert prepared.sizes.tolist() == [2, 0, 1, 3]


def test_a_prompt_counts_as_text():
    prepared = module().prepare(["b"], prompt="a ")

    assert prepared.rows[0].tolist() == [1, 2]


def test_a_very_long_text_is_read_whole():
    assert torch.allclose(embed(module(), ["a b " * 500_000])[0], TABLE[1:3].mean(0), atol=1e-3)


def test_max_seq_length_is_infinite():
    assert module().max_seq_length == math.inf


def test_max_seq_length_can_be_set_and_is_saved(tmp_path):
    static = module()
    static.max_seq_length = 1
    static.save(str(tmp_path))

    loaded = StaticEmbedding.load(str(tmp_path))

    assert loaded.max_seq_length == 1
    assert embed(loaded, ["b c"])[0].tolist() == TABLE[2].tolist()
    assert loaded.prepare(["b c", "b"]).truncated.tolist() == [True, False]


def test_max_seq_length_is_checked():
    with pytest.raises(InputError, match="max_seq_length=0"):
        module().max_seq_length = 0


def test_the_tokenizer_given_is_not_changed():
    source = tokenizer()
    source.enable_padding(length=3)
    source.enable_truncation(2)
    before = source.to_str()
    static = StaticEmbedding(source, embedding_dim=2)

    static.tokenize(["a b c"])

    assert source.to_str() == before
    assert static.tokenizer is source


def test_a_tokenizer_of_transformers_is_taken():
    from transformers import PreTrainedTokenizerFast

    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer(), unk_token="[UNK]")

    assert StaticEmbedding(fast, embedding_weights=TABLE).tokenize(["a b"])["input_ids"].tolist() == [1, 2]


def test_another_tokenizer_is_refused():
    with pytest.raises(InputTypeError, match="the tokenizer is a str"):
        StaticEmbedding("bert-base-uncased", embedding_dim=2)


@pytest.mark.parametrize("weights", [TABLE, TABLE.numpy(), TABLE.tolist(), TABLE.half()])
def test_kinds_of_weights(weights):
    static = StaticEmbedding(tokenizer(), embedding_weights=weights)

    assert static.embedding.weight.requires_grad
    assert torch.allclose(static.embedding.weight.float(), TABLE)


@pytest.mark.parametrize(
    "weights", [torch.ones(3), torch.ones(2, 2, dtype=torch.int64), np.zeros((0, 4), dtype=np.float32)]
)
def test_weights_of_a_wrong_shape(weights):
    with pytest.raises(ShapeError, match="embedding_weights is"):
        StaticEmbedding(tokenizer(), embedding_weights=weights)


@pytest.mark.parametrize("dimension", [None, 0, -1])
def test_neither_weights_nor_dimension(dimension):
    with pytest.raises(ConfigError, match="embedding_weights=None"):
        StaticEmbedding(tokenizer(), embedding_dim=dimension)


def test_unknown_keyword_arguments_are_refused():
    with pytest.raises(InputTypeError, match="'dimension'"):
        StaticEmbedding(tokenizer(), embedding_dim=2, dimension=2)


def test_random_rows_for_a_dimension():
    static = StaticEmbedding(tokenizer(), embedding_dim=5)

    assert static.embedding.weight.shape == (4, 5)
    assert static.get_sentence_embedding_dimension() == static.embedding_dimension() == 5


def test_a_token_without_a_row_is_refused():
    static = StaticEmbedding(tokenizer(), embedding_weights=TABLE[:3])

    with pytest.raises(CheckpointError, match="token id 3, the embedding table has 3 rows"):
        static.tokenize(["a c"])


def test_gradients_reach_the_rows_of_the_text():
    static = module()

    static(static.tokenize(["a b"]))["sentence_embedding"].sum().backward()

    assert static.embedding.weight.grad.tolist() == [[0.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 0.0]]


def test_state_dict_has_the_documented_key():
    assert list(module().state_dict()) == ["embedding.weight"]


@pytest.mark.parametrize("safe", [True, False])
def test_saved_and_loaded(tmp_path, safe):
    module().save(str(tmp_path), safe_serialization=safe)

    loaded = StaticEmbedding.load(str(tmp_path))

    assert torch.equal(embed(loaded, ["a b x", ""]), embed(module(), ["a b x", ""]))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["tokenizer.json", "model.safetensors" if safe else "pytorch_model.bin"]
    )


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda static: pickle.loads(pickle.dumps(static))])
def test_copies(duplicate):
    assert torch.equal(embed(duplicate(module()), ["a b"]), embed(module(), ["a b"]))


def test_from_model2vec(tmp_path):
    tokenizer().save(str(tmp_path / "tokenizer.json"))
    save_file({"embeddings": TABLE}, tmp_path / "model.safetensors")

    static = StaticEmbedding.from_model2vec(str(tmp_path))

    assert torch.equal(embed(static, ["a c"]), embed(module(), ["a c"]))
    assert static.base_model == str(tmp_path)


def test_a_folder_without_tokenizer(tmp_path):
    save_file({"embedding.weight": TABLE}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        StaticEmbedding.load(str(tmp_path))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"model": 3}', "\x00", '{"version": "1.0", "model": {"type": "Nope"}}']
)
def test_a_damaged_tokenizer(tmp_path, text):
    (tmp_path / "tokenizer.json").write_text(text)
    save_file({"embedding.weight": TABLE}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match="not a tokenizer"):
        StaticEmbedding.load(str(tmp_path))


def test_a_table_too_small_for_the_tokenizer(tmp_path):
    tokenizer().save(str(tmp_path / "tokenizer.json"))
    save_file({"embedding.weight": TABLE[:2].clone()}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match="the tokenizer has 4 tokens, the embedding table 2 rows"):
        StaticEmbedding.load(str(tmp_path))


@pytest.mark.parametrize("value", [None, 3, [], {}, "x"], ids=repr)
def test_any_damaged_value_of_the_tokenizer_ends_in_our_error(tmp_path, value):
    module().save(str(tmp_path))
    whole = json.loads((tmp_path / "tokenizer.json").read_text())
    outcomes = []
    for key in whole:
        (tmp_path / "tokenizer.json").write_text(json.dumps({**whole, key: value}))
        try:
            outcomes.append(StaticEmbedding.load(str(tmp_path)).tokenize(["a b"]))
        except LikewiseError as error:
            outcomes.append(error)

    assert len(outcomes) == len(whole)
    assert any(isinstance(outcome, CheckpointError) for outcome in outcomes)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_table_in_half_precision_is_averaged_in_float32(dtype):
    static = module().to(dtype)
    texts = ["a b c c x", "b " * 5000, ""]
    exact = [TABLE.to(dtype).double()[[VOCAB.get(word, 0) for word in text.split()]].mean(0) for text in texts[:2]]

    with torch.inference_mode():
        result = embed(static, texts)

    assert result.dtype == torch.float32
    torch.testing.assert_close(result[:2].double(), torch.stack(exact), atol=1e-5, rtol=0)
    assert result[2].tolist() == [0.0, 0.0]


def test_ten_megabytes_of_text_on_a_table_in_half_precision():
    """Sums of float16 end at 65504."""
    static = StaticEmbedding(tokenizer(), embedding_weights=TABLE.half())

    with torch.inference_mode():
        result = embed(static, ["c b " * 2_600_000, "c b"])

    torch.testing.assert_close(result[0], result[1], atol=1e-5, rtol=0)


def test_the_stored_table_keeps_its_type_and_the_copy_stays_out_of_files():
    static = StaticEmbedding(tokenizer(), embedding_weights=TABLE.half())
    with torch.inference_mode():
        before = embed(static, ["a b"])

    assert [(name, tensor.dtype) for name, tensor in static.state_dict().items()] == [
        ("embedding.weight", torch.float16)
    ]
    clone = copy.deepcopy(static)
    assert len(pickle.dumps(static)) == len(pickle.dumps(clone))
    with torch.no_grad():
        clone.embedding.weight.mul_(2)
    with torch.inference_mode():
        torch.testing.assert_close(embed(clone, ["a b"]), 2 * before)
        torch.testing.assert_close(embed(static, ["a b"]), before)


def test_a_table_in_half_precision_still_learns():
    static = StaticEmbedding(tokenizer(), embedding_weights=TABLE.half())

    static(static.tokenize(["a b"]))["sentence_embedding"].sum().backward()

    assert static.embedding.weight.grad.dtype == torch.float16
    assert static.embedding.weight.grad[1].tolist() == [0.5, 0.5]


def test_modules_behind_a_table_in_half_precision_take_its_output():
    from likewise.models import Dense, LayerNorm, Normalize
    from likewise.models.sequence import ModuleSequence

    chain = ModuleSequence([module(), Dense(2, 3), LayerNorm(3), Normalize()]).half().eval()

    with torch.inference_mode():
        assert torch.isfinite(chain(chain.tokenize(["a b", "c"]))["sentence_embedding"]).all()
