"""Every console block of docs/cli.md prints what the page shows. `UPDATE_DOCS=1` writes what they print into it."""

import os
import re
import shlex
from pathlib import Path

import pytest

from likewise.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+")
SPEED = re.compile(r"in [\d.]+ s \([\d,]+ texts/s\)|(?<=measured here)[ \d,.]+")


def commands(block):
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def run(command, capsys):
    """Run one line of a block in this process; returns what it prints."""
    words = shlex.split(command)
    if words[0] == "printf":
        Path(words[3]).write_text(words[1].replace("\\n", "\n"))
        return ""
    capsys.readouterr()
    main(words[1:])
    out, err = capsys.readouterr()
    return (out + err).replace(f"{ROOT}{os.sep}", "")


def test_every_console_block_prints_what_the_page_shows(tmp_path, monkeypatch, capsys):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    printed = page
    for block in BLOCK.findall(page):
        lines = [f"$ {command}\n{run(command, capsys)}" for command in commands(block)]
        printed = printed.replace(f"```console\n{block}```", f"```console\n{''.join(lines).rstrip()}\n```", 1)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(printed, encoding="utf-8")

    # Speeds differ from run to run, scores in the last digits from machine to machine.
    shown, found = SPEED.sub("", PAGE.read_text(encoding="utf-8")), SPEED.sub("", printed)
    assert NUMBER.sub("#", found) == NUMBER.sub("#", shown)
    assert [float(n) for n in NUMBER.findall(found)] == pytest.approx(
        [float(n) for n in NUMBER.findall(shown)], abs=0.01
    )


def test_every_option_of_the_help_is_on_the_page_or_self_explaining(capsys):
    """An option that the page does not explain is one of those whose help line says all."""
    page = PAGE.read_text(encoding="utf-8")
    plain = {"--help", "--version", "--device", "--batch-size", "--output"}
    options = set()
    below = ("mine duplicates", "mine bitext", "mine hard-negatives")
    below += ("index build", "index add", "index search", "index info")
    for command in ("search", "compare", "encode", "info", "evaluate", "cluster", "map", *below):
        main([*command.split(), "--help"])
        options |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", capsys.readouterr().out.split("examples:")[0]))

    assert {option for option in options - plain if option not in page and f"--{option[5:]}" not in page} == set()
