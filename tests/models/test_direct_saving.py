"""What a directly loaded encoder writes is what the ordinary model writes, and its own file is no obstacle."""

import shutil

import pytest
import torch
from safetensors.torch import load_file

from likewise import SentenceTransformer
from likewise.models import Transformer
from likewise.models.body_access import class_name
from likewise.models.direct_body import DirectBody

KINDS = ["bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert", "electra", "albert"]
KINDS += ["modernbert", "nomic_bert", "gte"]
TEXTS = ["the cat sat on the mat", "hello world", ""]


@pytest.fixture(scope="module")
def folders(tmp_path_factory, toy_bert_folder, toy_encoder_folder):
    """A function `(kind)` to a plain folder of a toy encoder; do not change it."""
    root, made = tmp_path_factory.mktemp("encoders"), {}

    def folder_of(kind):
        if kind not in made:
            folder = root / kind
            made[kind] = toy_bert_folder(folder, plain=True) if kind == "bert" else toy_encoder_folder(folder, kind)
        return made[kind]

    return folder_of


@pytest.fixture
def folder(folders, tmp_path):
    """A copy of the toy BERT that a test may change."""
    return shutil.copytree(folders("bert"), tmp_path / "model")


def embed(module, texts=TEXTS):
    return module(module.tokenize(texts))["token_embeddings"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_is_what_the_ordinary_model_saves(folders, tmp_path, kind):
    from transformers import AutoModel, AutoTokenizer

    direct, made = Transformer(folders(kind)), Transformer(folders(kind))
    assert (made.auto_model, made.tokenizer) is not None
    for name, module in (("direct", direct), ("made", made)):
        (tmp_path / name).mkdir()
        module.save(tmp_path / name)

    assert isinstance(direct._modules["auto_model"], DirectBody)
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("direct", "made"))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    left, right = (AutoModel.from_pretrained(tmp_path / name) for name in ("direct", "made"))
    assert left.config.to_diff_dict().keys() - {"_name_or_path"} == right.config.to_diff_dict().keys() - {
        "_name_or_path"
    }
    assert class_name(left) == class_name(right)
    ids = [AutoTokenizer.from_pretrained(tmp_path / name)(TEXTS)["input_ids"] for name in ("direct", "made")]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("safe", [True, False])
def test_saving_over_its_own_file_is_safe(folder, safe):
    module = Transformer(folder)
    expected = embed(module)

    module.save(folder, safe_serialization=safe)

    assert torch.equal(embed(module), expected)
    assert torch.equal(embed(Transformer(folder)), expected)


def test_the_ordinary_model_can_be_saved_over_its_own_file(folder):
    module = Transformer(folder)
    expected = embed(module)

    module.auto_model.save_pretrained(folder)

    assert torch.equal(embed(module), expected)
    assert torch.equal(embed(Transformer(folder)), expected)


def test_a_whole_model_survives_that_its_folder_is_removed(toy_bert_folder, tmp_path):
    folder = toy_bert_folder(tmp_path / "model")
    model = SentenceTransformer(str(folder), device="cpu")
    expected = model.encode(TEXTS)
    shutil.rmtree(folder)

    model.save_pretrained(str(tmp_path / "again"))

    assert (SentenceTransformer(str(tmp_path / "again"), device="cpu").encode(TEXTS) == expected).all()
