import numpy as np
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation.retrieval_metrics import RetrievalMetrics

NONE = {"accuracy": [], "precision_recall": [], "ndcg": [], "mrr": [], "map": []}


def ranks(**given):
    return RetrievalMetrics.of(**{**NONE, **given})


def test_names_stand_in_the_documented_order():
    metrics = ranks(accuracy=[1], precision_recall=[2, 3], ndcg=[4], mrr=[5], map=[6])

    names = list(metrics.values(np.zeros((1, 6), bool), np.array([1])))

    assert names == ["accuracy@1", "precision@2", "precision@3", "recall@2", "recall@3", "ndcg@4", "mrr@5", "map@6"]
    assert metrics.places == 6


def test_columns_of_the_file_stand_in_their_documented_order():
    metrics = ranks(accuracy=[1], precision_recall=[2, 3], ndcg=[4], mrr=[5], map=[6])
    values = {f"{name}@{k}": float(k) for name, k in metrics}

    columns = "dot-Accuracy@1 dot-Precision@2 dot-Recall@2 dot-Precision@3 dot-Recall@3 dot-MRR@5 dot-NDCG@4 dot-MAP@6"
    assert list(metrics.csv_row(values, "dot")) == columns.split()


@pytest.mark.parametrize(
    ("given", "primary"),
    [
        ({"ndcg": [3, 20, 10], "map": [100]}, "ndcg@20"),
        ({"map": [5], "mrr": [9]}, "map@5"),
        ({"accuracy": [1, 2]}, "accuracy@2"),
        ({"precision_recall": [4]}, "recall@4"),
    ],
)
def test_the_primary_metric_is_ndcg_at_its_largest_rank_or_the_next_best(given, primary):
    assert ranks(**given).primary == primary


def test_one_rank_may_be_a_number_and_repeated_ones_count_once():
    assert ranks(ndcg=10, map=[5, 5]) == ranks(ndcg=[10], map=[5])


def test_bad_ranks_are_refused():
    with pytest.raises(InputError, match="k=0"):
        ranks(ndcg=[0])
    with pytest.raises(InputTypeError, match="k='ten'"):
        ranks(ndcg=["ten"])
    with pytest.raises(InputError, match="no rank for any metric"):
        ranks()
