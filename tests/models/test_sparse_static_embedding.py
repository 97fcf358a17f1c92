"""SparseStaticEmbedding: weights of the tokens that stand in a text, and where the weights come from."""

import json
import math
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from likewise.errors import CheckpointError, InputError, InputTypeError, LikewiseError, ShapeError
from likewise.hub.folder import ModelFolder
from likewise.models import SparseStaticEmbedding
from likewise.models.module import LoadContext
from likewise.ops.packing import packed_features

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", "dog", "a", "b"]


def tokenizer(length=64):
    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=length, **names)


WEIGHTS = torch.arange(8) + 0.5


@pytest.fixture
def module():
    return SparseStaticEmbedding(tokenizer(), WEIGHTS)


def active(row):
    return {WORDS[at]: float(row[at]) for at in row.nonzero()[:, 0].tolist()}


def test_each_token_counts_once_and_special_tokens_do_not(module):
    features = module.tokenize(["cat dog cat", "", "what a a"])

    for given in (features, packed_features(features)):
        rows = module(given)["sentence_embedding"]
        assert [active(row) for row in rows] == [{"cat": 4.5, "dog": 5.5}, {}, {"[UNK]": 1.5, "a": 6.5}]
    assert features["attention_mask"].sum(1).tolist() == [3, 0, 3]
    assert module.embedding_dimension() == module.get_sentence_embedding_dimension() == 8


def test_prompts_and_lengths(module):
    assert active(module(module.tokenize(["cat"], prompt="a "))["sentence_embedding"][0]) == {"a": 6.5, "cat": 4.5}
    assert module.max_seq_length == 64
    module.max_seq_length = 2
    prepared = module.prepare(["a b cat", "cat"])
    assert prepared.truncated.tolist() == [True, False]
    assert active(module(module.collate(prepared, [0]))["sentence_embedding"][0]) == {"a": 6.5, "b": 7.5}
    module.max_seq_length = None
    assert module.max_seq_length == math.inf
    for wrong in (0, True, 1.5):
        with pytest.raises(InputError, match="max_seq_length"):
            module.max_seq_length = wrong


def test_a_tokenizer_without_limit_cuts_nothing():
    assert SparseStaticEmbedding(tokenizer(int(1e30))).max_seq_length == math.inf


def test_loading_and_encoding_do_without_transformers(toy_masked_lm_folder, tmp_path):
    plain = toy_masked_lm_folder(tmp_path / "plain")
    (tmp_path / "saved").mkdir()
    SparseStaticEmbedding(AutoTokenizer.from_pretrained(plain)).save(tmp_path / "saved")
    code = f"""
import sys
from likewise import SparseEncoder
from likewise.models import SparseStaticEmbedding
module = SparseStaticEmbedding.load({str(tmp_path / "saved")!r})
embedding = SparseEncoder(modules=[module], device="cpu").encode("a cat")
print("transformers" in sys.modules, int((embedding.to_dense() != 0).sum()), type(module.tokenizer).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.split()[:2] == ["False", "2"]
    assert "Tokenizer" in done.stdout.split()[2]


def test_a_changed_length_is_saved(module, tmp_path):
    module.max_seq_length = 7
    module.save(tmp_path)

    assert SparseStaticEmbedding.from_folder(ModelFolder(tmp_path), LoadContext()).max_seq_length == 7


@pytest.mark.parametrize("frozen", [True, False])
def test_saved_and_loaded(tmp_path, frozen):
    SparseStaticEmbedding(tokenizer(), WEIGHTS, frozen=frozen).save(tmp_path)

    loaded = SparseStaticEmbedding.from_folder(ModelFolder(tmp_path), LoadContext())

    assert torch.equal(loaded.weight, WEIGHTS)
    assert loaded.frozen is frozen
    assert loaded.weight.requires_grad is not frozen
    assert json.loads((tmp_path / "config.json").read_text()) == {"frozen": frozen}


def test_weights_of_a_json_file_that_the_settings_name(module, tmp_path):
    module.save(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "idf.json").write_text(json.dumps({"cat": 2, "dog": 3.5, "unheard": 9}))
    (tmp_path / "config.json").write_text(json.dumps({"frozen": True, "path": "idf.json"}))

    loaded = SparseStaticEmbedding.from_folder(ModelFolder(tmp_path), LoadContext())

    assert active(loaded.weight) == {"cat": 2.0, "dog": 3.5}
    for path in ("../idf.json", "/etc/passwd", "missing.json"):
        (tmp_path / "config.json").write_text(json.dumps({"path": path}))
        with pytest.raises(CheckpointError):
            SparseStaticEmbedding.from_folder(ModelFolder(tmp_path), LoadContext())


@pytest.mark.parametrize(
    "content", ['{"cat": "2"}', '{"cat": NaN}', "[1]", '{"unheard": 1}', '{"cat": 1, "cat": 2}', ""]
)
def test_json_files_that_are_no_weights(tmp_path, content):
    file = tmp_path / "idf.json"
    file.write_text(content)

    with pytest.raises(CheckpointError):
        SparseStaticEmbedding.from_json(str(file), tokenizer())


@pytest.mark.parametrize(
    "tensors", [{}, {"weight": torch.zeros(7)}, {"weight": torch.zeros(8, dtype=torch.int64)}, {"weight": WEIGHTS / 0}]
)
def test_weights_that_do_not_fit(module, tmp_path, tensors):
    module.save(tmp_path)
    save_file({**tensors, "other": torch.zeros(1)}, tmp_path / "model.safetensors")

    with pytest.raises(CheckpointError, match="weight"):
        SparseStaticEmbedding.from_folder(ModelFolder(tmp_path), LoadContext())


def test_bad_arguments(module):
    with pytest.raises(InputTypeError, match="tokenizer"):
        SparseStaticEmbedding("bert-base-uncased")
    with pytest.raises(ShapeError, match=r"\(8,\)"):
        SparseStaticEmbedding(tokenizer(), torch.zeros(3))
    with pytest.raises(LikewiseError, match="input 1"):
        module.prepare(["a", 7])
    more = tokenizer()
    more.add_tokens(["new"])
    module.tokenizer = more
    with pytest.raises(CheckpointError, match="token id 8"):
        module.prepare(["new"])
