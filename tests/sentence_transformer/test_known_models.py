"""Models that are known by name."""

import pytest

from likewise.models import BoW, Pooling
from likewise.models.sequence import ModuleSequence
from likewise.sentence_transformer.known_models import apply_known_settings


@pytest.fixture
def chain():
    return ModuleSequence([BoW(["cat"]), Pooling(1)])


def test_prompts_of_instructor_models_do_not_count(chain, caplog):
    apply_known_settings(chain, "hkunlp/instructor-large")

    assert not chain[1].include_prompt
    assert not caplog.text


def test_what_may_be_a_copy_of_one_is_told_and_left_alone(chain, caplog):
    apply_known_settings(chain, "models/my-instructor-base")

    assert chain[1].include_prompt
    assert "set_pooling_include_prompt(False)" in caplog.text


def test_other_models_are_left_alone(chain, caplog):
    apply_known_settings(chain, "sentence-transformers/all-MiniLM-L6-v2")

    assert chain[1].include_prompt
    assert not caplog.text
