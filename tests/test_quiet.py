import logging

import pytest
from tqdm.auto import tqdm

from likewise.quiet import disable_logging, disabled_tqdm


def test_a_disabled_bar_shows_nothing_even_when_asked_to(capsys):
    bar = disabled_tqdm([1, 2, 3], disable=False)

    assert list(bar) == [1, 2, 3]
    assert isinstance(bar, tqdm)
    assert capsys.readouterr().err == ""


def test_messages_are_held_back_within_the_block_only(caplog):
    logger = logging.getLogger("likewise.test")

    with disable_logging(logging.WARNING):
        logger.warning("hidden")
        logger.error("shown")
    logger.warning("shown, too")

    assert caplog.messages == ["shown", "shown, too"]


def test_the_level_set_before_comes_back_after_an_error():
    logging.disable(logging.DEBUG)
    try:
        with pytest.raises(ValueError, match="stop"), disable_logging():
            raise ValueError("stop")

        assert logging.root.manager.disable == logging.DEBUG
    finally:
        logging.disable(logging.NOTSET)
