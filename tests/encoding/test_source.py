"""A source in pieces: nothing lost, nothing doubled, the same pieces and checksums after a resume."""

import itertools

import pytest

from likewise.encoding import source as module
from likewise.encoding.source import Source
from likewise.errors import InputError, InputTypeError

TEXTS = [f"text {at}" for at in range(23)]


def accepts(value):
    return isinstance(value, str | list | tuple | dict)


def pieces(given, rows, skipped=()):
    source = Source(iter(given), accepts)
    for checksum in skipped:
        source.skip(rows, checksum)
    return list(source.pieces(rows))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(module, "PIECE_ROWS", 3)
    monkeypatch.setattr(module, "PIECE_CHARACTERS", 50)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 8, 23, 100])
def test_pieces_hold_every_text_once_and_end_with_shards(rows):
    found = pieces(TEXTS, rows)

    assert list(itertools.chain.from_iterable(piece.values for piece in found)) == TEXTS
    assert [piece.start for piece in found] == [
        sum(len(before.values) for before in found[:at]) for at in range(len(found))
    ]
    ends = [piece.start + len(piece.values) for piece in found if piece.shard_checksum is not None]
    assert ends == [*range(rows, 23, rows), 23]
    assert all(1 <= len(piece.values) <= 3 for piece in found)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("done", [0, 1, 2])
def test_pieces_after_skipped_shards_are_those_of_the_whole(done):
    whole = pieces(TEXTS, 8)
    checksums = [piece.shard_checksum for piece in whole if piece.shard_checksum is not None]

    assert pieces(TEXTS, 8, checksums[:done]) == [piece for piece in whole if piece.start >= 8 * done]


@pytest.mark.usefixtures("small_pieces")
def test_long_texts_make_smaller_pieces():
    assert [len(piece.values) for piece in pieces(["a" * 60, "b" * 49, "c", "d", "e"], 100)] == [1, 2, 2]


@pytest.mark.parametrize("count", [0, 8, 16])
def test_an_end_at_a_border_makes_no_empty_piece(count):
    assert [len(piece.values) for piece in pieces(TEXTS[:count], 8)] == [8] * (count // 8)


@pytest.mark.usefixtures("small_pieces")
def test_no_more_is_read_than_is_needed():
    read = []

    def reading():
        for text in TEXTS:
            read.append(text)
            yield text

    source = Source(reading(), accepts).pieces(4)
    counts = [(next(source).start, len(read)) for _ in range(3)]

    assert counts == [(0, 4), (3, 4), (4, 8)]


def test_an_error_of_the_source_comes_out_after_the_pieces_before_it():
    def breaking():
        yield from TEXTS[:8]
        raise OSError("the network is gone")

    found = Source(breaking(), accepts).pieces(8)

    assert next(found).values == TEXTS[:8]
    with pytest.raises(OSError, match="the network is gone"):
        next(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["a", "b"], ["b", "a"]),
        (["a"], [["a"]]),
        (['"a"'], [["a"]]),
        ([("a", "b")], [("ab", "")]),
        ([{"query": "a"}], [{"document": "a"}]),
        (["a "], ["a"]),
    ],
    ids=str,
)
def test_other_texts_have_another_checksum(one, other):
    assert pieces(one, 8)[-1].shard_checksum != pieces(other, 8)[-1].shard_checksum


def test_the_checksum_knows_texts_not_the_form_that_they_came_in():
    numpy = pytest.importorskip("numpy")
    forms = [TEXTS, tuple(TEXTS), numpy.array(TEXTS), (text for text in TEXTS)]

    assert len({pieces(form, 100)[-1].shard_checksum for form in forms}) == 1
    assert pieces([("ä", "b")], 8)[-1].shard_checksum == pieces([["ä", "b"]], 8)[-1].shard_checksum


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["x", *TEXTS[1:]], "the inputs 0 to 7 of the source differ"),
        ([*TEXTS[:7], "x", *TEXTS[8:]], "the inputs 0 to 7 of the source differ"),
        ([*TEXTS[:8], "x", *TEXTS[9:]], "the inputs 8 to 15 of the source differ"),
        (TEXTS[1:], "the inputs 0 to 7 of the source differ"),
        (TEXTS[:15], "the source ends after 15 inputs; 16 were embedded before"),
        ([], "the source ends after 0 inputs; 8 were embedded before"),
    ],
)
def test_other_texts_than_those_done_are_refused(given, message):
    done = [piece.shard_checksum for piece in pieces(TEXTS, 8)]

    with pytest.raises(InputError, match=message):
        pieces(given, 8, done[:2])


def test_more_texts_than_before_are_refused():
    source = Source(TEXTS, accepts)
    source.skip(8, pieces(TEXTS, 8)[0].shard_checksum)

    with pytest.raises(InputError, match="goes on after 8 inputs"):
        source.check_end()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("text", "a str as source"),
        (b"text", "a bytes as source"),
        ({"a": "b"}, "a dict as source"),
        ({"a", "b"}, "a set as source"),
        (None, "a NoneType as source"),
        (5, "a int as source"),
    ],
)
def test_what_is_no_source_is_refused(given, message):
    with pytest.raises(InputTypeError, match=message):
        Source(given, accepts)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "input 20 is None"),
        (3.5, "input 20 is 3.5 of type float"),
        (b"x", "input 20 is b'x'"),
        ("\ud800", "input 20 holds a lone surrogate"),
        ([object()], "input 20 is a list, of which no checksum can be made"),
    ],
)
def test_an_input_that_cannot_be_used_is_named_by_its_place_in_the_source(value, message):
    with pytest.raises(InputError, match=message):
        pieces([*TEXTS[:20], value], 8)
