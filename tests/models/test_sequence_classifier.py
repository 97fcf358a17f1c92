import numpy as np
import pytest
import torch
import transformers

from likewise.errors import CheckpointError, ConfigError, MissingWeightsError
from likewise.hub.folder import ModelFolder
from likewise.models.direct_classifier import DirectClassifier
from likewise.models.module import LoadContext
from likewise.models.sequence_classifier import SequenceClassifier

PAIRS = [
    ("the cat sat on a mat", "the dog ran"),
    ("hello", "world good bad movie plot was in and not of to query"),
    ("  a fox ", ""),
    ("the cat sat on a mat", "red blue"),
]
PACKED = [
    *("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert"),
    *("electra", "albert", "modernbert", "nomic_bert", "gte"),
]


def open_folder(folder, **options):
    labels = options.pop("labels", None)
    return SequenceClassifier.open(ModelFolder(folder), LoadContext(**options), labels=labels)


def reference(folder, features):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(**features).logits


def packed(module, pairs=PAIRS):
    prepared = module.prepare(pairs)
    return module.collate(prepared, range(len(pairs)))


@pytest.mark.parametrize("labels", [1, 3])
@pytest.mark.parametrize("kind", PACKED)
def test_scores_are_those_of_transformers(tmp_path, toy_classifier_folder, kind, labels):
    module = open_folder(toy_classifier_folder(tmp_path, kind, labels=labels))
    padded = module.tokenize(PAIRS)

    expected = reference(tmp_path, padded)

    with torch.inference_mode():
        features = packed(module)
        assert "cu_seqlens" in features
        torch.testing.assert_close(module(features)["scores"], expected, atol=1e-5, rtol=0)
        torch.testing.assert_close(module(padded)["scores"], expected, atol=1e-5, rtol=0)
    assert isinstance(module._body, DirectClassifier)
    assert module.how_it_runs().reason == ""


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("modernbert", {"classifier_pooling": "mean"}),
        ("modernbert", {"classifier_bias": True, "norm_bias": True, "classifier_activation": "relu"}),
        ("albert", {"num_hidden_groups": 2}),
        ("electra", {"embedding_size": 8}),
    ],
    ids=str,
)
def test_heads_with_other_settings(tmp_path, toy_classifier_folder, kind, settings):
    module = open_folder(toy_classifier_folder(tmp_path, kind, labels=2, **settings))

    expected = reference(tmp_path, module.tokenize(PAIRS))

    with torch.inference_mode():
        torch.testing.assert_close(module(packed(module))["scores"], expected, atol=1e-5, rtol=0)
    assert isinstance(module._body, DirectClassifier)


@pytest.mark.parametrize("kind", PACKED)
def test_what_is_saved_is_loaded_by_transformers_and_by_us(tmp_path, toy_classifier_folder, kind):
    module = open_folder(toy_classifier_folder(tmp_path / "a", kind, labels=2))
    (tmp_path / "b").mkdir()

    module.save(tmp_path / "b")

    features = module.tokenize(PAIRS)
    torch.testing.assert_close(reference(tmp_path / "b", features), reference(tmp_path / "a", features))
    with torch.inference_mode():
        again = open_folder(tmp_path / "b")(packed(module))["scores"]
        torch.testing.assert_close(again, module(packed(module))["scores"])


@pytest.mark.parametrize("kind", PACKED)
def test_the_ordinary_model_holds_the_same_parameters(tmp_path, toy_classifier_folder, kind):
    module = open_folder(toy_classifier_folder(tmp_path, kind))
    before = {id(parameter) for parameter in module.parameters()}
    with torch.inference_mode():
        scores = module(packed(module))["scores"]

    model = module.auto_model

    assert type(model).__name__ == module.how_it_runs().head.model_class
    assert {id(parameter) for parameter in model.parameters()} == before
    with torch.inference_mode():
        torch.testing.assert_close(module(packed(module))["scores"], scores)
    assert model.config.num_labels == 1


@pytest.mark.parametrize("kind", ["bert", "roberta", "modernbert"])
def test_gradients_are_those_of_transformers(tmp_path, toy_classifier_folder, kind):
    padding = {"pad_token_id": 1} if kind == "modernbert" else {}  # as its tokenizer has it: it gets no gradient
    module = open_folder(toy_classifier_folder(tmp_path, kind, **padding))
    model = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()

    module(packed(module))["scores"].square().sum().backward()
    model(**module.tokenize(PAIRS)).logits.square().sum().backward()

    ours, theirs = dict(module._body.named_parameters()), dict(model.named_parameters())
    assert ours.keys() == theirs.keys()
    for name, parameter in theirs.items():
        torch.testing.assert_close(ours[name].grad, parameter.grad, atol=1e-4, rtol=1e-4, msg=name)


