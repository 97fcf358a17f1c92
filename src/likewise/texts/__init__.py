"""Texts from files, a few at a time: text files and folders of them, CSV, TSV, JSON lines and Parquet, packed or not.

Here: `read_texts`; `reading` (what is a text), `tables` (columns), `lines` (bytes to lines, with limits).
Not here: what texts are for.
"""

from __future__ import annotations

from likewise.texts.read_texts import read_texts

__all__ = ["read_texts"]
