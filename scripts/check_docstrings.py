"""Fail when a file does not say on top what it is, or a public name lacks the docstring sections that it needs.

Public is what is importable without a leading underscore. A function whose docstring has more than one line documents
its arguments and its result; a class that users call by its documented name shows a runnable example.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import likewise
import likewise.models

ROOT = Path("src/likewise")
# Documented names, where every class shows a runnable example.
DOCUMENTED = {*likewise.__all__, *likewise.models.__all__}


def sections_missing(node: ast.FunctionDef | ast.AsyncFunctionDef, doc: str) -> list[str]:
    """Sections that the signature asks for and the docstring lacks."""
    if "\n" not in doc.strip():
        return []
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    missing = []
    if [name for name in names if name not in ("self", "cls")] and "Args:" not in doc:
        missing.append("Args")
    yields = any(isinstance(child, ast.Yield | ast.YieldFrom) for child in ast.walk(node))
    result = node.returns is not None and ast.unparse(node.returns) not in ("None", "Never", "NoReturn")
    if result and not yields and "Returns:" not in doc:
        missing.append("Returns")
    return missing


def is_property(node: ast.AST) -> bool:
    """Whether a function is a property (its summary says all)."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(name.endswith(("property", ".setter", "overload")) for name in map(ast.unparse, decorators))


def check(path: Path) -> list[str]:
    """Problems of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [] if ast.get_docstring(tree) else [f"{path}: no docstring on top of the file"]
    for parent in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        for node in parent.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            doc = ast.get_docstring(node)
            if is_property(node) and (doc or "setter" in ast.unparse(node.decorator_list[0])):
                continue
            if not doc:
                found.append(f"{path}:{node.lineno}: {node.name} has no docstring")
            elif isinstance(node, ast.ClassDef):
                if node.name in DOCUMENTED and ">>>" not in doc:
                    found.append(f"{path}:{node.lineno}: class {node.name} shows no example")
            else:
                missing = sections_missing(node, doc)
                found += [f"{path}:{node.lineno}: {node.name} lacks the section {name}" for name in missing]
    return found


def main() -> int:
    """Check the package."""
    files = sorted(ROOT.rglob("*.py"))
    found = [problem for path in files for problem in check(path)]
    print("\n".join(found) or f"docstrings: {len(files)} files are documented")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
