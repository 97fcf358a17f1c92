import numpy as np
import pytest

from likewise.errors import InputError
from likewise.evaluation import NanoBEIREvaluator


@pytest.fixture
def model(table_model):
    rng = np.random.default_rng(0)
    texts = [
        f"{name} {kind} {n}" for name in ("NanoNQ", "NanoFEVER") for kind in ("query", "document") for n in range(9)
    ]
    return table_model({text: rng.standard_normal(5) for text in texts})


@pytest.fixture
def folder(nano_folder):
    return str(nano_folder(["NanoNQ", "NanoFEVER"]))


def test_metrics_of_each_set_and_their_mean(model, folder):
    evaluator = NanoBEIREvaluator(["nq", "fever"], folder)

    found = evaluator(model)

    for metric in ("cosine_ndcg@10", "cosine_recall@3", "cosine_map@100"):
        both = [found[f"NanoNQ_{metric}"], found[f"NanoFEVER_{metric}"]]
        assert found[f"NanoBEIR_mean_{metric}"] == pytest.approx(np.mean(both))
    assert list(found)[-1] == "NanoBEIR_mean_cosine_map@100"
    assert evaluator.primary_metric == "NanoBEIR_mean_cosine_ndcg@10"
    assert str(evaluator.describe()).startswith("Nano BEIR on NanoBEIR_mean: 2 sets, 12 queries, 18 documents")


def test_files_have_the_documented_names(model, folder, tmp_path):
    NanoBEIREvaluator(["nq", "fever"], folder)(model, str(tmp_path), 1, 2)

    assert sorted(path.name for path in tmp_path.glob("*.csv")) == [
        "Information-Retrieval_evaluation_NanoFEVER_results.csv",
        "Information-Retrieval_evaluation_NanoNQ_results.csv",
        "NanoBEIR_evaluation_mean_results.csv",
    ]


def test_the_width_is_part_of_the_names(model, folder):
    found = NanoBEIREvaluator(["nq"], folder, truncate_dim=2)(model)

    assert "NanoNQ_2_cosine_ndcg@10" in found
    assert "NanoBEIR_mean_2_cosine_ndcg@10" in found


def test_another_aggregate(model, folder):
    found = NanoBEIREvaluator(["nq", "fever"], folder, aggregate_fn=max, aggregate_key="best")(model)

    assert found["NanoBEIR_best_cosine_mrr@10"] == max(found["NanoNQ_cosine_mrr@10"], found["NanoFEVER_cosine_mrr@10"])


@pytest.mark.parametrize("prompts", ["p: ", {"nq": "p: ", "NanoFEVER": "p: "}])
def test_prompts_for_all_sets_or_for_each(model, folder, prompts):
    NanoBEIREvaluator(["nq", "fever"], folder, query_prompts=prompts)(model)

    assert [kwargs.get("prompt") for _, _, kwargs in model.calls] == ["p: ", None] * 2


def test_a_set_without_its_prompt_is_refused(folder):
    with pytest.raises(InputError, match=r"corpus_prompts has none for \['fever'\]"):
        NanoBEIREvaluator(["nq", "fever"], folder, corpus_prompts={"nq": ""})


def test_unknown_and_empty_names_are_refused_before_anything_is_loaded():
    with pytest.raises(InputError, match="no NanoBEIR set 'nqq'"):
        NanoBEIREvaluator(["nqq"], "nowhere/at all")
    with pytest.raises(InputError, match="dataset_names is empty"):
        NanoBEIREvaluator([], "nowhere/at all")


def test_intervals_of_all_sets_draw_queries_within_each(model, folder):
    evaluator = NanoBEIREvaluator(["nq", "fever"], folder, aggregate_fn=max, aggregate_key="best")

    found = evaluator.confidence_intervals(model, resamples=60, seed=3)

    columns = [part.metric_samples(model)["cosine_mrr@10"].columns[0] for part in evaluator.evaluators]
    generator = np.random.default_rng(3)
    picks = [generator.integers(0, 6, (60, 6)) for _ in columns]
    drawn = [max(a[p].mean(), b[q].mean()) for a, b, p, q in zip(*[[c] * 60 for c in columns], *picks, strict=True)]
    interval = found["NanoBEIR_best_cosine_mrr@10"]
    assert interval.value == max(column.mean() for column in columns)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))
    assert found["NanoNQ_cosine_mrr@10"].value == columns[0].mean()


def test_the_description_has_each_set_as_a_part(model, folder):
    evaluator = NanoBEIREvaluator(["nq", "fever"], folder)

    told = evaluator.describe()

    assert [part.name for part in told.parts] == ["NanoNQ", "NanoFEVER"]
    assert "similarity: the model's own" in str(told)
