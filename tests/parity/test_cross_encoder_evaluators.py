"""Evaluators of cross-encoders: the peer's numbers on the same scores."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.cross_encoder import evaluation

pytestmark = pytest.mark.parity
peer = pytest.importorskip("sentence_transformers.cross_encoder.evaluation", reason="extra parity")

N = 60
PAIRS = [["q", str(at)] for at in range(N)]


class Scorer:
    """Scores the pair (query, text) with the row of a table that the text names."""

    model_card_data = property(lambda self: self)

    def __init__(self, outputs=1, seed=0):
        table = np.random.default_rng(seed).normal(size=(N, outputs))
        self.table = table[:, 0] if outputs == 1 else table
        self.num_labels = outputs
        self.config = self

    def set_evaluation_metrics(self, *args, **kwargs):
        pass

    def predict(self, pairs, **options):
        return self.table[[int(text) for _, text in pairs]]


def labels(classes):
    return np.random.default_rng(1).integers(0, classes, N).tolist()


@pytest.mark.parametrize(("outputs", "classes"), [(1, 2), (2, 2), (4, 4), (5, 3)])
def test_classification(outputs, classes):
    name = "CrossEncoderClassificationEvaluator"
    wanted = getattr(peer, name)(PAIRS, labels(classes), name="dev")
    ours = getattr(evaluation, name)(PAIRS, labels(classes), name="dev")
    assert ours(Scorer(outputs)) == pytest.approx(wanted(Scorer(outputs)))
    assert ours.primary_metric == wanted.primary_metric
    assert ours.csv_file == wanted.csv_file


def test_correlation():
    gold = np.random.default_rng(2).normal(size=N).tolist()
    wanted = peer.CrossEncoderCorrelationEvaluator(PAIRS, gold)
    ours = evaluation.CrossEncoderCorrelationEvaluator(PAIRS, gold)
    assert ours(Scorer()) == pytest.approx(wanted(Scorer()))
    assert (ours.primary_metric, ours.csv_file) == (wanted.primary_metric, wanted.csv_file)


def samples(kind, seed=0):
    generator = np.random.default_rng(seed)
    made = []
    for query in range(8):
        texts = [str(text) for text in generator.permutation(N)[:12]]
        positives = 1 + query % 3
        other = {"negative": texts[positives:]}
        if kind != "negative":
            found = texts if kind == "all found" else texts[1:]
            other = {"documents": [str(text) for text in generator.permutation(found)]}
        made.append({"query": f"q{query}", "positive": texts[:positives], **other})
    return made


@pytest.mark.parametrize("kind", ["negative", "all found"])
@pytest.mark.parametrize("at_k", [1, 3, 10])
@pytest.mark.parametrize("always", [True, False])
def test_reranking(kind, at_k, always):
    if kind == "negative" and not always:
        pytest.skip("negatives are always ranked with positives")
    settings = {"at_k": at_k, "always_rerank_positives": always, "name": "dev"}
    wanted = peer.CrossEncoderRerankingEvaluator(samples(kind), **settings)
    ours = evaluation.CrossEncoderRerankingEvaluator(samples(kind), **settings)
    assert ours(Scorer()) == pytest.approx(wanted(Scorer()))
    assert (ours.primary_metric, ours.csv_file) == (wanted.primary_metric, wanted.csv_file)


def test_reranking_where_positives_were_not_found():
    """All but MAP of the first stage, see below."""
    wanted = peer.CrossEncoderRerankingEvaluator(samples("some found"))(Scorer())
    ours = evaluation.CrossEncoderRerankingEvaluator(samples("some found"))(Scorer())
    del wanted["base_map"], ours["base_map"]
    assert ours == pytest.approx(wanted)


class TestWhereThePeerIsWrong:
    # Two relevant documents, of which the first stage found one, in the first place.
    SAMPLE = ({"query": "q", "positive": ["0", "1"], "documents": ["0", "2"]},)

    class Keeps(Scorer):
        def predict(self, pairs, **options):
            return np.array([-float(text) for _, text in pairs])

    def test_a_document_that_the_first_stage_never_found_has_no_rank_in_it(self):
        """Precision is 1 at the first relevant document and 0 at the one that is never found: the mean is 1 / 2.

        The peer puts it behind the last document, in the third place; unless none was found, then nowhere.
        """
        wanted = peer.CrossEncoderRerankingEvaluator(list(self.SAMPLE))(self.Keeps())
        ours = evaluation.CrossEncoderRerankingEvaluator(list(self.SAMPLE))(self.Keeps())
        assert wanted["base_map"] == pytest.approx((1 + 2 / 3) / 2)
        assert ours["base_map"] == 0.5
        none = [{"query": "q", "positive": ["0"], "documents": ["1", "2"]}]
        assert peer.CrossEncoderRerankingEvaluator(none)(self.Keeps())["base_map"] == 0.0

    def test_re_ranking_into_the_same_order_changes_no_metric(self):
        settings = {"always_rerank_positives": False}
        wanted = peer.CrossEncoderRerankingEvaluator(list(self.SAMPLE), **settings)(self.Keeps())
        ours = evaluation.CrossEncoderRerankingEvaluator(list(self.SAMPLE), **settings)(self.Keeps())
        assert wanted["ndcg@10"] > wanted["base_ndcg@10"] + 0.05
        for name in ("map", "mrr@10", "ndcg@10"):
            assert ours[name] == pytest.approx(ours[f"base_{name}"])
