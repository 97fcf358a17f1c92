"""The teacher's sentence vectors, kept in files. Knows transformers, not what the vectors are for."""

from __future__ import annotations

import functools
import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

CHUNK = 4_096  # texts of one cache file
TOKENS_PER_BATCH = 768
MAX_TOKENS = 128

log = logging.getLogger("mini")


def encode_cached(teacher: Path, texts: Sequence[str], cache: Path) -> np.ndarray:
    """The teacher's vectors of texts, computed or read from the cache.

    Args:
        teacher: The teacher's folder (a BERT with mean pooling).
        texts: The texts.
        cache: Folder for the results, one file for each 4,096 texts.

    Returns:
        float16 [N, D], normalised.
    """
    parts = [texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK)]
    return np.concatenate([encode_chunk(teacher, part, cache) for part in parts])


def encode_chunk(teacher: Path, texts: Sequence[str], cache: Path) -> np.ndarray:
    """The vectors of the texts of one file.

    Args:
        teacher: The teacher's folder.
        texts: The texts.
        cache: Folder of the files.

    Returns:
        float16 [N, D].
    """
    path = cache / f"{chunk_key(fingerprint(teacher), texts)}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        vectors = encode(teacher, texts)
        log.info("teacher: %d texts, %.0f/s", len(texts), len(texts) / (time.monotonic() - began))
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, vectors)
        part.replace(path)
    return np.asarray(np.load(path))


def chunk_key(weights: bytes, texts: Sequence[str]) -> str:
    """Name of the file for some texts.

    Args:
        weights: Hash of the teacher's weights.
        texts: The texts.

    Returns:
        24 hexadecimal digits.
    """
    return hashlib.sha256("\n".join(texts).encode() + weights).hexdigest()[:24]


@functools.cache
def fingerprint(teacher: Path) -> bytes:
    """Hash of the teacher's weights.

    Args:
        teacher: The teacher's folder.

    Returns:
        32 bytes.
    """
    with (teacher / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def encode(teacher: Path, texts: Sequence[str]) -> np.ndarray:
    """Run texts through the teacher.

    Args:
        teacher: The teacher's folder.
        texts: The texts.

    Returns:
        float16 [N, D], normalised.
    """
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(teacher, local_files_only=True)
    model = AutoModel.from_pretrained(teacher, local_files_only=True, attn_implementation="sdpa").eval()
    ids = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS, padding=False)["input_ids"]
    result = np.empty((len(ids), model.config.hidden_size), dtype=np.float16)
    with torch.inference_mode():
        for batch in batches([len(row) for row in ids]):
            result[batch] = forward(model, [ids[at] for at in batch]).numpy()
    return result


def batches(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Groups of texts of similar length that hold about the same number of tokens.

    Args:
        sizes: Tokens of each text.

    Yields:
        Positions of the texts of one batch.
    """
    batch: list[int] = []
    for at in sorted(range(len(sizes)), key=sizes.__getitem__):
        if batch and (len(batch) + 1) * sizes[at] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def forward(model: Any, ids: Sequence[Sequence[int]]) -> torch.Tensor:
    """Mean of the token vectors of each text, normalised.

    Args:
        model: The transformer.
        ids: Token ids of a batch, special tokens included.

    Returns:
        float16 [B, D].
    """
    width = max(map(len, ids))
    ids_BS = torch.tensor([[*row, *[0] * (width - len(row))] for row in ids])
    mask_BS = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    hidden_BSD = model(input_ids=ids_BS, attention_mask=mask_BS).last_hidden_state
    mean_BD = (hidden_BSD * mask_BS[:, :, None]).sum(1) / mask_BS.sum(1, keepdim=True)
    return torch.nn.functional.normalize(mean_BD).half()
