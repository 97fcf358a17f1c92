"""Sparse encoders with the same weights as the installed peer package's: the same vectors, folders for each other."""

import inspect
import json

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from likewise import SparseEncoder, util
from likewise.models import (
    MLMTransformer,
    Pooling,
    Router,
    SparseAutoEncoder,
    SparseStaticEmbedding,
    SpladePooling,
    Transformer,
)

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

# Without white space around them, which 6.0 leaves to the tokenizer and older versions, as we do, take away.
TEXTS = ["a cat", "the dog sat on a mat", "hello world", "", "red fox ran over  the good movie plot", "not bad" * 40]
KINDS = [
    *("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert"),
    *("electra", "albert", "modernbert", "nomic_bert", "gte", "deberta-v2"),
]


def quiet(**options):
    return {"truncation": "ignore", **options}


def theirs_of(folder, **options):
    return peer.SparseEncoder(str(folder), device="cpu", **options)


def ours_of(folder, **options):
    return SparseEncoder(folder, device="cpu", **options)


def equal(ours, theirs):
    assert ours.shape == theirs.shape
    assert ours.layout is theirs.layout
    ours, theirs = ours.to_dense(), theirs.to_dense()
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    assert torch.equal(ours != 0, theirs != 0)
    assert bool((ours != 0).any())


@pytest.mark.parametrize("kind", KINDS)
def test_splade_of_every_architecture_from_a_plain_checkpoint(toy_masked_lm_folder, tmp_path, kind):
    folder = toy_masked_lm_folder(tmp_path / kind, kind)
    ours, theirs = ours_of(folder), theirs_of(folder)

    assert (ours[0].how_it_runs().encoder is not None) == (kind != "deberta-v2"), ours[0].how_it_runs().reason
    equal(ours.encode(TEXTS, **quiet()), theirs.encode(TEXTS))


@pytest.mark.parametrize("kind", ["bert", "albert", "distilbert", "modernbert", "nomic_bert"])
def test_the_activation_of_the_head_is_the_configured_one(toy_masked_lm_folder, tmp_path, kind):
    keys = {"distilbert": "activation", "modernbert": "classifier_activation"}
    folder = toy_masked_lm_folder(tmp_path / kind, kind, **{keys.get(kind, "hidden_act"): "relu"})

    equal(ours_of(folder).encode(TEXTS, **quiet()), theirs_of(folder).encode(TEXTS))


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_weights_that_are_not_tied(toy_masked_lm_folder, tmp_path, kind):
    folder = toy_masked_lm_folder(tmp_path / "model", kind, tie_word_embeddings=False)

    assert ours_of(folder)[0].how_it_runs().encoder is not None
    equal(ours_of(folder).encode(TEXTS, **quiet()), theirs_of(folder).encode(TEXTS))


@pytest.mark.parametrize("activation", ["relu", "log1p_relu"])
@pytest.mark.parametrize("strategy", ["max", "sum"])
def test_pooling_saved_by_either_side(toy_masked_lm_folder, tmp_path, strategy, activation):
    from sentence_transformers.sparse_encoder.modules import MLMTransformer as TheirBody
    from sentence_transformers.sparse_encoder.modules import SpladePooling as TheirPooling

    folder = str(toy_masked_lm_folder(tmp_path / "plain"))
    theirs = peer.SparseEncoder(modules=[TheirBody(folder), TheirPooling(strategy, activation)], device="cpu")
    ours = SparseEncoder(modules=[MLMTransformer(folder), SpladePooling(strategy, activation)], device="cpu")
    expected = theirs.encode(TEXTS)

    equal(ours.encode(TEXTS, **quiet()), expected)
    theirs.save_pretrained(str(tmp_path / "theirs"))
    ours.save_pretrained(tmp_path / "ours")
    equal(ours_of(tmp_path / "theirs").encode(TEXTS, **quiet()), expected)
    equal(theirs_of(tmp_path / "ours").encode(TEXTS), expected)


