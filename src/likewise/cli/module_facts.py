"""What the files of one module say: kind, widths, weights. Reads settings and headers only, imports no torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

from likewise.encoder.supports import support_for
from likewise.errors import CheckpointError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.safetensors_header import read_header
from likewise.hub.weight_files import find_weights
from likewise.models.adapter_files import ADAPTER_CONFIG, ADAPTER_PICKLE, ADAPTER_WEIGHTS, is_adapter
from likewise.models.direct_config import completed
from likewise.models.registry import registered_name

CUSTOM = "custom code"
# Settings of a Transformer, by the names that versions gave the file.
TRANSFORMER_SETTINGS = (
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
)
_POOLING_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_CLIP_RUNS = "padded, through transformers: CLIPModel has no packed form"
_PADDED_ADAPTER = "padded, through transformers: it carries an adapter"
_ENDLESS = 10**8  # tokenizers without a maximum say 10^30


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """One module of a model.

    Args:
        name: Its name in the model.
        kind: Name of its class, or "custom code".
        type: Its `type` string.
        path: Its folder within the model, "" for the root.
        width: Width of what it makes, or None if its files do not say.
        max_length: Most tokens of a text that it reads, or None.
        parameters: Floating-point numbers in its weight files; None if they are pickles, which are not opened.
        dtypes: Types of these numbers, as safetensors spells them.
        weight_bytes: Size of its weight files.
        detail: What else its settings say, in a few words.
        runs: How its transformers model will run, "" if it has none.
        problem: What is wrong with its files, "" if nothing is.
    """

    name: str
    kind: str
    type: str
    path: str
    width: int | None = None
    max_length: int | None = None
    parameters: int | None = 0
    dtypes: tuple[str, ...] = ()
    weight_bytes: int = 0
    detail: str = ""
    runs: str = ""
    problem: str = ""


@final
@dataclass(frozen=True, slots=True)
class Weights:
    """What the weight files of a folder hold.

    Args:
        parameters: How many numbers; None if a file is a pickle.
        dtypes: Their types.
        size: Bytes of the files.
        widths: Last dimension of every tensor of two dimensions, by name.
    """

    parameters: int | None = 0
    dtypes: tuple[str, ...] = ()
    size: int = 0
    widths: Mapping[str, int] | None = None


@final
@dataclass(frozen=True, slots=True)
class _Shape:
    """What a kind of module makes of its settings: width, most tokens, a few words, and how it will run."""

    width: int | None = None
    max_length: int | None = None
    detail: str = ""
    runs: str = ""


def read_module(name: str, type_string: str, folder: ModelFolder, width: int | None) -> ModuleFacts:
    """Read what the files of a module say.

    Args:
        name: Its name in the model.
        type_string: Its `type` string.
        folder: Its folder.
        width: Width of what the module before it makes.

    Returns:
        The facts; what cannot be read is in `problem`.
    """
    kind = registered_name(type_string)
    if kind is None:
        return ModuleFacts(name=name, kind=CUSTOM, type=type_string, path=folder.inside, parameters=None)
    try:
        weights = _read_weights(folder, kind)
        shape = _SHAPES.get(kind, _same)(folder, weights, width)
    except CheckpointError as error:
        return ModuleFacts(name=name, kind=kind, type=type_string, path=folder.inside, problem=str(error))
    return ModuleFacts(
        name=name,
        kind=kind,
        type=type_string,
        path=folder.inside,
        width=shape.width,
        max_length=shape.max_length,
        parameters=weights.parameters,
        dtypes=weights.dtypes,
        weight_bytes=weights.size,
        detail=shape.detail,
        runs=shape.runs,
        problem="" if weights.size or kind not in _WEIGHTED else f"{folder.path}: no weights",
    )


def _read_weights(folder: ModelFolder, kind: str) -> Weights:
    """Weights of a folder; a Router's are in the folders of its parts."""
    folders = [folder.sub(part) for part in _parts(folder)] if kind in ("Router", "Asym") else [folder]
    parameters: int | None = 0
    dtypes: set[str] = set()
    size = 0
    widths: dict[str, int] = {}
    names = (ADAPTER_WEIGHTS, ADAPTER_PICKLE) if is_adapter(folder) else ()
    for path in [path for each in folders for path in find_weights(each, *names)]:
        size += path.stat().st_size
        if path.suffix != ".safetensors":
            parameters = None
            continue
        for name, (dtype, shape) in read_header(path).items():
            if "F" in dtype:  # F32, BF16, ...; integers are buffers such as position ids
                parameters = None if parameters is None else parameters + math.prod(shape)
                dtypes.add(dtype)
            if len(shape) == 2:
                widths[name] = shape[1]
    return Weights(parameters, tuple(sorted(dtypes)), size, widths)


def _parts(folder: ModelFolder) -> list[str]:
    types = _routes(folder).object("types", default=None)
    return list(types.data) if types else []


def _routes(folder: ModelFolder) -> ConfigReader:
    return folder.config("router_config.json", "config.json", optional=True)


