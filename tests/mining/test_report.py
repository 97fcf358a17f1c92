import logging

import numpy as np
import pytest

from likewise.mining.mined import Mined
from likewise.mining.pairs import read_pairs
from likewise.mining.report import log_what_is_wrong, report, what_is_wrong


def mined(data, negatives, scores):
    return Mined(
        pairs=read_pairs(data(("q1", "d1"), ("q2", "d2")), (None, None), ["c"]),
        positive_scores=np.float32([0.75, 0.25]),
        negative_ids=np.array(negatives),
        negative_scores=np.float32(scores),
        turned_down={"max_score": 4},
    )


def test_it_says_what_was_found_and_what_was_not(data):
    text = report(mined(data, [[0, 2], [0, -1]], [[0.5, 0.25], [0.125, -np.inf]]), wanted=2)

    lines = [line.split() for line in text.splitlines()]
    assert text.startswith("Mined 3 negatives for 2 anchors with 2 positives, among 3 passages.")
    assert lines[1] == ["scores", "positives", "negatives", "difference"]
    assert lines[2] == ["count", "2", "3", "3"]
    assert lines[3] == ["mean", "0.5000", "0.2917", "0.2917"]
    assert ["min", "0.2500", "0.1250", "0.1250"] in lines
    assert "Turned down by max_score: 4 candidates." in text
    assert "1 of 2 anchors have fewer than 2 negatives" in text


@pytest.mark.filterwarnings("error")
def test_it_works_without_negatives(data):
    text = report(mined(data, [[-1], [-1]], [[-np.inf], [-np.inf]]), wanted=1)

    assert text.splitlines()[3].split() == ["mean", "0.5000", "-", "-"]


def test_nothing_is_wrong_where_nothing_is(data):
    assert what_is_wrong(mined(data, [[0], [0]], [[0.5], [0.5]]), wanted=1) == []


def test_what_is_wrong_is_logged(data, caplog):
    with caplog.at_level(logging.INFO, "likewise.mining"):
        log_what_is_wrong(mined(data, [[0], [-1]], [[0.5], [-np.inf]]), 1, logging.INFO)

    assert [(record.levelname, record.message[:17]) for record in caplog.records] == [("INFO", "1 of 2 anchors ha")]
