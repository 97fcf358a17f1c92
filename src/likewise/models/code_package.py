"""Python files of a model folder as modules of a private package. Runs them: whoever calls this has been told to trust.

The files are the one asked for and those that it imports by relative imports, all inside the folder. They are read
once; nothing else of the folder can be imported, nothing is compiled into it, and `sys.path` stays as it is.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import final

from likewise.errors import CheckpointError, LikewiseError
from likewise.hub.folder import ModelFolder

_PREFIX = "likewise_remote_code_"
_MAX_FILES = 256
_MAX_BYTES = 4 * 2**20
_LOCK = threading.RLock()


@final
class CodePackage(ModuleType):
    """The package that the files of one model are modules of.

    Args:
        name: Its name, which ends in a digest of the files: the same code makes the same package.
        sources: Path within the folder -> text of the file.
        where: The folder.
    """

    def __init__(self, name: str, sources: Mapping[str, str], where: Path) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.sources = dict(sources)
        self.where = where
        self.files: list[str] = []


def collect_sources(folder: ModelFolder, file: str) -> dict[str, str]:
    """Read a file and all that it imports by relative imports.

    Args:
        folder: The folder with the code.
        file: Name of the file, such as "custom.py".

    Returns:
        Path within the folder -> text, the file itself first.

    Raises:
        CheckpointError: If a file is missing, too large or no Python.
        UnsafePathError: If a file lies outside the folder.
    """
    sources: dict[str, str] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop(0)
        if path in sources:
            continue
        if len(sources) >= _MAX_FILES:
            raise CheckpointError(f"{folder.path}: {file} imports more than {_MAX_FILES} files")
        sources[path] = _read(folder, path)
        waiting += [found for name in _relative_imports(sources[path], path) for found in _files_of(folder, name)]
    return sources


def _read(folder: ModelFolder, path: str) -> str:
    file = folder.require(path)
    if file.stat().st_size > _MAX_BYTES:
        raise CheckpointError(f"{file}: {file.stat().st_size:,} bytes of code", accepted=f"at most {_MAX_BYTES:,}")
    try:
        text = file.read_bytes().decode("utf-8-sig")
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CheckpointError(f"{file}: not a Python file: {error}") from error
    return text


def _relative_imports(source: str, path: str) -> list[str]:
    """Dotted names within the folder that a file may import; some may be names in a file rather than files."""
    package = path.removesuffix(".py").split("/")[:-1]
    names = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        up = node.level - 1
        if up > len(package):
            raise CheckpointError(f"{path}: a relative import leads out of the model folder")
        base = package[: len(package) - up] + (node.module.split(".") if node.module else [])
        names += [".".join(base)] if base else []
        names += [".".join([*base, alias.name]) for alias in node.names if alias.name != "*"]
    return names


def _files_of(folder: ModelFolder, name: str) -> list[str]:
    """The file of a dotted name, and the `__init__.py` of the packages on the way to it."""
    parts = name.split(".")
    candidates = ["/".join([*parts[:at], "__init__.py"]) for at in range(1, len(parts) + 1)]
    candidates.append("/".join(parts) + ".py")
    return [path for path in candidates if folder.find(path) is not None]


def run_package(sources: Mapping[str, str], file: str, where: Path) -> ModuleType:
    """Run collected files as modules of one package.

    Args:
        sources: Path within the folder -> text.
        file: The path whose module is wanted.
        where: The folder, which the modules see as theirs (`__file__`).

    Returns:
        Its module.

    Raises:
        CheckpointError: If the code fails while it is imported.
    """
    digest = hashlib.sha256(repr(sorted(sources.items())).encode("utf-8", "surrogatepass")).hexdigest()
    name = _PREFIX + digest[:16]
    wanted = f"{name}.{_dotted(file)}"
    with _LOCK:
        if wanted not in sys.modules:
            before = set(sys.modules)
            package = sys.modules[name] = CodePackage(name, sources, where)
            try:
                _run(package, file)
            except Exception as error:
                for each in set(sys.modules) - before:
                    if each.startswith(name):
                        del sys.modules[each]
                raise _explain(file, error) from error
            package.files.append(file)
        return sys.modules[wanted]


def _run(package: CodePackage, path: str) -> None:
    """Run one file, after those that it imports: the modules are then found as imported already."""
    name = f"{package.__name__}.{_dotted(path)}"
    if name in sys.modules:
        return
    parent = name.rpartition(".")[0]
    _make_parents(package, parent)
    module = _new_module(name, package.where / path, is_package=path.endswith("/__init__.py"))
    for needed in _relative_imports(package.sources[path], path):
        for candidate in (f"{needed.replace('.', '/')}/__init__.py", f"{needed.replace('.', '/')}.py"):
            if candidate in package.sources:
                _run(package, candidate)
    # The caller trusts the code: this is what `trust_remote_code=True` means.
    exec(compile(package.sources[path], str(package.where / path), "exec"), module.__dict__)  # noqa: S102
    setattr(sys.modules[parent], name.rpartition(".")[2], module)


def _make_parents(package: CodePackage, name: str) -> None:
    """Make the packages above a module, with their own code where they have some."""
    if name in sys.modules:
        return
    path = name.removeprefix(f"{package.__name__}.").replace(".", "/") + "/__init__.py"
    if path in package.sources:
        _run(package, path)
        return
    _make_parents(package, name.rpartition(".")[0])
    _new_module(name, package.where / path, is_package=True)


def _new_module(name: str, file: Path, *, is_package: bool) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(file)
    module.__package__ = name if is_package else name.rpartition(".")[0]
    if is_package:
        module.__path__ = []
    sys.modules[name] = module
    return module


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _explain(file: str, error: Exception) -> LikewiseError:
    if isinstance(error, LikewiseError):
        return error
    fix = "ask the author of the model"
    if isinstance(error, ModuleNotFoundError) and error.name:
        fix = f"install the package {error.name.split('.')[0]!r}, which the code imports"
    return CheckpointError(f"the code in {file} fails: {type(error).__name__}: {error}", fix=fix)


def package_of(kind: type) -> CodePackage | None:
    """The package that a class came from.

    Args:
        kind: The class.

    Returns:
        The package, None for a class that was imported in the ordinary way.
    """
    package = sys.modules.get(kind.__module__.split(".")[0])
    return package if isinstance(package, CodePackage) else None


@final
class CarriedCode:
    """The packages of this process, in a form that pickles: put before a model, it makes the model's classes known.

    A process that unpickles it runs their code, which the process that wrote the pickle was told to trust.

    Example:
        >>> import pickle
        >>> type(pickle.loads(pickle.dumps((CarriedCode(), "model")))[0]).__name__
        'CarriedCode'
    """

    def __reduce__(self) -> tuple[object, ...]:
        with _LOCK:
            packages = [module for module in sys.modules.values() if isinstance(module, CodePackage)]
            return _restore, ([(each.sources, each.files, each.where) for each in packages],)


def _restore(packages: list[tuple[dict[str, str], list[str], Path]]) -> CarriedCode:
    for sources, files, where in packages:
        for file in files:
            run_package(sources, file, where)
    return CarriedCode()
