"""Evaluators of re-ranking: numbers by hand, the order of a first stage, NanoBEIR from folders."""

from __future__ import annotations

import math

import pytest

from likewise.cross_encoder import evaluation
from likewise.errors import InputError, InputTypeError, ShapeError
from likewise.evaluation import nano_beir_data

SCORES = {"a": 0.1, "b": 0.9, "c": 0.5, "d": 0.2, "x": 0.3, "y": 0.35, "z": 0.05}
LABELLED = [
    {"query": "q", "positive": ["a", "b"], "negative": ["c", "d"]},
    {"query": "r", "positive": ["x"], "negative": ["y", "z"]},
]
FOUND = [
    {"query": "q", "positive": ["a", "b"], "documents": ["c", "a", "d"]},
    {"query": "r", "positive": ["x"], "documents": ["y", "z"]},
]
SECOND, THIRD = 1 / math.log2(3), 1 / 2
IDEAL = 1 + SECOND


def test_candidates_are_ranked_by_score(scorer, tmp_path):
    evaluator = evaluation.CrossEncoderRerankingEvaluator(LABELLED, at_k=3, name="dev")
    model = scorer(SCORES)
    found = evaluator(model, str(tmp_path), epoch=1, steps=5)
    # b c d a for the first query, y x z for the second.
    wanted = {"map": ((1 + 2 / 4) / 2 + 1 / 2) / 2, "mrr@3": (1 + 1 / 2) / 2, "ndcg@3": (1 / IDEAL + SECOND) / 2}
    assert found == pytest.approx({f"dev_{name}": value for name, value in wanted.items()})
    assert evaluator.primary_metric == "dev_ndcg@3"
    assert len(model.calls) == 1
    rows = (tmp_path / "CrossEncoderRerankingEvaluator_dev_results_@3.csv").read_text().splitlines()
    assert rows[0] == "epoch,steps,MAP,MRR@3,NDCG@3"
    assert [float(value) for value in rows[1].split(",")] == pytest.approx([1, 5, *wanted.values()])


def test_the_older_one_gives_mrr(scorer, tmp_path):
    found = evaluation.CERerankingEvaluator(LABELLED, at_k=1, name="dev")(scorer(SCORES), str(tmp_path))
    assert found == pytest.approx(1 / 2)
    rows = (tmp_path / "CERerankingEvaluator_dev_results_@1.csv").read_text().splitlines()
    assert rows[0] == "epoch,steps,MRR@1,NDCG@1"
    assert evaluation.CERerankingEvaluator(LABELLED)(scorer(SCORES)) == pytest.approx(3 / 4)


def test_positives_that_were_not_found_are_ranked_as_well(scorer):
    model = scorer(SCORES)
    found = evaluation.CrossEncoderRerankingEvaluator(FOUND, at_k=3)(model)
    labelled = evaluation.CrossEncoderRerankingEvaluator(LABELLED, at_k=3)(scorer(SCORES))
    assert {name: found[name] for name in labelled} == pytest.approx(labelled)
    assert sorted(text for _, text in model.calls[0][0]) == sorted(SCORES)


def test_the_order_of_the_first_stage_has_metrics_too(scorer):
    found = evaluation.CrossEncoderRerankingEvaluator(FOUND, at_k=3)(scorer(SCORES))
    # c a d: a in the second place, b never found; x never found.
    assert found["base_map"] == pytest.approx((1 / 2) / 2 / 2)
    assert found["base_mrr@3"] == pytest.approx((1 / 2) / 2)
    assert found["base_ndcg@3"] == pytest.approx(SECOND / IDEAL / 2)


def test_only_what_was_found_is_ranked_if_so_wished(scorer):
    model = scorer(SCORES)
    found = evaluation.CrossEncoderRerankingEvaluator(FOUND, at_k=3, always_rerank_positives=False)(model)
    # c d a; b and x are never found.
    assert found["map"] == pytest.approx((1 / 3) / 2 / 2)
    assert found["mrr@3"] == pytest.approx((1 / 3) / 2)
    assert found["ndcg@3"] == pytest.approx(THIRD / IDEAL / 2)
    assert [text for _, text in model.calls[0][0]] == ["c", "a", "d", "y", "z"]


def test_a_model_that_keeps_the_order_of_the_first_stage_has_its_metrics(scorer):
    model = scorer({text: -at for at, text in enumerate("cadyz")})
    found = evaluation.CrossEncoderRerankingEvaluator(FOUND, always_rerank_positives=False)(model)
    for name in ("map", "mrr@10", "ndcg@10"):
        assert found[name] == pytest.approx(found[f"base_{name}"])


def test_a_model_that_knows_nothing_gains_nothing_from_the_order_of_the_data(scorer):
    equal = scorer(dict.fromkeys(SCORES, 0.0))
    found = evaluation.CrossEncoderRerankingEvaluator(
        [{"query": "q", "positive": ["a"], "negative": ["b"]}, {"query": "q", "positive": ["b"], "negative": ["a"]}]
    )(equal)
    assert found["mrr@10"] == pytest.approx(0.75)


def test_documents_that_stand_twice_count_once(scorer):
    twice = [{"query": "q", "positive": "a", "documents": ["c", "c", "a"]}]
    found = evaluation.CrossEncoderRerankingEvaluator(twice)(scorer(SCORES))
    assert found["base_mrr@10"] == pytest.approx(1 / 2)


