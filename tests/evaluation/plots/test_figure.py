import subprocess
import sys

import pytest

from likewise.errors import InputError, MissingDependencyError, OutputError
from likewise.evaluation.plots.figure import checked_file, checked_format, new_figure, require_plots, save_figure

pytest.importorskip("matplotlib", reason="extra plot")


@pytest.fixture
def figure():
    figure = new_figure(3, 2)
    figure.add_subplot().plot([0, 1, 2], [1, 0, 2], label="a line")
    return figure


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("b.SVG", b"<?xml")])
def test_the_ending_says_the_format(figure, tmp_path, name, start):
    file = save_figure(figure, tmp_path / "new" / name)

    assert file == tmp_path / "new" / name
    assert file.read_bytes().startswith(start)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_equal_figures_give_equal_bytes_in_another_process_and_at_another_time(tmp_path, ending):
    code = """
import sys
from likewise.evaluation.plots import draw_score_histograms
draw_score_histograms({"cosine": [0.1, 0.5, 0.9]}, [0, 1, 1], sys.argv[1], thresholds=0.3, title="dev")
"""
    files = [tmp_path / f"{number}.{ending}" for number in range(2)]
    for file in files:
        subprocess.run([sys.executable, "-c", code, str(file)], check=True)

    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_is_replaced_whole_or_not_at_all(figure, tmp_path, monkeypatch):
    file = tmp_path / "a.png"
    file.write_bytes(b"old")

    monkeypatch.setattr(figure, "savefig", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_figure(figure, file)
    monkeypatch.undo()

    assert file.read_bytes() == b"old"
    save_figure(figure, file)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_file_that_cannot_be_written_is_an_error(figure, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="cannot be written"):
        save_figure(figure, tmp_path / "file" / "a.png")


@pytest.mark.parametrize("name", ["curve.pdf", "curve", "png", "curve.png.gz"])
def test_other_formats_are_refused(name):
    with pytest.raises(InputError, match=r"ends in \.png or a name that ends in \.svg"):
        checked_file(name)
    with pytest.raises(InputError, match="'png' or 'svg'"):
        checked_format("jpeg")


def test_the_settings_of_the_caller_stay(figure, tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)

    save_figure(figure, tmp_path / "a.svg")

    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingDependencyError, match=r"likewise\[plot\]"):
        require_plots()


def test_matplotlib_is_not_imported_before_something_is_drawn():
    code = (
        "import sys, likewise.evaluation.binary_classification, likewise.evaluation.plots; "
        "print('matplotlib' in sys.modules)"
    )

    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert found.strip() == "False"
