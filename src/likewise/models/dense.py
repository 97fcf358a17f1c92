"""Dense: a linear layer with an activation, on any one feature. Knows settings and features, not what they mean."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from torch import Tensor, nn

from likewise.errors import InputTypeError, ShapeError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.activations import activation_of, activation_path
from likewise.models.arguments import MAX_DIMENSION, checked_integer
from likewise.models.building import build_and_fill
from likewise.models.feature_names import read_names, to_layout
from likewise.models.module import Features, LoadContext, Module


class Dense(Module):
    r"""Projects a feature: $y = f(W x + b)$, and with a residual $y = f(W x + b) + R x$.

    Args:
        in_features: Width of the input.
        out_features: Width of the output.
        bias: Whether there is a b.
        activation_function: f; None is the identity.
        init_weight: W to begin with, [out_features, in_features].
        init_bias: b to begin with, [out_features].
        module_input_name: The feature that is read.
        module_output_name: The feature that is written; None is the one that is read.
        use_residual: Whether to add R x, where R is learnt if the widths differ, else the identity.

    Raises:
        InputError: If a width is out of bounds.
        ShapeError: If `init_weight` or `init_bias` has another shape.

    Example:
        >>> import torch
        >>> dense = Dense(2, 1, bias=False, activation_function=nn.Identity(), init_weight=torch.tensor([[1.0, 2.0]]))
        >>> dense({"sentence_embedding": torch.tensor([[3.0, 4.0]])})["sentence_embedding"].tolist()
        [[11.0]]
    """

    config_keys: ClassVar[list[str]] = ["in_features", "out_features", "bias", "activation_function"]
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        activation_function: nn.Module | None = nn.Tanh(),  # noqa: B008  documented default; it holds no state
        init_weight: Tensor | None = None,
        init_bias: Tensor | None = None,
        module_input_name: str = "sentence_embedding",
        module_output_name: str | None = None,
        use_residual: bool = False,
    ) -> None:
        super().__init__()
        self.in_features = checked_integer("in_features", in_features)
        self.out_features = checked_integer("out_features", out_features)
        self.bias = bias
        self.activation_function = nn.Identity() if activation_function is None else activation_function
        if not isinstance(self.activation_function, nn.Module):
            raise InputTypeError(
                f"activation_function={activation_function!r}", accepted="an nn.Module, or None", fix="nn.Tanh()"
            )
        self.module_input_name = module_input_name
        self.module_output_name = module_output_name or module_input_name
        self.use_residual = use_residual
        self.linear = nn.Linear(in_features, out_features, bias=bias)
        if use_residual:
            same = in_features == out_features
            self.residual: nn.Module = nn.Identity() if same else nn.Linear(in_features, out_features, bias=False)
        for name, value in (("weight", init_weight), ("bias", init_bias)):
            if value is not None:
                self._set_initial(name, value)

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Write the projection.

        Args:
            features: The feature to read is [..., in_features].
            **kwargs: Taken and not used.

        Returns:
            The features with the output [..., out_features], in the type of the weights.
        """
        del kwargs
        features = to_layout(features, self.module_input_name, self.module_output_name)
        value = features[self.module_input_name]
        if value.shape[-1] != self.in_features:
            raise ShapeError(
                f"{self.module_input_name!r} of width {value.shape[-1]}",
                accepted=f"width {self.in_features}, as Dense was made for",
            )
        # A body in half precision in front of a head in float32 is common.
        value = value.to(self.linear.weight.dtype)
        output = self.activation_function(self.linear(value))
        features[self.module_output_name] = output + self.residual(value) if self.use_residual else output
        return features

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the output.

        Returns:
            `out_features`.
        """
        return self.out_features

    def get_embedding_dimension(self) -> int:
        """Later name of `get_sentence_embedding_dimension`."""
        return self.out_features

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved; those that earlier versions do not know only where they are not the default.

        Returns:
            A dictionary of JSON values.
        """
        config = super().get_config_dict()
        config["activation_function"] = activation_path(self.activation_function)
        if (self.module_input_name, self.module_output_name) != ("sentence_embedding", "sentence_embedding"):
            config["module_input_name"] = self.module_input_name
            config["module_output_name"] = self.module_output_name
        if self.use_residual:
            config["use_residual"] = True
        return config

    @classmethod
    def read_config(cls, config: ConfigReader) -> dict[str, Any]:
        """Read the settings; the activation stays a dotted path.

        Args:
            config: Reader of the file.

        Returns:
            Keyword arguments for the constructor, `activation_function` as text.
        """
        return {
            "in_features": config.integer("in_features", low=1, high=MAX_DIMENSION),
            "out_features": config.integer("out_features", low=1, high=MAX_DIMENSION),
            "bias": config.boolean("bias", default=True),
            "activation_function": config.text("activation_function", default="torch.nn.modules.activation.Tanh"),
            "use_residual": config.boolean("use_residual", default=False),
            **read_names(config),
        }

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Build the module from an opened folder.

        Args:
            folder: The module's folder.
            context: What the caller decided, such as whether an activation outside torch.nn may be imported.

        Returns:
            The module with its weights.
        """
        config = folder.config(cls.config_file_name)
        settings = cls.read_config(config)
        settings["activation_function"] = activation_of(
            settings["activation_function"],
            trust_remote_code=context.trust_remote_code,
            where=f"{config.where}: 'activation_function'",
        )
        return build_and_fill(lambda: cls(**settings), folder)

    def _set_initial(self, name: str, value: Tensor) -> None:
        expected = getattr(self.linear, name, None)
        if expected is None or value.shape != expected.shape:
            shape = "no bias, since bias=False" if expected is None else f"shape {tuple(expected.shape)}"
            raise ShapeError(f"init_{name} of shape {tuple(value.shape)}", accepted=shape)
        setattr(self.linear, name, nn.Parameter(value))
