import csv

import pytest

from likewise.errors import InputError, OutputError
from likewise.evaluation.csv_report import CsvReport

REPORT = CsvReport("results.csv")


def rows_of(folder):
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_header_is_written_once(tmp_path):
    for step in (1, 2):
        REPORT.append(tmp_path / "new", epoch=0, steps=step, row={"a": step / 4})

    assert (tmp_path / "new" / "results.csv").read_text() == "epoch,steps,a\n0,1,0.25\n0,2,0.5\n"


def test_a_value_stands_below_its_own_name_whatever_changed(tmp_path):
    REPORT.append(tmp_path, epoch=0, steps=1, row={"a": 1, "b": 2})
    REPORT.append(tmp_path, epoch=0, steps=2, row={"c, d": 3, "a": 4})
    REPORT.append(tmp_path, epoch=0, steps=3, row={"b": 5})

    assert [(row["a"], row["b"], row["c, d"]) for row in rows_of(tmp_path)] == [
        ("1", "2", ""),
        ("4", "", "3"),
        ("", "5", ""),
    ]


def test_a_row_that_a_kill_cut_short_does_not_swallow_the_next(tmp_path):
    (tmp_path / "results.csv").write_text("epoch,steps,a\n0,1,0.2")

    REPORT.append(tmp_path, epoch=0, steps=2, row={"a": 0.5})

    assert [row["a"] for row in rows_of(tmp_path)] == ["0.2", "0.5"]


def test_nothing_is_written_without_a_folder_or_when_not_wanted(tmp_path):
    REPORT.append(None, epoch=0, steps=0, row={"a": 1})
    CsvReport("results.csv", enabled=False).append(tmp_path, epoch=0, steps=0, row={"a": 1})

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="could not be written"):
        REPORT.append(tmp_path / "file", epoch=0, steps=0, row={"a": 1})


def test_names_that_lead_elsewhere_are_refused():
    with pytest.raises(InputError, match="another folder"):
        CsvReport("../results.csv")
