"""Random rankings to check metrics on."""

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Rankings:
    """Ranked relevance (Q, K), the number of relevant documents of each query, and the same as trec_eval takes it."""

    relevant: np.ndarray
    totals: np.ndarray
    run: dict
    qrels: dict


@pytest.fixture(params=range(3))
def rankings(request) -> Rankings:
    """50 queries, 20 places: some relevant documents are not found, most documents found are not relevant."""
    rng = np.random.default_rng(request.param)
    relevant = rng.random((50, 20)) < rng.choice([0.02, 0.2, 0.7], (50, 1))
    missing = rng.integers(0, 8, 50)
    missing[relevant.sum(1) + missing == 0] = 1
    run = {f"q{q}": {f"d{place}": float(100 - place) for place in range(20)} for q in range(50)}
    qrels = {
        f"q{q}": {
            **{f"d{place}": int(relevant[q, place]) for place in range(20)},
            **{f"unseen{n}": 1 for n in range(missing[q])},
        }
        for q in range(50)
    }
    return Rankings(relevant, relevant.sum(1) + missing, run, qrels)


@pytest.fixture
def trec_eval(rankings):
    """A function from the name of a measure of trec_eval to its value for each query."""
    pytrec_eval = pytest.importorskip("pytrec_eval", reason="pytrec_eval is not installed")

    def evaluate(measure: str, at_most: int | None = None) -> list[float]:
        run = {q: dict(list(found.items())[:at_most]) for q, found in rankings.run.items()}
        result = pytrec_eval.RelevanceEvaluator(rankings.qrels, {measure}).evaluate(run)
        return [result[f"q{q}"][measure.replace(".", "_")] for q in range(50)]

    return evaluate
