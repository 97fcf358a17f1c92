"""Masked language models read without transformers: the same tree of weights, tied where transformers ties them."""

import copy
import json
import pickle
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForMaskedLM

from likewise.hub.folder import ModelFolder
from likewise.models import MLMTransformer
from likewise.models.direct_masked_lm import DirectMaskedLM, load_direct_masked_lm
from likewise.models.materialise import materialise
from likewise.models.transformer_settings import TransformerSettings

KINDS = [
    *("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert"),
    *("electra", "albert", "modernbert", "nomic_bert", "gte"),
]


def load(folder, **options):
    return load_direct_masked_lm(
        ModelFolder(folder), TransformerSettings(model_options=options), trust_remote_code=False
    )


@pytest.fixture(scope="module")
def folder(toy_masked_lm_folder, tmp_path_factory):
    return toy_masked_lm_folder(tmp_path_factory.mktemp("mlm") / "model")


@pytest.fixture
def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_every_architecture(toy_masked_lm_folder, tmp_path, kind):
    folder = toy_masked_lm_folder(tmp_path / "model", kind)
    expected = AutoModelForMaskedLM.from_pretrained(folder)

    direct = load(folder)
    made = materialise(direct)

    assert isinstance(direct, DirectMaskedLM)
    assert type(made) is type(expected)
    torch.testing.assert_close(dict(made.state_dict()), dict(expected.state_dict()))
    ours = dict(direct.named_parameters(remove_duplicate=False))
    assert {name: id(each) for name, each in made.named_parameters(remove_duplicate=False)} == {
        name: id(ours[name]) for name in ours
    }
    assert len(list(made.parameters())) == len(list(expected.parameters()))  # tied as there


@pytest.mark.parametrize("kind", ["bert", "gte", "modernbert"])
@pytest.mark.parametrize("safe", [True, False])
def test_saved_files_are_those_of_transformers(toy_masked_lm_folder, tmp_path, kind, safe):
    folder = toy_masked_lm_folder(tmp_path / "model", kind)
    (tmp_path / "saved").mkdir()

    MLMTransformer(folder).save(tmp_path / "saved", safe_serialization=safe)

    expected = AutoModelForMaskedLM.from_pretrained(folder).state_dict()
    torch.testing.assert_close(
        dict(AutoModelForMaskedLM.from_pretrained(tmp_path / "saved").state_dict()), dict(expected)
    )
    if safe:
        assert (
            load_file(tmp_path / "saved" / "model.safetensors").keys() == load_file(folder / "model.safetensors").keys()
        )


def test_weights_that_are_not_tied(toy_masked_lm_folder, tmp_path):
    direct = load(toy_masked_lm_folder(tmp_path / "model", "distilbert", tie_word_embeddings=False))

    assert direct.get_submodule("vocab_projector").weight is not direct.get_input_embeddings().weight
    # Here both names of the bias are in the file, each with a weight of its own.
    folder = toy_masked_lm_folder(tmp_path / "other", "bert", tie_word_embeddings=False)
    assert load(folder) is None
    assert MLMTransformer(folder).how_it_runs().reason == ""


def changed(folder, change):
    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})
    return load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("cls.predictions.bias"),
        lambda tensors: tensors.pop("cls.predictions.transform.LayerNorm.weight"),
        lambda tensors: tensors.update({"cls.predictions.bias": torch.zeros(3)}),
        lambda tensors: tensors["cls.predictions.bias"].fill_(float("inf")),
        lambda tensors: tensors.update({"cls.predictions.decoder.bias": tensors["cls.predictions.bias"] + 1}),
        lambda tensors: tensors.update(
            {"cls.predictions.decoder.weight": tensors["bert.embeddings.word_embeddings.weight"] + 1}
        ),
    ],
    ids=["no bias", "no norm", "shape", "infinite", "two biases", "two tables"],
)
def test_what_is_not_as_it_should_be_is_left_to_transformers(copied, change):
    assert changed(copied, change) is None


@pytest.mark.parametrize("setting", [{"architectures": ["BertModel"]}, {"hidden_act": "mish"}, {"is_decoder": True}])
def test_configurations_that_are_left_to_transformers(copied, setting):
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, **setting}))

    assert load(copied) is None


def test_old_spellings_and_surplus_weights_are_read(folder, copied):
    def change(tensors):
        tensors["cls.predictions.transform.LayerNorm.gamma"] = tensors.pop("cls.predictions.transform.LayerNorm.weight")
        tensors["cls.seq_relationship.weight"] = torch.zeros(2, 16)

    direct = changed(copied, change)

    torch.testing.assert_close(dict(direct.state_dict()), dict(load(folder).state_dict()))


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda direct: pickle.loads(pickle.dumps(direct))])
def test_copies_stay_tied(folder, copy_of):
    direct = copy_of(load(folder)).to(torch.float64).float()

    decoder = direct.get_submodule("cls.predictions.decoder")
    assert decoder.weight is direct.get_input_embeddings().weight
    assert decoder.bias is direct.get_submodule("cls.predictions").bias
    torch.testing.assert_close(dict(direct.state_dict()), dict(load(folder).state_dict()))


@torch.no_grad()
def test_a_larger_vocabulary(folder):
    module = MLMTransformer(folder)
    before = module.embedding_dimension()

    module.auto_model.resize_token_embeddings(before + 3)
    features = module.tokenize(["a cat"])

    assert module.how_it_runs().reason == ""
    assert module.embedding_dimension() == before + 3
    torch.testing.assert_close(
        module(features)["token_embeddings"], module.auto_model(**features).logits, atol=1e-5, rtol=1e-5
    )


def test_data_types(folder):
    direct = load(folder, dtype="bfloat16")

    assert {each.dtype for each in direct.parameters()} == {torch.bfloat16}


def test_encoding_does_without_transformers(folder):
    code = f"""
import sys
from likewise import SparseEncoder
model = SparseEncoder({str(folder)!r}, device="cpu")
embeddings = model.encode(["a cat"])
print("transformers" in sys.modules, embeddings.shape[0])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.split() == ["False", "1"]