def _same(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del folder, weights
    return _Shape(width)


def _transformer(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    if is_adapter(folder) and folder.find("config.json") is None:
        base = folder.config(ADAPTER_CONFIG).text("base_model_name_or_path", default=None)
        length = folder.config(*TRANSFORMER_SETTINGS, optional=True).integer("max_seq_length", default=None)
        return _Shape(None, length, f"adapter of {base}", _PADDED_ADAPTER)
    config = folder.config("config.json")
    text = config.object("text_config", default=None) or config
    found = text.integer(("hidden_size", "d_model", "dim", "n_embd"), default=None)
    model_type = config.text("model_type", default=None)
    layers = text.integer(("num_hidden_layers", "num_layers", "n_layers"), default=None)
    detail = ", ".join(part for part in (model_type, f"{layers} layers" if layers else None) if part)
    shape = _Shape(found, _max_length(folder, text), detail, _runs(folder, config))
    task = folder.config(*TRANSFORMER_SETTINGS, optional=True).text("transformer_task", default=None)
    return _over_vocabulary(shape, config) if task == "fill-mask" else shape


def _runs(folder: ModelFolder, config: ConfigReader) -> str:
    if is_adapter(folder):
        return _PADDED_ADAPTER
    reason = support_for(completed(config)).reason
    return f"padded, through transformers: {reason}" if reason else "packed: no padding"


def _max_length(folder: ModelFolder, config: ConfigReader) -> int | None:
    """`max_seq_length` of the settings, else the smaller of what the tokenizer and the position table allow."""
    stated = folder.config(*TRANSFORMER_SETTINGS, optional=True).integer("max_seq_length", default=None)
    if stated is not None:
        return stated
    limits = [
        config.number("max_position_embeddings", default=None),
        folder.config("tokenizer_config.json", optional=True).number("model_max_length", default=None),
    ]
    return min((int(limit) for limit in limits if limit is not None and 0 < limit < _ENDLESS), default=None)


def _clip(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("config.json")
    text = config.object("text_config", default=None)
    length = text.integer("max_position_embeddings", default=None) if text else None
    return _Shape(config.integer("projection_dim", default=None), length, "text and images", _CLIP_RUNS)


def _pooling(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights
    config = folder.config("config.json")
    mode = config.data.get("pooling_mode")
    modes = [mode] if isinstance(mode, str) else config.texts("pooling_mode", default=None)
    if modes is None:
        defaults = {key: key == "pooling_mode_mean_tokens" for key in _POOLING_MODES}
        modes = [name for key, name in _POOLING_MODES.items() if config.boolean(key, default=defaults[key])]
    each = config.integer(("embedding_dimension", "word_embedding_dimension"), default=width)
    detail = "+".join(modes) + ("" if config.boolean("include_prompt", default=True) else ", without the prompt")
    return _Shape(None if each is None else each * len(modes), None, detail)


def _dense(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("config.json")
    activation = config.text("activation_function", default=None)
    detail = activation.rpartition(".")[2] if activation else ""
    return _Shape(config.integer("out_features", default=None), None, detail)


def _static(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del folder
    widths = weights.widths or {}
    found = next((widths[name] for name in ("embedding.weight", "embeddings") if name in widths), width)
    return _Shape(found, None, "a table of token vectors")


def _word_embeddings(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    length = folder.config("wordembedding_config.json", optional=True).integer("max_seq_length", default=None)
    return _Shape((weights.widths or {}).get("emb_layer.weight", width), length)


def _lstm(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("lstm_config.json")
    sides = 2 if config.boolean("bidirectional", default=True) else 1
    return _Shape(config.integer("hidden_dim") * sides, None, "both directions" if sides == 2 else "one direction")


def _cnn(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("cnn_config.json")
    kernels = config.integers("kernel_sizes", default=[1, 3, 5])
    return _Shape(config.integer("out_channels", default=256) * len(kernels), None, f"kernels {kernels}")


def _bag(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    return _Shape(len(folder.config("config.json").texts("vocab", default=[])), None, "counts of words")


def _router(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    routes = _routes(folder).object("structure", default=None)
    return _Shape(None, None, "routes " + ", ".join(routes.data) if routes else "")


def _logit_score(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("config.json")
    tokens = [config.integer(key, default=None) for key in ("true_token_id", "false_token_id")]
    return _Shape(1, None, f"tokens {tokens[0]} and {tokens[1]}" if tokens[1] is not None else f"token {tokens[0]}")


def _masked_lm(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    return _over_vocabulary(_transformer(folder, weights, width), folder.config("config.json"))


def _over_vocabulary(shape: _Shape, config: ConfigReader) -> _Shape:
    return replace(shape, width=config.integer("vocab_size", default=None))


def _splade(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights
    config = folder.config("config.json")
    stated = config.integer(("word_embedding_dimension", "embedding_dimension"), default=None)
    how = [config.text("pooling_strategy", default="max"), config.text("activation_function", default="relu")]
    return _Shape(width or stated, None, ", ".join(how))


def _auto_encoder(folder: ModelFolder, weights: Weights, width: int | None) -> _Shape:
    del weights, width
    config = folder.config("config.json")
    return _Shape(config.integer("hidden_dim", default=512), None, f"the {config.integer('k', default=8)} largest")


_SHAPES: dict[str, Callable[[ModelFolder, Weights, int | None], _Shape]] = {
    "Asym": _router,
    "BoW": _bag,
    "CLIPModel": _clip,
    "CNN": _cnn,
    "Dense": _dense,
    "LSTM": _lstm,
    "LogitScore": _logit_score,
    "MLMTransformer": _masked_lm,
    "Pooling": _pooling,
    "Router": _router,
    "SparseAutoEncoder": _auto_encoder,
    "SpladePooling": _splade,
    "StaticEmbedding": _static,
    "Transformer": _transformer,
    "WordEmbeddings": _word_embeddings,
}
_WEIGHTED = frozenset(
    {
        "CLIPModel",
        "CNN",
        "Dense",
        "LSTM",
        "LayerNorm",
        "MLMTransformer",
        "SparseAutoEncoder",
        "StaticEmbedding",
        "Transformer",
    }
)
