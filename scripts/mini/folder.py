"""Writes the model folder in the documented format. Knows files, not how the table was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

MODULES = ("StaticEmbedding", "Normalize")
SETTINGS = {
    "__version__": {"sentence_transformers": "3.4.0"},
    "prompts": {},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def write_folder(folder: Path, tokenizer: Tokenizer, table_VD: torch.Tensor) -> None:
    """Write all files of the model but its card.

    Args:
        folder: The target, made where it is missing; files in it are replaced.
        tokenizer: The tokenizer.
        table_VD: float16 [V, D], a row for each token.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        {
            "idx": at,
            "name": str(at),
            "path": "" if at == 0 else f"{at}_{name}",
            "type": f"sentence_transformers.models.{name}",
        }
        for at, name in enumerate(MODULES)
    ]
    write_json(folder / "modules.json", entries)
    write_json(folder / "config_sentence_transformers.json", SETTINGS)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    weights = folder / "model.safetensors"
    save_file({"embedding.weight": table_VD.contiguous()}, weights, metadata={"format": "pt"})
    # safetensors writes a file that only its owner can read.
    weights.chmod(0o644)


def write_json(path: Path, value: Any) -> None:
    """Write one JSON file.

    Args:
        path: The file.
        value: What it holds.
    """
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
