"""The page: complete in itself, and no text can break out of it."""

import base64
import hashlib
import html
import json
import re

import numpy as np
import pytest

from likewise.errors import ShapeError
from likewise.maps import TextMap, map_page
from likewise.maps.page import TEXT_LENGTH

NASTY = [
    "</script><script>document.title = 'broken'</script>",
    "<!-- <script>",
    "<img src=x onerror=alert(1)>",
    "quotes \" and ' and \\ and & and &lt;",
    "line\u2028separator\u2029and\nnew line",
    "$data ${title} $$",
    "]]> \u0000 \U0001f600",
]


def make(texts, **changes):
    count = len(texts)
    points = np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)
    given = {"title": "Title", "points": points, "texts": texts, "groups": [0] * count, "labels": ["one"], **changes}
    return map_page(TextMap(**given))


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_texts_come_back_as_they_are():
    page = make(NASTY, labels=["</script>"], others="<b>", places=NASTY)

    data = data_of(page)
    assert data["texts"] == NASTY
    assert data["places"] == NASTY
    assert (data["labels"], data["others"]) == (["</script>"], "<b>")


def test_no_text_adds_an_element():
    plain, nasty = make(["a"]), make(NASTY, labels=["</script><b>"], title="</title><script>", facts=["<i>"])

    assert len(re.findall(r"<[a-z!/]", nasty)) == len(re.findall(r"<[a-z!/]", plain))
    assert f"<title>{html.escape('</title><script>')}</title>" in nasty


def test_style_and_script_are_allowed_by_their_hashes_and_nothing_else_is():
    page = make(["a"])

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'")
    for name, pattern in (("style", r"<style>(.*?)</style>"), ("script", r"<script>(.*?)</script>")):
        content = re.search(pattern, page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_the_page_names_no_other_place():
    page = make(["a"]).replace("http://www.w3.org/2000/svg", "")  # a name, which is never looked up

    assert not re.search(r"https?://|//[a-z]|@import|url\(|\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon", page)
    assert re.findall(r'\b(?:src|href)="([^"]*)"', page) == ["data:,"]


def test_points_keep_their_shape_and_fill_the_square():
    page = make(["a", "b", "c"], points=np.array([[0, 0], [10, 5], [5, 0]], np.float32))

    data = data_of(page)
    assert data["x"] == [0, 65535, 32768]
    assert data["y"] == [16384, 49151, 16384]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_points_at_one_place_are_in_the_middle(count):
    data = data_of(make(["a"] * count, points=np.full((count, 2), 7, np.float32)))

    assert data["x"] == data["y"] == [32768] * count


def test_long_texts_are_cut():
    assert data_of(make(["x" * 5000]))["texts"] == ["x" * (TEXT_LENGTH - 1) + "…"]


def test_different_numbers_of_texts_and_points_are_refused():
    with pytest.raises(ShapeError, match="points"):
        make(["a", "b"], points=np.zeros((3, 2), np.float32))
    with pytest.raises(ShapeError, match="places"):
        make(["a", "b"], places=["here"])
