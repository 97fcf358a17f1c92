"""Writes a transformers model and tokenizer so that old and new readers open them. Reads nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from likewise.hub.weights import PICKLE_NAME, SAFE_NAME
from likewise.models.adapters import has_adapters, save_adapter
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.quiet_transformers import quiet_transformers


def save_model(model: Any, path: Path, *, safe_serialization: bool = True) -> None:
    """Write configuration and weights; of a model with active adapters only these.

    Args:
        model: The transformers model.
        path: An existing directory.
        safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
    """
    if has_adapters(model):
        save_adapter(model, path, safe_serialization=safe_serialization)
        return
    with quiet_transformers():
        model.save_pretrained(path)
    if not safe_serialization and (path / SAFE_NAME).is_file():
        torch.save(model.state_dict(), path / PICKLE_NAME)
        (path / SAFE_NAME).unlink()


def save_tokenizer(tokenizer: Any, path: Path) -> None:
    """Write the tokenizer's files.

    Args:
        tokenizer: The transformers tokenizer (or processor), or a `FileTokenizer`.
        path: An existing directory.
    """
    if isinstance(tokenizer, FileTokenizer):
        tokenizer.write(path)
    else:
        with quiet_transformers():
            tokenizer.save_pretrained(path)
    file = path / "tokenizer_config.json"
    if file.is_file():
        config = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(_readable_by_all(config), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _readable_by_all(config: dict[str, Any]) -> dict[str, Any]:
    """Spell what transformers 5 writes in the way that transformers 4 reads as well."""
    readable = dict(config)
    if readable.get("tokenizer_class") == "TokenizersBackend":
        readable["tokenizer_class"] = "PreTrainedTokenizerFast"
    if isinstance(readable.get("extra_special_tokens"), list):
        readable["additional_special_tokens"] = readable.pop("extra_special_tokens")
    for local in ("is_local", "local_files_only", "name_or_path", "backend"):
        readable.pop(local, None)
    return readable
