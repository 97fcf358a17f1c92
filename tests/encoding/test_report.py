import logging

import numpy as np
import pytest

from likewise.encoding.options import EncodeOptions
from likewise.encoding.report import Report
from likewise.errors import TruncationError


def told(caplog, report, total):
    with caplog.at_level(logging.WARNING, logger="likewise.encoding"):
        report.tell(total)
    return [record.getMessage() for record in caplog.records]


def test_cut_inputs_are_counted_in_one_line(caplog):
    report = Report(EncodeOptions(), 256)
    report.add_truncated([30, 2])
    report.add_truncated([7])
    assert told(caplog, report, 100) == ["3 of 100 inputs are longer than 256 tokens and were cut (2, 7, 30)"]


def test_many_positions_are_not_all_named(caplog):
    report = Report(EncodeOptions(), None)
    report.add_truncated(range(9))
    assert told(caplog, report, 9) == [
        "9 of 9 inputs are longer than the model reads and were cut (0, 1, 2, 3, 4 and 4 more)"
    ]


@pytest.mark.parametrize("truncation", ["warn", "ignore"])
def test_nothing_to_tell_is_not_told(caplog, truncation):
    assert told(caplog, Report(EncodeOptions(truncation=truncation), 8), 5) == []


def test_ignored_cuts_are_not_told(caplog):
    report = Report(EncodeOptions(truncation="ignore"), 8)
    report.add_truncated([1])
    assert told(caplog, report, 5) == []


def test_cuts_can_be_an_error_that_names_positions():
    report = Report(EncodeOptions(truncation="error"), 8)
    report.add_truncated([])
    with pytest.raises(TruncationError, match="inputs 1, 4 are longer than 8 tokens"):
        report.add_truncated([4, 1])


def test_numbers_that_are_none_are_told(caplog):
    report = Report(EncodeOptions(), 8, not_finite=[3])
    assert told(caplog, report, 5) == ["the results of 1 of 5 inputs hold NaN or infinity (3)"]


def test_a_report_on_a_part_is_translated_to_the_whole():
    part = Report(EncodeOptions(), 8, truncated=[0, 2], not_finite=[1])
    whole = part.at(np.array([10, 20, 30]))
    assert (whole.truncated, whole.not_finite) == ([10, 30], [20])
