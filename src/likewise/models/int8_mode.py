"""Turns the int8 mode of packed transformers models on and off. Knows modules and texts, no arithmetic."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from likewise.encoder.batch import PackedBatch
from likewise.encoder.encoder import PackedEncoder
from likewise.encoder.int8 import Int8Linear, Int8Switch, why_not
from likewise.errors import ConfigError, InputError
from likewise.models.calibration_texts import CALIBRATION_TEXTS
from likewise.models.module import InputModule
from likewise.models.module_traits import RunsPacked

logger = logging.getLogger(__name__)

_BATCH_TEXTS = 16
_DOUBTFUL_COSINE = 0.98


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Int8Report:
    """What `quantize_int8` did.

    Args:
        runs: Whether int8 runs here and now.
        reason: Why it does not, "" if it does.
        integer_linears: How many linear layers multiply in integers.
        linears: How many there are.
        mean_cosine: Mean over the texts of the cosine of int8 and float32 embeddings (means of token embeddings).
        worst_cosine: The smallest of them.
    """

    runs: bool
    reason: str
    integer_linears: int
    linears: int
    mean_cosine: float
    worst_cosine: float

    def __str__(self) -> str:
        if not self.runs:
            return f"int8 does not run: {self.reason}"
        return (
            f"{self.integer_linears} of {self.linears} linears in int8; cosine to float32 on the calibration texts: "
            f"mean {self.mean_cosine:.4f}, worst {self.worst_cosine:.4f}"
        )


def turn_on(model: nn.Module, texts: Sequence[Any] | None) -> Int8Report:
    """Calibrate a model and let it run in int8.

    Args:
        model: Holds one transformers model that runs packed.
        texts: Texts to calibrate with, None for a list of many kinds.

    Returns:
        What was done.

    Raises:
        InputError: If there are no texts.
        ConfigError: If no transformers model runs packed, or more than one.
    """
    texts = CALIBRATION_TEXTS if texts is None else texts
    if isinstance(texts, str) or not len(texts):
        raise InputError(
            f"texts={texts!r}", accepted="a list of texts like those to come, some 100 to 1,000 of them, or None"
        )
    module, encoder = _only_body(model)
    batches = list(_batches(module, encoder, texts))
    layers = encoder.calibrate(batches)
    report = _measure(encoder, layers, batches)
    encoder.int8.layers = layers
    doubtful = not report.runs or report.mean_cosine < _DOUBTFUL_COSINE
    logger.log(logging.WARNING if doubtful else logging.INFO, "quantize_int8: %s", report)
    return report


def turn_off(model: nn.Module) -> None:
    """Let a model run in its own type again.

    Args:
        model: The model.
    """
    for module in model.modules():
        if isinstance(module, RunsPacked):
            module.how_it_runs().int8.layers = None


def _only_body(model: nn.Module) -> tuple[InputModule, PackedEncoder]:
    bodies = [
        module for module in model.modules() if isinstance(module, InputModule) and isinstance(module, RunsPacked)
    ]
    if len(bodies) != 1:
        raise ConfigError(
            f"the model holds {len(bodies)} transformers models",
            accepted="one",
            fix="call quantize_int8 on each route alone" if bodies else "",
        )
    seen = bodies[0].how_it_runs()
    if seen.encoder is None:
        raise ConfigError(f"int8 needs the packed forward, and the model runs padded: {seen.reason}")
    return bodies[0], seen.encoder


def _batches(module: InputModule, encoder: PackedEncoder, texts: Sequence[Any]) -> Iterator[PackedBatch]:
    weight = encoder.lookup(encoder.names[0])
    device = torch.device("cpu") if weight is None else weight.device
    prepared = module.prepare(list(texts))
    for start in range(0, len(texts), _BATCH_TEXTS):
        features = module.collate(prepared, range(start, min(start + _BATCH_TEXTS, len(texts))))
        types: Tensor | None = features.get("token_type_ids")
        lengths = np.asarray(features["seqlens"], dtype=np.int64)
        yield PackedBatch.of(features["input_ids"].to(device), lengths, None if types is None else types.to(device))


def _measure(encoder: PackedEncoder, layers: Int8Linear, batches: Sequence[PackedBatch]) -> Int8Report:
    weight = encoder.lookup(encoder.names[0])
    reason = "" if weight is None else why_not(weight.device, weight.dtype)
    cosines = torch.ones(1)
    if not reason:
        exact = _embed(PackedEncoder(encoder.spec, encoder.lookup, encoder.names), batches)
        integer = _embed(PackedEncoder(encoder.spec, encoder.lookup, encoder.names, Int8Switch(layers)), batches)
        cosines = torch.nn.functional.cosine_similarity(exact, integer)
    count, total = layers.count()
    return Int8Report(
        runs=not reason,
        reason=reason,
        integer_linears=count,
        linears=total,
        mean_cosine=float(cosines.mean()),
        worst_cosine=float(cosines.min()),
    )


def _embed(encoder: PackedEncoder, batches: Sequence[PackedBatch]) -> Tensor:
    rows = []
    with torch.inference_mode():
        for batch in batches:
            parts = encoder(batch)[-1].split(batch.lengths.tolist())
            rows += [part.mean(0) for part in parts if len(part)]
    return torch.stack(rows)
