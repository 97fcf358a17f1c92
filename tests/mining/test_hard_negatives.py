import inspect
import logging
import random

import numpy as np
import pytest

from likewise import SentenceTransformer, util
from likewise.errors import ConfigError, InputError
from likewise.mining import mine_hard_negatives

ROWS = [("q 0", "d 5"), ("q 90", "d 80"), ("q 0", "d 30"), ("q 180", "d 200")]
CORPUS = [f"c {angle}" for angle in (1, 2, 3, 10, 40, 85, 99, 120, 190)]


def mine(data, model, rows=ROWS, corpus=CORPUS, **arguments):
    return mine_hard_negatives(data(*rows), model, corpus=corpus, **{"verbose": False, **arguments})


def triplets(dataset):
    return [tuple(row.values()) for row in dataset]


def test_the_nearest_that_are_no_positives_are_negatives(data, model):
    found = mine(data, model, num_negatives=2)

    assert found.column_names == ["anchor", "positive", "negative"]
    assert triplets(found) == [
        ("q 0", "d 5", "c 1"),
        ("q 0", "d 5", "c 2"),
        ("q 0", "d 30", "c 1"),
        ("q 0", "d 30", "c 2"),
        ("q 90", "d 80", "c 85"),
        ("q 90", "d 80", "c 99"),
        ("q 180", "d 200", "c 190"),
        ("q 180", "d 200", "c 120"),
    ]


def test_without_a_corpus_the_positives_of_others_are_negatives(data, model):
    found = mine(data, model, corpus=None, num_negatives=1)

    assert [row[2] for row in triplets(found)] == ["d 80", "d 80", "d 30", "d 80"]


def test_no_negative_scores_above_the_lowest_positive_less_the_margin(data, model):
    found = mine(data, model, absolute_margin=0.05, output_format="labeled-list")

    assert found[0]["positive"] == ["d 5", "c 40", "d 80", "c 85"]
    assert found[0] != found[1]
    assert found[1]["positive"][1:] == found[0]["positive"][1:]


def test_ranks_are_counted_among_what_the_rules_leave(data, model):
    found = mine(data, model, rows=ROWS[:1], max_score=0.999, range_min=1, num_negatives=2)

    assert [row[2] for row in triplets(found)] == ["c 10", "c 40"]


def test_range_max_limits_what_is_looked_at(data, model):
    found = mine(data, model, rows=ROWS[:1], max_score=0.999, range_max=4, num_negatives=3)

    assert [row[2] for row in triplets(found)] == ["c 3", "c 10"]


def test_a_cross_encoder_scores_and_ranks_anew(data, model, far_is_good):
    found = mine(
        data, model, rows=ROWS[:1], cross_encoder=far_is_good, range_max=6, num_negatives=2, output_scores=True
    )

    assert [row[2] for row in triplets(found)] == ["c 85", "c 40"]
    np.testing.assert_allclose(found["scores"][0], [5 / 180, 85 / 180], rtol=1e-6)


def test_positives_may_stay_candidates(data, model):
    found = mine(data, model, num_negatives=2, include_positives=True)

    assert found.column_names == ["anchor", "positive", "negative_1", "negative_2"]
    assert triplets(found)[-1] == ("q 180", "d 200", "c 190", "d 200")


def test_random_sampling_follows_its_seed(data, model):
    arguments = {"sampling_strategy": "random", "range_max": 8, "num_negatives": 3}

    assert mine(data, model, seed=1, **arguments)[:] == mine(data, model, seed=1, **arguments)[:]
    random.seed(5)
    first = mine(data, model, **arguments)[:]
    random.seed(5)
    assert mine(data, model, **arguments)[:] == first
    assert len({str(mine(data, model, seed=seed, **arguments)[:]) for seed in range(8)}) > 1


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"as_triplets": True}, {"output_format": "triplet"}),
        ({"as_triplets": False}, {"output_format": "n-tuple"}),
        ({"margin": 0.1}, {"absolute_margin": 0.1}),
        ({"output_format": "n-tuple-scores"}, {"output_format": "n-tuple", "output_scores": True}),
    ],
)
def test_older_arguments_still_work(data, model, older, newer):
    assert mine(data, model, **older)[:] == mine(data, model, **newer)[:]


