"""`SparseEncoder`, the documented class. Knows what each method means; the other files know how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise.device import get_device_name
from likewise.encoding.inputs import is_single
from likewise.encoding.pool import WorkerPool
from likewise.errors import ConfigError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.models.module import LoadContext
from likewise.sentence_transformer.encode_call import merged_kwargs, one_of, text_length
from likewise.sentence_transformer.prompts import DOCUMENT_NAMES, QUERY_NAMES, choose_prompt, prompt_name_for_task
from likewise.sentence_transformer.same_arguments import by_name, same_arguments_as
from likewise.similarity_functions import SimilarityFunction
from likewise.sparse_encoder import reading
from likewise.sparse_encoder.encode_call import SparseCall
from likewise.sparse_encoder.loading import load_or_assemble
from likewise.sparse_encoder.pipeline import SparsePipeline
from likewise.sparse_encoder.stored_sparse_encoder import StoredSparseEncoder


class SparseEncoder(StoredSparseEncoder):
    """Turns texts into vectors as wide as a vocabulary, of which few entries are not zero.

    Args:
        model_name_or_path: Local folder or hub id. A plain masked language model gets SPLADE pooling (max). None with
            `modules`.
        modules: Modules in order, instead of a folder.
        device: Where it runs, such as "cpu" or "cuda:1"; None takes the best that is there.
        prompts: Prompt name to the text put before inputs; added to those of the folder, and wins over them.
        default_prompt_name: The prompt that `encode` uses when it is given none.
        similarity_fn_name: "cosine", "dot", "euclidean" or "manhattan"; None takes the folder's, else dot.
        cache_folder: Where the hub cache lies.
        trust_remote_code: Whether Python code that the folder names may run. Never set by a file.
        revision: Branch, tag or commit on the hub.
        local_files_only: Whether the network is out of bounds.
        token: Token for the hub.
        max_active_dims: How many entries of an embedding are kept at most, those of largest weight; None keeps all.
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
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> from likewise.models import SparseStaticEmbedding
        >>> words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2}, unk_token="[UNK]"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
        >>> weights = torch.tensor([0.0, 1.0, 2.0])
        >>> model = SparseEncoder(modules=[SparseStaticEmbedding(tokenizer, weights)], device="cpu")
        >>> embeddings = model.encode(["cat", "cat dog"])
        >>> model.decode(embeddings)
        [[('cat', 1.0)], [('dog', 2.0), ('cat', 1.0)]]
        >>> model.similarity(embeddings, embeddings)
        tensor([[1., 1.],
                [1., 5.]])

    Reference:
        Formal et al., SPLADE v2: Sparse Lexical and Expansion Model for Information Retrieval, arXiv:2109.10086.
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
        max_active_dims: int | None = None,
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
            token=token,
            cache_folder=cache_folder,
            revision=revision,
            local_files_only=local_files_only,
            model_kwargs=dict(model_kwargs or {}),
            tokenizer_kwargs=merged_kwargs(processor_kwargs, tokenizer_kwargs),
            config_kwargs=dict(config_kwargs or {}),
        )
        super().__init__(
            load_or_assemble(model_name_or_path, modules, context),
            prompts=dict(prompts or {}),
            default_prompt_name=default_prompt_name,
            similarity_fn_name=similarity_fn_name,
            max_active_dims=max_active_dims,
            model_card_data=model_card_data,
        )
        self.to(get_device_name() if device is None else device)
        self.eval()

    def encode(
        self,
        sentences: Any = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int | None = None,
        show_progress_bar: bool | None = None,
        convert_to_tensor: bool = True,
        convert_to_sparse_tensor: bool = True,
        save_to_cpu: bool = False,
        device: str | torch.device | Sequence[str | torch.device] | None = None,
        max_active_dims: int | None = None,
        pool: WorkerPool | None = None,
        chunk_size: int | None = None,
        *,
        truncation: str = "warn",
        task: str | None = None,
        inputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Compute sparse embeddings.

        Args:
            sentences: One text, or any iterable of texts.
            prompt_name: Name of the prompt put before each text.
            prompt: Text of the prompt; wins over its name.
            batch_size: Most rows of a batch; None fills batches to a budget of tokens.
            show_progress_bar: Whether to show progress; None follows the logger (shown at INFO and DEBUG).
            convert_to_tensor: Whether the result is one tensor; False gives a list of vectors.
            convert_to_sparse_tensor: Whether the result is sparse (`torch.sparse_coo`, coalesced).
            save_to_cpu: Whether the result is on the CPU; if not, it is on the model's device.
            device: Moves the model there first; a list runs one worker process on each.
            max_active_dims: How many entries of an embedding are kept at most; None takes the model's.
            pool: Worker processes from `start_multi_process_pool`; None works in this process.
            chunk_size: Inputs per piece of work of a pool.
            truncation: What to do about texts longer than `max_seq_length`: "warn", "error" or "ignore".
            task: "query", "document" or another route's name, for models that treat them differently.
            inputs: Later name of `sentences`.
            **kwargs: Keyword arguments for the model's modules.

        Returns:
            float32 [N, V], or [V] for one text; a list of [V] if `convert_to_tensor` is False.

        Raises:
            InputError: If an input or an argument cannot be used; the message names its position.
        """
        texts = one_of(sentences, inputs)
        self.check_forward_kwargs(kwargs)
        if pool is None and isinstance(device, list | tuple):
            with WorkerPool.start(SparsePipeline(self), device) as workers:
                return self.encode(
                    texts, prompt_name, prompt, batch_size, show_progress_bar, convert_to_tensor,
                    convert_to_sparse_tensor, save_to_cpu, None, max_active_dims, workers, chunk_size,
                    truncation=truncation, task=task, **kwargs,
                )  # fmt: skip
        if pool is None and isinstance(device, str | torch.device | int):
            self.to(device)
        if self.training:
            self.eval()
        call = SparseCall.of(
            convert_to_tensor=convert_to_tensor,
            convert_to_sparse_tensor=convert_to_sparse_tensor,
            max_active_dims=self.max_active_dims if max_active_dims is None else max_active_dims,
            device=torch.device("cpu") if save_to_cpu or pool is not None else self.device,
            batch_size=batch_size,
            show_progress=show_progress_bar,
            truncation=truncation,
            task=task,
            prompt=choose_prompt(
                self.prompts, prompt=prompt, prompt_name=prompt_name, default_name=self.default_prompt_name
            ),
            forward_kwargs=kwargs,
        )
        width = self.get_sentence_embedding_dimension()
        return call.run(SparsePipeline(self), texts, pool=pool, chunk_size=chunk_size, width=width)

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

    def decode(self, embeddings: Tensor, top_k: int | None = None) -> list[Any]:
        """Name the tokens of embeddings, the largest weight first.

        Args:
            embeddings: [N, V] or [V], sparse or dense.
            top_k: How many of each embedding; None gives all that are not zero.

        Returns:
            For each embedding a list of (token, weight); the one list for a single embedding.
        """
        return reading.decoded(embeddings, self._token_names, top_k)

    def _token_names(self, places: Sequence[int]) -> Sequence[str]:
        tokenizer = self.tokenizer
        if tokenizer is None:
            raise ConfigError("the model has no tokenizer, whose tokens decode would name")
        names: list[str] = tokenizer.convert_ids_to_tokens(list(places))
        return names

    @staticmethod
    def intersection(embeddings_1: Tensor, embeddings_2: Tensor) -> Tensor:
        """Multiply an embedding with others, entry by entry: what is not zero is active in both.

        Args:
            embeddings_1: [V], sparse or dense.
            embeddings_2: [V] or [N, V], sparse or dense.

        Returns:
            As `embeddings_2` in shape, sparse.
        """
        return reading.intersection(embeddings_1, embeddings_2)

    @staticmethod
    def sparsity(embeddings: Tensor) -> dict[str, float]:
        """Say how many entries of embeddings are not zero.

        Args:
            embeddings: [N, V] or [V], sparse or dense.

        Returns:
            "active_dims", the mean number of entries that are not zero, and "sparsity_ratio", the share of zeros.
        """
        return reading.sparsity(embeddings)

    def is_singular_input(self, inputs: Any) -> bool:
        """Say whether `encode` takes what it is given as one input, and gives one result by itself.

        Args:
            inputs: What `encode` would be given.

        Returns:
            True for one text; False for many.
        """
        return is_single(inputs, SparsePipeline(self).accepts)

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
        return WorkerPool.start(SparsePipeline(self), target_devices)

    @staticmethod
    def stop_multi_process_pool(pool: WorkerPool) -> None:
        """Stop the worker processes of a pool."""
        pool.stop()

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
