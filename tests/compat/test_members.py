"""What clients touch on a model besides its documented methods, with the client that does."""

import pytest
import torch

from likewise import CrossEncoder, SentenceTransformer


@pytest.fixture(scope="module")
def model(toy_bert_folder, tmp_path_factory):
    return SentenceTransformer(toy_bert_folder(tmp_path_factory.mktemp("members")), device="cpu")


def test_modules_by_place_and_by_name(model):
    """SetFit takes `_modules["0"]`; PyLate and BERTopic take `_first_module()`."""
    assert model._first_module() is model[0] is model._modules["0"]
    assert model._last_module() is model[1] is model._modules["1"]
    assert model._modules["0"].tokenizer is model.tokenizer
    assert model._modules["0"].max_seq_length == model.max_seq_length
    assert type(model._modules["0"].auto_model).__name__ == "BertModel"


def test_a_text_model_has_no_processor_of_pictures(model):
    """BERTopic asks for `_first_module().processor.tokenizer`, and for `.tokenizer` where that fails."""
    processor = getattr(model._first_module(), "processor", None)

    assert processor is None or hasattr(processor, "tokenizer") or hasattr(processor, "encode")
    assert model.tokenizer.encode("the cat sat")[1:-1] == model.tokenizer.convert_tokens_to_ids(["the", "cat", "sat"])


def test_devices_and_lengths(model):
    """SetFit (older versions) reads `_target_device`, PyLate sorts by `_text_length`."""
    assert model._target_device == model.device == torch.device("cpu")
    assert model._text_length("four") == 4
    assert model._text_length(["two", "texts"]) == 8
    assert isinstance(model.get_max_seq_length(), int)


def test_a_splitter_counts_tokens(model):
    """LangChain's SentenceTransformersTokenTextSplitter calls the tokenizer so."""
    ids = model.tokenizer.encode("the cat sat " * 40, max_length=2**32, truncation="do_not_truncate")

    assert len(ids) == 122
    assert model.tokenizer.decode(ids[1:4]) == "the cat sat"


def test_features_of_a_padded_tokenizer_go_through_the_model(model):
    """SetFit tokenises itself, pads to a length, and reads the sentence embedding."""
    features = model.tokenizer(
        ["the cat", "a red fox ran"], max_length=12, padding="max_length", truncation=True, return_tensors="pt"
    )
    with torch.no_grad():
        embeddings = model(dict(features))["sentence_embedding"]

    assert torch.allclose(embeddings, torch.from_numpy(model.encode(["the cat", "a red fox ran"])), atol=1e-5)


def test_results_as_clients_take_them(model):
    """LangChain refuses a list only where it did not ask for one; Weaviate reads the processes of a pool."""
    assert isinstance(model.encode(["a", "b"], convert_to_numpy=False), list)
    assert isinstance(model.encode(["a", "b"], convert_to_tensor=True).tolist(), list)
    assert model.encode(["a"], pool=None, batch_size=1).shape == (1, 16)  # txtai always gives `pool`


def test_a_cross_encoder(toy_classifier_folder, tmp_path):
    """mteb and LlamaIndex: arguments by name, the transformers model, its configuration."""
    reranker = CrossEncoder(
        model_name_or_path=str(toy_classifier_folder(tmp_path / "model")), device="cpu", max_length=32
    )

    assert reranker.num_labels == 1
    assert reranker.model.get_input_embeddings().weight.shape[1] == 16
    assert reranker.config.num_labels == 1
    assert reranker.max_length == 32
    assert reranker.predict([("a", "b")], show_progress_bar=False, batch_size=4).shape == (1,)
