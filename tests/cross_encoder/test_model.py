"""`CrossEncoder`: scores, forms of results, arguments and errors. What a head computes is tested with its module."""

import subprocess
import sys

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from likewise import CrossEncoder
from likewise.errors import ConfigError, InputError, TruncationError
from likewise.models import Dense, Pooling, Transformer
from likewise.ops.column_batch import ColumnBatch, MiniBatches


@pytest.fixture(scope="module")
def ranker(ranker_folder):
    return CrossEncoder(ranker_folder, device="cpu")


@pytest.fixture(scope="module")
def sorter(sorter_folder):
    return CrossEncoder(sorter_folder, device="cpu")


@pytest.fixture(scope="module")
def logits(ranker_folder, sorter_folder):
    """A function: logits [N, L] of transformers, pair by pair."""

    def compute(folder, pairs):
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        with torch.inference_mode():
            rows = [
                model(**tokenizer(*([text] for text in pair), truncation=True, return_tensors="pt")).logits
                for pair in pairs
            ]
        return torch.cat(rows).numpy()

    return compute


def test_scores_are_the_sigmoid_of_the_logits(ranker, ranker_folder, logits, pairs):
    scores = ranker.predict(pairs, truncation="ignore")

    expected = 1 / (1 + np.exp(-logits(ranker_folder, pairs)[:, 0]))
    assert scores.shape == (24,)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_several_labels_are_logits(sorter, sorter_folder, logits, pairs):
    scores = sorter.predict(pairs, truncation="ignore")

    assert scores.shape == (24, 3)
    np.testing.assert_allclose(scores, logits(sorter_folder, pairs), atol=1e-5)


def test_softmax_over_labels(sorter, pairs):
    scores, shares = sorter.predict(pairs), sorter.predict(pairs, apply_softmax=True)

    np.testing.assert_allclose(shares, np.exp(scores) / np.exp(scores).sum(1, keepdims=True), atol=1e-6)


def test_softmax_does_nothing_to_one_label(ranker, pairs):
    np.testing.assert_array_equal(ranker.predict(pairs, apply_softmax=True), ranker.predict(pairs))


@pytest.mark.parametrize("model_name", ["ranker", "sorter"])
def test_forms_of_a_result(request, model_name, pairs):
    model = request.getfixturevalue(model_name)
    array = model.predict(pairs)

    tensor = model.predict(pairs, convert_to_tensor=True)
    rows = model.predict(pairs, convert_to_numpy=False)

    assert isinstance(tensor, torch.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), array)
    assert isinstance(rows, list)
    np.testing.assert_array_equal(torch.stack(rows).numpy(), array)


@pytest.mark.parametrize("form", [{}, {"convert_to_tensor": True}, {"convert_to_numpy": False}], ids=str)
def test_one_pair_gets_its_score_by_itself(ranker, sorter, form):
    pair = ("a cat", "the dog")

    for model, shape in ((ranker, ()), (sorter, (3,))):
        alone = model.predict(pair, **form)
        assert tuple(alone.shape) == shape
        np.testing.assert_allclose(alone, model.predict([pair], **form)[0], atol=1e-6)
        np.testing.assert_array_equal(alone, model.predict(list(pair), **form))


def test_no_pairs(ranker):
    assert ranker.predict([]).shape == (0,)
    assert ranker.predict([], convert_to_tensor=True).shape == (0,)
    assert ranker.predict([], convert_to_numpy=False) == []
    assert ranker.rank("a cat", []) == []


@pytest.mark.parametrize("arguments", [{"batch_size": 1}, {"batch_size": 5}, {}], ids=str)
def test_a_score_does_not_depend_on_its_neighbours(ranker, pairs, arguments):
    alone = [ranker.predict(pair, truncation="ignore") for pair in pairs]

    np.testing.assert_allclose(ranker.predict(pairs, truncation="ignore", **arguments), alone, atol=1e-6)
    back = ranker.predict(pairs[::-1], truncation="ignore", **arguments)
    np.testing.assert_allclose(back[::-1], alone, atol=1e-6)


def test_the_order_in_a_pair_counts(ranker):
    assert abs(ranker.predict(("a cat", "the dog")) - ranker.predict(("the dog", "a cat"))) > 1e-4


@pytest.mark.parametrize("name", ["activation_fn", "activation_fct"])
def test_activation_of_a_call(ranker, ranker_folder, logits, pairs, name):
    scores = ranker.predict(pairs, truncation="ignore", **{name: nn.Identity()})

    np.testing.assert_allclose(scores, logits(ranker_folder, pairs)[:, 0], atol=1e-5)


@pytest.mark.parametrize("name", ["activation_fn", "default_activation_function"])
def test_activation_of_a_model(ranker_folder, ranker, pairs, name):
    model = CrossEncoder(ranker_folder, device="cpu", **{name: nn.Tanh()})
    expected = ranker.predict(pairs, activation_fn=torch.tanh)

    np.testing.assert_allclose(model.predict(pairs), expected, atol=1e-6)
    setattr(model, name, nn.Sigmoid())
    np.testing.assert_allclose(model.predict(pairs), ranker.predict(pairs), atol=1e-6)
    assert len(model) == 1


