"""The page of clients: its versions are those of the environment, and its code is that of the programs."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parent.parent / "docs" / "clients.md").read_text(encoding="utf-8")
PINNED = dict(re.findall(r"^([\w-]+)==(\S+)$", (HERE / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
SNIPPETS = re.findall(r"\[`(use_\w+)`\].*?```python\n(.*?)```", PAGE, re.DOTALL)
NAMES = {
    '"sentence-transformers/all-MiniLM-L6-v2"': "given.model",
    '"cross-encoder/ms-marco-MiniLM-L6-v2"': "given.reranker",
}


def test_the_versions_are_those_of_the_environment():
    stated = dict(re.findall(r"\b([\w-]+) (\d+\.\d+\.\d+)", "\n".join(re.findall(r"^\| .*", PAGE, re.MULTILINE))))

    assert stated == {name: version for name, version in PINNED.items() if name != "sentence-transformers"}
    assert f"Sentence Transformers {PINNED['sentence-transformers']}" in PAGE


def test_every_program_has_its_code():
    assert sorted(name for name, _ in SNIPPETS) == sorted(path.stem for path in (HERE / "programs").glob("use_*.py"))


@pytest.mark.parametrize(("program", "code"), SNIPPETS, ids=[program for program, _ in SNIPPETS])
def test_the_code_is_that_of_the_program(program, code):
    for shown, given in NAMES.items():
        code = code.replace(shown, given)
    written = ast.parse((HERE / "programs" / f"{program}.py").read_text(encoding="utf-8"))
    there = {ast.unparse(node) for node in ast.walk(written) if isinstance(node, ast.stmt | ast.expr)}

    statements = ast.parse(code).body
    assert len(statements) >= 3
    for statement in statements:
        expression = statement.value if isinstance(statement, ast.Expr) else statement
        assert ast.unparse(expression) in there
