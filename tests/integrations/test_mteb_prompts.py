"""What the adapter does without mteb: names of prompts, and the error that says what is missing."""

import sys

import pytest

from likewise.errors import MissingDependencyError
from likewise.integrations.mteb import MtebEncoder, task_prompt_name


@pytest.mark.parametrize(
    ("names", "kind", "chosen"),
    [
        (["STS12-query", "STS12", "STS-query", "STS", "query"], "query", "STS12-query"),
        (["STS12-document", "STS12", "STS-query", "STS"], "query", "STS12"),
        (["STS-query", "STS"], "query", "STS-query"),
        (["STS-query", "STS"], "document", "STS"),
        (["STS12-query", "STS"], None, "STS"),
        (["STS12-query", "STS-query", "query", "document"], None, None),
        (["query", "document", "STS13"], "query", None),
    ],
)
def test_the_most_specific_prompt_of_a_task_is_chosen(names, kind, chosen):
    assert task_prompt_name(dict.fromkeys(names, "prompt: "), "STS12", "STS", kind) == chosen


def test_without_mteb_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "mteb", None)

    with pytest.raises(MissingDependencyError, match=r"'mteb', which is not installed.*likewise\[mteb\]"):
        MtebEncoder("likewise-mini")
