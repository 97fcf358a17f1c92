"""How pgvector finds the nearest rows: exactly, by HNSW, or by IVFFlat, and their parameters. Knows no connection."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from likewise.errors import InputError

Method: TypeAlias = Literal["exact", "hnsw", "ivfflat"]

_MOST_DIM = {False: 2000, True: 4000}
_RANGES = {
    "m": (2, 100),
    "ef_construction": (4, 1000),
    "ef_search": (1, 1000),
    "lists": (1, 32768),
    "probes": (1, 32768),
}
_ROWS_PER_LIST = 1000
_MANY_ROWS = 1_000_000

_EACH_PLANNED = {"plan_cache_mode": "force_custom_plan"}
EXACT = {"enable_indexscan": "off", "enable_indexonlyscan": "off", **_EACH_PLANNED}
"""Settings under which the planner compares every row that passes the filter."""


@final
@dataclass(frozen=True, slots=True)
class Nearest:
    """Method and parameters.

    Args:
        method: "exact" compares with every row; "hnsw" and "ivfflat" are indexes of pgvector.
        m: Neighbours of a node, 2 to 100 (hnsw).
        ef_construction: Candidates while building, at least twice `m` (hnsw).
        ef_search: Candidates while searching (hnsw).
        lists: Clusters (ivfflat); by default rows / 1000, above a million rows their square root.
        probes: Clusters that are searched (ivfflat); by default the square root of `lists`.

    Raises:
        InputError: If one is not what pgvector takes.
    """

    method: Method = "exact"
    m: int = 16
    ef_construction: int = 64
    ef_search: int = 40
    lists: int | None = None
    probes: int | None = None

    def __post_init__(self) -> None:
        if self.method not in ("exact", "hnsw", "ivfflat"):
            raise InputError(f"index={self.method!r}", accepted="'exact', 'hnsw', 'ivfflat'")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InputError(f"{name}={value}", accepted=f"an integer from {least} to {most}")
        if self.ef_construction < 2 * self.m:
            raise InputError(
                f"ef_construction={self.ef_construction} with m={self.m}", accepted=f"at least 2 m = {2 * self.m}"
            )

    def check_dim(self, dim: int, *, half: bool) -> None:
        """Refuse what pgvector cannot index.

        Args:
            dim: Length of the vectors.
            half: Whether they are halfvec.

        Raises:
            InputError: If they are too long.
        """
        if self.method != "exact" and dim > _MOST_DIM[half]:
            raise InputError(
                f"index={self.method!r} with dim={dim}",
                accepted=f"at most {_MOST_DIM[False]} dimensions, {_MOST_DIM[True]} with half=True",
                fix="index='exact'" if half or dim > _MOST_DIM[True] else "half=True",
            )

    def build_settings(self, rows: int) -> Mapping[str, int]:
        """The parameters with which the index is built.

        Args:
            rows: Rows in the table.

        Returns:
            Parameters of CREATE INDEX ... WITH.
        """
        if self.method == "hnsw":
            return {"m": self.m, "ef_construction": self.ef_construction}
        return {"lists": self._lists(rows)}

    def search_settings(self, rows: int) -> Mapping[str, str]:
        """The settings under which rows are searched.

        Args:
            rows: Rows in the table, about.

        Returns:
            Settings of the session. An index goes on looking until it has as many rows as are asked for.
        """
        if self.method == "exact":
            return EXACT
        if self.method == "hnsw":
            return {"hnsw.ef_search": str(self.ef_search), "hnsw.iterative_scan": "strict_order", **_EACH_PLANNED}
        probes = self.probes or max(1, math.isqrt(self._lists(rows)))
        return {"ivfflat.probes": str(probes), "ivfflat.iterative_scan": "relaxed_order", **_EACH_PLANNED}

    def _lists(self, rows: int) -> int:
        if self.lists:
            return self.lists
        wanted = rows // _ROWS_PER_LIST if rows <= _MANY_ROWS else math.isqrt(rows)
        return min(max(1, wanted), _RANGES["lists"][1])
