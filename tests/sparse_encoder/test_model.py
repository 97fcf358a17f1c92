"""The facade: results, limits, prompts, pools, and what goes wrong. Numbers beside the peer: tests/parity."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import likewise
from likewise import SparseEncoder, util
from likewise.errors import ConfigError, InputError, InputTypeError, ShapeError, TruncationError
from likewise.models import SpladePooling
from likewise.ops.token_logits import TILE_COLUMNS, TILE_TOKENS

TEXTS = ["a cat", "the dog sat on a mat", "", "hello world", "a cat", "red fox ran over the good movie plot"]


def one_by_one(model, texts, **options):
    return torch.stack([model.encode(text, convert_to_sparse_tensor=False, **options) for text in texts])


def test_a_batch_gives_what_each_text_gives_alone(any_kind):
    together = any_kind.encode(TEXTS)

    assert together.layout is torch.sparse_coo
    assert together.is_coalesced()
    assert together.dtype == torch.float32
    assert together.shape == (len(TEXTS), any_kind.get_embedding_dimension())
    torch.testing.assert_close(together.to_dense(), one_by_one(any_kind, TEXTS), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("one_tensor", [True, False])
@pytest.mark.parametrize("sparse", [True, False])
def test_the_form_of_the_result(splade, many, one_tensor, sparse):
    result = splade.encode(
        TEXTS if many else TEXTS[0], convert_to_tensor=one_tensor, convert_to_sparse_tensor=sparse, save_to_cpu=True
    )

    assert isinstance(result, list) == (many and not one_tensor)
    rows = result if isinstance(result, list) else [result]
    assert all(row.layout is (torch.sparse_coo if sparse else torch.strided) for row in rows)
    width = splade.get_sentence_embedding_dimension()
    assert [tuple(row.shape) for row in rows] == (
        [(len(TEXTS), width)] if many and one_tensor else [(width,)] * (len(TEXTS) if many else 1)
    )
    expected = splade.encode(TEXTS).to_dense()
    dense = torch.cat([row.to_dense().reshape(-1, width) for row in rows])
    torch.testing.assert_close(dense, expected if many else expected[:1], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"convert_to_sparse_tensor": False}])
def test_no_texts(splade, options):
    width = splade.get_sentence_embedding_dimension()

    assert splade.encode([], **options).shape == (0, width)
    assert splade.encode([], convert_to_tensor=False, **options) == []


@pytest.mark.parametrize("sparse", [True, False])
def test_the_largest_weights_stay(any_kind, sparse):
    whole = any_kind.encode(TEXTS, convert_to_sparse_tensor=False)

    cut = any_kind.encode(TEXTS, max_active_dims=3, convert_to_sparse_tensor=sparse).to_dense()

    torch.testing.assert_close(cut, util.select_max_active_dims(whole, 3), atol=1e-6, rtol=1e-5)
    any_kind.max_active_dims = 3
    torch.testing.assert_close(any_kind.encode(TEXTS).to_dense(), cut)
    assert bool((any_kind.encode(TEXTS, max_active_dims=2).to_dense() != 0).sum(1).le(2).all())


def test_a_limit_above_k_gives_more_of_an_autoencoder(csr):
    most = (csr.encode(TEXTS, max_active_dims=15).to_dense() != 0).sum(1)

    assert bool((most > 5).any())
    assert bool(((csr.encode(TEXTS).to_dense() != 0).sum(1) <= 5).all())


def test_queries_and_documents_take_their_routes(inference_free):
    queries = inference_free.encode_query(TEXTS)
    documents = inference_free.encode_document(TEXTS)

    assert int((queries[0].to_dense() != 0).sum()) == 2  # "a" and "cat", and no special tokens
    assert [name for name, _ in inference_free.decode(queries[0])] in (["a", "cat"], ["cat", "a"])
    torch.testing.assert_close(inference_free.encode(TEXTS).to_dense(), documents.to_dense())
    assert inference_free.similarity(queries, documents).shape == (len(TEXTS), len(TEXTS))


def test_prompts(splade_folder):
    model = SparseEncoder(splade_folder, device="cpu", prompts={"query": "query: "}, default_prompt_name="query")
    expected = model.encode(["query: a cat"], prompt="").to_dense()

    for found in (
        model.encode_query(["a cat"]),
        model.encode(["a cat"]),
        model.encode(["a cat"], prompt_name="query"),
        model.encode(["a cat"], prompt="query: "),
    ):
        torch.testing.assert_close(found.to_dense(), expected)
    with pytest.raises(InputError, match="prompt_name"):
        model.encode(["a cat"], prompt_name="quarry")


def test_chunks_of_the_pooling(splade):
    expected = splade.encode(TEXTS).to_dense()

    splade.splade_pooling_chunk_size = 2

    assert splade.splade_pooling_chunk_size == splade[1].chunk_size == 2
    torch.testing.assert_close(splade.encode(TEXTS).to_dense(), expected, atol=1e-6, rtol=1e-5)
    with pytest.raises(InputError, match="chunk_size"):
        splade.splade_pooling_chunk_size = 0


def test_long_texts_are_cut_and_told(splade, caplog):
    splade.max_seq_length = 5

    splade.encode(["a cat", "a cat sat on the mat"])

    assert "1 of 2 inputs" in caplog.text
    with pytest.raises(TruncationError, match="input 1"):
        splade.encode(["a cat", "a cat sat on the mat"], truncation="error")


def test_similarity_by_name(splade):
    embeddings = splade.encode(TEXTS)
    dense = embeddings.to_dense()

    assert splade.similarity_fn_name == "dot"
    torch.testing.assert_close(splade.similarity(embeddings, embeddings), dense @ dense.T)
    splade.similarity_fn_name = likewise.SimilarityFunction.COSINE
    torch.testing.assert_close(splade.similarity(embeddings, dense), util.cos_sim(dense, dense))
    torch.testing.assert_close(splade.similarity_pairwise(embeddings, embeddings), torch.ones(len(TEXTS)))
    with pytest.raises(InputError, match="cosine"):
        splade.similarity_fn_name = "cosinus"


def test_search_takes_sparse_embeddings(splade):
    embeddings, queries = splade.encode(TEXTS), splade.encode(TEXTS[:2])
    dense = embeddings.to_dense()

    for score in (util.dot_score, util.cos_sim):
        found = util.semantic_search(queries, embeddings, top_k=3, score_function=score)
        expected = util.semantic_search(dense[:2], dense, top_k=3, score_function=score)
        assert [[hit["corpus_id"] for hit in row] for row in found] == [
            [hit["corpus_id"] for hit in row] for row in expected
        ]


def test_a_pool_gives_the_same(splade):
    expected = splade.encode(TEXTS)

    with splade.start_multi_process_pool(["cpu"]) as pool:
        found = splade.encode(TEXTS, pool=pool, chunk_size=2)
        single = splade.encode(TEXTS[0], pool=pool)
        dense = splade.encode(TEXTS, pool=pool, convert_to_sparse_tensor=False, max_active_dims=2)

    torch.testing.assert_close(found.to_dense(), expected.to_dense(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(single.to_dense(), expected[0].to_dense(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(dense, util.select_max_active_dims(expected, 2).to_dense(), atol=1e-6, rtol=1e-5)


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that an operator makes."""

    def __init__(self):
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and not result._is_view():
            self.numel = max(self.numel, result.numel())
        return result


