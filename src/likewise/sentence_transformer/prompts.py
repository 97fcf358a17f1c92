"""Which prompt a call uses. Pure functions of names and texts."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping, Sequence

from likewise.errors import InputError

logger = logging.getLogger(__name__)

QUERY_NAMES = ("query",)
DOCUMENT_NAMES = ("document", "passage", "corpus")


def choose_prompt(
    prompts: Mapping[str, str], *, prompt: str | None, prompt_name: str | None, default_name: str | None
) -> str:
    """Decide the text that is put before each input.

    Args:
        prompts: The model's prompts.
        prompt: Text given by the caller; wins over everything.
        prompt_name: Name given by the caller; wins over the default.
        default_name: Name of the model's default prompt.

    Returns:
        The text, "" for none.

    Raises:
        InputError: If the name is not among the prompts.

    Example:
        >>> choose_prompt({"query": "query: "}, prompt=None, prompt_name="query", default_name=None)
        'query: '
    """
    if prompt is not None:
        if not isinstance(prompt, str):
            raise InputError(f"prompt={prompt!r}", accepted="a string", fix="encode(texts, prompt='query: ')")
        if prompt_name is not None:
            logger.warning("both prompt and prompt_name were given; prompt_name=%r is not used", prompt_name)
        return prompt
    name = prompt_name if prompt_name is not None else default_name
    if name is None:
        return ""
    if name not in prompts:
        close = difflib.get_close_matches(str(name), prompts, n=1)
        raise InputError(
            f"unknown prompt_name {name!r}",
            accepted=f"one of {list(prompts)}",
            fix=f"prompt_name={close[0]!r}" if close else "prompts={name: text} when the model is loaded, or prompt=",
        )
    return prompts[name] or ""


def prompt_name_for_task(prompts: Mapping[str, str], names: Sequence[str]) -> str | None:
    """Find the prompt of a task: the first name that has a text, else the first that exists.

    Args:
        prompts: The model's prompts.
        names: Candidate names in order.

    Returns:
        The name, or None if none exists.

    Example:
        >>> prompt_name_for_task({"query": "", "document": "", "passage": "passage: "}, DOCUMENT_NAMES)
        'passage'
    """
    present = [name for name in names if name in prompts]
    return next((name for name in present if prompts[name]), present[0] if present else None)
