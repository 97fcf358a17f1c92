"""The migration page: its code runs and prints what the page says, its commands run, and its list is the real one."""

import re
from pathlib import Path

import pytest

from likewise.compat.missing import MISSING

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
RUN = """
import doctest, sys
text = open(sys.argv[1], encoding="utf-8").read()
test = doctest.DocTestParser().get_doctest(text, {}, "migration.md", None, 0)
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
failed, tried = runner.run(test, out=sys.stderr.write)
print(tried)
sys.exit(failed)
"""


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_code(python, toy_bert_folder, tmp_path):
    pytest.importorskip("datasets", reason="extra train")
    toy_bert_folder(tmp_path / "toy-bert", plain=True)
    (tmp_path / "code").write_text("\n\n".join(blocks("python")), encoding="utf-8")

    tried = python("-c", RUN, "code", cwd=tmp_path)

    assert int(tried.splitlines()[-1]) > 20


def test_the_commands(python, tmp_path):
    (tmp_path / "package").mkdir()
    for path in ("program.py", "package/module.py"):
        (tmp_path / path).write_text(
            "import sentence_transformers, sys; print(sentence_transformers.__version__, sys.argv[1:])"
        )
    commands = [line[2:] for block in blocks("console") for line in block.splitlines()]

    printed = [python(*command.split()[1:], cwd=tmp_path) for command in commands]

    assert [command.split()[0] for command in commands] == ["python", "python"]
    assert printed == ["5.3.0 ['--its', '--own', 'arguments']", "5.3.0 []"]


def test_there_is_no_other_code():
    assert set(re.findall(r"^```(\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) == {"python", "console"}


def test_the_list_of_what_is_missing():
    rows = re.findall(
        r"^\| `([\w.]+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8").partition("## Not there")[2], re.MULTILINE
    )

    assert dict(rows) == MISSING