def test_activations_see_float32(sorter_folder, pairs):
    model = CrossEncoder(sorter_folder, device="cpu", model_kwargs={"torch_dtype": "bfloat16"})
    seen = []

    scores = model.predict(pairs, activation_fn=lambda rows: seen.append(rows.dtype) or rows)

    assert set(seen) == {torch.float32}
    assert scores.dtype == np.float32
    assert model.dtype == torch.bfloat16


def test_rank_sorts_by_score(ranker):
    documents = ["the dog sat", "hello world", "red fox", "a cat sat on a mat"]
    scores = ranker.predict([("a cat", each) for each in documents])

    ranked = ranker.rank("a cat", documents, return_documents=True, top_k=3)

    order = np.argsort(-scores)[:3]
    assert [each["corpus_id"] for each in ranked] == order.tolist()
    assert [each["text"] for each in ranked] == [documents[at] for at in order]
    np.testing.assert_allclose([each["score"] for each in ranked], scores[order])


def test_rank_of_many_queries_is_rank_of_each(ranker):
    queries, documents = ["a cat", "hello", "a cat"], [["the dog", "red fox"], [], ["world", "a mat", "bad movie"]]

    together = ranker.rank(queries, documents, top_k=2)

    assert together == [ranker.rank(*each, top_k=2) for each in zip(queries, documents, strict=True)]


def test_rank_needs_one_label(sorter):
    with pytest.raises(ValueError, match="gives 3 scores"):
        sorter.rank("a cat", ["the dog"])


@pytest.mark.parametrize("given", ["a cat", None, ["a", "b", "c"], [("a", "b", "c")], [("a", None)]], ids=repr)
def test_bad_pairs_are_errors(ranker, given):
    with pytest.raises(InputError):
        ranker.predict(given)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size=0"),
        ({"activation_fn": nn.Sigmoid}, "activation_fn="),
        ({"activation_fn": torch.tanh, "activation_fct": torch.tanh}, "both activation_fct and activation_fn"),
        ({"prompt_name": "query"}, "unknown prompt_name 'query'"),
        ({"nonsense": 1}, "unexpected keyword argument 'nonsense'"),
        ({"activation_fn": lambda rows: rows.sum()}, "the activation made a tensor"),
        ({"inputs": [("a", "b")]}, "both sentences and inputs"),
    ],
)
def test_bad_arguments_are_errors(ranker, arguments, message):
    with pytest.raises(InputError, match=message):
        ranker.predict([("a", "b")], **arguments)


def test_later_name_of_the_pairs(ranker, pairs):
    np.testing.assert_array_equal(ranker.predict(inputs=pairs), ranker.predict(pairs))


def test_prompts_stand_before_the_first_text(ranker_folder, ranker):
    model = CrossEncoder(ranker_folder, device="cpu", prompts={"query": "query : "}, default_prompt_name="query")
    written = ranker.predict([("query : a cat", "the dog")])

    np.testing.assert_allclose(model.predict([("a cat", "the dog")]), written)
    np.testing.assert_allclose(ranker.predict([("a cat", "the dog")], prompt="query : "), written)
    assert model.rank("a cat", ["the dog"])[0]["score"] == pytest.approx(float(written[0]))
    with pytest.raises(InputError, match="unknown prompt_name"):
        CrossEncoder(ranker_folder, device="cpu", default_prompt_name="query")


def test_long_pairs_are_cut_and_named(ranker_folder, caplog):
    model = CrossEncoder(ranker_folder, max_length=8, device="cpu")
    long, cut = ("a cat", "the dog sat on a mat and ran"), ("a cat", "the dog sat")

    assert model.max_length == model.max_seq_length == 8
    np.testing.assert_allclose(model.predict([long]), model.predict([cut]), atol=1e-6)
    assert "1 of 1 inputs is longer than 8 tokens" in caplog.text
    with pytest.raises(TruncationError):
        model.predict([long], truncation="error")
    model.max_length = 16
    assert abs(model.predict(long) - model.predict(cut)) > 1e-5


def test_lengths_beyond_the_positions_are_refused(ranker_folder):
    with pytest.raises(InputError, match="max_seq_length=65"):
        CrossEncoder(ranker_folder, max_length=65, device="cpu")


def test_documented_attributes(ranker):
    assert ranker.num_labels == 1
    assert type(ranker.model).__name__ == "BertForSequenceClassification"
    assert ranker.config is ranker.model.config
    assert ranker.tokenizer.model_max_length == 64
    assert ranker.device == torch.device("cpu")
    assert isinstance(ranker.activation_fn, nn.Sigmoid)
    assert ranker.prompts == {}


def test_the_transformers_model_can_be_replaced(ranker_folder, sorter):
    model = CrossEncoder(ranker_folder, device="cpu")

    model.model = sorter.model

    assert model.num_labels == 3
    assert len(model) == 1


