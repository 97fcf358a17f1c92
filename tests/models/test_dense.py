"""Dense: formula, names of features, settings of every version."""

import json
import logging

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from likewise.errors import (
    CheckpointError,
    InputError,
    InputTypeError,
    MissingWeightsError,
    ShapeError,
    UntrustedCodeError,
)
from likewise.hub.folder import ModelFolder
from likewise.models import Dense
from likewise.models.module import LoadContext


def test_the_formula_without_and_with_a_residual():
    value = torch.randn(2, 4)

    for dense in (Dense(4, 3), Dense(4, 3, use_residual=True), Dense(4, 4, use_residual=True)):
        expected = torch.tanh(value @ dense.linear.weight.T + dense.linear.bias)
        if dense.use_residual:
            expected = expected + dense.residual(value)
        torch.testing.assert_close(dense({"sentence_embedding": value})["sentence_embedding"], expected)


def test_no_activation_is_the_identity():
    assert isinstance(Dense(2, 2, activation_function=None).activation_function, nn.Identity)


def test_initial_weights_are_taken():
    dense = Dense(2, 1, init_weight=torch.tensor([[1.0, 2.0]]), init_bias=torch.tensor([3.0]), activation_function=None)

    assert dense({"sentence_embedding": torch.ones(1, 2)})["sentence_embedding"].tolist() == [[6.0]]


def test_it_reads_and_writes_the_named_features():
    features = {"token_embeddings": torch.randn(2, 3, 4), "attention_mask": torch.ones(2, 3)}

    result = Dense(4, 2, module_input_name="token_embeddings", module_output_name="colbert")(features)

    assert result["colbert"].shape == (2, 3, 2)
    assert result["token_embeddings"].shape == (2, 3, 4)


def test_packed_tokens_stay_packed_under_their_own_name_and_are_padded_under_another():
    def packed():
        return {"token_embeddings": torch.randn(3, 4), "cu_seqlens": torch.tensor([0, 1, 3])}

    same = Dense(4, 2, module_input_name="token_embeddings")(packed())
    other = Dense(4, 2, module_input_name="token_embeddings", module_output_name="colbert")(packed())

    assert same["token_embeddings"].shape == (3, 2)
    assert other["colbert"].shape == (2, 2, 2)
    assert other["attention_mask"].tolist() == [[1, 0], [1, 1]]


def test_a_body_in_half_precision_may_stand_in_front():
    result = Dense(2, 2)({"sentence_embedding": torch.ones(1, 2, dtype=torch.float16)})

    assert result["sentence_embedding"].dtype == torch.float32


def test_usual_settings_are_those_that_the_first_versions_read(tmp_path):
    Dense(4, 3).save(str(tmp_path))

    assert json.loads((tmp_path / "config.json").read_text()) == {
        "in_features": 4,
        "out_features": 3,
        "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
    }


def test_later_settings_are_saved_where_they_are_used(tmp_path):
    dense = Dense(4, 3, False, nn.GELU(), module_input_name="token_embeddings", use_residual=True)
    dense.save(str(tmp_path))

    loaded = Dense.load(str(tmp_path))

    assert loaded.get_config_dict() == dense.get_config_dict()
    assert loaded.module_output_name == "token_embeddings"
    torch.testing.assert_close(loaded.state_dict(), dense.state_dict())


def test_an_activation_with_weights_keeps_them(tmp_path):
    dense = Dense(4, 3, activation_function=nn.PReLU(init=0.7))
    dense.save(str(tmp_path))

    torch.testing.assert_close(Dense.load(str(tmp_path)).activation_function.weight, torch.tensor([0.7]))


def write(tmp_path, tensors=None, **settings):
    (tmp_path / "config.json").write_text(json.dumps({"in_features": 4, "out_features": 3, **settings}))
    save_file(tensors or Dense(4, 3).state_dict(), tmp_path / "model.safetensors")
    return ModelFolder(tmp_path)


def test_unknown_keys_and_missing_defaults_do_no_harm(tmp_path):
    dense = Dense.from_folder(write(tmp_path, something_new=1), LoadContext())

    assert isinstance(dense.activation_function, nn.Tanh)
    assert dense.bias


def test_weights_in_half_precision_become_float32(tmp_path):
    folder = write(tmp_path, {name: tensor.half() for name, tensor in Dense(4, 3).state_dict().items()})

    assert Dense.from_folder(folder, LoadContext()).linear.weight.dtype == torch.float32


def test_surplus_weights_are_named_once(tmp_path, caplog):
    folder = write(tmp_path, {**Dense(4, 3).state_dict(), "other": torch.ones(1)})

    with caplog.at_level(logging.WARNING, logger="likewise"):
        Dense.from_folder(folder, LoadContext())

    assert caplog.text.count("1 weights are not used: other") == 1


def test_an_activation_outside_the_table_is_refused_and_not_imported(tmp_path):
    for path in ("os.system", "torch.load", "torch.nn.modules.module.register_module_forward_hook", "antigravity.x"):
        with pytest.raises(UntrustedCodeError, match="activation_function"):
            Dense.from_folder(write(tmp_path, activation_function=path), LoadContext())


def test_a_trusted_activation_is_imported(tmp_path):
    folder = write(tmp_path, activation_function="torch.nn.modules.dropout.AlphaDropout")

    dense = Dense.from_folder(folder, LoadContext(trust_remote_code=True))

    assert isinstance(dense.activation_function, nn.AlphaDropout)


def test_weights_that_do_not_fit_the_settings_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"linear.weight.*\(3, 4\)"):
        Dense.from_folder(write(tmp_path, in_features=5), LoadContext())
    with pytest.raises(MissingWeightsError, match=r"linear\.bias"):
        Dense.from_folder(write(tmp_path, {"linear.weight": torch.ones(3, 4)}), LoadContext())
    folder = write(tmp_path, {"linear.weight": torch.full((3, 4), torch.nan), "linear.bias": torch.ones(3)})
    with pytest.raises(CheckpointError, match="NaN"):
        Dense.from_folder(folder, LoadContext())


def test_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="in_features=0"):
        Dense(0, 1)
    with pytest.raises(InputTypeError, match="activation_function"):
        Dense(1, 1, activation_function="tanh")
    with pytest.raises(ShapeError, match="init_weight"):
        Dense(2, 1, init_weight=torch.ones(2, 1))
    with pytest.raises(ShapeError, match="no bias"):
        Dense(2, 1, bias=False, init_bias=torch.ones(1))


def test_wrong_features_are_refused():
    with pytest.raises(InputError, match="'sentence_embedding' is missing"):
        Dense(2, 1)({"token_embeddings": torch.ones(1, 2, 2)})
    with pytest.raises(ShapeError, match="width 3"):
        Dense(2, 1)({"sentence_embedding": torch.ones(1, 3)})
