"""Download of a single file by its address, whole or not at all. Does not know the hub or models."""

from __future__ import annotations

import http.client
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from tqdm.auto import tqdm

from likewise.errors import InputError, OutputError
from likewise.hub.atomic import write_file_atomic

_TIMEOUT_S = 60
_CHUNK_BYTES = 2**20


def http_get(url: str, path: str | os.PathLike[str]) -> None:
    """Download a file, showing progress.

    The file appears under its name only when it is complete; a broken download leaves what was there before.

    Args:
        url: Address, http or https.
        path: File to write; its folder is made.

    Raises:
        InputError: If this is no http address.
        OutputError: If the server refuses, the connection breaks, or the file cannot be written.

    Example:
        >>> http_get("ftp://example.org/a", "copy")
        Traceback (most recent call last):
        likewise.errors.InputError: url='ftp://example.org/a'. Accepted: an address that starts with http:// or https://
    """
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise InputError(f"url={url!r}", accepted="an address that starts with http:// or https://")

    def fetch(file: BinaryIO) -> None:
        for chunk in _chunks(url):
            file.write(chunk)

    write_file_atomic(Path(path), fetch)


def _chunks(url: str) -> Iterator[bytes]:
    with _open(url) as response:
        length = response.headers.get("Content-Length")
        total = int(length) if length and length.isdecimal() else None
        received = 0
        with tqdm(total=total, unit="B", unit_scale=True, desc=url.rsplit("/", 1)[-1]) as progress:
            while chunk := _read(response, url):
                received += len(chunk)
                progress.update(len(chunk))
                yield chunk
    if total is not None and received != total:
        raise _failed(url, f"the connection ended after {received} of {total} bytes")


# Errors of the network are told here, one call at a time, so that they are not taken for errors of the disk.
def _open(url: str) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "likewise"})
    try:
        return urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, error) from error


def _read(response: Any, url: str) -> bytes:
    try:
        return bytes(response.read(_CHUNK_BYTES))
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, error) from error


def _failed(url: str, reason: object) -> OutputError:
    return OutputError(f"could not download {url}: {reason}", fix="check the address and the connection, and try again")
