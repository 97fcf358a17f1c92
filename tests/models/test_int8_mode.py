"""`quantize_int8` on whole models: what it reports, what it leaves alone, and how close real sentences stay."""

import copy
import gzip
import logging
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from likewise import SentenceTransformer
from likewise.encoder import int8
from likewise.encoder.integer_product import IntegerSupport, integer_support
from likewise.errors import ConfigError, InputError

WORDS = ["the", "cat", "sat", "on", "a", "red", "mat", "while", "hello", "world", "ran", "over", "good", "bad", "plot"]
TEXTS = [" ".join(WORDS[at % 7 : at % 7 + 1 + at % 9]) for at in range(60)]
SHARED = Path("../shared/data")
needs_products = pytest.mark.skipif(integer_support().limit == 0, reason="no 8-bit products on this processor")


@pytest.fixture(scope="module")
def toy_folder(toy_bert_folder, tmp_path_factory):
    return toy_bert_folder(tmp_path_factory.mktemp("toy") / "model", dimension=32)


@pytest.fixture
def model(toy_folder):
    return SentenceTransformer(toy_folder, device="cpu")


def cosines(first, second):
    return torch.nn.functional.cosine_similarity(torch.as_tensor(first), torch.as_tensor(second))


@needs_products
def test_close_and_reported(model):
    exact = model.encode(TEXTS)

    report = model.quantize_int8(TEXTS)

    integer = model.encode(TEXTS)
    assert cosines(exact, integer).mean() > 0.99
    assert not np.array_equal(exact, integer)
    assert (report.runs, report.reason, report.integer_linears, report.linears) == (True, "", 8, 8)
    assert report.mean_cosine == pytest.approx(float(cosines(exact, integer).mean()), abs=1e-3)
    assert "8 of 8 linears in int8" in str(report)
    assert "int8, calibrated" in str(model.describe())


def test_dequantize(model):
    exact = model.encode(TEXTS)
    model.quantize_int8(TEXTS)
    model.dequantize()

    assert np.array_equal(model.encode(TEXTS), exact)
    assert "int8" not in str(model.describe())


def test_weights_stay_and_are_saved_in_float32(model, tmp_path):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    exact = model.encode(TEXTS)
    model.quantize_int8(TEXTS)
    model.save(tmp_path / "saved")

    after = model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert np.array_equal(SentenceTransformer(tmp_path / "saved", device="cpu").encode(TEXTS), exact)


@needs_products
@pytest.mark.parametrize(
    "carry", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_copies_keep_the_mode_and_have_a_switch_of_their_own(model, carry):
    model.quantize_int8(TEXTS)
    integer = model.encode(TEXTS)

    carried = carry(model)
    model.dequantize()

    np.testing.assert_array_equal(carried.encode(TEXTS), integer)
    assert not np.array_equal(model.encode(TEXTS), integer)


@needs_products
def test_the_mode_outlives_a_hook_and_can_be_turned_off_meanwhile(model):
    model.quantize_int8(TEXTS)
    integer = model.encode(TEXTS)

    hook = model[0].auto_model.register_forward_hook(lambda *_: None)
    model.encode(TEXTS)
    hook.remove()
    np.testing.assert_array_equal(model.encode(TEXTS), integer)

    hook = model[0].auto_model.register_forward_hook(lambda *_: None)
    model.dequantize()
    hook.remove()
    assert not np.array_equal(model.encode(TEXTS), integer)


def test_a_processor_without_products_says_so_and_gives_float32(model, monkeypatch, caplog):
    monkeypatch.setattr(int8, "integer_support", lambda: IntegerSupport(0, "no such products here"))
    exact = model.encode(TEXTS)

    with caplog.at_level(logging.WARNING):
        report = model.quantize_int8(TEXTS)

    assert not report.runs
    assert "int8 does not run: no such products here" in caplog.text
    assert "no int8: no such products here" in str(model.describe())
    assert np.array_equal(model.encode(TEXTS), exact)


@pytest.mark.parametrize("texts", [[], "a text"])
def test_texts_to_calibrate_with_are_a_list(model, texts):
    with pytest.raises(InputError, match="a list of texts"):
        model.quantize_int8(texts)


def test_a_model_that_runs_padded_is_refused(model):
    model[0].auto_model.register_forward_hook(lambda *_: None)

    with pytest.raises(ConfigError, match="runs padded: a hook"):
        model.quantize_int8(TEXTS)


def test_a_model_without_transformers_is_refused():
    with pytest.raises(ConfigError, match="0 transformers models"):
        SentenceTransformer("likewise-mini", device="cpu").quantize_int8()


def real_sentences(count):
    path = SHARED / "wordnet-definitions" / "wordnet-definitions.tsv.gz"
    wiki = SHARED / "wiki-split" / "wiki-split-pairs.tsv.gz"
    if not path.exists() or not wiki.exists():
        pytest.skip("the shared data is not here")
    texts = []
    for source, column in ((wiki, 1), (path, 2)):
        with gzip.open(source, "rt", encoding="utf-8") as file:
            next(file)
            texts += [line.rstrip("\n").split("\t")[column] for _, line in zip(range(count * 4), file, strict=False)]
    return texts[:: len(texts) // count][:count]


def check_closeness(folder, texts):
    model = SentenceTransformer(folder, device="cpu")
    exact = model.encode(texts)
    report = model.quantize_int8()
    found = cosines(exact, model.encode(texts))

    assert report.runs
    assert found.mean() >= 0.995
    assert found.min() >= 0.98


@needs_products
@pytest.mark.real_weights
def test_real_weights_on_a_few_sentences(minilm_folder):
    check_closeness(
        minilm_folder,
        [
            "Sixteen thousand people marched through the old town on Sunday, in pouring rain, to save the theatre.",
            "red panda",
            "can you freeze cooked rice",
            "An enzyme is a protein that speeds up a chemical reaction without being used up by it.",
            "The defendant pleaded not guilty to all four charges.",
            "Une petite fille donne du pain aux canards.",
            'printf("%d\\n", x);',
            "Two men are lifting a piano up a narrow staircase.",
            "The 1987 edition, printed in Leipzig, has 312 pages and eleven maps.",
            "!!!",
            "My order #58213 arrived damaged; I would like a replacement or a refund of €49.90.",
            "He laughed.",
        ],
    )


@needs_products
@pytest.mark.real_weights
def test_real_weights_on_a_thousand_sentences(minilm_folder):
    check_closeness(minilm_folder, real_sentences(1000))
