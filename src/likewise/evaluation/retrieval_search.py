"""The best documents of each query: documents are encoded a portion at a time, scored, and let go.

Memory beside the texts: the embeddings of the queries and of one portion, a tile of scores, and the results. Documents
that are embedded already, in an array or a memory map, are read in tiles. Does not know relevance or metrics.

Legend: Q queries, k documents kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from likewise.errors import InputError, ShapeError
from likewise.evaluation.shards import Shard
from likewise.ops.embeddings import as_array_or_tensor, is_tensor
from likewise.search.exact import RunningSearch, choose_tile
from likewise.search.mapped_rows import mapped_rows
from likewise.search.scorer_choice import choose_scorers
from likewise.search.top_k import Floats, Ids

_NAMES = ("embeddings of queries", "embeddings of documents")
_TILE_QUERIES, _TILE_DOCUMENTS = 1024, 4096


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The documents of a search.

    Args:
        inputs: Texts, or what else the model reads.
        embed: Gives embeddings of some of them.
        embeddings: Embeddings of all of them, (documents, dim), if there are any yet; a memory map too.
        portion: How many to embed at a time, at least 1.
        show_progress: Whether a bar counts them.
    """

    inputs: Sequence[Any]
    embed: Callable[[Sequence[Any]], Any]
    embeddings: Any = None
    portion: int = 50_000
    show_progress: bool = False

    def __post_init__(self) -> None:
        if self.portion < 1:
            raise InputError(f"corpus_chunk_size={self.portion}", accepted="an integer of at least 1")
        if self.embeddings is not None and len(self.embeddings) != len(self.inputs):
            raise ShapeError(
                f"corpus_embeddings has {len(self.embeddings)} rows, the corpus has {len(self.inputs)} documents",
                accepted="a row for each document, in the order of the corpus",
            )

    def portions(self, mine: range) -> Iterator[tuple[int, Any]]:
        """Embeddings of documents, portion by portion.

        Args:
            mine: Numbers of the documents to embed.

        Yields:
            (number of the first document, embeddings).
        """
        if self.embeddings is not None:
            yield mine.start, mapped_rows(self.embeddings[mine.start : mine.stop])  # search reads tiles of it
            return
        with _bar(len(mine), self.show_progress and len(mine) > self.portion) as advance:
            for start in range(mine.start, mine.stop, self.portion):
                stop = min(start + self.portion, mine.stop)
                yield start, plain(self.embed(self.inputs[start:stop]))
                advance(stop - start)


def search_documents(
    queries: Any, documents: Documents, functions: Mapping[str, Callable[..., Any]], *, top_k: int, shard: Shard
) -> dict[str, tuple[Ids, Floats]]:
    """Find the best documents of each query, with several score functions in one pass over the documents.

    Args:
        queries: Embeddings, (Q, dim).
        documents: The documents, at least one.
        functions: Name to score function.
        top_k: How many to find for each query; all of them, if there are fewer.
        shard: Which part of the documents is this process's; results are those of all processes.

    Returns:
        Name to numbers of documents and scores, (Q, k), best first, equal scores by the lower number.

    Raises:
        InputError: If an embedding or a score is NaN or infinite.
        ShapeError: If widths differ.
    """
    rows = plain(queries)
    dim = int(rows.shape[1])
    counts = len(rows), len(documents.inputs)
    scorers = choose_scorers(list(functions.values()), [rows, documents.embeddings], counts)
    top_k = min(top_k, len(documents.inputs))
    tile = choose_tile(len(rows), dim, query_chunk_size=_TILE_QUERIES, corpus_chunk_size=_TILE_DOCUMENTS, reshape=True)
    running = RunningSearch(rows, scorers, top_k=top_k, tile=tile, names=_NAMES)
    for first, embeddings in documents.portions(shard.span(len(documents.inputs))):
        _check_width(embeddings, dim)
        running.add(embeddings, first)
    found = shard.gather(running.results())
    merged = [_best([part[number] for part in found], top_k) for number in range(len(scorers))]
    return dict(zip(functions, merged, strict=True))


def plain(embeddings: Any) -> Any:
    """Embeddings as search takes them: tensors on the CPU as arrays, which it scores faster.

    Args:
        embeddings: What a model gave.

    Returns:
        An array, or a tensor on another device.

    Example:
        >>> import torch
        >>> type(plain(torch.zeros(1, 2))).__name__
        'ndarray'
    """
    rows = as_array_or_tensor(embeddings, "embeddings")
    return rows.detach().float().numpy() if is_tensor(rows) and rows.device.type == "cpu" else rows


def _best(parts: list[tuple[Ids, Floats]], top_k: int) -> tuple[Ids, Floats]:
    if len(parts) == 1:
        return parts[0]
    ids, scores = (np.concatenate(side, axis=1) for side in zip(*parts, strict=True))
    order = np.lexsort((ids, -scores), axis=1)[:, :top_k]
    return np.take_along_axis(ids, order, 1), np.take_along_axis(scores, order, 1)


def _check_width(embeddings: Any, dim: int) -> None:
    if int(embeddings.shape[1]) != dim:
        raise ShapeError(
            f"embeddings of queries have dimension {dim}, those of documents {int(embeddings.shape[1])}",
            accepted="the same dimension",
            fix="the same model and truncate_dim for both",
        )


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Callable[[int], object]]:
    if not shown:
        yield lambda count: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc="Corpus", unit=" documents", unit_scale=True) as bar:
        yield bar.update
