"""`CrossEncoder`, the documented class. Knows what each method means; the other files know how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from likewise.cross_encoder.arguments import check_place, checked_activation, checked_labels, same_meaning
from likewise.cross_encoder.loading import load_or_assemble
from likewise.cross_encoder.old_training import TrainableCrossEncoder
from likewise.cross_encoder.pipeline import Activation, ScorePipeline
from likewise.cross_encoder.predict_call import PredictCall
from likewise.cross_encoder.ranking import RankRequest, check_top_k
from likewise.device import get_device_name
from likewise.encoding.pool import WorkerPool
from likewise.errors import ConfigError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.models.module import LoadContext
from likewise.sentence_transformer.prompts import choose_prompt


class CrossEncoder(TrainableCrossEncoder):
    """Reads two texts together and scores the pair: slower than comparing embeddings, and more exact.

    Args:
        model_name_or_path: Local folder or hub id of a sequence classification model; an encoder without a head gets a
            new one, to be trained. None with `modules`.
        num_labels: How many scores a pair gets; None takes what the model has, 1 for a new head.
        max_length: Most tokens of a pair; longer ones are cut, the longer text first. None takes the model's maximum.
        device: Where it runs, such as "cpu" or "cuda:1"; None takes the best that is there.
        automodel_args: Keyword arguments for the transformers model, such as `{"torch_dtype": "bfloat16"}`.
        tokenizer_args: Keyword arguments for the tokenizer.
        config_args: Keyword arguments for the transformers configuration.
        cache_dir: Where the hub cache lies.
        trust_remote_code: Whether Python code that the folder names may run. Never set by a file.
        revision: Branch, tag or commit on the hub.
        local_files_only: Whether the network is out of bounds.
        default_activation_function: Makes scores of logits; None takes the folder's, else sigmoid for one label and
            nothing for more.
        classifier_dropout: Dropout of the head in training; None takes the folder's.
        model_name: Documented name of `model_name_or_path`.
        modules: Modules in order, instead of a folder; one of them makes `scores`.
        prompts: Prompt name to the text put before the first text of pairs.
        default_prompt_name: The prompt that is used when none is given.
        activation_fn: Later name of `default_activation_function`.
        cache_folder: Later name of `cache_dir`.
        token: Token for the hub.
        model_kwargs: Later name of `automodel_args`.
        tokenizer_kwargs: Later name of `tokenizer_args`.
        processor_kwargs: Later name of `tokenizer_args`.
        config_kwargs: Later name of `config_args`.
        model_card_data: Metadata of the README that `save` writes.
        backend: "torch".

    Raises:
        ModelNotFoundError: If there is no such model.
        CheckpointError: If a file of the folder is wrong.
        ConfigError: If the arguments contradict each other or the folder.

    Example:
        >>> import tempfile
        >>> from tokenizers import Tokenizer, models
        >>> from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
        >>> folder = tempfile.mkdtemp()
        >>> sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
        >>> config = BertConfig(vocab_size=4, num_labels=1, **sizes)
        >>> BertForSequenceClassification(config).save_pretrained(folder)
        >>> words = {"[PAD]": 0, "[UNK]": 1, "yes": 2, "no": 3}
        >>> tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
        >>> names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
        >>> _ = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
        >>> model = CrossEncoder(folder, device="cpu")
        >>> model.predict([("yes", "no"), ("no", "yes")]).shape
        (2,)
        >>> sorted(each["corpus_id"] for each in model.rank("yes", ["no", "yes"]))
        [0, 1]

    Reference:
        Nogueira and Cho, Passage Re-ranking with BERT, arXiv:1901.04085.
    """

    def __init__(
        self,
        model_name_or_path: str | Path | None = None,
        num_labels: int | None = None,
        max_length: int | None = None,
        device: str | torch.device | None = None,
        automodel_args: Mapping[str, Any] | None = None,
        tokenizer_args: Mapping[str, Any] | None = None,
        config_args: Mapping[str, Any] | None = None,
        cache_dir: str | None = None,
        trust_remote_code: bool = False,
        revision: str | None = None,
        local_files_only: bool = False,
        default_activation_function: Activation | None = None,
        classifier_dropout: float | None = None,
        *,
        model_name: str | Path | None = None,
        modules: Iterable[nn.Module] | Mapping[str, nn.Module] | None = None,
        prompts: Mapping[str, str] | None = None,
        default_prompt_name: str | None = None,
        activation_fn: Activation | None = None,
        cache_folder: str | None = None,
        token: bool | str | None = None,
        model_kwargs: Mapping[str, Any] | None = None,
        tokenizer_kwargs: Mapping[str, Any] | None = None,
        processor_kwargs: Mapping[str, Any] | None = None,
        config_kwargs: Mapping[str, Any] | None = None,
        model_card_data: SentenceTransformerModelCardData | None = None,
        backend: str = "torch",
    ) -> None:
        check_place(device, backend)
        given = same_meaning(default_activation_function=default_activation_function, activation_fn=activation_fn)
        tokenizer_options = same_meaning(
            tokenizer_args=tokenizer_args, tokenizer_kwargs=tokenizer_kwargs, processor_kwargs=processor_kwargs
        )
        dropout = {} if classifier_dropout is None else {"classifier_dropout": classifier_dropout}
        context = LoadContext(
            trust_remote_code=trust_remote_code,
            token=token,
            cache_folder=same_meaning(cache_dir=cache_dir, cache_folder=cache_folder),
            revision=revision,
            local_files_only=local_files_only,
            model_kwargs=dict(same_meaning(automodel_args=automodel_args, model_kwargs=model_kwargs) or {}),
            tokenizer_kwargs=dict(tokenizer_options or {}),
            config_kwargs={**(same_meaning(config_args=config_args, config_kwargs=config_kwargs) or {}), **dropout},
        )
        name = same_meaning(model_name=model_name, model_name_or_path=model_name_or_path)
        loaded = load_or_assemble(name, modules, context, labels=checked_labels(num_labels))
        super().__init__(
            loaded,
            prompts=dict(prompts or {}),
            default_prompt_name=default_prompt_name,
            model_card_data=model_card_data,
        )
        self._check_labels(num_labels)
        self.activation_fn = given if given is not None else loaded.settings.build_activation(trust_remote_code)
        if max_length is not None:
            self.max_seq_length = max_length
        self.to(get_device_name() if device is None else device)
        self.eval()

    def predict(
        self,
        sentences: Any = None,
        batch_size: int | None = None,
        show_progress_bar: bool | None = None,
        num_workers: int = 0,
        activation_fct: Activation | None = None,
        apply_softmax: bool | None = False,
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        *,
        activation_fn: Activation | None = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        device: str | torch.device | Sequence[str | torch.device] | None = None,
        pool: WorkerPool | None = None,
        chunk_size: int | None = None,
        truncation: str = "warn",
        inputs: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Score pairs of texts. What stands several times is computed once; scores do not depend on neighbours.

        Args:
            sentences: One pair (a tuple or list of two texts), or a list, array or iterator of pairs.
            batch_size: Most pairs of a batch; None fills batches to a budget of tokens.
            show_progress_bar: Whether to show progress; None follows the logger (shown at INFO and DEBUG).
            num_workers: Taken and not used: tokenising runs ahead in a thread anyway.
            activation_fct: Makes scores of float32 logits [B, L]; None takes the model's.
            apply_softmax: Whether a softmax over the labels follows, where there are several.
            convert_to_numpy: Whether the result is one numpy array; False gives a list of tensors.
            convert_to_tensor: Whether the result is one tensor; wins over `convert_to_numpy`.
            activation_fn: Later name of `activation_fct`.
            prompt_name: Name of the prompt put before the first text of each pair.
            prompt: Text of the prompt; wins over its name.
            device: Moves the model there first; a list runs one worker process on each.
            pool: Worker processes from `start_multi_process_pool`; None works in this process.
            chunk_size: Pairs per piece of work of a pool.
            truncation: What to do about pairs longer than `max_length`: "warn", "error" or "ignore".
            inputs: Later name of `sentences`.
            **kwargs: Keyword arguments for the model's modules.

        Returns:
            float32 [N], or [N, L] for L > 1 labels; for one pair a single score, or [L].

        Raises:
            InputError: If a pair or an argument cannot be used; the message names its position.
        """
        del num_workers
        self.check_forward_kwargs(kwargs)
        function = same_meaning(activation_fct=activation_fct, activation_fn=activation_fn)
        call = PredictCall.of(
            activation=self.activation_fn if function is None else checked_activation(function),
            apply_softmax=bool(apply_softmax),
            convert_to_numpy=convert_to_numpy,
            convert_to_tensor=convert_to_tensor,
            forward_kwargs=kwargs,
            batch_size=batch_size,
            show_progress=show_progress_bar,
            truncation=truncation,
            prompt=choose_prompt(
                self.prompts, prompt=prompt, prompt_name=prompt_name, default_name=self.default_prompt_name
            ),
        )
        given, pipeline = same_meaning(sentences=sentences, inputs=inputs), ScorePipeline(self)
        if pool is None and isinstance(device, list | tuple):
            with WorkerPool.start(pipeline, device) as workers:
                return call.run(pipeline, given, pool=workers, chunk_size=chunk_size)
        if pool is None and isinstance(device, str | torch.device | int):
            self.to(device)
        if self.training:
            self.eval()
        return call.run(pipeline, given, pool=pool, chunk_size=chunk_size)

    def rank(
        self,
        query: str | Mapping[str, str] | Sequence[Any],
        documents: Sequence[Any],
        top_k: int | None = None,
        return_documents: bool = False,
        batch_size: int | None = None,
        show_progress_bar: bool | None = None,
        num_workers: int = 0,
        activation_fct: Activation | None = None,
        apply_softmax: bool | None = False,
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Sort documents by how well they answer a query, or those of many queries at once.

        Args:
            query: The query, or a list of queries.
            documents: The documents of the query; for a list of queries one list for all, or a list for each.
            top_k: How many documents of each query are given; None gives all.
            return_documents: Whether the result holds the documents.
            batch_size: Most pairs of a batch; None fills batches to a budget of tokens.
            show_progress_bar: Whether to show progress; None follows the logger.
            num_workers: Taken and not used.
            activation_fct: Makes scores of logits; None takes the model's.
            apply_softmax: Taken and not used: there is one label.
            convert_to_numpy: Taken and not used: scores are Python floats.
            convert_to_tensor: Taken and not used.
            **kwargs: Further arguments of `predict`, such as `prompt`, `pool` or `truncation`.

        Returns:
            Dictionaries of `corpus_id` (place in `documents`), `score` and, if asked for, `text`, best first; for a
            list of queries a list of such lists.

        Raises:
            ConfigError: If the model gives several scores to a pair (also a ValueError).
            InputError: If a query, a document or an argument cannot be used.
        """
        del apply_softmax, convert_to_numpy, convert_to_tensor
        if self.num_labels != 1:
            raise ConfigError(
                f"rank with a model that gives {self.num_labels} scores to a pair",
                accepted="a model with num_labels=1",
                fix="scores = model.predict([(query, document) for document in documents])",
            )
        request, most = RankRequest.of(query, documents), check_top_k(top_k)
        scores = self.predict(request.pairs(), batch_size, show_progress_bar, num_workers, activation_fct, **kwargs)
        return request.ranked(scores, top_k=most, return_documents=return_documents)

    def start_multi_process_pool(self, target_devices: Sequence[str | torch.device] | None = None) -> WorkerPool:
        """Start worker processes that share this model.

        Args:
            target_devices: One device for each worker; None takes every GPU, else four workers on the CPU.

        Returns:
            The pool, for `predict(pool=...)`; stop it with `stop_multi_process_pool`, or use it in a `with` block.
        """
        return WorkerPool.start(ScorePipeline(self), target_devices)

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