@pytest.fixture(scope="module")
def splade(toy_masked_lm_folder, tmp_path_factory):
    folder = toy_masked_lm_folder(tmp_path_factory.mktemp("splade") / "model")
    return ours_of(folder), theirs_of(folder)


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("one_tensor", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_forms_of_the_result(splade, many, one_tensor, sparse):
    given = TEXTS if many else TEXTS[1]
    options = {"convert_to_tensor": one_tensor, "convert_to_sparse_tensor": sparse}

    ours, theirs = splade[0].encode(given, **quiet(**options)), splade[1].encode(given, **options)

    assert isinstance(ours, list) == isinstance(theirs, list)
    for mine, other in zip(*(each if isinstance(each, list) else [each] for each in (ours, theirs)), strict=True):
        equal(mine, other)
        assert mine.dtype == other.dtype


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_at_most_so_many_dimensions(splade, limit):
    ours, theirs = splade

    equal(ours.encode(TEXTS, **quiet(max_active_dims=limit)), theirs.encode(TEXTS, max_active_dims=limit))


@pytest.mark.parametrize("name", ["dot", "cosine", "euclidean", "manhattan"])
def test_similarity(splade, name):
    ours, theirs = splade
    one, two = theirs.encode(TEXTS), theirs.encode(TEXTS[::-1])
    ours.similarity_fn_name = theirs.similarity_fn_name = name

    # Theirs is off by that much where a distance is 0.
    tolerance = {"atol": 1e-2 if name == "euclidean" else 1e-5, "rtol": 1e-5}
    torch.testing.assert_close(ours.similarity(one, two), theirs.similarity(one, two), **tolerance)
    torch.testing.assert_close(ours.similarity_pairwise(one, two), theirs.similarity_pairwise(one, two), **tolerance)
    ours.similarity_fn_name = theirs.similarity_fn_name = "dot"


def test_decode_sparsity_and_intersection(splade):
    ours, theirs = splade
    embeddings = theirs.encode(TEXTS)

    for given in (embeddings, embeddings[1], embeddings.to_dense()):
        for top_k in (None, 3):
            mine, others = ours.decode(given, top_k=top_k), theirs.decode(given, top_k=top_k)
            assert mine == others
        assert ours.sparsity(given) == pytest.approx(theirs.sparsity(given))
    for other in (embeddings[2], embeddings):
        mine, others = ours.intersection(embeddings[1], other), theirs.intersection(embeddings[1], other)
        torch.testing.assert_close(mine.to_dense(), others.to_dense())


def test_small_answers(splade):
    ours, theirs = splade

    for name in ("max_seq_length", "device", "dtype", "prompts", "default_prompt_name", "similarity_fn_name"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("max_active_dims", "splade_pooling_chunk_size"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.get_sentence_embedding_dimension() == theirs.get_sentence_embedding_dimension()
    assert ours.get_max_seq_length() == theirs.get_max_seq_length()


def test_every_public_member_for_inference_exists():
    private = {"SUPPORTED_SIMILARITY_FN_NAMES", "clear_placement_cache", "default_huggingface_organization", "merge"}
    private |= {"model_card_data_class", "model_type"}
    theirs = {name for name in dir(peer.SparseEncoder) if not name.startswith("_")}

    assert theirs - private - set(dir(SparseEncoder)) == set()


@pytest.mark.parametrize("name", ["encode", "encode_query", "encode_document", "decode", "intersection", "sparsity"])
def test_arguments_come_in_the_same_order(name):
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    ours, theirs = (
        [each.name for each in inspect.signature(getattr(each, name)).parameters.values() if each.kind is kind]
        for each in (SparseEncoder, peer.SparseEncoder)
    )

    assert ours == ["sentences" if each == "inputs" else each for each in theirs]


def test_the_constructor_takes_every_argument_by_name():
    theirs = set(inspect.signature(peer.SparseEncoder.__init__).parameters)

    assert theirs <= set(inspect.signature(SparseEncoder.__init__).parameters)


def weights_for(tokenizer):
    return torch.rand(len(tokenizer), generator=torch.Generator().manual_seed(0)) + 0.1


def test_inference_free_router_saved_by_either_side(toy_masked_lm_folder, tmp_path):
    from sentence_transformers.base.modules import Router as TheirRouter
    from sentence_transformers.sparse_encoder import modules as their_modules

    folder = str(toy_masked_lm_folder(tmp_path / "plain"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    weights = weights_for(tokenizer)
    theirs_router = TheirRouter.for_query_document(
        [their_modules.SparseStaticEmbedding(tokenizer, weight=weights)],
        [their_modules.MLMTransformer(folder), their_modules.SpladePooling("max")],
    )
    theirs = peer.SparseEncoder(modules=[theirs_router], device="cpu")
    router = Router.for_query_document(
        [SparseStaticEmbedding(tokenizer, weights)], [MLMTransformer(folder), SpladePooling("max")]
    )
    ours = SparseEncoder(modules=[router], device="cpu")
    theirs.save_pretrained(str(tmp_path / "theirs"))
    ours.save_pretrained(tmp_path / "ours")
    queries, documents = theirs.encode_query(TEXTS), theirs.encode_document(TEXTS)

    for model in (ours, ours_of(tmp_path / "theirs"), ours_of(tmp_path / "ours")):
        equal(model.encode_query(TEXTS, **quiet()), queries)
        equal(model.encode_document(TEXTS, **quiet()), documents)
        equal(model.encode(TEXTS, **quiet()), theirs.encode(TEXTS))
        torch.testing.assert_close(
            model.similarity(model.encode_query(TEXTS, **quiet()), model.encode_document(TEXTS, **quiet())),
            theirs.similarity(queries, documents),
            atol=1e-5,
            rtol=1e-5,
        )
    again = theirs_of(tmp_path / "ours")
    equal(again.encode_query(TEXTS), queries)
    equal(again.encode_document(TEXTS), documents)


def test_weights_from_a_json_file(toy_masked_lm_folder, tmp_path):
    from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding as Theirs

    tokenizer = AutoTokenizer.from_pretrained(toy_masked_lm_folder(tmp_path / "plain"))
    file = tmp_path / "idf.json"
    file.write_text(json.dumps({"cat": 1.5, "dog": 2.25, "the": 0.125}), encoding="utf-8")

    ours = SparseStaticEmbedding.from_json(str(file), tokenizer=tokenizer, frozen=True)
    theirs = Theirs.from_json(str(file), tokenizer=tokenizer, frozen=True)

    torch.testing.assert_close(ours.weight, theirs.weight)
    assert ours.weight.requires_grad == theirs.weight.requires_grad


@pytest.mark.parametrize("normalize", [False, True])
def test_csr_saved_by_either_side(toy_bert_folder, tmp_path, normalize):
    from sentence_transformers.sentence_transformer.modules import Pooling as TheirPooling
    from sentence_transformers.sentence_transformer.modules import Transformer as TheirBody
    from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder as TheirCoder

    folder = str(toy_bert_folder(tmp_path / "plain", plain=True))
    sizes = {"input_dim": 16, "hidden_dim": 48, "k": 6, "k_aux": 12, "normalize": normalize}
    theirs = peer.SparseEncoder(modules=[TheirBody(folder), TheirPooling(16), TheirCoder(**sizes)], device="cpu")
    for name, parameter in theirs[2].named_parameters():
        torch.nn.init.normal_(parameter, std=0.5 if name != "latent_bias" else 0.1)
    theirs.save_pretrained(str(tmp_path / "theirs"))
    expected = theirs.encode(TEXTS)

    ours = ours_of(tmp_path / "theirs")
    assert isinstance(ours[2], SparseAutoEncoder)
    equal(ours.encode(TEXTS, **quiet()), expected)
    equal(ours.encode(TEXTS, **quiet(max_active_dims=2)), theirs.encode(TEXTS, max_active_dims=2))
    assert ours.decode(expected) == theirs.decode(expected)
    for safe in (True, False):
        ours.save_pretrained(tmp_path / f"ours{safe}", safe_serialization=safe)
        equal(theirs_of(tmp_path / f"ours{safe}").encode(TEXTS), expected)
        equal(ours_of(tmp_path / f"ours{safe}").encode(TEXTS, **quiet()), expected)
    assert isinstance(ours[0], Transformer)
    assert isinstance(ours[1], Pooling)


def test_prompts_are_stored_and_used_alike(toy_masked_lm_folder, tmp_path):
    folder = toy_masked_lm_folder(tmp_path / "plain")
    prompts = {"query": "query: ", "document": "document: "}
    theirs = theirs_of(folder, prompts=prompts)
    theirs.save_pretrained(str(tmp_path / "theirs"))

    ours = ours_of(tmp_path / "theirs")

    assert ours.prompts == theirs.prompts
    equal(ours.encode_query(TEXTS, **quiet()), theirs.encode_query(TEXTS))
    equal(ours.encode_document(TEXTS, **quiet()), theirs.encode_document(TEXTS))


def test_utilities(splade):
    theirs, embeddings = peer.util, splade[1].encode(TEXTS)

    mine, others = (each.select_max_active_dims(embeddings.to_dense(), 4) for each in (util, theirs))
    torch.testing.assert_close(mine, others)
    torch.testing.assert_close(util.select_max_active_dims(embeddings, 4).to_dense(), others)
    expected = theirs.compute_count_vector(embeddings).long()
    torch.testing.assert_close(util.compute_count_vector(embeddings), expected)
    np.testing.assert_array_equal(util.to_scipy_coo(embeddings).toarray(), theirs.to_scipy_coo(embeddings).toarray())
