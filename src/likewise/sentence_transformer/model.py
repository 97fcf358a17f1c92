"""`SentenceTransformer`, the documented class. Knows what each method means; the other files know how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise.device import get_device_name
from likewise.encoding.inputs import is_single
from likewise.encoding.pool import WorkerPool
from likewise.errors import ConfigError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import CardPage
from likewise.models.module import LoadContext
from likewise.sentence_transformer.card import embedding_page
from likewise.sentence_transformer.description import ModelDescription, describe_model
from likewise.sentence_transformer.encode_call import (
    EncodeCall,
    OutputValue,
    checked_token,
    merged_kwargs,
    one_of,
    text_length,
)
from likewise.sentence_transformer.encode_to import encode_to_folder
from likewise.sentence_transformer.known_models import apply_known_settings
from likewise.sentence_transformer.loading import load_or_assemble
from likewise.sentence_transformer.model_facts import facts_of
from likewise.sentence_transformer.old_training import TrainableModel
from likewise.sentence_transformer.origin import note_origin
from likewise.sentence_transformer.pipeline import ModelPipeline
from likewise.sentence_transformer.prompts import DOCUMENT_NAMES, QUERY_NAMES, choose_prompt, prompt_name_for_task
from likewise.sentence_transformer.same_arguments import by_name, same_arguments_as
from likewise.sentence_transformer.settings import ModelSettings
from likewise.sentence_transformer.truncation import check_truncate_dim, current_dim, truncated
from likewise.similarity_functions import SimilarityFunction


class SentenceTransformer(TrainableModel):
    """Turns texts into vectors that are close when the texts mean the same.

    Args:
        model_name_or_path: Local folder, hub id, or "likewise-mini" (bundled). A plain transformers checkpoint gets
            mean pooling. None with `modules`.
        modules: Modules in order, instead of a folder.
        device: Where it runs, such as "cpu" or "cuda:1"; None takes the best that is there.
        prompts: Prompt name to the text put before inputs; added to those of the folder, and wins over them.
        default_prompt_name: The prompt that `encode` uses when it is given none.
        similarity_fn_name: "cosine", "dot", "euclidean" or "manhattan"; None takes the folder's, else cosine.
        cache_folder: Where the hub cache lies.
        trust_remote_code: Whether Python code that the folder names may run. Never set by a file.
        revision: Branch, tag or commit on the hub.
        local_files_only: Whether the network is out of bounds.
        token: Token for the hub.
        use_auth_token: Older name of `token`; warns.
        truncate_dim: Width to which embeddings are cut; None keeps the folder's setting.
        model_kwargs: Keyword arguments for the transformers model, such as `{"torch_dtype": "bfloat16"}`.
        tokenizer_kwargs: Keyword arguments for the tokenizer.
        config_kwargs: Keyword arguments for the transformers configuration.
        model_card_data: Metadata of the README that `save` writes.
        backend: "torch".
        processor_kwargs: Later name of `tokenizer_kwargs`.

    Raises:
        ModelNotFoundError: If there is no such model.
        CheckpointError: If a file of the folder is wrong.
        ConfigError: If the arguments contradict each other.

    Example:
        >>> model = SentenceTransformer("likewise-mini")
        >>> embeddings = model.encode(["A man is eating food.", "Someone eats.", "It is raining."])
        >>> scores = model.similarity(embeddings, embeddings)
        >>> bool(scores[0, 1] > scores[0, 2])
        True

    Reference:
        Reimers and Gurevych, Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks, arXiv:1908.10084.
    """

    def __init__(
        self,
        model_name_or_path: str | Path | None = None,
        modules: Iterable[nn.Module] | Mapping[str, nn.Module] | None = None,
        device: str | torch.device | None = None,
        prompts: Mapping[str, str] | None = None,
        default_prompt_name: str | None = None,
        similarity_fn_name: str | SimilarityFunction | None = None,
        cache_folder: str | None = None,
        trust_remote_code: bool = False,
        revision: str | None = None,
        local_files_only: bool = False,
        token: bool | str | None = None,
        use_auth_token: bool | str | None = None,
        truncate_dim: int | None = None,
        model_kwargs: Mapping[str, Any] | None = None,
        tokenizer_kwargs: Mapping[str, Any] | None = None,
        config_kwargs: Mapping[str, Any] | None = None,
        model_card_data: SentenceTransformerModelCardData | None = None,
        backend: str = "torch",
        *,
        processor_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if backend != "torch":
            raise ConfigError(f"backend={backend!r} is not part of this version", accepted="'torch'")
        context = LoadContext(
            trust_remote_code=trust_remote_code,
            token=checked_token(token, use_auth_token),
            cache_folder=cache_folder,
            revision=revision,
            local_files_only=local_files_only,
            model_kwargs=dict(model_kwargs or {}),
            tokenizer_kwargs=merged_kwargs(processor_kwargs, tokenizer_kwargs),
            config_kwargs=dict(config_kwargs or {}),
        )
        loaded = load_or_assemble(model_name_or_path, modules, context)
        settings = loaded.settings
        super().__init__(loaded.modules, loaded.forward_kwargs)
        self.loaded_card = loaded.card_text
        self.prompts = {"query": "", "document": "", **settings.prompts, **(prompts or {})}
        self.default_prompt_name = default_prompt_name or settings.default_prompt_name
        choose_prompt(self.prompts, prompt=None, prompt_name=None, default_name=self.default_prompt_name)
        self.similarity_fn_name = similarity_fn_name or settings.similarity_fn_name or "cosine"
        self.truncate_dim = truncate_dim if truncate_dim is not None else settings.truncate_dim
        self.model_card_data = model_card_data or SentenceTransformerModelCardData()
        note_origin(self.model_card_data, loaded.folder, loaded.card_text)
        apply_known_settings(self, str(model_name_or_path or ""))
        self.to(get_device_name() if device is None else device)
        self.eval()

    def encode(
        self,
        sentences: Any = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int | None = None,
        show_progress_bar: bool | None = None,
        output_value: OutputValue = "sentence_embedding",
        precision: str = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: str | torch.device | Sequence[str | torch.device] | None = None,
        normalize_embeddings: bool = False,
        truncate_dim: int | None = None,
        pool: WorkerPool | None = None,
        chunk_size: int | None = None,
        *,
        truncation: str = "warn",
        task: str | None = None,
        inputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Compute embeddings.

        Args:
            sentences: One text, or any iterable of texts, pairs of texts, or what else the model reads.
            prompt_name: Name of the prompt put before each text.
            prompt: Text of the prompt; wins over its name.
            batch_size: Most rows of a batch; None fills batches to a budget of tokens.
            show_progress_bar: Whether to show progress; None follows the logger (shown at INFO and DEBUG).
            output_value: "sentence_embedding", "token_embeddings", or None for all features.
            precision: "float32", "int8", "uint8", "binary" or "ubinary".
            convert_to_numpy: Whether the result is one numpy array; False gives a list of tensors.
            convert_to_tensor: Whether the result is one tensor; wins over `convert_to_numpy`.
            device: Moves the model there first; a list runs one worker process on each.
            normalize_embeddings: Whether rows are scaled to length 1.
            truncate_dim: Width to which embeddings are cut; None takes the model's.
            pool: Worker processes from `start_multi_process_pool`; None works in this process.
            chunk_size: Inputs per piece of work of a pool.
            truncation: What to do about texts longer than `max_seq_length`: "warn", "error" or "ignore".
            task: "query", "document" or another route's name, for models that treat them differently.
            inputs: Later name of `sentences`.
            **kwargs: Keyword arguments for the model's modules.

        Returns:
            float32 [N, D] (or [D] for one text); a list of [tokens, D] for token embeddings; dictionaries for None.

        Raises:
            InputError: If an input or an argument cannot be used; the message names its position.
        """
        texts = one_of(sentences, inputs)
        self.check_forward_kwargs(kwargs)
        call = EncodeCall.of(
            output_value=output_value,
            precision=precision,
            convert_to_numpy=convert_to_numpy,
            convert_to_tensor=convert_to_tensor,
            normalize_embeddings=normalize_embeddings,
            batch_size=batch_size,
            show_progress=show_progress_bar,
            truncate_dim=check_truncate_dim(truncate_dim) or self.truncate_dim,
            truncation=truncation,
            task=task,
            prompt=choose_prompt(
                self.prompts, prompt=prompt, prompt_name=prompt_name, default_name=self.default_prompt_name
            ),
            forward_kwargs=kwargs,
        )
        if pool is None and isinstance(device, list | tuple):
            with WorkerPool.start(ModelPipeline(self), device) as workers:
                return call.run(ModelPipeline(self), texts, pool=workers, chunk_size=chunk_size)
        if pool is None and isinstance(device, str | torch.device | int):
            self.to(device)
        if self.training:
            self.eval()
        return call.run(ModelPipeline(self), texts, pool=pool, chunk_size=chunk_size)

    @same_arguments_as(encode)
    def encode_query(self, *args: Any, **kwargs: Any) -> Any:
        """Compute embeddings of queries: `encode` with the prompt "query", if there is one, and task "query"."""
        return self._encode_for("query", QUERY_NAMES, by_name(self.encode, args, kwargs))

    @same_arguments_as(encode)
    def encode_document(self, *args: Any, **kwargs: Any) -> Any:
        """Compute embeddings of documents: `encode` with prompt "document", "passage" or "corpus", and that task."""
        return self._encode_for("document", DOCUMENT_NAMES, by_name(self.encode, args, kwargs))

    def _encode_for(self, task: str, names: tuple[str, ...], arguments: dict[str, Any]) -> Any:
        if arguments.get("prompt_name") is None and arguments.get("prompt") is None:
            arguments["prompt_name"] = prompt_name_for_task(self.prompts, names)
        return self.encode(**{"task": task, **arguments})

    encode_to = encode_to_folder

    def is_singular_input(self, inputs: Any) -> bool:
        """Say whether `encode` takes what it is given as one input, and gives one result by itself.

        Args:
            inputs: What `encode` would be given.

        Returns:
            True for one text, or whatever else the model reads; False for many, and for what it does not read.
        """
        return is_single(inputs, ModelPipeline(self).accepts)

    @staticmethod
    def _text_length(text: Any) -> int:
        """Characters of an input; other packages sort by it."""
        return text_length(text)

    def start_multi_process_pool(self, target_devices: Sequence[str | torch.device] | None = None) -> WorkerPool:
        """Start worker processes that share this model.

        Args:
            target_devices: One device for each worker; None takes every GPU, else four workers on the CPU.

        Returns:
            The pool, for `encode(pool=...)`; stop it with `stop_multi_process_pool`, or use it in a `with` block.
        """
        return WorkerPool.start(ModelPipeline(self), target_devices)

    @staticmethod
    def stop_multi_process_pool(pool: WorkerPool) -> None:
        """Stop the worker processes of a pool."""
        pool.stop()

    def encode_multi_process(
        self,
        sentences: Any,
        pool: WorkerPool,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int | None = None,
        chunk_size: int | None = None,
        show_progress_bar: bool | None = None,
        precision: str = "float32",
        normalize_embeddings: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Compute embeddings with a pool of worker processes: the older form of `encode(..., pool=pool)`."""
        return self.encode(
            sentences,
            prompt_name,
            prompt,
            batch_size,
            show_progress_bar,
            pool=pool,
            chunk_size=chunk_size,
            precision=precision,
            normalize_embeddings=normalize_embeddings,
            **kwargs,
        )

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Score every embedding of one set with every one of another.

        Args:
            embeddings1: [N, D] or [D], numpy, tensor or list.
            embeddings2: [M, D] or [D].

        Returns:
            float32 [N, M]; higher is more similar.
        """
        return SimilarityFunction.to_similarity_fn(self.similarity_fn_name)(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Tensor:
        """Score the embeddings of two sets pair by pair.

        Args:
            embeddings1: [N, D] or [D], numpy, tensor or list.
            embeddings2: [N, D] or [D].

        Returns:
            float32 [N].
        """
        return SimilarityFunction.to_similarity_pairwise_fn(self.similarity_fn_name)(embeddings1, embeddings2)

    @property
    def similarity_fn_name(self) -> str:
        """Name of the similarity function; settable, by name or as a `SimilarityFunction`."""
        return self._similarity_fn_name

    @similarity_fn_name.setter
    def similarity_fn_name(self, value: str | SimilarityFunction | None) -> None:
        name = value.value if isinstance(value, SimilarityFunction) else value or "cosine"
        SimilarityFunction.to_similarity_fn(name)
        self._similarity_fn_name: str = name

    @property
    def truncate_dim(self) -> int | None:
        """Width to which embeddings are cut, None for the full width; settable."""
        return current_dim(self, self._truncate_dim)

    @truncate_dim.setter
    def truncate_dim(self, value: int | None) -> None:
        self._truncate_dim = check_truncate_dim(value)

    def truncate_sentence_embeddings(self, truncate_dim: int | None) -> AbstractContextManager[None]:
        """Cut embeddings to a width within a `with` block, for this thread only.

        Args:
            truncate_dim: The width, or None for the full one.

        Returns:
            A context manager.
        """
        return truncated(self, truncate_dim)

    truncate_embeddings = truncate_sentence_embeddings

    def get_sentence_embedding_dimension(self) -> int | None:
        """Width of the embeddings, after truncation; None if no module knows it."""
        full, cut = self.output_dimension(), self.truncate_dim
        return cut if full is None else min(full, cut or full)

    get_embedding_dimension = get_sentence_embedding_dimension

    def evaluate(self, evaluator: Callable[..., Any], output_path: str | None = None) -> Any:
        """Run an evaluator on the model.

        Args:
            evaluator: Called with the model and the path.
            output_path: Folder for its files, made if need be.

        Returns:
            What the evaluator returns.
        """
        if output_path is not None:
            Path(output_path).mkdir(parents=True, exist_ok=True)
        return evaluator(self, output_path)

    def _card_page(self) -> CardPage:
        return embedding_page(
            facts_of(self), dimension=self.get_sentence_embedding_dimension(), similarity=self.similarity_fn_name
        )

    def _current_settings(self) -> ModelSettings:
        return ModelSettings(
            prompts=self.prompts,
            default_prompt_name=self.default_prompt_name,
            similarity_fn_name=self.similarity_fn_name,
            truncate_dim=self._truncate_dim,
        )

    def describe(self) -> ModelDescription:
        """Say how the model runs, as it is now: modules, device, packed or padded and why, limits, prompts.

        Returns:
            A description to print, or to read field by field.

        Example:
            >>> print(SentenceTransformer("likewise-mini", device="cpu").describe())
            module 0 ...
        """
        return describe_model(self)

    @classmethod
    def load(cls, input_path: str) -> SentenceTransformer:
        """Load a model from a folder: the same as the constructor."""
        return cls(input_path)
