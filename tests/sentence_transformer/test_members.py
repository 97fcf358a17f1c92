"""The small members of the documented class that clients use, one by one."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.encoding.pool import WorkerPool
from likewise.errors import ConfigError, InputError
from likewise.models import BoW, Normalize

TEXTS = ["a cat sat on the mat", "dog", "the red fox ran over the blue mat"]


@pytest.mark.parametrize("method", ["encode", "encode_query", "encode_document"])
def test_every_documented_argument_works_by_position(model, method):
    model.prompts["p"] = "query : "
    by_position = getattr(model, method)(
        TEXTS, "p", None, 2, False, "sentence_embedding", "float32", True, False, "cpu", True, 7, None, None
    )
    by_name = model.encode(TEXTS, prompt_name="p", normalize_embeddings=True, truncate_dim=7)

    np.testing.assert_allclose(by_position, by_name, atol=1e-6)


def test_queries_and_documents_take_both_names_of_the_first_argument_and_a_prompt(model):
    model.prompts["query"] = "query : "
    expected = model.encode(["dog"], prompt="search : ")

    np.testing.assert_array_equal(model.encode_query(inputs=["dog"], prompt="search : "), expected)
    np.testing.assert_array_equal(model.encode_query(["dog"], None, "search : "), expected)
    np.testing.assert_array_equal(model.encode_query(sentences=["dog"]), model.encode(["dog"], prompt_name="query"))


@pytest.mark.parametrize("method", ["encode", "encode_query"])
def test_an_argument_given_twice_or_unknown_is_refused(model, method):
    with pytest.raises(TypeError, match="multiple values"):
        getattr(model, method)(TEXTS, sentences=TEXTS)
    with pytest.raises(InputError, match="unexpected keyword argument 'nonsense'"):
        getattr(model, method)(TEXTS, nonsense=1)


def test_encode_overridden_in_a_subclass_is_used_for_queries(model):
    class Shouting(SentenceTransformer):
        def encode(self, sentences=None, *args, **kwargs):
            return super().encode([text.upper() + " fox" for text in sentences], *args, **kwargs)

    own = Shouting(modules=list(model), device="cpu")

    np.testing.assert_allclose(own.encode_query(["dog"]), model.encode(["DOG fox"]), atol=1e-6)


@pytest.mark.parametrize("devices", [["cpu"], ("cpu", "cpu"), [torch.device("cpu")]], ids=str)
def test_a_list_of_devices_starts_workers_and_ends_them(model, monkeypatch, devices):
    seen = []

    class Workers:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            seen.append("ended")

        def encode(self, inputs, options, *, chunk_size):
            seen.append((list(inputs), options.normalize, chunk_size))
            return np.zeros((len(inputs), 16))

    monkeypatch.setattr(WorkerPool, "start", lambda pipeline, given: seen.append(given) or Workers())

    rows = model.encode(TEXTS, device=devices, pool=None, chunk_size=2, normalize_embeddings=True)

    assert rows.shape == (3, 16)
    assert seen == [devices, (TEXTS, True, 2), "ended"]


def test_a_pool_by_position_and_before_a_device(model):
    with model.start_multi_process_pool([torch.device("cpu")]) as pool:
        rows = model.encode_multi_process(TEXTS, pool, None, "query : ", 2, 2, False, "float32", True)
        plain = model.encode(TEXTS, device="meta", pool=pool)

    np.testing.assert_allclose(rows, model.encode(TEXTS, prompt="query : ", normalize_embeddings=True), atol=1e-5)
    np.testing.assert_allclose(plain, model.encode(TEXTS), atol=1e-5)


def test_one_input_or_many(model):
    for one in ("a", np.array("a"), {"query": "a"}):
        assert model.is_singular_input(one)
    for many in (["a"], ("a", "b"), [("a", "b")], np.array(["a"]), [], None):
        assert not model.is_singular_input(many)


def test_text_length_is_what_sorts_texts(model):
    lengths = [model._text_length(text) for text in ("abc", "", ["ab", "c"], ("ab", "cde"), {"x": "abcd"}, [1, 2, 3])]

    assert lengths == [3, 0, 3, 5, 4, 3]
    assert model._text_length(7) == 1


def test_what_the_model_reads(model):
    assert model.modalities == ["text"]
    assert model.supports("text")
    assert not model.supports("image")
    assert not model.supports(("image", "text"))


def test_processor_and_configuration(model):
    assert model.processor is model.tokenizer
    assert model.config is model[0].auto_model.config
    model.config = model.config
    assert model.get_model_kwargs() == []


def test_a_model_without_a_transformer_says_so():
    bag = SentenceTransformer(modules=[BoW(["cat", "dog"])], device="cpu")

    assert bag.config is None
    assert bag.transformers_model is None
    assert bag.processor is bag.tokenizer
    with pytest.raises(ConfigError, match="gradient checkpointing needs a transformers model"):
        bag.gradient_checkpointing_enable()
    with pytest.raises(ConfigError, match="a configuration needs a transformers model"):
        bag.config = object()


def test_target_device_can_be_read_and_set(model):
    model._target_device = "meta"
    assert model._target_device == model.device == torch.device("meta")


def test_sentence_features_of_a_module_that_has_them_or_not(model):
    class Old(BoW):
        def get_sentence_features(self, tokens, pad_seq_length=0):
            return {"tokens": tokens, "pad": pad_seq_length}

    assert SentenceTransformer(modules=[Old(["cat"])]).get_sentence_features([1], 2) == {"tokens": [1], "pad": 2}
    with pytest.raises(ConfigError, match=r"Transformer has no get_sentence_features.*model\.tokenize"):
        model.get_sentence_features([1])


def test_the_older_name_of_the_token_works_and_warns(toy_folder):
    with pytest.warns(FutureWarning, match="use_auth_token is deprecated"):
        SentenceTransformer(toy_folder, device="cpu", use_auth_token=False)
    with (
        pytest.warns(FutureWarning, match="use_auth_token"),
        pytest.raises(ValueError, match="both token and use_auth"),
    ):
        SentenceTransformer(toy_folder, token="a", use_auth_token="b")


def test_plain_use_warns_of_nothing(toy_folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SentenceTransformer(toy_folder, device="cpu")
        model.encode(TEXTS)
        model(model.tokenize(TEXTS))


def test_similarity_without_a_name_is_cosine(model):
    model.similarity_fn_name = "dot"
    model.similarity_fn_name = None
    function = model.similarity

    assert model.similarity_fn_name == "cosine"
    assert function([1.0, 0.0], [2.0, 0.0]).tolist() == [[pytest.approx(1.0)]]
    assert model.similarity_pairwise([[1.0, 0.0]], [[0.0, 2.0]]).tolist() == [pytest.approx(0.0)]


def test_no_length_means_the_bodys_own(model):
    model.max_seq_length = None

    assert model.tokenize(["cat " * 500])["input_ids"].shape[1] == model[0].auto_model.config.max_position_embeddings
    assert model.encode(["cat " * 500], truncation="ignore").shape == (1, 16)


@pytest.mark.parametrize("dim", [0, -1, 2.5, True])
def test_truncation_to_no_width_is_refused_everywhere(model, toy_folder, dim):
    for call in (
        lambda: model.encode("a", truncate_dim=dim),
        lambda: setattr(model, "truncate_dim", dim),
        lambda: SentenceTransformer(toy_folder, device="cpu", truncate_dim=dim),
    ):
        with pytest.raises(InputError, match="truncate_dim="):
            call()


def test_truncation_to_more_than_there_is_keeps_all(model):
    model.truncate_dim = 1000

    assert model.get_sentence_embedding_dimension() == 16
    assert model.encode("a").shape == (16,)
    model.truncate_dim = None
    assert model.encode("a", truncate_dim=None).shape == (16,)


def test_the_default_prompt_can_be_set_and_is_checked_when_it_is_used(model):
    model.default_prompt_name = "search"
    with pytest.raises(InputError, match="unknown prompt_name 'search'"):
        model.encode("a cat")
    model.prompts["search"] = "search : "

    np.testing.assert_array_equal(model.encode("a cat"), model.encode("a cat", prompt="search : "))
    np.testing.assert_array_equal(model.encode("a cat", prompt=""), model.encode("a cat", prompt_name="query"))


def test_a_default_prompt_that_does_not_exist_is_refused_at_once(toy_folder):
    with pytest.raises(ValueError, match="unknown prompt_name 'zz'"):
        SentenceTransformer(toy_folder, device="cpu", prompts={"a": "b"}, default_prompt_name="zz")


def test_a_model_is_a_list_of_modules(model):
    assert [type(module).__name__ for module in model] == ["Transformer", "Pooling"]
    assert model[-1] is model[1]
    assert type(model[1:]) is nn.Sequential
    longer = model.append(Normalize())

    assert longer is model
    np.testing.assert_allclose(np.linalg.norm(model.encode(TEXTS), axis=1), 1, atol=1e-6)
    assert type(model.pop(2)) is Normalize
    assert len(model) == 2


def test_a_changed_chain_is_saved_as_it_is(model, tmp_path):
    model.append(Normalize())
    model.save(tmp_path / "saved")

    again = SentenceTransformer(tmp_path / "saved", device="cpu")

    assert [type(module).__name__ for module in again] == ["Transformer", "Pooling", "Normalize"]
    np.testing.assert_allclose(again.encode(TEXTS), model.encode(TEXTS), atol=1e-6)


def test_precision_methods_return_the_model(model):
    for change, dtype in (("half", torch.float16), ("bfloat16", torch.bfloat16), ("float", torch.float32)):
        assert getattr(model, change)() is model
        assert model.dtype == dtype
    assert model.to("cpu") is model.cpu() is model.to(torch.float32) is model


def test_compiling_a_packed_model_changes_nothing_and_says_so(model, caplog):
    before = model.encode(TEXTS)
    model.compile(backend="eager")

    assert "compile() changed nothing: its transformers model runs packed" in caplog.text
    np.testing.assert_array_equal(model.encode(TEXTS), before)


def test_compiling_a_padded_model_compiles_its_body(model):
    before = model.encode(TEXTS)
    model[0].auto_model.pooler.register_forward_hook(lambda *_: None)  # a hook makes it run padded
    compiled = []

    def backend(graph, inputs):
        compiled.append(len(inputs))
        return graph

    model.compile(backend=backend)

    np.testing.assert_allclose(model.encode(TEXTS), before, atol=1e-5)
    assert compiled
