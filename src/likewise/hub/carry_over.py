"""Which files of a folder stay when a model is saved into it again. Knows file names, not their contents.

What belongs to the model that was saved there before goes: its settings, weights and tokenizer at the root, the folders
of its modules, and exports (`onnx`, `openvino`) of weights that are no longer there. Everything else is the user's and
stays: checkpoints, logs, `.git`, notes. In a folder that held no model, everything stays that the save does not write.
"""

from __future__ import annotations

import filecmp
import logging
import os
import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from likewise.errors import CheckpointError, OutputError
from likewise.hub.strict_json import read_json

logger = logging.getLogger(__name__)

CARD_NAME = "README.md"
EXPORT_FOLDERS = ("onnx", "openvino")
_SIGNS_OF_A_MODEL = (
    "modules.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "adapter_config.json",
)
_MODEL_FILES = (
    *_SIGNS_OF_A_MODEL,
    CARD_NAME,
    "config.json",
    "sentence_*_config.json",
    "router_config.json",
    "lstm_config.json",
    "cnn_config.json",
    "wordembedding_config.json",
    "whitespacetokenizer_config.json",
    "phrasetokenizer_config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "model-*-of-*.safetensors",
    "pytorch_model-*-of-*.bin",
    "adapter_model.safetensors",
    "adapter_model.bin",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.j*",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
_MODULE_FOLDER = re.compile(r"\d+_[A-Za-z]\w*|\w+_\d+_[A-Za-z]\w*")


def carry_over(old: Path, new: Path) -> None:
    """Put the user's files of the old folder into the new one too, without taking them from the old.

    Files are linked, so that it costs no space and both folders are whole whatever happens next.

    Args:
        old: The folder as it is.
        new: The folder that will take its place.

    Raises:
        OutputError: If a folder below is a mount point, which cannot be moved.
        OSError: If a file can be neither linked nor copied.
    """
    if not _is_model(old) and (old / CARD_NAME).is_file() and (new / CARD_NAME).is_file():
        logger.info("%s was there before the model and is kept as it is", old / CARD_NAME)
        (new / CARD_NAME).unlink()
    staying = users_entries(old, new)
    for name in EXPORT_FOLDERS:
        if name not in staying and (old / name).is_dir():
            logger.warning(
                "%s was exported from other weights than those saved now, and goes: export again", old / name
            )
    for name in staying:
        _link(old / name, new / name)


def rescue(old: Path, new: Path) -> None:
    """Move what appeared among the user's files of the old folder while the folders were exchanged.

    Args:
        old: The folder that was replaced.
        new: The folder that replaced it.
    """
    for name in users_entries(old, new):
        if not os.path.lexists(new / name):
            os.rename(old / name, new / name)


def users_entries(old: Path, new: Path) -> list[str]:
    """Name what in the old folder is the user's.

    Args:
        old: The folder as it is, or was.
        new: The folder that takes its place; exports stay if the weights are the same.

    Returns:
        Names of files and folders directly in it, sorted.
    """
    with os.scandir(old) as entries:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    if not _is_model(old):
        return sorted(names)
    dropped = _module_folders(old)
    if any(names.get(name) for name in EXPORT_FOLDERS) and not _same_weights(old, new):
        dropped.update(EXPORT_FOLDERS)
    return sorted(name for name, is_dir in names.items() if name not in dropped and (is_dir or not _matches(name)))


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _SIGNS_OF_A_MODEL)


def _matches(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _MODEL_FILES)


def _same_weights(old: Path, new: Path) -> bool:
    name = "model.safetensors"
    both = (old / name).is_file() and (new / name).is_file()
    return both and filecmp.cmp(old / name, new / name, shallow=False)


def _module_folders(old: Path) -> set[str]:
    """Folders that the old model names as its modules and that are named as modules are."""
    names: list[object] = []
    try:
        if (old / "modules.json").is_file():
            modules = read_json(old / "modules.json")
            names += [entry.get("path") for entry in modules if isinstance(entry, dict)]
        if (old / "router_config.json").is_file():
            names += list(read_json(old / "router_config.json")["types"])
    except (CheckpointError, TypeError, KeyError):
        logger.info("%s holds a damaged model; what looks like the user's files is kept", old)
    return {name for name in names if isinstance(name, str) and _MODULE_FOLDER.fullmatch(name)}


def _link(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        if os.path.ismount(source):
            raise OutputError(f"{source} is a mount point, so {source.parent} cannot be replaced", fix="save elsewhere")
        target.mkdir(exist_ok=True)
        for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
            _link(Path(entry.path), target / entry.name)
        shutil.copystat(source, target)
    elif not os.path.lexists(target):
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:  # a file system without hard links
            shutil.copy2(source, target, follow_symlinks=False)
