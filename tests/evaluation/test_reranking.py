import numpy as np
import pytest
import torch

from likewise.errors import InputError, InputTypeError
from likewise.evaluation import RerankingEvaluator

SAMPLES = [
    {"query": "zero", "positive": ["at 30"], "negative": ["at 0", "at 45"]},
    {"query": "forty", "positive": ["at 45", "at 90"], "negative": ["at 30"]},
]


@pytest.fixture
def model(table_model, degrees):
    texts = ["zero", "forty", "at 0", "at 30", "at 45", "at 90"]
    return table_model(dict(zip(texts, degrees(0, 40, 0, 30, 45, 90), strict=True)))


def test_metrics_are_those_worked_out_by_hand(model):
    """Rankings: zero -> at 0, at 30 (relevant), at 45; forty -> at 45 (relevant), at 30, at 90 (relevant)."""
    found = RerankingEvaluator(SAMPLES, at_k=2)(model)

    half = 1 / np.log2(3)
    assert found == pytest.approx(
        {"map": (1 / 2 + (1 + 2 / 3) / 2) / 2, "mrr@2": 3 / 4, "ndcg@2": (half + 1 / (1 + half)) / 2}
    )


def test_one_by_one_gives_the_same_and_encodes_each_sample_by_itself(model):
    together = RerankingEvaluator(SAMPLES)(model)
    assert [(task, len(texts)) for task, texts, _ in model.calls] == [("query", 2), ("document", 6)]
    model.calls.clear()

    assert RerankingEvaluator(SAMPLES, use_batched_encoding=False)(model) == together
    assert [(task, len(texts)) for task, texts, _ in model.calls] == [("query", 1), ("document", 3)] * 2


def test_the_file_has_the_documented_name_and_columns(model, tmp_path):
    evaluator = RerankingEvaluator(SAMPLES, at_k=3, name="dev")

    found = evaluator(model, str(tmp_path), epoch=1, steps=2)

    lines = (tmp_path / "RerankingEvaluator_dev_results_@3.csv").read_text().splitlines()
    assert lines[0] == "epoch,steps,MAP,MRR@3,NDCG@3"
    assert lines[1].split(",")[:3] == ["1", "2", str(found["dev_map"])]
    assert evaluator.primary_metric == "dev_ndcg@3"
    assert evaluator.get_config_dict() == {"at_k": 3}


def test_the_order_of_candidates_does_not_matter_even_where_scores_are_equal(table_model):
    model = table_model({"q": [1, 0], "a": [1, 0], "b": [1, 0], "c": [1, 0]})

    first = RerankingEvaluator([{"query": "q", "positive": ["a"], "documents": ["a", "b", "c"]}])(model)
    last = RerankingEvaluator([{"query": "q", "positive": ["a"], "documents": ["c", "b", "a"]}])(model)

    assert first == last
    assert first["mrr@10"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_positives_that_the_first_stage_missed_lower_what_can_be_reached(model):
    sample = {"query": "zero", "positive": ["at 0", "lost"], "documents": ["at 0", "at 30"]}

    found = RerankingEvaluator([sample])(model)

    assert found["map"] == 0.5
    assert found["ndcg@10"] == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_a_function_of_the_callers_scores(model):
    sample = {"query": "zero", "positive": ["at 0"], "negative": ["at 30", "at 45"]}

    def opposite(a, b):
        return -(torch.as_tensor(a) @ torch.as_tensor(b).T)

    assert RerankingEvaluator([sample])(model)["mrr@10"] == 1.0
    assert RerankingEvaluator([sample], similarity_fct=opposite)(model)["mrr@10"] == pytest.approx(1 / 3)


def test_the_older_name_of_the_rank_warns():
    with pytest.warns(FutureWarning, match="say at_k"):
        assert RerankingEvaluator(SAMPLES, mrr_at_k=4).primary_metric == "ndcg@4"


def test_confidence_intervals_are_over_queries(model):
    interval = RerankingEvaluator(SAMPLES).confidence_intervals(model)["mrr@10"]

    assert (interval.low, interval.value, interval.high) == (0.5, 0.75, 1.0)


def test_bad_arguments_are_refused(model):
    with pytest.raises(InputError, match="k=0"):
        RerankingEvaluator(SAMPLES, at_k=0)
    with pytest.raises(InputTypeError, match="similarity_fct='cosine'"):
        RerankingEvaluator(SAMPLES, similarity_fct="cosine")
    with pytest.raises(InputError, match="in row 0"):
        RerankingEvaluator(SAMPLES, similarity_fct=lambda a, b: np.full((1, len(b)), np.nan))(model)
