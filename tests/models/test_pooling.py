"""Pooling: settings in every form, prompts, and both layouts. The sums themselves: tests/ops/test_pooling.py."""

import itertools
import json
import logging

import pytest
import torch

from likewise.errors import CheckpointError, InputError, InputTypeError, ShapeError
from likewise.models import Pooling
from likewise.models.pooling import MODES
from likewise.ops.packing import packed_features

FLAGS = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}


def batch(**extra):
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]])
    hidden = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(0))
    return {"token_embeddings": hidden, "attention_mask": mask, **extra}


def loaded(tmp_path, **settings):
    (tmp_path / "config.json").write_text(json.dumps(settings))
    return Pooling.load(str(tmp_path))


def test_the_default_is_the_mean():
    pooling = Pooling(2)

    assert pooling.get_pooling_mode_str() == "mean"
    assert pooling.pooling_mode == "mean"
    assert pooling.pooling_mode_mean_tokens
    assert not pooling.pooling_mode_cls_token
    assert pooling.include_prompt
    assert pooling.get_sentence_embedding_dimension() == pooling.get_embedding_dimension() == 2


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_the_same_as_a_name_a_list_and_a_boolean(mode):
    flags = dict.fromkeys(FLAGS.values(), False) | {FLAGS[mode]: True}
    poolings = [
        Pooling(2, mode),
        Pooling(2, [mode]),
        Pooling(2, **flags),
        Pooling(embedding_dimension=2, pooling_mode=mode),
    ]

    for pooling in poolings:
        assert pooling.get_pooling_mode_str() == mode
        assert getattr(pooling, FLAGS[mode])
        torch.testing.assert_close(
            pooling(batch())["sentence_embedding"], Pooling(2, mode)(batch())["sentence_embedding"]
        )


def test_booleans_are_put_side_by_side_in_the_documented_order():
    pooling = Pooling(2, pooling_mode_lasttoken=True, pooling_mode_cls_token=True)

    assert pooling.get_pooling_mode_str() == "cls+mean+lasttoken"
    assert pooling.get_sentence_embedding_dimension() == 6
    assert pooling(batch())["sentence_embedding"].shape == (3, 6)


def test_a_list_keeps_its_order():
    result = Pooling(2, ["mean", "cls"])(batch())["sentence_embedding"]

    torch.testing.assert_close(result[:, :2], Pooling(2, "mean")(batch())["sentence_embedding"])
    torch.testing.assert_close(result[:, 2:], Pooling(2, "cls")(batch())["sentence_embedding"])


@pytest.mark.parametrize("mode", MODES)
def test_without_the_prompt_its_tokens_do_not_count_and_the_mask_stays(mode):
    features = batch(prompt_length=1)
    mask = features["attention_mask"].clone()

    found = Pooling(2, mode, include_prompt=False)(features)["sentence_embedding"]

    assert torch.equal(features["attention_mask"], mask)
    if mode != "weightedmean":
        rows = [features["token_embeddings"][row][mask[row] == 1][1:] for row in range(3)]
        for row, hidden in enumerate(rows):
            alone = Pooling(2, mode)({"token_embeddings": hidden[None]})["sentence_embedding"][0]
            torch.testing.assert_close(found[row], alone)


def test_weights_by_place_go_on_after_the_prompt():
    features = {"token_embeddings": torch.tensor([[[9.0], [1.0], [4.0]]]), "prompt_length": 1}

    found = Pooling(1, "weightedmean", include_prompt=False)(features)["sentence_embedding"]

    torch.testing.assert_close(found, torch.tensor([[(2 * 1.0 + 3 * 4.0) / 5]]))


@pytest.mark.parametrize("length", [2, torch.tensor(2), torch.tensor([2]), torch.tensor([2, 2, 2])])
@pytest.mark.parametrize("mode", MODES)
def test_the_length_of_the_prompt_may_be_a_number_or_one_per_text(mode, length):
    pooling = Pooling(2, mode, include_prompt=False)

    expected = pooling(batch(prompt_length=2))["sentence_embedding"]

    torch.testing.assert_close(pooling(batch(prompt_length=length))["sentence_embedding"], expected)
    packed = pooling(packed_features(batch(prompt_length=length)))["sentence_embedding"]
    torch.testing.assert_close(packed, expected)
    assert expected[1].tolist() == [0.0, 0.0]


def test_with_the_prompt_its_length_has_no_effect():
    torch.testing.assert_close(Pooling(2)(batch(prompt_length=2)), Pooling(2)(batch()) | {"prompt_length": 2})


def test_without_a_mask_every_token_counts():
    hidden = torch.tensor([[[1.0], [3.0]]])

    assert Pooling(1)({"token_embeddings": hidden})["sentence_embedding"].tolist() == [[2.0]]


