"""Fail when a file has more than 400 lines, or a function more than 60 without its docstring. No exceptions list."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MAX_FILE = 400
MAX_FUNCTION = 60
FOLDERS = ("src", "scripts", "benchmarks", "examples", "tests")


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from `def` to its end, less those of its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def problems(path: Path) -> list[str]:
    """What is too large in one file."""
    text = path.read_text(encoding="utf-8")
    count = len(text.splitlines())
    found = [f"{path}: {count} lines, at most {MAX_FILE}"] if count > MAX_FILE else []
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found += [
        f"{path}:{node.lineno}: {node.name} has {function_lines(node)} lines, at most {MAX_FUNCTION}"
        for node in functions
        if function_lines(node) > MAX_FUNCTION
    ]
    return found


def main() -> int:
    """Check all folders."""
    files = [path for folder in FOLDERS for path in sorted(Path(folder).rglob("*.py"))]
    found = [problem for path in files for problem in problems(path)]
    print("\n".join(found) or f"sizes: {len(files)} files are small enough")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
