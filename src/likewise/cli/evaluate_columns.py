"""Which column of a file plays which part in a task. Knows names of columns, not their contents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from likewise.errors import InputError


@final
@dataclass(frozen=True, slots=True)
class Role:
    """A part that a column plays.

    Args:
        name: Its name, which is also the first name of a column that is looked for.
        others: Further names of columns, in the order in which they are looked for.
        optional: Whether a file may do without.
    """

    name: str
    others: tuple[str, ...] = ()
    optional: bool = False


Form = tuple[Role, ...]

_FIRST = ("text1", "sentence_a", "question1", "s1", "premise", "anchor", "query", "first")
_SECOND = ("text2", "sentence_b", "question2", "s2", "hypothesis", "positive", "second")
_PAIR = (Role("sentence1", _FIRST), Role("sentence2", _SECOND))
_DUPLICATE = ("is_duplicate", "duplicate", "relevance", "score")
_QUERY = Role("query", ("question", "anchor", "sentence1"))
_POSITIVE = ("positives", "pos", "entailment", "answer")
_NEGATIVE = ("negatives", "neg", "contradiction", "hard_negative")
_TEXT = Role("text", ("sentence", "body", "contents", "passage", "document"))

FORMS: dict[str, tuple[Form, ...]] = {
    "sts": ((*_PAIR, Role("score", ("similarity", "similarity_score", "relatedness_score", "rating", "label"))),),
    "pairs": ((*_PAIR, Role("label", _DUPLICATE)),),
    "triplets": (
        (
            Role("anchor", ("query", "question", "premise", "sentence", "sentence1")),
            Role("positive", _POSITIVE),
            Role("negative", _NEGATIVE),
        ),
    ),
    "bitext": (
        (
            Role("source", ("src", "source_sentence", "sentence1", "english", "anchor")),
            Role("target", ("trg", "tgt", "target_sentence", "sentence2", "translation", "positive")),
        ),
    ),
    "mining": (
        (*_PAIR, Role("label", _DUPLICATE[:2], optional=True)),
        (_TEXT, Role("group", ("cluster", "label", "intent", "class", "topic"))),
    ),
    "reranking": (
        (_QUERY, Role("positive", _POSITIVE[:2]), Role("negative", _NEGATIVE)),
        (_QUERY, Role("positive", _POSITIVE[:2]), Role("documents", ("candidates",))),
        (_QUERY, Role("document", ("passage", "candidate", "answer", "text")), Role("label", ("relevance", "score"))),
    ),
}
"""Task to the forms that its files may have."""

CORPUS: Form = (
    Role("_id", ("id", "doc_id", "docid", "corpus_id", "document_id", "pid")),
    _TEXT,
    Role("title", optional=True),
)
QUERIES: Form = (Role("_id", ("id", "query_id", "qid")), Role("text", ("query", "question", "sentence")))
JUDGEMENTS: Form = (
    Role("query_id", ("qid", "query")),
    Role("corpus_id", ("doc_id", "docid", "document_id", "pid", "document")),
    Role("score", ("relevance", "label", "rel", "grade"), optional=True),
)


def parse_columns(text: str | None) -> tuple[str, ...] | dict[str, str]:
    """Read what `--columns` says.

    Args:
        text: "a,b,c" in the order of the task's parts, or "part=column,..." for some or all; None for nothing.

    Returns:
        The names in order, or part to name.

    Raises:
        InputError: If both ways are mixed, or a name is empty.

    Example:
        >>> parse_columns("text=utterance,group=intent")
        {'text': 'utterance', 'group': 'intent'}
    """
    if text is None:
        return {}
    parts = [part.strip() for part in text.split(",")]
    named = [part.partition("=") for part in parts if "=" in part]
    if not all(parts) or len(named) not in (0, len(parts)):
        raise InputError(f"--columns {text}", accepted="names, or part=name for each, separated by commas")
    return {role.strip(): name.strip() for role, _, name in named} if named else tuple(parts)


def bind(
    forms: Sequence[Form],
    names: Sequence[str],
    given: tuple[str, ...] | Mapping[str, str],
    where: str,
    *,
    by_order: bool = True,
) -> dict[str, str]:
    """Find the columns of a file that play the parts of a task.

    Columns that were given win; then names decide; then, if as many parts as columns are left, and it is allowed, their
    order.

    Args:
        forms: The forms that the file may have; the first one that fits is taken.
        names: Columns of the file.
        given: What `--columns` says.
        where: Name of the file, for messages.
        by_order: Whether the order of columns may decide.

    Returns:
        Part to column; optional parts only where there is a column.

    Raises:
        InputError: If a column that was given is not there, or no form fits.

    Example:
        >>> bind(FORMS["sts"], ["quality", "sentence1", "sentence2"], (), "dev.tsv")
        {'sentence1': 'sentence1', 'sentence2': 'sentence2', 'score': 'quality'}
    """
    for name in given.values() if isinstance(given, Mapping) else given:
        if name not in names:
            raise InputError(f"{where} has no column {name!r}", accepted=f"some of {list(names)}")
    known = {role.name for form in forms for role in form}
    unknown = [role for role in given if role not in known] if isinstance(given, Mapping) else []
    if unknown:
        raise InputError(f"--columns: no part {unknown[0]!r} in this task", accepted=f"some of {sorted(known)}")
    for in_order in (False, True) if by_order else (False,):
        for form in forms:
            found = _fit(form, names, given, in_order)
            if found is not None:
                return found
    ways = "; or ".join(", ".join(role.name for role in form if not role.optional) for form in forms)
    option = f"--columns {','.join(f'{role.name}=COLUMN' for role in forms[0] if not role.optional)}"
    raise InputError(
        f"{where}: it is not clear what the columns {list(names)} are",
        accepted=f"columns called {ways}",
        fix=option if by_order else "",
    )


def _fit(
    form: Form, names: Sequence[str], given: tuple[str, ...] | Mapping[str, str], by_order: bool
) -> dict[str, str] | None:
    required = [role.name for role in form if not role.optional]
    if given and not isinstance(given, Mapping):
        if len(required) <= len(given) <= len(form):
            return {role.name: name for role, name in zip(form, given, strict=False)}
        return None
    found: dict[str, str] = dict(given) if isinstance(given, Mapping) else {}
    if any(role not in {each.name for each in form} for role in found):
        return None
    for role in form:
        if role.name not in found:
            free = {_plain(name): name for name in reversed(names) if name not in found.values()}
            match = [free[alias] for alias in (role.name, *role.others) if alias in free]
            found |= {role.name: match[0]} if match else {}
    missing = [role for role in required if role not in found]
    left = [name for name in names if name not in found.values()]
    if by_order and len(missing) == len(left):
        found |= dict(zip(missing, left, strict=True))
        missing = []
    return None if missing else {role.name: found[role.name] for role in form if role.name in found}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower())
