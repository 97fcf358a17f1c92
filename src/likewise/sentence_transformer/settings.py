"""`config_sentence_transformers.json`: prompts, similarity and versions of a model. Knows no module."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, final

from likewise._version import __version__
from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.similarity_functions import SimilarityFunction

FILE_NAME = "config_sentence_transformers.json"
# The format we write is the one that Sentence Transformers 3.4 defines; older and newer versions open it.
FORMAT_VERSION = "3.4.1"
FAMILY = "SentenceTransformer"
SPARSE_FAMILY = "SparseEncoder"
MAX_PROMPTS = 10_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What the folder says about the model as a whole.

    Args:
        prompts: Prompt name to text.
        default_prompt_name: The prompt that `encode` uses when it is given none.
        similarity_fn_name: "cosine", "dot", "euclidean", "manhattan", or None for the default.
        truncate_dim: Width to which embeddings are cut, or None.
        model_type: The family that wrote the folder.
    """

    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt_name: str | None = None
    similarity_fn_name: str | None = None
    truncate_dim: int | None = None
    model_type: str = FAMILY

    @classmethod
    def read(cls, folder: ModelFolder) -> Self:
        """Read the file of a model folder; a missing file means the defaults.

        Args:
            folder: The model's folder.

        Returns:
            The settings.

        Raises:
            CheckpointError: If a value has the wrong type, or the default prompt does not exist.
        """
        config = folder.config(FILE_NAME, optional=True)
        prompts = config.object("prompts", default=None)
        texts = dict(prompts.data) if prompts else {}
        for name, text in texts.items():
            if not isinstance(text, str) or len(texts) > MAX_PROMPTS:
                raise config.fail("prompts", {name: text}, f"an object of at most {MAX_PROMPTS} texts")
        default = config.text("default_prompt_name", default=None)
        if default is not None and default not in texts:
            raise config.fail("default_prompt_name", default, f"one of the prompts {sorted(texts)}, or null")
        return cls(
            prompts=texts,
            default_prompt_name=default,
            similarity_fn_name=_similarity(config.text("similarity_fn_name", default=None), config.where),
            truncate_dim=config.integer("truncate_dim", low=1, default=None),
            model_type=config.text("model_type", default=FAMILY),
        )

    def write(self, folder: Path) -> None:
        """Write the file.

        Args:
            folder: An existing directory.
        """
        data: dict[str, Any] = {
            "__version__": {
                "likewise": __version__,
                "pytorch": importlib.metadata.version("torch"),
                "sentence_transformers": FORMAT_VERSION,
                "transformers": importlib.metadata.version("transformers"),
            },
            "default_prompt_name": self.default_prompt_name,
            "model_type": self.model_type,
            "prompts": dict(self.prompts),
            "similarity_fn_name": self.similarity_fn_name or "cosine",
        }
        if self.truncate_dim is not None:
            data["truncate_dim"] = self.truncate_dim
        (folder / FILE_NAME).write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _similarity(name: str | None, where: Path) -> str | None:
    if name is None or name in SimilarityFunction.possible_values():
        return name
    raise CheckpointError(
        f"{where}: 'similarity_fn_name' is {name!r}", accepted=f"one of {SimilarityFunction.possible_values()}, or null"
    )
