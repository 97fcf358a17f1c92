"""Writes a `DirectBody` as a transformers model folder. Knows no tokenizer."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor

from likewise.encoder.linear import join
from likewise.hub.weights import save_tensors
from likewise.models.direct_body import DirectBody
from likewise.models.direct_model import DirectModel


def save_direct(body: DirectModel, path: Path, *, safe_serialization: bool = True) -> None:
    """Write configuration and weights.

    The weights go into place by renaming: the file that the encoder's own weights are mapped from may stand there.

    Args:
        body: The encoder, with or without a head.
        path: An existing directory.
        safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
    """
    with tempfile.TemporaryDirectory(dir=path) as name:
        save_tensors(_stored_tensors(body), Path(name), safe_serialization=safe_serialization)
        for file in Path(name).iterdir():
            file.replace(path / file.name)
    text = json.dumps(saved_config(body), indent=2, ensure_ascii=False)
    (path / "config.json").write_text(text + "\n", encoding="utf-8")


def stored_name(body: DirectModel, name: str) -> tuple[str, int]:
    """Translate a name of the model to that in files.

    Args:
        body: The encoder, with or without a head.
        name: Name of a weight in it.

    Returns:
        As `StoredNames.stored`.
    """
    prefix = body.prefix if not isinstance(body, DirectBody) and name.startswith(body.prefix) else ""
    stored, index = body.config.architecture.stored.stored(name.removeprefix(prefix))
    return f"{prefix}{stored}", index


def _stored_tensors(body: DirectModel) -> dict[str, Tensor]:
    """All weights under the names that files of the architecture have, each once; joined where those are."""
    pieces: dict[str, dict[int, Tensor]] = {}
    seen: set[int] = set()
    for name, tensor in body.state_dict(keep_vars=True).items():
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        stored, index = stored_name(body, name)
        pieces.setdefault(stored, {})[index] = tensor.detach().cpu()
    return {name: join([parts[at] for at in sorted(parts)]).contiguous() for name, parts in pieces.items()}


def saved_config(body: DirectModel) -> dict[str, Any]:
    """The configuration as it is now.

    Args:
        body: The encoder, with or without a head.

    Returns:
        What its file said, with the class and the data type of the weights that are saved.
    """
    data = {key: value for key, value in body.config.data.items() if key not in ("dtype", "torch_dtype")}
    dtype = next(body.parameters()).dtype
    # Version 4 of transformers reads "torch_dtype" alone, version 5 both.
    return {**data, "architectures": [body.architecture], "torch_dtype": str(dtype).removeprefix("torch.")}
