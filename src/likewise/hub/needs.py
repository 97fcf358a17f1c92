"""Which files of a repository a load reads. Knows file names and what modules are called, not what the files mean.

Never the whole repository: exports for other runtimes, weights of other frameworks, training states and duplicates of
the weights (`.bin` beside `.safetensors`) stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, final

WEIGHT_CHOICES = (
    ("model.safetensors", "model-*-of-*.safetensors"),
    ("pytorch_model.bin", "pytorch_model-*-of-*.bin"),
)
ADAPTER_CHOICES = ("adapter_model.safetensors", "adapter_model.bin")
TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
SETTINGS = (".json", ".txt", ".model", ".jinja", ".md")
_OTHER_FOLDERS = {"onnx", "openvino", "coreml", "flax", "tf", "eval", "runs", "original", "gguf"}
_INDEX_OF_WEIGHTS = re.compile(r".*\.(safetensors|bin|h5|msgpack)\.index\.json")
_SHARD = re.compile(r"(model|pytorch_model)-\d+-of-\d+\.(safetensors|bin)")
_STATE_OF_TRAINING = {"trainer_state.json", "train_results.json", "all_results.json", "eval_results.json"}


@final
@dataclass(frozen=True, slots=True)
class ModuleNeeds:
    """What the folder of one kind of module must hold.

    Args:
        any_of: Files of which one must be there, group by group.
        weights: Whether weights must be there.
        wanted: Groups of files of which a complete copy has one, if the repository does; without, the module still
            loads, but perhaps with other settings.
    """

    any_of: tuple[tuple[str, ...], ...] = ()
    weights: bool = False
    wanted: tuple[tuple[str, ...], ...] = ()


_CONFIG = (("config.json",),)
TRANSFORMER_SETTINGS = (
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
)
PLAIN = ModuleNeeds((("config.json",), TOKENIZERS), True, (("tokenizer_config.json",),))
TRANSFORMER = ModuleNeeds(PLAIN.any_of, True, (*PLAIN.wanted, TRANSFORMER_SETTINGS))
_BY_MODULE = {
    "Pooling": ModuleNeeds(_CONFIG),
    "Normalize": ModuleNeeds(),
    "Dense": ModuleNeeds(_CONFIG, True),
    "LayerNorm": ModuleNeeds(_CONFIG, True),
    "Dropout": ModuleNeeds(_CONFIG),
    "LSTM": ModuleNeeds((("lstm_config.json",),), True),
    "CNN": ModuleNeeds((("cnn_config.json",),), True),
    "BoW": ModuleNeeds(_CONFIG),
    "WordWeights": ModuleNeeds(_CONFIG),
    "WordEmbeddings": ModuleNeeds((("wordembedding_config.json",),), True),
    "WeightedLayerPooling": ModuleNeeds(_CONFIG, True),
    "StaticEmbedding": ModuleNeeds((("tokenizer.json",),), True),
    "MLMTransformer": TRANSFORMER,
    "SpladePooling": ModuleNeeds(_CONFIG),
    "SparseAutoEncoder": ModuleNeeds(_CONFIG, True),
    "SparseStaticEmbedding": ModuleNeeds((TOKENIZERS,)),
    "CLIPModel": ModuleNeeds(_CONFIG, True, (("preprocessor_config.json",),)),
    "Asym": ModuleNeeds(_CONFIG),
    "Router": ModuleNeeds((("router_config.json", "config.json"),)),
}


def needs_of(type_string: str) -> ModuleNeeds:
    """What a module's folder must hold.

    Args:
        type_string: Its `type`, in any spelling.

    Returns:
        The needs. A kind that is not known is taken for one that needs nothing.

    Example:
        >>> needs_of("sentence_transformers.models.Dense").weights
        True
    """
    name = type_string.rpartition(".")[2]
    plain = {"Transformer", "BERT", "XLNet", "RoBERTa", "DistilBERT", "ALBERT", "CamemBERT", "XLMRoBERTa", "T5"}
    return TRANSFORMER if name in plain else _BY_MODULE.get(name, ModuleNeeds())


def is_ours(type_string: str) -> bool:
    """Whether a `type` string names a module of the format, so that no code of the repository is needed."""
    return type_string.partition(".")[0] in {"sentence_transformers", "likewise", "pylate"}


def files_to_fetch(listing: Collection[str], folders: Iterable[str], *, code: bool = False) -> list[str]:
    """Choose the files of a repository that a load reads.

    Args:
        listing: All files, as relative paths with forward slashes.
        folders: The folders of modules, "" for the root. A folder other than the root counts with all below it.
        code: Whether Python files are wanted too.

    Returns:
        The chosen files, sorted.

    Example:
        >>> files_to_fetch(["config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx"], [""])
        ['config.json', 'model.safetensors']
    """
    below = [folder.strip("/") for folder in folders if folder not in ("", ".")]
    directories: dict[str, list[str]] = {}
    for file in listing:
        path = PurePosixPath(file)
        parent = "" if str(path.parent) == "." else str(path.parent)
        inside = any(parent == folder or parent.startswith(f"{folder}/") for folder in below)
        if (parent == "" or inside) and not _OTHER_FOLDERS & set(path.parts[:-1]):
            directories.setdefault(parent, []).append(path.name)
    return sorted(
        f"{parent}/{name}" if parent else name
        for parent, names in directories.items()
        for name in _of_directory(names, code=code)
    )


def _of_directory(names: Collection[str], *, code: bool) -> set[str]:
    chosen = {name for name in names if name.endswith(SETTINGS) and name not in _STATE_OF_TRAINING}
    chosen = {name for name in chosen if not _INDEX_OF_WEIGHTS.fullmatch(name)}
    if code:
        chosen |= {name for name in names if name.endswith(".py")}
    for single, _ in WEIGHT_CHOICES:
        index, suffix = f"{single}.index.json", PurePosixPath(single).suffix
        if single in names:
            chosen.add(single)
            break
        if index in names:
            chosen |= {index} | {name for name in names if _SHARD.fullmatch(name) and name.endswith(suffix)}
            break
    chosen |= set([name for name in ADAPTER_CHOICES if name in names][:1])
    return chosen


def missing_groups(
    exists: Callable[[str], bool], folder: str, groups: Iterable[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Find the groups of which no file is there.

    Args:
        exists: Whether a file is there, by relative path.
        folder: The module's folder.
        groups: Groups of file names.

    Returns:
        The groups, with the folder put before the names.
    """
    prefix = f"{folder}/" if folder not in ("", ".") else ""
    groups = [tuple(f"{prefix}{name}" for name in group) for group in groups]
    return [group for group in groups if not any(map(exists, group))]


def code_files(values: Iterable[Any]) -> set[str]:
    """Python files at the root that `type` strings or `auto_map` values name ("file.Class")."""
    names = (value for value in values if isinstance(value, str) and "--" not in value and value.count(".") == 1)
    return {f"{name.partition('.')[0]}.py" for name in names}
