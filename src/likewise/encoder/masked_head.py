"""A masked-language-model head as data, by architecture, and what it computes before the vocabulary comes in.

All heads of the architectures that run packed have one form: linear, activation, layer norm, and a linear to the
vocabulary, whose weight is mostly the word table. That last one is `likewise.ops.token_logits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from torch import Tensor
from torch.nn import functional as F

from likewise.encoder.activation import read_activation
from likewise.encoder.block import layer_norm
from likewise.encoder.kernels import Lookup, make_norm, required
from likewise.encoder.run_head import ACTIVATIONS
from likewise.encoder.spec import EncoderSpec
from likewise.errors import LikewiseError
from likewise.hub.config_reader import ConfigReader


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedHead:
    """A head that gives every token one logit for each entry of the vocabulary.

    Args:
        model_class: Name of the transformers class that has it.
        dense: First linear, D to E.
        norm: Layer norm behind the activation.
        decoder: Last linear, E to V.
        activation: "gelu", "gelu_tanh", "relu" or "silu".
        epsilon: Of the layer norm.
        bias: Name of the last linear's bias in checkpoints; the model may have it under two names.
        biased_dense: Whether the first linear has a bias.
        biased_norm: Whether the layer norm has.
        biased_decoder: Whether the last linear has.
    """

    model_class: str
    dense: str
    norm: str
    decoder: str
    activation: str
    epsilon: float
    bias: str
    biased_dense: bool = True
    biased_norm: bool = True
    biased_decoder: bool = True

    def needed(self) -> set[str]:
        """Names of the weights that a model must have; each may have a bias beside it."""
        return {f"{name}.weight" for name in (self.dense, self.norm, self.decoder)}


@final
@dataclass(frozen=True, slots=True)
class _Form:
    """What an architecture decides about its head.

    Args:
        model_class: Name of the transformers class.
        dense: First linear.
        norm: Layer norm.
        decoder: Last linear.
        key: Key of the activation; None where it is fixed.
        outside: Whether checkpoints hold the last linear's bias one level up.
        switches: Keys that decide whether the first linear, the layer norm and the last linear have biases.
    """

    model_class: str
    dense: str
    norm: str
    decoder: str
    key: str | None = None
    outside: bool = False
    switches: tuple[tuple[str, bool], ...] = ()


def _roberta(model_class: str, *, outside: bool = True) -> _Form:
    return _Form(model_class, "lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", outside=outside)


def _bert(model_class: str, norm: str) -> _Form:
    own = "cls.predictions"
    return _Form(model_class, f"{own}.transform.dense", f"{own}.transform.{norm}", f"{own}.decoder", "hidden_act", True)


_FORMS: Final[Mapping[str, _Form]] = {
    "bert": _bert("BertForMaskedLM", "LayerNorm"),
    "nomic_bert": _bert("NomicBertForMaskedLM", "layer_norm"),
    "roberta": _roberta("RobertaForMaskedLM"),
    "xlm-roberta": _roberta("XLMRobertaForMaskedLM"),
    "camembert": _roberta("CamembertForMaskedLM"),
    "mpnet": _roberta("MPNetForMaskedLM"),
    "gte": _roberta("GteForMaskedLM", outside=False),
    "electra": _Form(
        "ElectraForMaskedLM", "generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head"
    ),
    "albert": _Form(
        "AlbertForMaskedLM", "predictions.dense", "predictions.LayerNorm", "predictions.decoder", "hidden_act", True
    ),
    "distilbert": _Form(
        "DistilBertForMaskedLM", "vocab_transform", "vocab_layer_norm", "vocab_projector", "activation"
    ),
    "modernbert": _Form(
        "ModernBertForMaskedLM",
        "head.dense",
        "head.norm",
        "decoder",
        "classifier_activation",
        switches=(("classifier_bias", False), ("norm_bias", False), ("decoder_bias", True)),
    ),
}


def masked_head_for(config: ConfigReader, spec: EncoderSpec) -> MaskedHead | None:
    """Read the masked-language-model head that an architecture has in transformers.

    Args:
        config: The transformers configuration.
        spec: What `support_for` made of it.

    Returns:
        The head, or None if the configuration asks for one that has no packed form.
    """
    form = _FORMS.get(spec.architecture)
    if form is None or config.data.get("sparse_prediction"):
        return None
    try:
        activation = "gelu" if form.key is None else read_activation(config, form.key, default=spec.activation)
        biased = [config.boolean(key, default=usual) for key, usual in form.switches] or [True] * 3
    except LikewiseError:
        return None
    owner = form.decoder.rpartition(".")[0] if form.outside else form.decoder
    return MaskedHead(
        model_class=form.model_class,
        dense=form.dense,
        norm=form.norm,
        decoder=form.decoder,
        activation=activation,
        epsilon=spec.epsilon,
        bias=f"{owner}.bias",
        biased_dense=biased[0],
        biased_norm=biased[1],
        biased_decoder=biased[2],
    )


def transform_tokens(head: MaskedHead, lookup: Lookup, hidden_TD: Tensor) -> Tensor:
    """Compute what the vocabulary is compared with; gradients flow.

    Args:
        head: The head.
        lookup: Name to weight.
        hidden_TD: Token embeddings.

    Returns:
        [T, E].
    """
    x_TE = F.linear(hidden_TD, required(lookup, f"{head.dense}.weight"), lookup(f"{head.dense}.bias"))
    return layer_norm(ACTIVATIONS[head.activation](x_TE), make_norm(head.norm, lookup), head.epsilon)