def test_nothing_of_a_call_imports_transformers(ranker_folder):
    code = (
        f"from likewise import CrossEncoder; model = CrossEncoder({str(ranker_folder)!r}, device='cpu'); "
        "model.rank('a cat', ['the dog']); import sys; print('transformers' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "False"


def test_describe_says_how_it_runs(ranker_folder, sorter):
    model = CrossEncoder(ranker_folder, device="cpu")

    said = model.describe()

    assert said.bodies[0].packed
    assert said.labels == 1
    assert said.activation == "Sigmoid()"
    assert "packed: no padding" in str(said)
    model.model.register_forward_hook(lambda *given: None)
    assert "a hook on the model" in str(model.describe()).replace("'", "")
    assert sorter.describe().labels == 3


def test_a_chain_of_modules_can_make_the_scores(toy_bert_folder, tmp_path, pairs):
    body = Transformer(toy_bert_folder(tmp_path / "bert", plain=True))
    head = Dense(16, 1, activation_function=nn.Identity(), module_output_name="scores")
    model = CrossEncoder(modules=[body, Pooling(16, pooling_mode="cls"), head], device="cpu")

    scores = model.predict(pairs, truncation="ignore")

    features = model.tokenize([tuple(pair) for pair in pairs])
    with torch.inference_mode():
        expected = torch.sigmoid(model(features)["scores"][:, 0])
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    model.save(tmp_path / "saved")
    again = CrossEncoder(tmp_path / "saved", device="cpu")
    np.testing.assert_allclose(again.predict(pairs, truncation="ignore"), scores, atol=1e-6)


def test_a_chain_without_scores_is_an_error(toy_bert_folder, tmp_path):
    body = Transformer(toy_bert_folder(tmp_path, plain=True))
    model = CrossEncoder(modules=[body, Pooling(16)], device="cpu")

    with pytest.raises(ConfigError, match="gives no 'scores'"):
        model.predict([("a", "b")])


def test_training_runs_packed_with_gradients(ranker_folder, pairs):
    model = CrossEncoder(ranker_folder, device="cpu").train()
    prepared = model[0].prepare(pairs[:6])

    features = model[0].collate(prepared, range(6))
    model(features)["scores"].sum().backward()

    assert "cu_seqlens" in features
    assert [name for name, each in model.named_parameters() if each.grad is None] == []


def test_gradient_caching_gives_the_same_gradients(ranker_folder, pairs):
    model = CrossEncoder(ranker_folder, device="cpu")
    features = model.tokenize(pairs[:8])
    gradients = []

    for pieces in (None, MiniBatches(rows=3)):
        model.zero_grad()
        (done,) = model(ColumnBatch([features], pieces))
        done["scores"].square().sum().backward()
        gradients.append([each.grad.clone() for each in model.parameters()])

    for whole, cut in zip(*gradients, strict=True):
        torch.testing.assert_close(cut, whole, atol=1e-5, rtol=1e-4)


def test_predict_leaves_training_mode(ranker_folder, ranker, pairs):
    model = CrossEncoder(ranker_folder, device="cpu").train()

    np.testing.assert_allclose(model.predict(pairs), ranker.predict(pairs), atol=1e-6)
    assert not model.training


def test_batches_of_examples(ranker, sorter):
    from likewise import InputExample

    examples = [InputExample(texts=["a cat", "the dog"], label=1), InputExample(texts=["hello", "world"], label=0)]

    features, labels = ranker.smart_batching_collate(examples)

    assert labels.tolist() == [1.0, 0.0]
    assert labels.dtype == torch.float32
    assert sorter.smart_batching_collate(examples)[1].dtype == torch.int64
    with torch.inference_mode():
        scores = torch.sigmoid(ranker(features)["scores"][:, 0])
    np.testing.assert_allclose(scores, ranker.predict([("a cat", "the dog"), ("hello", "world")]), atol=1e-6)
    with pytest.raises(InputError, match="example 0 has 1 texts"):
        ranker.smart_batching_collate_text_only([["a"]])


def test_evaluators_get_the_model_and_a_folder(ranker, tmp_path):
    assert ranker.evaluate(lambda model, path: (model, path), str(tmp_path / "out")) == (ranker, str(tmp_path / "out"))
    assert (tmp_path / "out").is_dir()


def test_worker_processes_give_the_same_scores(ranker, sorter, pairs):
    with ranker.start_multi_process_pool(["cpu", "cpu"]) as pool:
        many = ranker.predict(pairs, pool=pool, chunk_size=5, truncation="ignore")
        one = ranker.predict(pairs[0], pool=pool)
        ranked = ranker.rank("a cat", ["the dog", "hello"], pool=pool)

    np.testing.assert_allclose(many, ranker.predict(pairs, truncation="ignore"), atol=1e-6)
    np.testing.assert_allclose(one, many[0], atol=1e-6)
    assert [each["corpus_id"] for each in ranked] == [
        each["corpus_id"] for each in ranker.rank("a cat", ["the dog", "hello"])
    ]


def test_threads_may_share_a_model(ranker, pairs):
    from concurrent.futures import ThreadPoolExecutor

    expected = ranker.predict(pairs)
    with ThreadPoolExecutor(4) as threads:
        for scores in threads.map(lambda _: ranker.predict(pairs, batch_size=3), range(8)):
            np.testing.assert_allclose(scores, expected, atol=1e-6)
