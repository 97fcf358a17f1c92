import logging

import pytest

from likewise.encoding.encode import encode
from likewise.encoding.in_memory import HashPipeline
from likewise.encoding.options import EncodeOptions
from likewise.encoding.progress import is_shown, progress


@pytest.mark.parametrize(
    ("level", "shown"),
    [(logging.DEBUG, True), (logging.INFO, True), (logging.WARNING, False), (logging.ERROR, False)],
)
def test_without_a_word_the_log_level_decides(level, shown):
    logger = logging.getLogger("likewise.encoding")
    before = logger.level
    logger.setLevel(level)
    try:
        assert is_shown(None) is shown
        assert is_shown(True)
        assert not is_shown(False)
    finally:
        logger.setLevel(before)


def test_the_bar_counts_inputs_on_stderr(capsys):
    encode(HashPipeline(), ["a"] * 37, EncodeOptions(show_progress=True, batch_size=10))
    out, err = capsys.readouterr()
    assert out == ""
    assert "37.0/37.0" in err
    assert "Encoding" in err


def test_a_hidden_bar_writes_nothing(capsys):
    with progress(3, False) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")
