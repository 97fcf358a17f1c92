"""`MtebEncoder`: a model as the benchmark `mteb` wants it, version 2 or later.

Knows how mteb hands texts over, names prompts and names models. Does not know any task; mteb itself is imported when
an encoder is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, final

import numpy as np
import torch

from likewise._optional import require
from likewise.errors import ConfigError, InputError
from likewise.sentence_transformer.fingerprint import fingerprint
from likewise.sentence_transformer.model import SentenceTransformer

Batches = Iterable[Mapping[str, Sequence[Any]]]

_OLDEST = 2
_MODALITIES = ("text", "image", "audio", "video")
_SCORED_BY_MTEB = ("cosine", "dot")


@final
class MtebEncoder:
    """A model that `mteb.evaluate` takes; the model stays as it is.

    Queries are encoded with `encode_query` and documents with `encode_document`, each with the model's prompt for it,
    and all else with `encode`. Where the model has a prompt for the task, that one is put there instead: the first of
    "<task>-<kind>", "<task>", "<type>-<kind>" and "<type>" among `model.prompts`, such as "STSBenchmark" or
    "Retrieval-query". Similarities are the model's own.

    mteb keeps results by the name and the revision of a model, and does not run again what it has. The revision is
    therefore taken from the weights and settings, as they are now: after a change of the model, make a new encoder.

    Args:
        model: The model, or what `SentenceTransformer` loads: a hub name or a folder.
        revision: What mteb keeps results under, and the commit to load if `model` is a name; None takes a fingerprint.
        device: Where the model is loaded to.
        name: Its name for mteb, "organisation/name"; None takes the one in its model card, or of the hub.
        **kwargs: Further arguments of `SentenceTransformer`, if `model` is a name or folder.

    Raises:
        MissingDependencyError: If mteb is not installed.
        ConfigError: If mteb is older than version 2, or a loaded model is given together with what loads one.

    Example:
        >>> import mteb  # doctest: +SKIP
        >>> encoder = MtebEncoder("likewise-mini", name="likewise/likewise-mini")  # doctest: +SKIP
        >>> mteb.evaluate(encoder, mteb.get_task("STSBenchmark")).task_results  # doctest: +SKIP
        [TaskResult(task_name=STSBenchmark, ...

    Reference:
        Muennighoff et al., MTEB: Massive Text Embedding Benchmark, arXiv:2210.07316.
    """

    def __init__(
        self,
        model: SentenceTransformer | str,
        revision: str | None = None,
        *,
        device: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        mteb = _checked_mteb()
        if isinstance(model, str):
            self.model = SentenceTransformer(model, revision=revision, device=device, **kwargs)
        elif device is not None or kwargs:
            given = ["device"] * (device is not None) + list(kwargs)
            raise ConfigError(f"{', '.join(given)} with a model that is loaded", accepted="a name or folder with these")
        else:
            self.model = model
        folder = Path(model).name if isinstance(model, str) else "unnamed"
        self.mteb_model_meta = _metadata(
            mteb.models.ModelMeta,
            self.model,
            name or _known_name(self.model, folder),
            revision or fingerprint(self.model),
        )

    def encode(
        self,
        inputs: Batches,
        *,
        task_metadata: Any,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: Any = None,
        **kwargs: Any,
    ) -> np.ndarray[Any, Any]:
        """Compute the embeddings of what mteb hands over.

        Args:
            inputs: Batches, usually a `DataLoader`: mappings of "text" or "image" to a list. Texts are encoded in one
                call, images batch by batch.
            task_metadata: The `TaskMetadata` of the task; its `name` and `type` choose the prompt.
            hf_split: Split of the data set; not used.
            hf_subset: Subset of the data set; not used.
            prompt_type: `PromptType.query`, `PromptType.document` or None.
            **kwargs: The `encode_kwargs` of `mteb.evaluate`, for the model's encode function.

        Returns:
            float32 [N, D], or numbers of another `precision`.

        Raises:
            InputError: If an input is neither text nor image, or both at once, or the kind of prompt is unknown.
        """
        kind = None if prompt_type is None else str(getattr(prompt_type, "value", prompt_type))
        functions = {None: self.model.encode, "query": self.model.encode_query, "document": self.model.encode_document}
        if kind not in functions:
            raise InputError(f"prompt_type={prompt_type!r}", accepted="query, document or None")
        name = task_prompt_name(self.model.prompts, task_metadata.name, task_metadata.type, kind)
        if name is not None:
            kwargs["prompt"] = self.model.prompts[name] or ""
        rows = [functions[kind](values, convert_to_numpy=True, **kwargs) for values in _parts(inputs)]
        return np.concatenate(rows) if len(rows) > 1 else rows[0]

    def similarity(self, embeddings1: Any, embeddings2: Any) -> torch.Tensor:
        """Score every embedding of one set with every one of another, by the model's similarity function.

        Args:
            embeddings1: [N, D].
            embeddings2: [M, D].

        Returns:
            float32 [N, M].
        """
        return self.model.similarity(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> torch.Tensor:
        """Score the embeddings of two sets pair by pair, by the model's similarity function.

        Args:
            embeddings1: [N, D].
            embeddings2: [N, D].

        Returns:
            float32 [N].
        """
        return self.model.similarity_pairwise(embeddings1, embeddings2)


def task_prompt_name(prompts: Mapping[str, str], task: str, task_type: str, kind: str | None) -> str | None:
    """Find the prompt that a model has for a task, by mteb's names.

    Args:
        prompts: The model's prompts.
        task: Name of the task, such as "STSBenchmark".
        task_type: Its type, such as "STS".
        kind: "query", "document" or None.

    Returns:
        The name of the prompt; None where there is none for this task, and the usual one holds.

    Example:
        >>> task_prompt_name({"Retrieval-query": "find: ", "STS": "same: "}, "NFCorpus", "Retrieval", "query")
        'Retrieval-query'
    """
    names = [name for base in (task, task_type) for name in ([f"{base}-{kind}", base] if kind else [base])]
    return next((name for name in names if name in prompts), None)


def _checked_mteb() -> ModuleType:
    mteb = require("mteb", extra="mteb")
    version = str(mteb.__version__)
    if int(version.partition(".")[0]) < _OLDEST:
        raise ConfigError(f"mteb {version}", accepted=f"{_OLDEST} or later", fix="pip install 'likewise[mteb]'")
    return mteb


def _parts(inputs: Batches) -> Iterable[list[Any]]:
    """What to encode in one call each: all texts, or the images of a batch."""
    batches = iter(inputs)
    first = next(batches, {"text": []})
    found = [name for name in _MODALITIES if name in first]
    if found not in (["text"], ["image"]):
        raise InputError(f"inputs of {found or sorted(first)}", accepted="batches of text, or of images")
    columns = (list(batch[found[0]]) for batch in chain([first], batches))
    return columns if found == ["image"] else [list(chain.from_iterable(columns))]


def _known_name(model: SentenceTransformer, folder: str) -> str:
    """The name that the card says, or that the model was loaded by; mteb wants one with a slash."""
    card = model.model_card_data
    # Without its commit, the base model is what this one was made from, and not what it is.
    loaded_by = card.base_model if card.base_model_revision else None
    name = card.model_id or card.model_name or loaded_by or folder
    return name if "/" in name else f"likewise/{name}"


def _metadata(model_meta: Any, model: SentenceTransformer, name: str, revision: str) -> Any:
    """What mteb notes about a model; what we do not know stays unknown."""
    length, scored_by = model.max_seq_length, model.similarity_fn_name
    known = {
        "name": name,
        "revision": revision,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "max_tokens": int(length) if length is not None and math.isfinite(length) else None,
        "embed_dim": model.get_sentence_embedding_dimension(),
        # mteb knows no other function by name; the scores are the model's own in any case.
        "similarity_fn_name": scored_by if scored_by in _SCORED_BY_MTEB else None,
        "modalities": [modality for modality in model.modalities if modality in _MODALITIES],
        "framework": ["PyTorch"],
    }
    unknown = {field: None for field, info in model_meta.model_fields.items() if info.is_required()}
    return model_meta(**{**unknown, **known})
