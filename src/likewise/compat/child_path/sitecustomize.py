"""Run by a Python that starts with `likewise.compat.children.FOLDER` on its path: installs the alias, steps aside."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path


def _install() -> None:
    try:
        from likewise.compat import install_as_sentence_transformers
    except ImportError:  # another installation of Python, which has no likewise: it is as it would be without us
        return
    install_as_sentence_transformers()


def _run_the_next() -> None:
    """Run the `sitecustomize` that this one hides."""
    here = str(Path(__file__).parent)
    sys.path[:] = [each for each in sys.path if each != here]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["sitecustomize"])


if __name__ == "sitecustomize" and os.environ.get("LIKEWISE_AS_SENTENCE_TRANSFORMERS"):
    _install()
    _run_the_next()
