"""Word vectors from a text file, as GloVe and word2vec are given away. Knows the format, no tokenizer."""

from __future__ import annotations

import gzip
import io
import logging
import math
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from likewise.errors import InputError

logger = logging.getLogger(__name__)


def read_word_vectors(path: Path, item_separator: str, max_words: int | None) -> tuple[list[str], np.ndarray]:
    r"""Read a file with a word and its vector on each line.

    A first line of two integers (words and dimensions, as word2vec writes) is passed over, and so are blank lines and,
    with one message at the end, lines with another number of values than the first.

    Args:
        path: A UTF-8 text file; gzip if its name ends in .gz.
        item_separator: What stands between word and numbers.
        max_words: Most words that are read; None reads all.

    Returns:
        The words, and their vectors float32 [words, dimensions].

    Raises:
        InputError: If there is no such file, it is no UTF-8 text, has no vectors, or has a value that is no finite
            number.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "vectors.txt"
        >>> _ = file.write_text("cat 1 2\ndog 3 4\n")
        >>> words, vectors = read_word_vectors(file, " ", None)
        >>> words, vectors.tolist()
        (['cat', 'dog'], [[1.0, 2.0], [3.0, 4.0]])
    """
    words: list[str] = []
    numbers = array("f")
    width: int | None = None
    skipped: list[int] = []
    with _open(path) as lines:
        for line_number, line in enumerate(lines, start=1):
            if max_words is not None and len(words) >= max_words:
                break
            word, *items = line.rstrip().split(item_separator)
            if not items or (line_number == 1 and _is_header(word, items)):
                continue
            width = len(items) if width is None else width
            if len(items) != width:
                skipped.append(line_number)
                continue
            numbers.extend(_numbers(items, path, line_number))
            words.append(word)
    if not words or width is None:
        raise InputError(f"{path}: no word vectors", accepted=f"lines of a word and numbers, with {item_separator!r}")
    if skipped:
        logger.warning("%s: %d lines are left out, they have not %d values: %s", path, len(skipped), width, skipped[:5])
    return words, np.frombuffer(numbers, dtype=np.float32).reshape(-1, width)


def _is_header(word: str, items: list[str]) -> bool:
    return len(items) == 1 and word.isdecimal() and items[0].isdecimal()


def _numbers(items: list[str], path: Path, line_number: int) -> list[float]:
    try:
        values = [float(item) for item in items]
    except ValueError as error:
        raise InputError(f"{path}, line {line_number}: {error}", accepted="a word and numbers on each line") from error
    if not all(map(math.isfinite, values)):
        raise InputError(f"{path}, line {line_number}: NaN or infinity", accepted="finite numbers")
    return values


@contextmanager
def _open(path: Path) -> Iterator[Iterator[str]]:
    """The lines of the file, with a progress bar that counts them; whatever is wrong with it becomes our error."""
    try:
        with (
            gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as text,
        ):
            yield iter(tqdm(text, desc="Load word embeddings", unit=" words", disable=None, leave=False))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file", accepted="a local text file of word vectors, or its .gz") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: {error.reason}", accepted="a UTF-8 text file") from error
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
