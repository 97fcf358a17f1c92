"""The entry point: usage, exit codes, messages, and what a process leaves behind."""

import logging
import os
import subprocess
import sys
import warnings

import pytest

from likewise.cli import search
from likewise.cli.main import main

COMMANDS = ["encode", "compare", "search", "info"]


def run(*arguments, **options):
    command = [sys.executable, "-m", "likewise.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def test_version(likewise):
    from likewise import __version__

    assert likewise("--version").out == f"likewise {__version__}\n"


def test_help_shows_commands_and_examples(likewise):
    outcome = likewise("--help")

    assert outcome.code == 0
    assert all(f"    {command} " in outcome.out for command in COMMANDS)
    assert "examples:" in outcome.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(likewise, command):
    outcome = likewise(command, "--help")

    assert outcome.code == 0
    assert f"likewise {command} " in outcome.out.split("examples:")[1]
    assert "--json" in outcome.out
    assert "--model" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["search"],
        ["encode", "a.txt"],
        ["search", "a.txt", "--nonsense"],
        ["info", "--quiet", "--verbose"],
    ],
)
def test_wrong_usage_is_exit_code_2_with_a_hint(likewise, arguments):
    outcome = likewise(*arguments)

    assert outcome.code == 2
    assert outcome.err.startswith("usage: likewise")


def test_an_error_is_one_line_without_traceback(likewise):
    outcome = likewise("search", "nowhere.txt", "x")

    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "likewise: error: nowhere.txt: no such file or folder. Accepted: a path that exists, or - for stdin"
    ]


def test_debug_shows_the_traceback(likewise):
    outcome = likewise("search", "nowhere.txt", "x", "--debug")

    assert outcome.code == 1
    assert "Traceback" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("likewise: error: nowhere.txt")


def test_interruption_is_exit_code_130(likewise, write, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "TextInput", interrupt)

    outcome = likewise("search", write("a.txt", "x\n"), "x")

    assert outcome.code == 130
    assert "interrupted" in outcome.err


def test_library_warnings_are_lines_on_stderr_each_kind_once(likewise, write, monkeypatch, capsys):
    def loader(options):
        logger = logging.getLogger("likewise.encoding")
        for number in range(3):
            logger.warning("%d texts were truncated", number)
        warnings.warn("this is old", DeprecationWarning, stacklevel=1)
        warnings.warn("this is wrong", UserWarning, stacklevel=1)
        raise FileNotFoundError("the end")

    assert main(["search", str(write("a.txt", "x\n")), "x"], loader=loader) == 1

    err = capsys.readouterr().err
    assert err.count("texts were truncated") == 1
    assert "likewise: warning: 0 texts were truncated" in err
    assert "likewise: 2 more messages like these" in err
    assert "likewise: warning: this is wrong" in err
    assert logging.getLogger("likewise").handlers == []


def test_parsing_and_help_import_neither_torch_nor_numpy():
    code = (
        "import sys; from likewise.cli.main import main; main(['search', '--help']); "
        "print([name for name in ('torch', 'transformers', 'numpy') if name in sys.modules])"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "[]"


def test_the_process_ends_with_the_exit_code():
    result = run("info", "/no/such/model", "--offline")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("likewise: error: ")


# A process with a model that embeds everything alike, for what only a process shows.
PROCESS = """
import sys
from types import SimpleNamespace
import numpy as np
from likewise.cli.main import main

def encode(sentences, **options):
    return np.ones((len(sentences), 2), np.float32)

model = SimpleNamespace(
    encode=encode, encode_query=encode, encode_document=encode, similarity_fn_name="cosine",
    max_seq_length=128,
    similarity=lambda one, other: one @ other.T,
)
sys.exit(main(sys.argv[1:], loader=lambda options: model))
"""


def shell(pipeline, *arguments):
    """Run a shell pipeline in which `$P` is the process; returns its exit code and what it said on stderr."""
    command = f'P() {{ {sys.executable} -c "$0" "$@"; }}; {pipeline}; exit ${{PIPESTATUS[0]}}'
    return subprocess.run(
        ["bash", "-c", command, PROCESS, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_reader_that_goes_away_is_no_error(write):
    path = write("a.txt", "a line of text\n" * 400)

    result = shell('P "$@" | head -1', "compare", path, path, "--all-pairs")

    assert result.returncode == 141
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_reported(write):
    path = write("a.txt", "a line of text\n")

    result = shell('P "$@" > /dev/full', "search", path, "line", "-k", 1)

    assert result.returncode == 1
    assert "No space left on device" in result.stderr
    assert len(result.stderr.splitlines()) == 1
