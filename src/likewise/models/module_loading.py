"""One module from its folder by its `type` string, and back. Knows which contract a class keeps, not what it does."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.models import foreign_module, remote_code
from likewise.models.module import LoadContext
from likewise.models.registry import find_class, is_ours, registered_names, type_string


def load_module(type_string: str, folder: ModelFolder, context: LoadContext) -> nn.Module:
    """Load one module.

    Args:
        type_string: Its `type`, in any spelling that a version of Sentence Transformers wrote, or the name of a class
            in code that the model brings.
        folder: The module's folder.
        context: What the caller decided.

    Returns:
        The module.

    Raises:
        UntrustedCodeError: If the type is code of the model, and the caller did not trust it.
        CheckpointError: If there is no such module, or its folder is damaged.

    Example:
        >>> import tempfile
        >>> folder = ModelFolder(Path(tempfile.mkdtemp()))
        >>> load_module("sentence_transformers.models.Normalize", folder, LoadContext())
        Normalize()
    """
    own = find_class(type_string)
    if own is not None:
        return own.from_folder(folder, context)
    if remote_code.is_reserved(type_string):
        raise CheckpointError(
            f"{folder.path}: there is no module {type_string!r}", accepted=f"one of {registered_names()}"
        )
    foreign = remote_code.load_class(type_string, folder, context)
    return foreign_module.load(foreign, folder, context)


def module_type_string(module: nn.Module) -> str:
    """The `type` string to save for a module.

    Args:
        module: The module.

    Returns:
        The form that every version opens for ours, such as "sentence_transformers.models.Pooling"; "<file>.<Class>" for
        code that came with a model; the full name of the class for others.
    """
    kind = type(module)
    return type_string(kind) if is_ours(kind) else remote_code.type_string_of(kind)


def save_module(
    module: nn.Module, target: str | Path, *, safe_serialization: bool = True, root: str | Path | None = None
) -> None:
    """Write a module into its folder, with the code of its class where that came with a model.

    Args:
        module: The module.
        target: Its folder, an existing directory.
        safe_serialization: Whether weights are safetensors.
        root: Folder of the whole model, where other versions look for code; None is `target`.

    Raises:
        ConfigError: If the module cannot be saved.
    """
    foreign_module.save(module, Path(target), safe_serialization=safe_serialization)
    if not is_ours(type(module)):
        remote_code.save_code(type(module), Path(root if root is not None else target))