@pytest.mark.parametrize("name", ["CERerankingEvaluator", "CrossEncoderRerankingEvaluator"])
class TestBadSamples:
    def test_samples_without_positives_or_negatives_are_left_out(self, name, scorer, caplog):
        lacking = [{"query": "s", "positive": [], "negative": ["a"]}, {"query": "s", "positive": ["a"], "negative": []}]
        evaluator = getattr(evaluation, name)([*LABELLED, *lacking])
        assert "2 of 4 samples" in caplog.text
        assert evaluator(scorer(SCORES)) == getattr(evaluation, name)(LABELLED)(scorer(SCORES))
        with pytest.raises(InputError, match="none of 2 samples"):
            getattr(evaluation, name)(lacking)

    def test_missing_keys_and_other_forms_are_refused(self, name):
        with pytest.raises(InputError, match="positive"):
            getattr(evaluation, name)([{"query": "q", "negative": ["a"]}])
        with pytest.raises(InputTypeError, match="sample 0"):
            getattr(evaluation, name)([("q", "a", "b")])
        with pytest.raises(InputError, match="k=0"):
            getattr(evaluation, name)(LABELLED, at_k=0)

    def test_a_model_of_several_outputs_is_refused(self, name, scorer):
        with pytest.raises(ShapeError, match="2 outputs"):
            getattr(evaluation, name)(LABELLED)(scorer({text: [score, score] for text, score in SCORES.items()}))

    def test_the_older_argument_warns(self, name):
        with pytest.warns(FutureWarning, match="at_k"):
            assert getattr(evaluation, name)(LABELLED, mrr_at_k=3).at_k == 3

    def test_it_counts_its_data(self, name):
        assert getattr(evaluation, name)(LABELLED).data_sizes() == {"queries": 2, "candidates": 7}


def test_confidence_intervals_hold_the_value(scorer):
    evaluator = evaluation.CrossEncoderRerankingEvaluator(FOUND, name="dev")
    values = evaluator(scorer(SCORES))
    found = evaluator.confidence_intervals(scorer(SCORES), resamples=20)
    assert found.keys() == values.keys()
    assert all(found[name].value == pytest.approx(values[name]) for name in values)


TABLES = {
    "corpus": [{"_id": f"d{text}", "text": text} for text in SCORES],
    "queries": [{"_id": "1", "text": "q"}, {"_id": "2", "text": "r"}, {"_id": "3", "text": "nothing relevant"}],
    "qrels": [{"query-id": query, "corpus-id": f"d{text}"} for query, text in (("1", "a"), ("1", "b"), ("2", "x"))],
    "bm25": [
        {"query-id": "1", "corpus-ids": ["dc", "da", "dd", "db"]},
        {"query-id": "2", "corpus-ids": ["dy", "dz", "dx"]},
        {"query-id": "3", "corpus-ids": ["da"]},
    ],
}


@pytest.fixture
def nano(monkeypatch):
    """Stands for the data set on the hub."""
    datasets = pytest.importorskip("datasets")

    class Loader:
        def __init__(self):
            self.asked = []

        def load_dataset(self, source, configuration, split):
            self.asked.append((source, configuration, split))
            return datasets.Dataset.from_list(TABLES[configuration])

    loader = Loader()
    monkeypatch.setattr(nano_beir_data, "require", lambda name, extra: loader)
    return loader


class TestNanoBEIR:
    def test_metrics_of_each_set_and_their_mean(self, nano, scorer, tmp_path):
        evaluator = evaluation.CrossEncoderNanoBEIREvaluator(["msmarco", "NQ"], rerank_k=2, at_k=3)
        found = evaluator(scorer(SCORES), str(tmp_path))
        first_two = [
            {"query": "q", "positive": ["a", "b"], "documents": ["c", "a"]},
            {"query": "r", "positive": ["x"], "documents": ["y", "z"]},
        ]
        alone = evaluation.CrossEncoderRerankingEvaluator(first_two, at_k=3)(scorer(SCORES))
        for name in ("NanoMSMARCO_R2", "NanoNQ_R2", "NanoBEIR_R2_mean"):
            assert {metric: found[f"{name}_{metric}"] for metric in alone} == pytest.approx(alone)
        assert evaluator.primary_metric == "NanoBEIR_R2_mean_ndcg@3"
        header = (tmp_path / "NanoBEIR_evaluation_mean_results.csv").read_text().splitlines()[0]
        assert header == "epoch,steps,MAP,MRR@3,NDCG@3"
        assert (tmp_path / "CrossEncoderRerankingEvaluator_NanoNQ_R2_results_@3.csv").is_file()
        assert ("sentence-transformers/NanoBEIR-en", "bm25", "NanoNQ") in nano.asked

    def test_settings_reach_the_sets(self, nano, scorer):
        evaluator = evaluation.CrossEncoderNanoBEIREvaluator(
            ["nq"], rerank_k=2, always_rerank_positives=False, aggregate_fn=max, aggregate_key="best"
        )
        model = scorer(SCORES)
        assert evaluator(model)["NanoBEIR_R2_best_mrr@10"] == pytest.approx(1 / 4)
        assert [text for _, text in model.calls[0][0]] == ["c", "a", "y", "z"]
        assert evaluator.data_sizes() == {"sets": 1, "queries": 2, "candidates": 4}
        assert "NanoNQ_R2" in str(evaluator.describe())
        assert evaluator.get_config_dict()["rerank_k"] == 2

    def test_unknown_names_are_refused(self):
        with pytest.raises(InputError, match="nosuch"):
            evaluation.CrossEncoderNanoBEIREvaluator(["nosuch"])
        with pytest.raises(InputError, match="empty"):
            evaluation.CrossEncoderNanoBEIREvaluator([])
        with pytest.raises(InputError, match="k=0"):
            evaluation.CrossEncoderNanoBEIREvaluator(["nq"], rerank_k=0)