@pytest.mark.parametrize("strategy", ["max", "sum"])
def test_logits_of_a_batch_are_never_all_in_memory(toy_masked_lm_folder, tmp_path, strategy):
    vocabulary = 20_000
    model = SparseEncoder(toy_masked_lm_folder(tmp_path / "model", vocab_size=vocabulary), device="cpu")
    model[1].pooling_strategy = strategy
    texts = [
        f"hello world {at} the dog sat on a mat and ran over the red fox and the blue one {at}" for at in range(60)
    ]
    tokens = int(model.tokenize(texts)["attention_mask"].sum())
    model.encode(texts[:1])  # packs weights once

    with Largest() as largest:
        embeddings = model.encode(texts, batch_size=64)

    assert embeddings.shape == (60, vocabulary)
    # A tile, or the result: the random model leaves few entries at 0, and each of the others has two indices.
    assert largest.numel <= max(2 * 60 * vocabulary, TILE_TOKENS * TILE_COLUMNS) < tokens * vocabulary / 5


def test_describe(any_kind):
    text = str(any_kind.describe())

    assert f"{any_kind.get_embedding_dimension()} numbers" in text
    assert "packed: no padding" in text
    assert "dot" in text


def test_bfloat16_gives_float32_near_by(splade):
    expected = splade.encode(TEXTS).to_dense()

    found = splade.bfloat16().encode(TEXTS)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found.to_dense(), expected, atol=0.1, rtol=0.1)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_active_dims": 0}, InputError),
        ({"max_active_dims": "3"}, InputTypeError),
        ({"batch_size": 0}, InputError),
        ({"truncation": "maybe"}, InputError),
        ({"no_such_argument": 1}, InputError),
        ({"prompt": 3}, InputError),
        ({"inputs": ["b"]}, InputError),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_arguments(splade, options, error):
    with pytest.raises(error, match=next(iter(options))):
        splade.encode(["a"], **options)


@pytest.mark.parametrize("texts", [[1], ["a", None], 3, ["a\ud800"]])
def test_bad_inputs(splade, texts):
    with pytest.raises(InputError):
        splade.encode(texts)


def test_small_members(splade, tmp_path):
    assert splade.is_singular_input("a")
    assert not splade.is_singular_input(["a"])
    assert splade._text_length(["ab", "c"]) == 3
    assert splade.tokenizer is splade[0].tokenizer
    assert splade.evaluate(lambda model, path: (model, path), str(tmp_path / "out")) == (splade, str(tmp_path / "out"))
    assert (tmp_path / "out").is_dir()
    assert likewise.sparse_encoder.SparseEncoder is SparseEncoder
    assert likewise.sparse_encoder.models.SpladePooling is SpladePooling
    with pytest.raises(ConfigError, match="backend"):
        SparseEncoder(backend="onnx")
    with pytest.raises(ShapeError, match="one embedding"):
        splade.intersection(torch.ones(2, 3), torch.ones(2, 3))
