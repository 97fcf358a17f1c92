"""Finds out how to run an encoder in int8: what its linears are given, and which of them can do with integers.

Legend: T tokens, I width in, O width out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.grid import Grid, InputRange, IntegerWeight, Quantiser
from likewise.encoder.int8 import Int8Linear, LayerPlan, size_of
from likewise.encoder.integer_product import FULL_LIMIT, POST_OPERATIONS, integer_support
from likewise.encoder.linear import Linear, Place

# Largest `InputRecord.error`. With one step for all channels, the second linear of the feed-forward part has at most
# 9 % in the last three blocks of all-MiniLM-L6-v2, which lose little by it, and over 11 % in the first three.
SHARED_STEP_ERROR = 0.1
INTEGER_ERROR = 0.15
# Rows of a layer's input that are kept to measure errors with.
SAMPLE_ROWS = 1024


@final
class InputRecord:
    """What one layer was given so far.

    Args:
        place: Where the layer stands.
        weight_OI: Its weight.
        bias_O: Its bias, or None.
    """

    def __init__(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> None:
        self.place = place
        self.weight_OI = weight_OI.detach().float().cpu()
        self.bias_O = None if bias_O is None else bias_O.detach().float().cpu()
        width = weight_OI.shape[1]
        self._low_I = torch.full((width,), torch.inf)
        self._high_I = torch.full((width,), -torch.inf)
        self._sum_I = torch.zeros(width, dtype=torch.float64)
        self._count = 0
        self._sample: list[Tensor] = []

    def add(self, x_TI: Tensor) -> None:
        """Take inputs into account.

        Args:
            x_TI: The inputs.
        """
        if not len(x_TI):
            return
        x_TI = x_TI.detach().float().cpu()
        self._low_I = torch.minimum(self._low_I, x_TI.amin(0))
        self._high_I = torch.maximum(self._high_I, x_TI.amax(0))
        self._sum_I += x_TI.sum(0, dtype=torch.float64)
        if self._count < SAMPLE_ROWS:
            self._sample.append(x_TI[: SAMPLE_ROWS - self._count].clone())
        self._count += len(x_TI)

    @property
    def seen(self) -> InputRange:
        """What the inputs are like."""
        return InputRange(self._low_I, self._high_I, (self._sum_I / max(self._count, 1)).float())

    def error(self, grid: Grid, limit: int) -> float:
        """Measure what integers do to the layer's result.

        Args:
            grid: The grid of the inputs.
            limit: Largest absolute integer of a weight.

        Returns:
            Mean over the inputs of the error's length, divided by that of the result around its median. Inputs
            count alike: else the few with outliers would outweigh all others.
        """
        x_TI = torch.cat(self._sample)
        exact_TO = F.linear(x_TI, self.weight_OI, self.bias_O)
        weight = IntegerWeight.of(self.weight_OI, self.bias_O, grid, self.seen.mean_I, limit)
        sums_TO = F.linear(Quantiser.of(grid)(x_TI).float(), weight.weight_OI.float())
        error_TO = torch.addcmul(weight.bias_O, sums_TO, weight.scale_O) - exact_TO
        length_T = (exact_TO - exact_TO.median(0).values).norm(dim=1).clamp_min(1e-12)
        return float((error_TO.norm(dim=1) / length_T).mean())


@final
@dataclass(frozen=True, slots=True, eq=False)
class RecordingLayer:
    """A layer in float that writes down what it is given.

    Args:
        weight_OI: The weight.
        bias_O: The bias, or None.
        record: Where it is written down.
        activates: False: the activation is applied elsewhere.
    """

    weight_OI: Tensor
    bias_O: Tensor | None
    record: InputRecord
    activates: bool = False

    def __call__(self, x_TI: Tensor) -> Tensor:
        """Apply the layer."""
        self.record.add(x_TI)
        return F.linear(x_TI, self.weight_OI, self.bias_O)


@final
@dataclass(frozen=True, slots=True, eq=False)
class RecordingLinear:
    """Layers that write down what they are given.

    Args:
        records: Name of a place to its record, in the order in which layers were made.
        name: For reports.
        copies: False: the weights are used where they are.
    """

    records: dict[str, InputRecord] = field(default_factory=dict)
    name: str = "recording"
    copies: bool = False

    def make(self, place: Place, weight_OI: Tensor, bias_O: Tensor | None) -> Linear:
        """Prepare one layer; see `likewise.encoder.linear.LinearKind`."""
        record = self.records.setdefault(place.name, InputRecord(place, weight_OI, bias_O))
        return RecordingLayer(weight_OI, bias_O, record)

    def conclude(self) -> Int8Linear:
        """Decide about each layer, once texts have run through.

        Returns:
            The int8 layers.
        """
        limit = integer_support().limit or FULL_LIMIT
        plans: dict[str, LayerPlan] = {}
        fed: set[str] = set()
        for name, record in self.records.items():
            plan = _plan(record, limit, fed_by_product=name in fed)
            plans[name] = plan
            if plan.form != "float32" and record.place.feeds and record.place.activation in POST_OPERATIONS:
                fed.add(record.place.feeds)
        return Int8Linear(plans)


def _plan(record: InputRecord, limit: int, *, fed_by_product: bool) -> LayerPlan:
    seen, size = record.seen, size_of(record.weight_OI)
    if fed_by_product and record.error(Grid.by_tensor(seen), limit) <= SHARED_STEP_ERROR:
        return LayerPlan(seen, "tensor", size)
    good = record.error(Grid.by_channel(seen, record.weight_OI), limit) <= INTEGER_ERROR
    return LayerPlan(seen, "channel" if good else "float32", size)
