"""A map of a collection: texts as points of a plane, in one HTML file that needs nothing else.

Here: `typical_words` (what a group is about), `projection` (embeddings to the plane), `page` (the HTML file, out of
`map.html`, `map.css` and `map.js`). Not here: models, reading files, and finding groups (`likewise.search`).
"""

from __future__ import annotations

from likewise.maps.page import TextMap, map_page
from likewise.maps.projection import Projection, project
from likewise.maps.typical_words import typical_words

__all__ = ["Projection", "TextMap", "map_page", "project", "typical_words"]
