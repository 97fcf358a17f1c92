"""`tokenizer.json` to a tokenizer of the `tokenizers` library, and that library's failures to ours. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tokenizers import Tokenizer

from likewise.errors import CheckpointError, LikewiseError
from likewise.hub.folder import ModelFolder

TOKENIZER_FILE = "tokenizer.json"


def read_tokenizer(folder: ModelFolder) -> Tokenizer:
    """Read the tokenizer of a folder.

    Args:
        folder: The folder, with `tokenizer.json`.

    Returns:
        The tokenizer.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    path = folder.require(TOKENIZER_FILE)
    with tokenizer_errors(f"{path}: not a tokenizer"):
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))


@contextmanager
def tokenizer_errors(what: str) -> Iterator[None]:
    """Turn whatever the tokenizers library raises for a damaged tokenizer into a `CheckpointError`.

    The library raises bare `Exception`s, and where its Rust code panics, something that is none.

    Args:
        what: Begins the message.

    Yields:
        Nothing.
    """
    try:
        yield
    except (LikewiseError, TypeError, UnicodeEncodeError):
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise CheckpointError(f"{what}: {error}", accepted="a tokenizer.json of the tokenizers library") from error
        raise
