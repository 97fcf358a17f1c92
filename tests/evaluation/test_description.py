from likewise.evaluation.description import MODELS_OWN, EvaluatorDescription


def test_everything_that_is_known_is_said():
    part = EvaluatorDescription(task="Triplet", sizes={"triplets": 1200})

    told = EvaluatorDescription(
        task="Semantic Similarity",
        name="dev",
        sizes={"pairs": 1487},
        similarity=["cosine", "dot"],
        metrics=["dev_pearson_cosine", "dev_spearman_cosine"],
        primary_metric="dev_spearman_cosine",
        greater_is_better=False,
        csv_file="results.csv",
        settings={"truncate_dim": 64, "precision": "int8"},
        parts=[part],
    )

    assert str(told).splitlines() == [
        "Semantic Similarity on dev: 1,487 pairs",
        "similarity: cosine, dot",
        "metrics: dev_pearson_cosine, dev_spearman_cosine",
        "primary metric: dev_spearman_cosine, less is better",
        "file: results.csv",
        "settings: truncate_dim=64, precision='int8'",
        "  Triplet: 1,200 triplets",
        "  primary metric: as the model's similarity function says, more is better",
    ]


def test_of_many_metrics_the_first_are_shown():
    told = EvaluatorDescription(task="A", metrics=[f"m{number}" for number in range(18)])

    assert "metrics: m0, m1, m2, m3, m4, m5, m6, m7, and others, 18 in all\n" in str(told)


def test_what_is_not_known_is_left_out():
    assert str(EvaluatorDescription(task="A", primary_metric="b")) == "A\nprimary metric: b, more is better"
    assert "similarity: the model's own" in str(EvaluatorDescription(task="A", similarity=[MODELS_OWN]))
