"""Embeddings on disk, found again by the model and the texts that they are of. Knows files; does not encode.

A file is named after everything that its content depends on: another model of the same name, a changed prompt or one
changed letter of one text is another file. So no file is ever wrong, and none needs to be replaced.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from likewise.hub.atomic import write_file_atomic

logger = logging.getLogger("likewise.mining")


@final
class EmbeddingCache:
    """A folder of embeddings.

    Args:
        folder: Where they are; made if it is not there.
        model_key: Tells one state of one model from all others.

    Example:
        >>> import tempfile
        >>> cache = EmbeddingCache(Path(tempfile.mkdtemp()), "a model")
        >>> first = cache.get("query", ["a text"], lambda: np.ones((1, 2), np.float32))
        >>> cache.get("query", ["a text"], lambda: 1 / 0).tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, folder: Path, model_key: str) -> None:
        self._folder = folder
        self._model_key = model_key

    def get(self, role: str, texts: Sequence[str], encode: Callable[[], Any]) -> Any:
        """Read embeddings, or compute and keep them.

        Args:
            role: What is done with the texts, prompts included.
            texts: The texts.
            encode: Computes their embeddings, (texts, dim).

        Returns:
            The embeddings; a memory map, if they were there.

        Raises:
            OutputError: If they cannot be written.
        """
        path = self._folder / f"embeddings-{self._key(role, texts)}.npy"
        if path.is_file():
            try:
                embeddings = np.load(path, mmap_mode="r", allow_pickle=False)
            except (ValueError, EOFError) as error:
                logger.warning("%s is damaged (%s): its %d texts are encoded again", path, error, len(texts))
            else:
                logger.info("embeddings of %d texts read from %s", len(texts), path)
                return embeddings
        embeddings = np.asarray(encode())
        write_file_atomic(path, lambda file: np.save(file, embeddings, allow_pickle=False))
        return embeddings

    def _key(self, role: str, texts: Sequence[str]) -> str:
        digest = hashlib.blake2b(digest_size=20)
        for part in (self._model_key, role, *texts):
            content = part.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "little"))
            digest.update(content)
        return digest.hexdigest()
