"""Vectors on disk or in a database, and the nearest of them: one small interface over several engines.

Here: `protocol` (what every index can do), `inputs` (checks of what callers give), `folder` (what is written),
`registry` (`create_index`, `load_index`, and the table of kinds), and a file for each engine.
Not here: models and texts.
"""

from __future__ import annotations

from likewise.index.protocol import Hits, Index, Metric
from likewise.index.registry import KINDS, create_index, load_index

__all__ = ["KINDS", "Hits", "Index", "Metric", "create_index", "load_index"]
