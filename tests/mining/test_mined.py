import numpy as np

from likewise.mining.mined import Mined
from likewise.mining.pairs import read_pairs


def test_negatives_are_counted_and_an_anchors_own_text_is_noticed(data):
    mined = Mined(
        pairs=read_pairs(data(("q1", "d1"), ("q2", "d2")), (None, None), ["q1", "c"]),
        positive_scores=np.float32([1, 1]),
        negative_ids=np.array([[0, 1], [0, -1]]),
        negative_scores=np.zeros((2, 2), np.float32),
        turned_down={},
    )

    assert mined.counts.tolist() == [2, 1]
    assert mined.anchors_among_their_negatives == 1
