"""The weights of an encoder under the names of its checkpoint, in a tree of plain torch modules, ready to run packed.

Stands where the transformers model would stand until somebody asks for that one; see `likewise.models.materialise`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

from torch import Tensor, nn

from likewise.encoder.parts import Part
from likewise.models.direct_config import DirectConfig
from likewise.models.direct_weights import MappedTensors


@final
class DirectNode(nn.Module):
    """An inner node of the tree: nothing but a name for what is below it."""


@final
class DirectBody(nn.Module):
    """An encoder without code of its own: parameters, and the configuration that says how they run.

    Args:
        config: The configuration.
        parts: All parts, the pooler included.
        weights: All weights by name, and where they lie.
        name_or_path: Where it was loaded from.
    """

    def __init__(self, config: DirectConfig, parts: list[Part], weights: MappedTensors, name_or_path: str) -> None:
        super().__init__()
        self.config = config
        self.name_or_path = name_or_path
        self.parts = tuple(parts)
        self._mapped = replace(weights, tensors={})
        for part in parts:
            put_part(self, part, weights.tensors, config.spec.epsilon, padding=self._padding(part))
        self.eval()

    @property
    def has_pooler(self) -> bool:
        """Whether the checkpoint has the weights of a pooler."""
        return any(part.name == self.config.architecture.pooler for part in self.parts)

    @property
    def architecture(self) -> str:
        """Name of the transformers class that it stands for."""
        return self.config.architecture.model_class

    def get_input_embeddings(self) -> nn.Module:
        """The word table."""
        return self.get_submodule(self.config.spec.embedding.word.removesuffix(".weight"))

    def own_memory(self) -> None:
        """Take the weights out of the mapped file into memory of their own, one after the other, in place.

        Whoever gets the ordinary model may write it over the file that it came from, which would pull the mapping away.
        """
        for parameter in self.parameters():
            if self._mapped.holds(parameter):
                parameter.data = parameter.data.clone()
        self._mapped = MappedTensors()

    def read_weights(self, parameters: Sequence[Tensor]) -> Tensor:
        """Read weights for a kernel that makes a copy of its own; see `MappedTensors.read`.

        Args:
            parameters: Parameters of this tree.

        Returns:
            Their numbers, on top of each other.
        """
        return self._mapped.read(parameters)

    def _padding(self, part: Part) -> int | None:
        spec = self.config.spec
        if f"{part.name}.weight" == spec.embedding.position and spec.position_offset:
            return spec.position_offset - 1
        return None

    def extra_repr(self) -> str:
        """What is shown beside the parts."""
        return f"{self.architecture}, read without transformers"


def put_part(
    root: nn.Module, part: Part, tensors: Mapping[str, Tensor], epsilon: float, *, padding: int | None = None
) -> None:
    """Put a part into a tree, at the place that its name says.

    Args:
        root: The tree.
        part: The part.
        tensors: Its weights by name.
        epsilon: Of layer norms.
        padding: Index of a row of a table that is padding.
    """
    node = root
    *path, name = part.name.split(".")
    for step in path:
        if step not in node._modules:
            node.add_module(step, DirectNode())
        node = node.get_submodule(step)
    node.add_module(name, _leaf(part, tensors, epsilon, padding))


def _leaf(part: Part, tensors: Mapping[str, Tensor], epsilon: float, padding: int | None) -> nn.Module:
    weight = tensors[f"{part.name}.weight"]
    if part.kind == "table":
        return nn.Embedding.from_pretrained(weight, freeze=False, padding_idx=padding)  # type: ignore[no-untyped-call, no-any-return]
    bias = nn.Parameter(tensors[f"{part.name}.bias"]) if part.biased else None
    if part.kind == "linear":
        return _linear(nn.Parameter(weight), bias)
    norm = nn.LayerNorm(part.shape, epsilon, elementwise_affine=False)
    norm.elementwise_affine = True
    norm.weight, norm.bias = nn.Parameter(weight), bias  # type: ignore[assignment]
    return norm


def _linear(weight_OI: nn.Parameter, bias_O: nn.Parameter | None) -> nn.Linear:
    # Its constructor would draw random numbers, and on the meta device import half of torch's compiler.
    linear = nn.Linear.__new__(nn.Linear)
    nn.Module.__init__(linear)
    linear.out_features, linear.in_features = weight_OI.shape
    linear.weight = weight_OI
    linear.register_parameter("bias", bias_O)
    return linear
