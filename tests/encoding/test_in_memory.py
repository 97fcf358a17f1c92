import numpy as np
import pytest

from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.pipeline import Pipeline


def embedded(pipeline: Pipeline, texts, task=None):
    prepared = pipeline.prepare(texts, prompt="", task=task)
    return pipeline.forward(pipeline.collate(prepared, range(len(texts))))["sentence_embedding"].numpy()


def test_packed_and_padded_batches_give_the_same():
    texts = ["a b c", "", "d"]
    np.testing.assert_allclose(
        embedded(HashPipeline(packed=True), texts), embedded(HashPipeline(packed=False), texts), atol=1e-7
    )


def test_other_words_give_other_embeddings_and_their_order_does_not_matter():
    rows = embedded(HashPipeline(), ["a b", "b a", "a c"])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-7)
    assert np.abs(rows[0] - rows[2]).max() > 0.01


def test_words_beyond_the_maximum_are_cut_and_noted():
    prepared = HashPipeline(max_length=2).prepare(["a b c", "a b"], prompt="", task=None)
    assert prepared.truncated.tolist() == [True, False]
    assert prepared.sizes.tolist() == [2, 2]


@pytest.mark.parametrize(("value", "accepted"), [("a", True), (("a", "b"), True), (("a",), False), (3, False)])
def test_texts_and_pairs_are_accepted(value, accepted):
    assert HashPipeline().accepts(value) is accepted
