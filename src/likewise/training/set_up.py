"""What a trainer does once, before anything is trained: arguments checked, losses made, defaults filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from torch import nn

from likewise import _optional
from likewise.errors import ConfigError, InputTypeError
from likewise.losses.embedding import EmbedsColumns, unwrapped
from likewise.losses.model_swap import with_model
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.distributed import leave_at_exit
from likewise.training.tokenizing import tokenize_of

OUTPUT = "tmp_trainer"


def prepare_arguments(
    args: Any, kind: type[SentenceTransformerTrainingArguments], has_evaluator: bool, eval_dataset: Any
) -> Any:
    """Check training arguments before anything is built.

    Args:
        args: The arguments, None for the defaults.
        kind: Their class.
        has_evaluator: Whether there is an evaluator.
        eval_dataset: The evaluation data, None if there are none.

    Returns:
        The arguments.

    Raises:
        ConfigError: If they ask for what is not there.
        MissingDependencyError: If a package that training needs is missing.
    """
    _optional.require("accelerate", extra="train")
    _optional.require("datasets", extra="train")
    if args is None:
        args = kind(output_dir=OUTPUT)
    if not isinstance(args, kind):
        raise ConfigError(f"args is a {type(args).__name__}", accepted=f"{kind.__name__}, or a subclass")
    leave_at_exit()
    if getattr(args, "fsdp", None):
        raise ConfigError(
            f"fsdp={args.fsdp!r}: fully sharded training is not supported",
            accepted="one process, or several with DistributedDataParallel",
            fix="leave fsdp out and start with torchrun",
        )
    if args.fp16 and args.device.type == "cpu":
        raise ConfigError(
            "fp16=True on a CPU, where it would train in float32",
            accepted="float32, bf16=True, or a GPU",
            fix="fp16=False",
        )
    if args.eval_strategy != "no" and not has_evaluator and eval_dataset is None:
        raise ConfigError(
            f"eval_strategy={args.eval_strategy.value!r} and nothing to evaluate",
            accepted="an eval_dataset, an evaluator, or both",
            fix="eval_strategy='no'",
        )
    return args


def check_model(model: Any, model_init: Any, kind: type[nn.Module]) -> None:
    """Refuse what cannot be trained.

    Args:
        model: The model, or None.
        model_init: What makes one, or None.
        kind: Class of the models that the trainer takes.

    Raises:
        ConfigError: If there is neither.
        InputTypeError: If the model is something else.
    """
    if model is None and model_init is None:
        raise ConfigError("neither a model nor model_init", accepted="one of them")
    if model is not None and not isinstance(model, kind):
        name = kind.__name__
        fix = f"{name}({model!r})" if isinstance(model, str) else f"the trainer of {type(model).__name__}"
        raise InputTypeError(f"the model is a {type(model).__name__}", accepted=f"a {name}", fix=fix)


def check_trains(loss: nn.Module, model: nn.Module) -> None:
    """Refuse a loss that was made with another model, which would be trained instead.

    Args:
        loss: The loss.
        model: The model.

    Raises:
        ConfigError: If the loss holds another model.
    """
    held = loss._modules.get("model")
    if held is not None and isinstance(unwrapped(held), EmbedsColumns) and unwrapped(held) is not unwrapped(model):
        raise ConfigError(
            f"{type(loss).__name__} was made with another model, and would train that one",
            accepted="a loss made with the trainer's model, or its class",
            fix=f"loss={type(loss).__name__}(model)",
        )


def default_values(kind: type[SentenceTransformerTrainingArguments]) -> dict[str, Any]:
    """The default of every training argument.

    Args:
        kind: The class of the arguments.

    Returns:
        Argument name to value. No arguments are made for it: making them resets the state of accelerate.
    """
    found = {}
    for each in fields(kind):
        if each.default is not MISSING:
            found[each.name] = each.default
        elif each.default_factory is not MISSING:
            found[each.name] = each.default_factory()
    return found


def collator_options(model: Any, args: SentenceTransformerTrainingArguments) -> dict[str, Any]:
    """What the collator of a model is made with: the prompts and routes of the arguments.

    Args:
        model: The model; None for one that is made later.
        args: The arguments.

    Returns:
        Argument name to value.
    """
    tokenize: Callable[..., Any] = tokenize_of(model) if model is not None else _no_model
    return {"tokenize_fn": tokenize, "router_mapping": args.router_mapping or {}, "prompts": args.prompts}


def _no_model(*args: Any, **kwargs: Any) -> Any:
    raise ConfigError("there is no model yet", accepted="a batch after the model was made")


def prepared_loss(
    prepare: Callable[[Any, Any], nn.Module], loss: Any, model: nn.Module, default: Callable[[Any], nn.Module]
) -> Any:
    """Make the losses of a trainer.

    Args:
        prepare: Makes one loss ready: the trainer's `prepare_loss`.
        loss: A loss, a class or function, a dictionary of those, or None.
        model: The model.
        default: Makes the loss where there is none.

    Returns:
        A loss, or a dictionary of losses.
    """
    if loss is None:
        loss = default(model)
    if isinstance(loss, Mapping | nn.ModuleDict):
        return {name: prepare(each, model) for name, each in loss.items()}
    return prepare(loss, model)


def wrapped_in_loss(loss: nn.Module, model: nn.Module) -> nn.Module:
    """Let a loss train another model, if it does not already.

    Args:
        loss: The loss.
        model: The model.

    Returns:
        The loss.
    """
    return loss if getattr(loss, "model", None) is model else with_model(loss, model)