def test_dropout_is_on_in_training_only(tmp_path, toy_classifier_folder):
    module = open_folder(toy_classifier_folder(tmp_path, classifier_dropout=0.5, hidden_dropout_prob=0.0))
    features = packed(module)

    quiet = module(features)["scores"]
    module.train()
    torch.manual_seed(0)
    loud = [module(features)["scores"] for _ in range(2)]

    assert not torch.equal(loud[0], loud[1])
    module.eval()
    torch.testing.assert_close(module(features)["scores"], quiet)


def test_a_changed_weight_shows_in_the_next_scores(tmp_path, toy_classifier_folder):
    module = open_folder(toy_classifier_folder(tmp_path))
    with torch.inference_mode():
        before = module(packed(module))["scores"].clone()

    with torch.no_grad():
        module._body.classifier.bias += 1.0

    with torch.inference_mode():
        torch.testing.assert_close(module(packed(module))["scores"], before + 1.0)


def test_an_architecture_without_packed_form_runs_padded_and_says_so(tmp_path, toy_classifier_folder):
    module = open_folder(toy_classifier_folder(tmp_path, "deberta-v2", labels=2))
    features = packed(module)

    with torch.inference_mode():
        scores = module(features)["scores"]

    assert "attention_mask" in features
    assert "deberta-v2" in module.how_it_runs().reason
    torch.testing.assert_close(scores, reference(tmp_path, features), atol=1e-5, rtol=0)


@pytest.mark.parametrize("change", ["hook", "head", "class"])
def test_what_the_packed_forward_would_leave_out_runs_through_transformers(tmp_path, toy_classifier_folder, change):
    module = open_folder(toy_classifier_folder(tmp_path))
    model = module.auto_model
    if change == "hook":
        model.classifier.register_forward_hook(lambda layer, given, result: result + 5.0)
        said = "hook"
    elif change == "head":
        model.classifier.extra = torch.nn.Parameter(torch.zeros(1))
        said = "classifier.extra"
    else:
        module.auto_model = transformers.BertForNextSentencePrediction(model.config).eval()
        said = "BertForNextSentencePrediction"

    features = packed(module)

    assert said in module.how_it_runs().reason
    with torch.inference_mode():
        expected = module.auto_model(**features).logits
        torch.testing.assert_close(module(features)["scores"], expected)


def test_an_encoder_without_a_head_gets_a_new_one_and_says_so(tmp_path, toy_bert_folder, caplog):
    module = open_folder(toy_bert_folder(tmp_path, plain=True))

    assert module.num_labels == 1
    assert "classifier.weight" in caplog.text
    assert module(packed(module))["scores"].shape == (4, 1)
    assert module.how_it_runs().reason == ""


def test_a_new_head_can_have_several_labels(tmp_path, toy_bert_folder):
    assert open_folder(toy_bert_folder(tmp_path, plain=True), labels=3).num_labels == 3


def test_a_head_of_another_size_is_an_error_with_a_way_out(tmp_path, toy_classifier_folder, caplog):
    toy_classifier_folder(tmp_path, labels=2)

    with pytest.raises(ConfigError, match=r"num_labels=3, but the head in .* gives 2 scores"):
        open_folder(tmp_path, labels=3)
    module = open_folder(tmp_path, labels=3, model_kwargs={"ignore_mismatched_sizes": True})

    assert module.num_labels == 3
    assert "new and random" in caplog.text


def test_a_missing_layer_is_no_missing_head(tmp_path, toy_classifier_folder):
    from safetensors.torch import load_file, save_file

    toy_classifier_folder(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["bert.encoder.layer.1.output.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(MissingWeightsError, match=r"bert.encoder.layer.1.output.dense.weight|numbers"):
        open_folder(tmp_path)


def test_weights_with_nan_are_refused(tmp_path, toy_classifier_folder):
    from safetensors.torch import load_file, save_file

    toy_classifier_folder(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["classifier.weight"][0, 0] = np.nan
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(CheckpointError, match=r"classifier\.weight.*NaN"):
        open_folder(tmp_path)


def test_bfloat16_scores_stay_near_those_of_float32(tmp_path, toy_classifier_folder):
    toy_classifier_folder(tmp_path)
    whole, half = open_folder(tmp_path), open_folder(tmp_path, model_kwargs={"torch_dtype": "bfloat16"})

    with torch.inference_mode():
        expected, scores = whole(packed(whole))["scores"], half(packed(half))["scores"]

    assert scores.dtype == torch.bfloat16
    torch.testing.assert_close(scores.float(), expected, atol=0.1, rtol=0.1)
