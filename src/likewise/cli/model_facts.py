"""What a model folder says about the model. Reads settings and headers, loads no weights, imports no torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from likewise.cli.module_facts import CUSTOM, ModuleFacts, read_module
from likewise.cli.reranker_facts import RerankerFacts, as_scoring, is_reranker, read_reranker
from likewise.errors import CheckpointError
from likewise.hub.folder import ModelFolder
from likewise.hub.front_matter import first_scalars
from likewise.sentence_transformer.module_list import MODULES_FILE, ModuleEntry, read_entries
from likewise.sentence_transformer.settings import FAMILY, SPARSE_FAMILY, ModelSettings

MAX_CARD_BYTES = 4 * 2**20
_CARD_KEYS = ("license", "license_name", "base_model")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """A model, as its files describe it.

    Args:
        name: The name it was asked for by.
        folder: Where it lies.
        modules: Its modules, in order.
        settings: Prompts, similarity and so on.
        card: "license", "license_name" and "base_model" from the README, as far as they are stated.
        size_bytes: Size of all files.
        notes: What a user should know before loading it.
        reranker: What is special about a re-ranker; None for a model that makes embeddings.
    """

    name: str
    folder: Path
    modules: tuple[ModuleFacts, ...]
    settings: ModelSettings
    card: Mapping[str, str]
    size_bytes: int
    notes: tuple[str, ...]
    reranker: RerankerFacts | None = None

    @property
    def dimension(self) -> int | None:
        """Width of the embeddings, or None if the files do not say, or the model makes none."""
        if self.reranker is not None:
            return None
        width = None if any(module.kind == CUSTOM for module in self.modules) else self.modules[-1].width
        cut = self.settings.truncate_dim
        return width if width is None or cut is None else min(width, cut)

    @property
    def max_seq_length(self) -> int | None:
        """Most tokens of a text that are read, or None if there is no limit."""
        return self.modules[0].max_length

    @property
    def parameters(self) -> int | None:
        """Numbers in the weight files, or None if some could not be counted."""
        counts = [module.parameters for module in self.modules]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def dtypes(self) -> list[str]:
        """Types of the weights, as safetensors spells them."""
        return sorted({dtype for module in self.modules for dtype in module.dtypes})

    @property
    def problems(self) -> list[str]:
        """What stands in the way of loading the model."""
        return [module.problem for module in self.modules if module.problem]

    @property
    def runs(self) -> str:
        """How the model is run."""
        kinds = {module.kind for module in self.modules}
        if CUSTOM in kinds:
            return "not without trust_remote_code=True (--trust-remote-code): it brings Python code"
        runs = [module.runs for module in self.modules if module.runs]
        if runs:
            return f"torch, on a GPU if there is one; {runs[0]}"
        if kinds & {"Router", "Asym"}:
            return "torch; each route by its own modules"
        return "torch, on the CPU or a GPU; transformers is not needed"


def read_facts(name: str, root: Path) -> ModelFacts:
    """Read what the files of a model say.

    Args:
        name: The name it was asked for by.
        root: Its folder.

    Returns:
        The facts.

    Raises:
        CheckpointError: If the folder is not a model, or a file that says which modules it has is wrong.
    """
    folder = ModelFolder(root)
    settings, scoring = ModelSettings.read(folder), is_reranker(folder)
    entries, notes = _entries(folder, scoring=scoring)
    modules: list[ModuleFacts] = []
    for entry in entries:
        width = modules[-1].width if modules else None
        module = read_module(entry.name, entry.type, folder.sub(entry.path), width)
        modules.append(as_scoring(module, folder.sub(entry.path)) if scoring else module)
    if settings.model_type == SPARSE_FAMILY:
        notes.append("a sparse encoder: open it with SparseEncoder")
    elif settings.model_type != FAMILY and not scoring:
        notes.append(f"saved as a {settings.model_type}: only its modules are used, its scoring is not")
    if folder.find("adapter_config.json") is not None:
        notes.append("the body is an adapter: its base model is loaded too")
    if any(module.weight_bytes and module.parameters is None and module.kind != CUSTOM for module in modules):
        notes.append("weights are pickles: read as plain tensors only; their numbers are not counted here")
    return ModelFacts(
        name=name,
        folder=root,
        modules=tuple(modules),
        settings=settings,
        card=_read_card(folder),
        size_bytes=_size(root),
        notes=tuple(notes),
        reranker=read_reranker(folder, modules) if scoring else None,
    )


def _entries(folder: ModelFolder, *, scoring: bool) -> tuple[list[ModuleEntry], list[str]]:
    if folder.find(MODULES_FILE) is not None:
        return read_entries(folder), []
    if folder.find("config.json") is None:
        raise CheckpointError(
            f"{folder.path} holds neither {MODULES_FILE} nor config.json",
            accepted="a Sentence Transformers folder or a transformers folder",
        )
    architectures = folder.config("config.json").texts("architectures", default=[])
    mode = "lasttoken" if any(name.endswith("ForCausalLM") for name in architectures) else "mean"
    body = ModuleEntry("0", "", "sentence_transformers.models.Transformer", [])
    if scoring:
        return [body], [f"a SentenceTransformer would use its encoder alone, with {mode} pooling"]
    return [body], [f"a plain transformers checkpoint: it is used with {mode} pooling"]


def _read_card(folder: ModelFolder) -> dict[str, str]:
    path = folder.find("README.md")
    if path is None or path.stat().st_size > MAX_CARD_BYTES:
        return {}
    return first_scalars(path.read_bytes().decode("utf-8", errors="replace"), _CARD_KEYS)


def _size(root: Path) -> int:
    paths = (Path(parent) / name for parent, _, names in os.walk(root) for name in names)
    return sum(path.stat().st_size for path in paths if path.is_file())
