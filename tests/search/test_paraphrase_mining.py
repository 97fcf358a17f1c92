import numpy as np
import pytest
import torch

from likewise import SentenceTransformer, util
from likewise.errors import InputError, InputTypeError
from likewise.search import paraphrase_mining, paraphrase_mining_embeddings

ROWS = np.float32([[1, 0], [0, 1], [2, 0], [1, 1]])


def test_pairs_are_lists_of_score_and_two_rows_best_first():
    found = paraphrase_mining_embeddings(ROWS)

    assert found[0] == [1.0, 0, 2]
    assert [pair[1:] for pair in found[1:4]] == [[0, 3], [1, 3], [2, 3]]
    assert len(found) == 6
    assert [type(value) for value in found[0]] == [float, int, int]


@pytest.mark.parametrize(
    "convert",
    [np.asarray, torch.from_numpy, lambda rows: rows.tolist(), lambda rows: torch.from_numpy(rows).bfloat16()],
)
def test_embeddings_may_have_any_form(convert):
    assert paraphrase_mining_embeddings(convert(ROWS)) == paraphrase_mining_embeddings(ROWS)


def test_integers_do_not_wrap_around():
    assert paraphrase_mining_embeddings(np.int8([[100], [100]]), score_function=util.dot_score) == [[10000.0, 0, 1]]


def test_a_memory_map_is_read(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)

    assert paraphrase_mining_embeddings(np.load(tmp_path / "rows.npy", mmap_mode="r"))[0] == [1.0, 0, 2]


def test_texts_are_encoded_with_the_given_options():
    class Model:
        def encode(self, sentences, **kwargs):
            self.kwargs = kwargs
            return torch.eye(len(sentences))

    model = Model()

    paraphrase_mining(model, ["a", "b"], batch_size=7, prompt="p: ", truncate_dim=2)

    expected = {"batch_size": 7, "prompt": "p: ", "truncate_dim": 2, "convert_to_tensor": True}
    assert model.kwargs == {**expected, "show_progress_bar": False}


def test_one_text_and_none_have_no_pairs():
    model = SentenceTransformer("likewise-mini", device="cpu")

    assert paraphrase_mining(model, ["a text"]) == []
    assert paraphrase_mining(model, []) == []


def test_equal_texts_are_the_best_pair():
    model = SentenceTransformer("likewise-mini", device="cpu")

    ((score, first, second),) = util.paraphrase_mining(model, ["A dog barks.", "Rain.", "A dog barks."], max_pairs=1)

    assert (score, first, second) == (pytest.approx(1.0), 0, 2)


@pytest.mark.parametrize("name", ["top_k", "max_pairs", "query_chunk_size", "corpus_chunk_size"])
def test_bad_numbers_are_refused(name):
    with pytest.raises(InputError, match=f"{name}=0"):
        paraphrase_mining_embeddings(ROWS, **{name: 0})
    with pytest.raises(InputTypeError, match=f"{name}=None"):
        paraphrase_mining_embeddings(ROWS, **{name: None})
