"""A sparse encoder as something stored: prompts, similarity, what is saved. Encodes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import CardPage
from likewise.hub.push import default_commit_message
from likewise.models.mlm_transformer import MLMTransformer
from likewise.models.router import Router
from likewise.models.sparse_auto_encoder import SparseAutoEncoder
from likewise.models.sparse_static_embedding import SparseStaticEmbedding
from likewise.models.splade_pooling import SpladePooling
from likewise.ops.sparse import check_max_active_dims
from likewise.sentence_transformer.description import ModelDescription, describe_bodies
from likewise.sentence_transformer.loading import LoadedModel
from likewise.sentence_transformer.model_facts import facts_of
from likewise.sentence_transformer.origin import note_origin
from likewise.sentence_transformer.prompts import choose_prompt
from likewise.sentence_transformer.same_arguments import by_name, same_arguments_as
from likewise.sentence_transformer.settings import SPARSE_FAMILY, ModelSettings
from likewise.sentence_transformer.stored_model import StoredModel
from likewise.similarity_functions import SimilarityFunction
from likewise.sparse_encoder.card import SparseEncoderModelCardData, sparse_page


class StoredSparseEncoder(StoredModel):
    """A chain of modules that makes sparse embeddings, with what its folder says about it.

    Args:
        loaded: Modules, settings and card.
        prompts: Further prompts, which win over the folder's.
        default_prompt_name: The prompt that is used when none is given; None takes the folder's.
        similarity_fn_name: Name of the similarity function; None takes the folder's, else "dot".
        max_active_dims: How many entries of an embedding are kept at most; None keeps all.
        model_card_data: Metadata of the README that `save` writes.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        prompts: Mapping[str, str],
        default_prompt_name: str | None,
        similarity_fn_name: str | SimilarityFunction | None,
        max_active_dims: int | None,
        model_card_data: SentenceTransformerModelCardData | None,
    ) -> None:
        super().__init__(loaded.modules, loaded.forward_kwargs)
        settings = loaded.settings
        self.loaded_card = loaded.card_text
        self.prompts = {"query": "", "document": "", **settings.prompts, **prompts}
        self.default_prompt_name = default_prompt_name or settings.default_prompt_name
        choose_prompt(self.prompts, prompt=None, prompt_name=None, default_name=self.default_prompt_name)
        self.similarity_fn_name = similarity_fn_name or settings.similarity_fn_name
        self.max_active_dims = max_active_dims
        self.model_card_data = model_card_data or SparseEncoderModelCardData()
        note_origin(self.model_card_data, loaded.folder, loaded.card_text)

    @property
    def max_active_dims(self) -> int | None:
        """How many entries of an embedding are kept at most, None for all; settable, not saved."""
        return self._max_active_dims

    @max_active_dims.setter
    def max_active_dims(self, value: int | None) -> None:
        self._max_active_dims = check_max_active_dims(value)

    @property
    def similarity_fn_name(self) -> str:
        """Name of the similarity function; settable, by name or as a `SimilarityFunction`; None is "dot"."""
        return self._similarity_fn_name

    @similarity_fn_name.setter
    def similarity_fn_name(self, value: str | SimilarityFunction | None) -> None:
        self._similarity_fn_name: str = SimilarityFunction(value or "dot").value

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Score every embedding of one set with every one of another.

        Args:
            embeddings1: [N, V] or [V], sparse or dense tensor, numpy, or a list of vectors.
            embeddings2: [M, V] or [V].

        Returns:
            float32 [N, M], dense; higher is more similar.
        """
        return SimilarityFunction.to_similarity_fn(self.similarity_fn_name)(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Score the embeddings of two sets pair by pair.

        Args:
            embeddings1: [N, V] or [V], sparse or dense tensor, numpy, or a list of vectors.
            embeddings2: [N, V] or [V].

        Returns:
            float32 [N], dense.
        """
        return SimilarityFunction.to_similarity_pairwise_fn(self.similarity_fn_name)(embeddings1, embeddings2)

    @property
    def splade_pooling_chunk_size(self) -> int | None:
        """Tokens whose logits SPLADE pooling computes at once, None for its own choice; settable."""
        return next((each.chunk_size for each in self.modules() if isinstance(each, SpladePooling)), None)

    @splade_pooling_chunk_size.setter
    def splade_pooling_chunk_size(self, value: int | None) -> None:
        for module in self.modules():
            if isinstance(module, SpladePooling):
                module.chunk_size = value

    def get_sentence_embedding_dimension(self) -> int | None:
        """Width of the embeddings, zeros included; None if no module knows it."""
        return self.output_dimension()

    get_embedding_dimension = get_sentence_embedding_dimension

    @same_arguments_as(StoredModel.push_to_hub)
    def push_to_hub(self, *args: Any, **kwargs: Any) -> str:
        """Upload the model to the hub and return the address; `publishing.push_model` documents the arguments."""
        arguments = by_name(super().push_to_hub, args, kwargs)
        if arguments.get("commit_message") is None:
            arguments["commit_message"] = default_commit_message("SparseEncoder")
        return super().push_to_hub(**arguments)

    def describe(self) -> ModelDescription:
        """Say how the model runs, as it is now: modules, device, packed or padded and why, limits, prompts.

        Returns:
            A description to print, or to read field by field.
        """
        facts = facts_of(self)
        return ModelDescription(
            modules=tuple(facts.modules),
            device=str(self.device),
            dtype=str(self.dtype or "").removeprefix("torch."),
            bodies=describe_bodies(self),
            embedding_dimension=self.get_sentence_embedding_dimension(),
            truncate_dim=None,
            max_seq_length=facts.max_length,
            modalities=tuple(self.modalities),
            similarity=self.similarity_fn_name,
            prompts=facts.prompts,
            default_prompt_name=self.default_prompt_name,
        )

    def _kinds(self) -> list[str]:
        """What kind of sparse encoder it is, as tags of the hub."""
        held = {type(module) for module in self.modules()}
        kinds = {
            "asymmetric": Router in held,
            "inference-free": SparseStaticEmbedding in held,
            "splade": bool(held & {SpladePooling, MLMTransformer}),
            "csr": SparseAutoEncoder in held,
        }
        return [name for name, is_one in kinds.items() if is_one]

    def _card_page(self) -> CardPage:
        return sparse_page(
            facts_of(self),
            kinds=self._kinds(),
            dimension=self.get_sentence_embedding_dimension(),
            similarity=self.similarity_fn_name,
        )

    def _current_settings(self) -> ModelSettings:
        return ModelSettings(
            prompts=self.prompts,
            default_prompt_name=self.default_prompt_name,
            similarity_fn_name=self.similarity_fn_name,
            model_type=SPARSE_FAMILY,
        )
