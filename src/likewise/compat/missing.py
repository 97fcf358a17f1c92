"""What the documentation of later versions names and likewise does not have, with the nearest that it has.

A test walks this list: each entry fails to resolve, and everything documented that is not in it resolves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from likewise._version import __version__
from likewise.compat.table import ALIAS, TABLE
from likewise.errors import LikewiseError

# Module path or name, as documented -> what there is instead.
_TOKENS: Final = "SentenceTransformer with output_value='token_embeddings', which gives the vectors of tokens"
_SPARSE: Final = "SentenceTransformerTrainer; sparse encoders are for inference, trained elsewhere"
MISSING: Final = {
    "backend": "the torch backend, which runs packed; model.quantize_int8() for the CPU",
    "base.losses": "a loss of likewise.losses with mini_batches, which caches any of them",
    "base.PeftAdapterMixin": "the methods add_adapter, load_adapter, ... of SentenceTransformer",
    "base.peft_mixin": "the methods add_adapter, load_adapter, ... of SentenceTransformer",
    "cross_encoder.fit_mixin": "CrossEncoder.fit",
    "cross_encoder.util": "CrossEncoder, which takes old and new argument names",
    "export_dynamic_quantized_onnx_model": "model.quantize_int8()",
    "export_optimized_onnx_model": "the torch backend, which runs packed",
    "export_static_quantized_openvino_model": "model.quantize_int8()",
    "fit_mixin": "SentenceTransformer.fit",
    "model_card_templates": "SentenceTransformerModelCardData",
    "multi_vector_encoder": _TOKENS,
    "MultiVectorEncoder": _TOKENS,
    "MultiVectorEncoderModelCardData": "SentenceTransformerModelCardData",
    "MultiVectorEncoderTrainer": "SentenceTransformerTrainer",
    "MultiVectorEncoderTrainingArguments": "SentenceTransformerTrainingArguments",
    "peft_mixin": "the methods add_adapter, load_adapter, ... of SentenceTransformer",
    "resolve_ids": "datasets.Dataset.map with a dictionary of the texts",
    "sentence_transformer.fit_mixin": "SentenceTransformer.fit",
    "sparse_encoder.SparseEncoderDataCollator": _SPARSE,
    "sparse_encoder.callbacks": _SPARSE,
    "sparse_encoder.data_collator": _SPARSE,
    "sparse_encoder.evaluation": "the evaluators of likewise.evaluation on encode(convert_to_sparse_tensor=False)",
    "sparse_encoder.losses": _SPARSE,
    "sparse_encoder.search_engines": "likewise.index, or the database's own client",
    "sparse_encoder.trainer": _SPARSE,
    "sparse_encoder.training_args": _SPARSE,
    "SparseEncoderTrainer": _SPARSE,
    "SparseEncoderTrainingArguments": _SPARSE,
    "util.dataset": "datasets.Dataset.map with a dictionary of the texts",
    "util.maxsim": _TOKENS,
    "util.maxsim_pairwise": _TOKENS,
    "util.mean_maxsim": _TOKENS,
    "util.mean_maxsim_pairwise": _TOKENS,
    "util.resolve_ids": "datasets.Dataset.map with a dictionary of the texts",
}


class MissingModuleError(LikewiseError, ModuleNotFoundError):
    """A documented path that likewise does not have was imported."""


class MissingNameError(LikewiseError, AttributeError):
    """A documented module of likewise was asked for a name that it does not have."""


def instead_of(path: str) -> str | None:
    """What there is instead of something that is known to be missing.

    Args:
        path: The dotted path that was asked for, below `sentence_transformers`.

    Returns:
        What the list says of it, of a package that it is in, or of the same name where it is documented first.
    """
    parts = path.split(".")
    within = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    return next((MISSING[each] for each in (*within, parts[-1], f"util.{parts[-1]}") if each in MISSING), None)


def describe_missing(path: str, names: Iterable[str]) -> dict[str, str]:
    """Say what is missing and what is nearest.

    Args:
        path: The dotted path that was asked for, below `sentence_transformers`.
        names: What the module that it was asked of has.

    Returns:
        The arguments of a `LikewiseError`.
    """
    parent, _, name = path.rpartition(".")
    received = f"{ALIAS}.{path} is not part of likewise {__version__}"
    instead = instead_of(path)
    if instead is not None:
        return {"received": received, "fix": f"use {instead}"}
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    near = [f"{ALIAS}.{parent}.{each}".replace("..", ".") for each in near]
    near += [f"{ALIAS}.{each}" for each in difflib.get_close_matches(path, TABLE, n=1, cutoff=0.8)]
    return {"received": received, "fix": f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""}