def test_word_weights_replace_the_number_of_tokens():
    features = batch(token_weights_sum=torch.tensor([8.0, 8.0, 8.0]))

    found = Pooling(2)(features)["sentence_embedding"]

    expected = (features["token_embeddings"] * features["attention_mask"][..., None]).sum(1) / 8
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("modes", [c for n in (1, 2, 6) for c in itertools.combinations(MODES, n)], ids="+".join)
def test_saved_settings_are_the_booleans_that_every_version_reads(modes, tmp_path):
    pooling = Pooling(2, list(modes), include_prompt=False)

    pooling.save(str(tmp_path))

    stored = json.loads((tmp_path / "config.json").read_text())
    expected = {flag: mode in modes for mode, flag in FLAGS.items()}
    assert stored == {"word_embedding_dimension": 2, "include_prompt": False, **expected}
    assert Pooling.load(str(tmp_path)).get_pooling_mode_str() == "+".join(modes)
    assert Pooling.load(str(tmp_path)).include_prompt is False


def test_an_order_that_booleans_cannot_hold_is_saved_as_a_list_and_said(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="likewise"):
        Pooling(2, ["mean", "cls"]).save(str(tmp_path))

    assert "5.4" in caplog.text
    assert json.loads((tmp_path / "config.json").read_text())["pooling_mode"] == ["mean", "cls"]
    assert Pooling.load(str(tmp_path)).pooling_mode == ("mean", "cls")


@pytest.mark.parametrize(
    ("settings", "modes"),
    [
        ({"word_embedding_dimension": 2}, "mean"),
        ({"word_embedding_dimension": 2, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        (
            {"word_embedding_dimension": 2, "pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True},
            "max+mean",
        ),
        ({"word_embedding_dimension": 2, "pooling_mode_lasttoken": True}, "lasttoken"),
        ({"embedding_dimension": 2, "pooling_mode": "max", "include_prompt": True}, "max"),
        ({"embedding_dimension": 2, "pooling_mode": ["lasttoken", "cls"]}, "lasttoken+cls"),
        ({"embedding_dimension": 2, "pooling_mode": "cls", "pooling_mode_mean_tokens": True}, "cls"),
        ({"word_embedding_dimension": 2.0, "something_new": 1}, "mean"),
    ],
    ids=["oldest", "cls", "two", "only lasttoken", "name", "list", "name wins", "float and unknown key"],
)
def test_settings_of_every_version_are_read(settings, modes, tmp_path):
    assert loaded(tmp_path, **settings).get_pooling_mode_str() == modes


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "'word_embedding_dimension' is missing"),
        ({"word_embedding_dimension": "2"}, "'word_embedding_dimension' is '2'"),
        ({"word_embedding_dimension": 0}, "'word_embedding_dimension' is 0"),
        ({"word_embedding_dimension": 2, "pooling_mode_mean_tokens": 1}, "'pooling_mode_mean_tokens' is 1"),
        ({"word_embedding_dimension": 2, "pooling_mode_mean_tokens": False}, "at least one of"),
        ({"word_embedding_dimension": 2, "pooling_mode": "avg"}, "'pooling_mode' is 'avg'"),
        ({"word_embedding_dimension": 2, "pooling_mode": []}, "'pooling_mode' is"),
        ({"word_embedding_dimension": 2, "pooling_mode": ["mean", "os.system"]}, "'pooling_mode' is"),
    ],
)
def test_wrong_settings_name_file_and_key(settings, message, tmp_path):
    with pytest.raises(CheckpointError, match=message) as caught:
        loaded(tmp_path, **settings)
    assert "config.json" in str(caught.value)


def test_an_unknown_mode_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="pooling_mode='lasttoken'"):
        Pooling(2, "last_token")


def test_no_mode_at_all_is_refused():
    with pytest.raises(InputError, match="no pooling mode"):
        Pooling(2, pooling_mode_mean_tokens=False)
    with pytest.raises(InputError, match="no pooling mode"):
        Pooling(2, [])


def test_a_width_must_be_given_once_and_be_a_number():
    with pytest.raises(InputError, match="word_embedding_dimension or embedding_dimension is missing"):
        Pooling()
    with pytest.raises(InputError, match="word_embedding_dimension=2, embedding_dimension=3"):
        Pooling(2, embedding_dimension=3)
    with pytest.raises(InputTypeError, match="word_embedding_dimension='2'"):
        Pooling("2")


def test_token_embeddings_of_another_width_are_refused():
    with pytest.raises(ShapeError, match="width 2"):
        Pooling(3)(batch())
