"""Same weights, same pairs as the installed peer package: the same scores, the same order, folders for each other."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn

from likewise import CrossEncoder

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

TEXTS = ["a cat", "the dog sat on a mat", "hello world", "", "  red fox ran over the good movie plot ", "not bad " * 40]
PAIRS = [(TEXTS[at % 6], TEXTS[(at * 5 + at // 6) % 6]) for at in range(30)]
KINDS = [
    *("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert"),
    *("electra", "albert", "modernbert", "nomic_bert", "gte", "deberta-v2"),
]


def both(folder, **arguments):
    return CrossEncoder(folder, device="cpu", **arguments), peer.CrossEncoder(str(folder), device="cpu", **arguments)


def equal(ours, theirs, tolerance=1e-5):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_and_order_of_every_architecture(toy_classifier_folder, tmp_path, kind):
    ours, theirs = both(toy_classifier_folder(tmp_path, kind))
    documents = [text for text in TEXTS if text.strip()]

    equal(ours.predict(PAIRS, truncation="ignore"), theirs.predict(PAIRS))
    mine = ours.rank("a cat", documents, return_documents=True, truncation="ignore")
    others = theirs.rank("a cat", documents, return_documents=True)
    assert [(each["corpus_id"], each["text"]) for each in mine] == [
        (each["corpus_id"], each["text"]) for each in others
    ]
    equal([each["score"] for each in mine], [each["score"] for each in others])
    assert type(mine[0]["score"]) is type(others[0]["score"])


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("arguments", [{}, {"apply_softmax": True}, {"activation_fn": nn.Tanh()}, {"prompt": "query "}])
def test_several_labels(toy_classifier_folder, tmp_path, kind, arguments):
    ours, theirs = both(toy_classifier_folder(tmp_path, kind, labels=3))

    equal(ours.predict(PAIRS, truncation="ignore", **arguments), theirs.predict(PAIRS, **arguments))


@pytest.fixture(scope="module")
def pair(toy_classifier_folder, tmp_path_factory):
    return both(toy_classifier_folder(tmp_path_factory.mktemp("ranker")))


@pytest.mark.parametrize("form", [{}, {"convert_to_tensor": True}, {"convert_to_numpy": False}], ids=str)
@pytest.mark.parametrize(
    "given", [("a", "b c"), ["a", "b c"], [("a", "b c")], [["a", "b"], ["c", "d"]], np.array([["a", "b"]])], ids=repr
)
def test_forms_of_input_and_result(pair, given, form):
    ours, theirs = (model.predict(given, **form) for model in pair)

    if form.get("convert_to_numpy", True) or not isinstance(theirs, list):
        assert isinstance(ours, type(theirs))
        assert ours.dtype == theirs.dtype
        equal(ours, theirs)
    else:
        assert [type(each) for each in ours] == [type(each) for each in theirs]
        equal(torch.stack(ours), torch.stack(theirs))


def test_small_answers(pair):
    ours, theirs = pair

    for name in ("num_labels", "max_seq_length", "device", "dtype", "prompts", "default_prompt_name"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("activation_fn", "model", "config", "tokenizer"):
        assert type(getattr(ours, name)) is type(getattr(theirs, name)), name


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "modernbert", "gte"])
@pytest.mark.parametrize("labels", [1, 2])
def test_folders_for_each_other(toy_classifier_folder, tmp_path, kind, labels):
    ours, theirs = both(
        toy_classifier_folder(tmp_path / "plain", kind, labels=labels),
        max_length=16,
        activation_fn=nn.Tanh(),
        prompts={"query": "query "},
        default_prompt_name="query",
    )
    expected = ours.predict(PAIRS, truncation="ignore")

    ours.save(tmp_path / "ours")
    theirs.save_pretrained(str(tmp_path / "theirs"))

    for folder in ("ours", "theirs"):
        for model in both(tmp_path / folder):
            assert isinstance(model.activation_fn, nn.Tanh)
            assert model.max_seq_length == 16
            assert model.default_prompt_name == "query"
            options = {"truncation": "ignore"} if isinstance(model, CrossEncoder) else {}
            equal(model.predict(PAIRS, **options), expected)


def test_the_constructor_takes_every_argument_by_name():
    theirs = set(inspect.signature(peer.CrossEncoder.__init__).parameters)

    assert theirs - {"keep_in_fp32_modules"} <= set(inspect.signature(CrossEncoder.__init__).parameters)


@pytest.mark.parametrize("method", ["predict", "rank"])
def test_methods_take_every_argument_by_name(method):
    theirs = set(inspect.signature(getattr(peer.CrossEncoder, method)).parameters)
    ours = set(inspect.signature(getattr(CrossEncoder, method)).parameters)

    assert theirs <= ours | set(inspect.signature(CrossEncoder.predict).parameters)


def test_every_public_member_for_inference_exists():
    theirs = {name for name in dir(peer.CrossEncoder) if not name.startswith("_")}
    training = {"fit", "old_fit", "keep_in_fp32_modules", "set_keep_in_fp32_modules", "get_default_activation_fn"}
    other = {
        "clear_placement_cache",
        "default_huggingface_organization",
        "merge",
        "model_card_data_class",
        "model_type",
    }

    assert theirs - training - other - set(dir(CrossEncoder)) == set()
