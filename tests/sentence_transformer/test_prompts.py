"""Which prompt a call uses."""

import logging

import pytest

from likewise.errors import InputError
from likewise.sentence_transformer.prompts import DOCUMENT_NAMES, choose_prompt, prompt_name_for_task

PROMPTS = {"query": "query: ", "document": "", "passage": "passage: "}


def choose(**given):
    return choose_prompt(PROMPTS, **{"prompt": None, "prompt_name": None, "default_name": None, **given})


def test_no_prompt_is_no_text():
    assert choose() == ""


def test_name_wins_over_default():
    assert choose(prompt_name="passage", default_name="query") == "passage: "


def test_default_is_used():
    assert choose(default_name="query") == "query: "


def test_text_wins_over_name_and_says_so(caplog):
    with caplog.at_level(logging.WARNING):
        assert choose(prompt="x ", prompt_name="query") == "x "

    assert "'query' is not used" in caplog.text


def test_empty_text_switches_the_default_off():
    assert choose(prompt="", default_name="query") == ""


def test_unknown_name_lists_the_names_and_the_nearest():
    with pytest.raises(InputError, match=r"unknown prompt_name 'qury'.*\['query', 'document', 'passage'\].*'query'"):
        choose(prompt_name="qury")


def test_prompt_must_be_a_text():
    with pytest.raises(InputError, match="prompt=3"):
        choose(prompt=3)


def test_task_prefers_a_name_with_a_text():
    assert prompt_name_for_task(PROMPTS, DOCUMENT_NAMES) == "passage"


def test_task_falls_back_to_a_name_without_text():
    assert prompt_name_for_task({"document": ""}, DOCUMENT_NAMES) == "document"


def test_task_without_any_name():
    assert prompt_name_for_task({}, DOCUMENT_NAMES) is None
