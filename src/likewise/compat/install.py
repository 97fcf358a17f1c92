"""The one line: `install_as_sentence_transformers()`."""

from __future__ import annotations

import sys

from likewise.compat.alias_module import AliasModule
from likewise.compat.children import pass_on
from likewise.compat.finder import AliasFinder
from likewise.compat.sentence_transformers import SHOWN, show
from likewise.compat.table import ALIAS
from likewise.errors import ConfigError


def install_as_sentence_transformers(*, child_processes: bool = True) -> None:
    """From now on, `import sentence_transformers` gives likewise, in this process and in those that it starts.

    Call it before anything imports sentence_transformers. It imports neither torch nor transformers, and it may be
    called again. The classes are the same objects under both names; `str(type(model))` and pickles name
    `likewise.compat.sentence_transformers`, which programs recognise and every process with likewise can import.

    Args:
        child_processes: Whether Python processes started later inherit it (through PYTHONPATH and a variable).

    Raises:
        ConfigError: If the real package was imported before.

    Example:
        >>> from likewise.compat import install_as_sentence_transformers
        >>> install_as_sentence_transformers()  # doctest: +SKIP
        >>> from sentence_transformers import SentenceTransformer  # doctest: +SKIP
    """
    there = sys.modules.get(ALIAS)
    if there is not None and not isinstance(there, AliasModule):
        raise ConfigError(
            f"{ALIAS} {getattr(there, '__version__', '')} from {getattr(there, '__file__', '?')} was imported before",
            accepted="a process that has not imported it",
            fix="call install_as_sentence_transformers() first, or run `python -m likewise.compat PROGRAM`",
        )
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())
    for module_name in SHOWN:
        show(module_name)
    if child_processes:
        pass_on()
