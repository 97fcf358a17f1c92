"""Log messages beside progress bars."""

import logging

import pytest
from tqdm import tqdm

from likewise.logging_handler import LoggingHandler, install_logger


@pytest.fixture
def logger():
    made = logging.getLogger("likewise.test_logging_handler")
    yield made
    made.handlers.clear()
    made.setLevel(logging.NOTSET)
    made.propagate = True


def test_messages_go_through_tqdm(logger, monkeypatch):
    written = []
    monkeypatch.setattr(tqdm, "write", written.append)
    logger.addHandler(LoggingHandler(logging.WARNING))

    logger.warning("one %d", 1)
    logger.info("left out")

    assert written == ["one 1"]


def test_install_sets_level_and_format_and_may_be_repeated(logger, monkeypatch):
    written = []
    monkeypatch.setattr(tqdm, "write", written.append)

    install_logger(logger)
    install_logger(logger, logging.INFO, "%(levelname)s %(message)s")
    logger.info("said once")

    assert written == ["INFO said once"]


def test_a_message_that_cannot_be_formatted_does_not_stop_the_program(logger, capsys):
    install_logger(logger)
    logger.propagate = False  # pytest's own handler would raise

    logger.warning("%d", "no number")

    assert "no number" in capsys.readouterr().err
