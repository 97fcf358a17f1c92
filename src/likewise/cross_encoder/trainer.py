"""The documented trainer of cross-encoders. What all families share is in `likewise.training.column_trainer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from torch import nn
from transformers import TrainerCallback

from likewise.cross_encoder.data_collator import COUNTS, PAIRS, PROMPT, TASK, CrossEncoderDataCollator, shared_epoch
from likewise.cross_encoder.label_checks import check_labels
from likewise.cross_encoder.losses.binary_cross_entropy import BinaryCrossEntropyLoss
from likewise.cross_encoder.losses.cross_entropy import CrossEntropyLoss
from likewise.cross_encoder.losses.logits import feature_logits
from likewise.cross_encoder.losses.loss import CrossEncoderLoss
from likewise.cross_encoder.model import CrossEncoder
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments
from likewise.models.sequence import ModuleSequence
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.collator import SentenceTransformerDataCollator
from likewise.training.column_trainer import ColumnTrainer
from likewise.training.columns import Binding
from likewise.training.data_checks import check_dataset, named

_OWN_KEYS = (PAIRS, COUNTS, PROMPT, TASK, "label", "dataset_name")


class CrossEncoderTrainer(ColumnTrainer):
    """Fine-tunes a CrossEncoder. The pairs that a loss scores run packed, in one call of the model.

    Args:
        model: The model; None with `model_init`.
        args: The arguments; None takes the defaults, with the output folder "tmp_trainer".
        train_dataset: Rows, or a dictionary of data sets; streams are taken as well. What the columns are depends on
            the loss: pairs, a query with a positive and negatives, or a query with lists of documents and of labels.
        eval_dataset: Rows, or a dictionary of data sets.
        loss: A loss; a class or function that makes one of the model; or a dictionary of those for each data set. None
            is BinaryCrossEntropyLoss for a model of one output, else CrossEntropyLoss.
        evaluator: An evaluator, or several.
        data_collator: Rows to a batch; None takes `CrossEncoderDataCollator`.
        tokenizer: Older name of `processing_class`.
        model_init: Makes a model for each trial of a hyperparameter search.
        compute_metrics: As in transformers; not used, evaluators compute metrics.
        callbacks: Further callbacks.
        optimizers: An optimizer and a scheduler, instead of those that the arguments name.
        preprocess_logits_for_metrics: As in transformers; not used.
        processing_class: The tokenizer or processor; None is the model's.
        optimizer_cls_and_kwargs: Class of the optimizer and its arguments.

    Raises:
        ConfigError: If arguments contradict each other, or the loss cannot be fed with the data.
        InputError: If the data cannot be trained on; the message names data set, row and value.

    Example:
        >>> import tempfile
        >>> from datasets import Dataset
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
        >>> data = Dataset.from_dict({"query": ["yes", "no"], "answer": ["yes", "yes"], "label": [1.0, 0.0]})
        >>> args = CrossEncoderTrainingArguments(output_dir="out", use_cpu=True, report_to="none")
        >>> trainer = CrossEncoderTrainer(model, args, train_dataset=data)
        >>> type(trainer.loss).__name__, len(trainer.get_train_dataloader())
        ('BinaryCrossEntropyLoss', 1)
    """

    model_class: ClassVar[type[ModuleSequence]] = CrossEncoder
    arguments_class: ClassVar[type[SentenceTransformerTrainingArguments]] = CrossEncoderTrainingArguments
    collator_class: ClassVar[type[SentenceTransformerDataCollator]] = CrossEncoderDataCollator

    def __init__(
        self,
        model: CrossEncoder | None = None,
        args: CrossEncoderTrainingArguments | None = None,
        train_dataset: Any = None,
        eval_dataset: Any = None,
        loss: Any = None,
        evaluator: Any = None,
        data_collator: Any = None,
        tokenizer: Any = None,
        model_init: Callable[..., CrossEncoder] | None = None,
        compute_metrics: Any = None,
        callbacks: list[TrainerCallback] | None = None,
        optimizers: tuple[Any, Any] = (None, None),
        preprocess_logits_for_metrics: Any = None,
        *,
        processing_class: Any = None,
        optimizer_cls_and_kwargs: Any = None,
    ) -> None:
        super().__init__(
            model,
            args,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset,
            loss=loss,
            evaluator=evaluator,
            data_collator=data_collator,
            processing_class=processing_class or tokenizer,
            model_init=model_init,
            compute_metrics=compute_metrics,
            callbacks=callbacks,
            optimizers=optimizers,
            optimizer_cls_and_kwargs=optimizer_cls_and_kwargs,
            preprocess_logits_for_metrics=preprocess_logits_for_metrics,
        )
        if isinstance(self.data_collator, CrossEncoderDataCollator):
            self.data_collator.check_prompts()

    def default_loss(self, model: Any) -> nn.Module:
        """BinaryCrossEntropyLoss for one output, CrossEntropyLoss for more.

        Args:
            model: The model.

        Returns:
            The loss.
        """
        return BinaryCrossEntropyLoss(model) if model.num_labels == 1 else CrossEntropyLoss(model)

    def batch_loss(self, loss: nn.Module, inputs: dict[str, Any]) -> Any:
        """Compute a loss of a batch.

        Args:
            loss: The loss; its model is perhaps wrapped. A custom one is given the columns as lists of texts and the
                labels, and `prompt` and `task` by name if there are any.
            inputs: What the collator made.

        Returns:
            A scalar, or a dictionary of named parts.
        """
        columns, labels = self.collect_features(inputs)
        if isinstance(loss, CrossEncoderLoss) and PAIRS in inputs:
            logits_NL = feature_logits(loss.model, inputs[PAIRS], loss.mini_batches)
            return loss.objective(logits_NL, inputs[COUNTS], labels)
        options = {name: inputs[key] for name, key in (("prompt", PROMPT), ("task", TASK)) if key in inputs}
        return loss(columns, labels, **options)

    def collect_features(self, inputs: dict[str, Any]) -> tuple[list[list[Any]], Any]:
        """Sort a batch by columns.

        Args:
            inputs: What the collator made.

        Returns:
            Texts of each column, or lists of texts; and the labels, if there are any.
        """
        return [value for name, value in inputs.items() if name not in _OWN_KEYS], inputs.get("label")

    def check_data(self, dataset: Any, dataset_name: str, loss: Any) -> Binding:
        """Check a data set against its loss.

        Args:
            dataset: The data set.
            dataset_name: Its name, "" if it has none.
            loss: The loss.

        Returns:
            Which column is what.
        """
        binding = check_dataset(dataset_name, dataset, loss, self._label_columns(), pairs=True)
        collator = self.data_collator
        if isinstance(loss, CrossEncoderLoss) and isinstance(collator, CrossEncoderDataCollator):
            where = f"data set {dataset_name!r}" if dataset_name else "the data set"
            check_labels(where, dataset, binding, loss, collator.labels_of)
        return binding

    def _collator(self, parts: Mapping[str, Any]) -> Any:
        """The collator, with the pairs that the losses of these data sets ask for, and an epoch of its own."""
        collator = super()._collator(parts)
        if isinstance(collator, CrossEncoderDataCollator):
            losses = named(self.loss)
            own = [(name, losses.get(name, losses.get(""))) for name in parts]
            collator.candidates = {name: loss.candidates for name, loss in own if loss and _takes_features(loss)}
            collator.seed, collator.epoch = self.args.seed, shared_epoch()
        return collator


def _takes_features(loss: Any) -> bool:
    return isinstance(loss, CrossEncoderLoss) and type(loss).forward is CrossEncoderLoss.forward and loss.takes_pairs