def test_the_similarity_of_the_model_decides(data, model):
    model.similarity_fn_name = "euclidean"

    found = mine(data, model, rows=ROWS[:1], num_negatives=1, output_scores=True)

    chord = 2 * np.sin(np.deg2rad([5, 1]) / 2)
    np.testing.assert_allclose(found[0]["scores"], -chord, rtol=1e-5)
    with pytest.raises(ConfigError, match="use_faiss=True with a model that compares by 'euclidean'"):
        mine(data, model, use_faiss=True)


def test_a_report_is_written_on_request(data, model, capsys):
    mine(data, model, num_negatives=1)
    assert capsys.readouterr().out == ""

    mine(data, model, num_negatives=1, max_score=0.99, verbose=True)
    out = capsys.readouterr().out
    assert "Mined 3 negatives for 3 anchors with 4 positives" in out
    assert "Turned down by max_score" in out


def test_what_is_missing_is_said_without_a_report(data, model, caplog):
    with caplog.at_level(logging.WARNING, "likewise.mining"):
        mine(data, model, corpus=[*CORPUS, "q 90"], output_format="n-tuple", min_score=0.9)

    assert "1 of 3 anchors have fewer than 3 negatives" in caplog.text
    assert "1 anchors have their own text as a negative" in caplog.text


def test_one_pair_alone_has_no_negatives(data, model):
    found = mine(data, model, rows=ROWS[:1], corpus=None)

    assert len(found) == 0
    assert found.column_names == ["anchor", "positive", "negative"]


def test_equal_embeddings_do_not_pass_a_margin_above_zero(data, model_class):
    model = model_class({"same as d 5": [np.cos(np.deg2rad(5)), np.sin(np.deg2rad(5))]})
    corpus = ["same as d 5", "c 70"]

    assert len(mine(data, model, ROWS[:1], corpus, absolute_margin=0.0)) == 2
    assert len(mine(data, model, ROWS[:1], corpus, absolute_margin=1e-4)) == 1


def test_half_precision_gives_the_negatives_of_the_rounded_numbers(data, model, model_class):
    class Half(model_class):
        def encode(self, *arguments):
            return super().encode(*arguments).astype(np.float16)

    assert mine(data, Half(), num_negatives=1)[:] == mine(data, model, num_negatives=1)[:]


def test_a_cache_spares_the_second_run_the_encoding(data, tmp_path, monkeypatch):
    model = SentenceTransformer("likewise-mini", device="cpu")
    rows = [("What barks?", "A dog."), ("What falls?", "Rain.")]
    first = mine(data, model, rows, None, cache_folder=tmp_path)
    monkeypatch.setattr(SentenceTransformer, "encode", None)

    assert mine(data, model, rows, None, cache_folder=tmp_path)[:] == first[:]


def test_bad_input_is_refused_before_anything_is_encoded(data, model):
    for arguments, error, message in (
        ({"output_format": "pairs"}, InputError, "output_format='pairs'"),
        ({"sampling_strategy": "best"}, InputError, "sampling_strategy='best'"),
        ({"num_negatives": 0}, InputError, "num_negatives=0"),
        ({"anchor_column_name": "query"}, ConfigError, "no column 'query'"),
        ({"margin": 0.1, "absolute_margin": 0.2}, ConfigError, "margin=0.1 and absolute_margin=0.2"),
        ({"as_triplets": True, "output_format": "labeled-pair"}, ConfigError, "as_triplets=True"),
        ({"faiss_batch_size": 0}, InputError, "faiss_batch_size=0"),
    ):
        with pytest.raises(error, match=message):
            mine(data, model, **arguments)

    assert model.calls == []


def test_nan_is_refused(data, model_class):
    with pytest.raises(InputError, match="embeddings of passages, row 1, holds NaN"):
        mine(data, model_class({"c 2": [np.nan, 0]}))


def test_it_is_a_name_of_util():
    assert util.mine_hard_negatives is mine_hard_negatives
    assert list(inspect.signature(mine_hard_negatives).parameters)[:4] == [
        "dataset",
        "model",
        "anchor_column_name",
        "positive_column_name",
    ]
