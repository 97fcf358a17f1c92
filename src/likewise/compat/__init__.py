"""Programs written for Sentence Transformers run on likewise, unchanged: `import sentence_transformers` gives ours.

    from likewise.compat import install_as_sentence_transformers
    install_as_sentence_transformers()

or, for a program that nobody wants to edit, `python -m likewise.compat program.py`.

Here: `table` (the one list of documented paths), `places` (what a place of the table holds), `finder` and
`alias_module` (the import machinery that reads it), `distribution` (the version that packaging tools see), `children`
(child processes), `missing` (what we do not have), `run` (the command). Not here: anything a model does.
"""

from __future__ import annotations

from likewise.compat.install import install_as_sentence_transformers

__all__ = ["install_as_sentence_transformers"]
