"""The vectors of anchors and passages: prompts, worker processes, the cache. Of a model, knows how it is called.

Legend: A anchors, M passages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, final

from likewise.mining.embedding_cache import EmbeddingCache
from likewise.mining.model_key import model_key
from likewise.mining.pairs import AnchorPairs
from likewise.search.rows import as_rows

if TYPE_CHECKING:

    class EncodesBoth(Protocol):
        """Something that encodes queries and documents, such as a `SentenceTransformer`."""

        @property
        def similarity_fn_name(self) -> Any:
            """Name of the similarity function that the model is meant for."""

        def encode_query(self, sentences: Any, /, **kwargs: Any) -> Any:
            """Compute embeddings of queries."""

        def encode_document(self, sentences: Any, /, **kwargs: Any) -> Any:
            """Compute embeddings of documents."""

        def start_multi_process_pool(self, target_devices: Any = None) -> Any:
            """Start worker processes."""

        def stop_multi_process_pool(self, pool: Any) -> None:
            """Stop them."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeOptions:
    """How texts are encoded.

    Args:
        query_prompt_name: Name of the model's prompt for anchors.
        query_prompt: Text to put before anchors.
        corpus_prompt_name: Name of the model's prompt for passages.
        corpus_prompt: Text to put before passages.
        batch_size: Most texts of a batch; None fills batches by token count.
        use_multi_process: Whether worker processes encode, or on which devices.
        show_progress_bar: Whether progress is shown.
        cache_folder: Where embeddings are kept for the next time; None keeps none.
    """

    query_prompt_name: str | None = None
    query_prompt: str | None = None
    corpus_prompt_name: str | None = None
    corpus_prompt: str | None = None
    batch_size: int | None = 32
    use_multi_process: Sequence[str] | bool = False
    show_progress_bar: bool = True
    cache_folder: str | Path | None = None


def embed(model: EncodesBoth, pairs: AnchorPairs, options: EncodeOptions) -> tuple[Any, Any]:
    """Encode anchors as queries and passages as documents, to unit length.

    Args:
        model: Encodes.
        pairs: The texts.
        options: How.

    Returns:
        Embeddings of anchors (A, dim) and of passages (M, dim).
    """
    cache = None if options.cache_folder is None else EmbeddingCache(Path(options.cache_folder), model_key(model))
    with _workers(model, options.use_multi_process) as pool:
        shared = {
            "batch_size": options.batch_size,
            "show_progress_bar": options.show_progress_bar,
            "normalize_embeddings": True,
            "convert_to_numpy": True,
            **({} if pool is None else {"pool": pool}),
        }
        rows = []
        for role, encode, texts, prompt_name, prompt in (
            ("query", model.encode_query, pairs.anchors, options.query_prompt_name, options.query_prompt),
            ("document", model.encode_document, pairs.passages, options.corpus_prompt_name, options.corpus_prompt),
        ):
            prompts = {"prompt_name": prompt_name, "prompt": prompt}
            given = {name: value for name, value in prompts.items() if value is not None}
            call = _call(encode, texts, {**shared, **given})
            found = call() if cache is None else cache.get(f"{role} {sorted(given.items())}", texts, call)
            rows.append(as_rows(found, f"embeddings ({role})"))
    return rows[0], rows[1]


def _call(encode: Callable[..., Any], texts: Sequence[str], arguments: dict[str, Any]) -> Callable[[], Any]:
    return lambda: encode(texts, **arguments)


@contextmanager
def _workers(model: EncodesBoth, wanted: Sequence[str] | bool) -> Iterator[Any]:
    if wanted is False:
        yield None
        return
    pool = model.start_multi_process_pool(None if wanted is True else list(wanted))
    try:
        yield pool
    finally:
        model.stop_multi_process_pool(pool)
