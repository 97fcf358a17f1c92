"""One HTML file that shows a map: data, style and script in it, and no way out. Knows the template, not how to draw.

Texts get into the page as JSON in which `<`, `>` and `&` are escaped, so that no text can end the element it is in;
the script shows them as text alone. A content security policy allows this style and this script, by their hashes, and
no request.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import final

import numpy as np
from numpy.typing import NDArray

from likewise.errors import ShapeError

# Coordinates are whole numbers up to this: finer than any screen, and short.
_STEPS = 65_535
# Longer texts are cut, as the box that shows them is small.
TEXT_LENGTH = 600
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TextMap:
    """What a map shows.

    Args:
        title: Its title.
        points: Places of the texts, (N, 2).
        texts: N texts.
        groups: Group of each text, (N,): a number from 0 to G - 1, or -1 for none.
        labels: G names of groups.
        others: What texts without a group are called.
        places: Where each text is from, N names; empty for none.
        facts: Short facts on the map, such as "2,000 texts".

    Raises:
        ShapeError: If the numbers of texts differ.
    """

    title: str
    points: NDArray[np.float32]
    texts: Sequence[str]
    groups: Sequence[int]
    labels: Sequence[str]
    others: str = "in no cluster"
    places: Sequence[str] = ()
    facts: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        sizes = {"points": len(self.points), "texts": len(self.texts), "groups": len(self.groups)}
        sizes |= {"places": len(self.places)} if self.places else {}
        if len(set(sizes.values())) > 1:
            raise ShapeError(f"sizes {sizes}", accepted="one of each for every text")


def map_page(shown: TextMap) -> str:
    """Make the page.

    Args:
        shown: What it shows.

    Returns:
        HTML, complete in itself.

    Example:
        >>> shown = TextMap(title="Two", points=np.eye(2), texts=["a", "b"], groups=[0, -1], labels=["first"])
        >>> map_page(shown).startswith("<!DOCTYPE html>")
        True
    """
    style, script = _part("map.css"), _part("map.js")
    return string.Template(_part("map.html")).substitute(
        title=html.escape(shown.title),
        facts=html.escape(" · ".join(shown.facts)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_as_json(shown),
    )


def _as_json(shown: TextMap) -> str:
    xs, ys = _steps(np.asarray(shown.points, np.float64).reshape(-1, 2))
    data = {
        "x": xs,
        "y": ys,
        "texts": [text if len(text) <= TEXT_LENGTH else f"{text[: TEXT_LENGTH - 1]}…" for text in shown.texts],
        "groups": [int(group) for group in shown.groups],
        "labels": list(shown.labels),
        "others": shown.others,
        "places": list(shown.places),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _steps(points: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Coordinates as whole numbers, both axes by the same scale, the map in the middle of a square."""
    low, high = points.min(0, initial=np.inf), points.max(0, initial=-np.inf)
    extent = float((high - low).max(initial=0)) if len(points) else 0.0
    scaled = (points - (low + high) / 2) / (extent or 1.0) + 0.5 if len(points) else points
    whole = np.rint(scaled * _STEPS).astype(int)
    return whole[:, 0].tolist(), whole[:, 1].tolist()


def _part(name: str) -> str:
    return resources.files("likewise.maps").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
