"""The file of what was found for each query: one JSON object a line. Does not know how it was found."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from likewise.errors import OutputError


def write_predictions(
    path: str | os.PathLike[str], predictions: Iterable[tuple[Any, Any, Iterable[tuple[Any, float]]]]
) -> None:
    """Write what was found, in place of what the file held before.

    Args:
        path: The file; its folder is made if need be.
        predictions: (query id, query, [(document id, score), ...] best first) of each query.

    Raises:
        OutputError: If it cannot be written.

    Example:
        >>> file = Path(tempfile.mkdtemp()) / "found.jsonl"
        >>> write_predictions(file, [("q", "a query", [("d", 0.5)])])
        >>> print(file.read_text().strip())
        {"query_id": "q", "query": "a query", "results": [{"corpus_id": "d", "score": 0.5}]}
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as file:
            for query_id, query, found in predictions:
                results = [{"corpus_id": document, "score": score} for document, score in found]
                line = {"query_id": query_id, "query": query, "results": results}
                file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        Path(file.name).replace(target)
    except OSError as error:
        raise OutputError(f"the predictions could not be written to {target}: {error}") from error
