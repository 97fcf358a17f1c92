import numpy as np
import pytest
import torch

from likewise.evaluation import TranslationEvaluator
from likewise.evaluation.translation import nearest_both_ways

SOURCES, TARGETS = ["one", "two", "three"], ["eins", "zwei", "drei"]


@pytest.fixture
def model(table_model, degrees):
    """one - eins 5, two - zwei 10; three is nearer to zwei (25) than to drei (35), drei nearest to three."""
    return table_model(dict(zip([*SOURCES, *TARGETS], degrees(0, 40, 75, 5, 50, 110), strict=True)))


def test_accuracies_in_both_directions(model):
    found = TranslationEvaluator(SOURCES, TARGETS)(model)

    assert found == pytest.approx({"src2trg_accuracy": 2 / 3, "trg2src_accuracy": 1.0, "mean_accuracy": 5 / 6})


def test_wrong_matches_are_printed_on_request(model, capsys):
    TranslationEvaluator(SOURCES, TARGETS)(model)
    assert capsys.readouterr().out == ""

    TranslationEvaluator(SOURCES, TARGETS, print_wrong_matches=True)(model)

    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["2: 'three'", "  its translation, 0.8192: 'drei'", "  0.9063: 'zwei'"]
    assert len(lines) == 5


def test_tiles_do_not_matter_and_the_first_of_equals_counts(monkeypatch):
    rng = np.random.default_rng(0)
    sources, targets = (torch.from_numpy(rng.integers(-1, 2, (30, 3)).astype(np.float32)) for _ in range(2))
    whole = nearest_both_ways(sources, targets)
    monkeypatch.setattr("likewise.evaluation.translation._ROWS_AT_ONCE", 7)

    tiled = nearest_both_ways(sources, targets)

    norms = [np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12) for rows in (sources, targets)]
    scores = (sources.numpy() / norms[0]) @ (targets.numpy() / norms[1]).T
    for own, others, best in ((0, scores, tiled[0]), (1, scores.T, tiled[1])):
        assert np.array_equal(best, whole[own])
        assert others[np.arange(30), best] == pytest.approx(others.max(1), abs=1e-6)
        assert (best <= (others >= others.max(1, keepdims=True) - 1e-6).argmax(1)).sum() >= 25


def test_intervals_are_over_pairs(model):
    intervals = TranslationEvaluator(SOURCES, TARGETS).confidence_intervals(model)

    assert (intervals["trg2src_accuracy"].low, intervals["trg2src_accuracy"].high) == (1.0, 1.0)
    assert intervals["mean_accuracy"].value == pytest.approx(5 / 6)
    assert intervals["mean_accuracy"].low < 5 / 6
