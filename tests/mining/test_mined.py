import numpy as np

from likewise.mining.mined import Mined
from likewise.mining.pairs import read_pairs


def test_a_part_holds_what_belongs_to_its_anchors(data):
    rows = [("q1", "d1"), ("q2", "d2"), ("q3", "d3"), ("q2", "d1")]
    mined = Mined(
        pairs=read_pairs(data(*rows), (None, None), ["q3"]),
        positive_scores=np.float32([1, 2, 3, 4]),
        negative_ids=np.array([[0, 1], [0, -1], [0, 2]]),
        negative_scores=np.float32([[1, 2], [3, 4], [5, 6]]),
        turned_down={},
    )

    part = mined.part(1, 9)

    assert part.pairs.anchors == ["q2", "q3"]
    assert part.pairs.anchor_ids.tolist() == [0, 0, 1]
    assert [part.pairs.passages[number] for number in part.pairs.positive_ids] == ["d2", "d1", "d3"]
    assert part.positive_scores.tolist() == [2, 3, 4]
    assert part.negative_scores.tolist() == [[3, 4], [5, 6]]
    assert part.anchors_among_their_negatives == 1


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
