"""The documented trainer of models that make embeddings. What all families share is in `column_trainer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor, nn
from transformers import TrainerCallback

from likewise.models.sequence import ModuleSequence
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.arguments import SentenceTransformerTrainingArguments
from likewise.training.collator import split_columns
from likewise.training.column_trainer import ColumnTrainer


class SentenceTransformerTrainer(ColumnTrainer):
    """Fine-tunes a SentenceTransformer.

    Args:
        model: The model; None with `model_init`.
        args: The arguments; None takes the defaults, with the output folder "tmp_trainer".
        train_dataset: Rows, or a dictionary of data sets; streams are taken as well.
        eval_dataset: Rows, or a dictionary of data sets.
        loss: A loss; a class or function that makes one of the model; or a dictionary of those for each data set. None
            is CoSENTLoss.
        evaluator: An evaluator, or several.
        data_collator: Rows to a batch; None takes `SentenceTransformerDataCollator`.
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
        InputError: If the data cannot be trained on.

    Example:
        >>> from datasets import Dataset
        >>> from likewise.losses import CoSENTLoss
        >>> model = SentenceTransformer("likewise-mini", device="cpu")
        >>> data = Dataset.from_dict({"a": ["A man eats."], "b": ["Someone eats."], "score": [0.9]})
        >>> args = SentenceTransformerTrainingArguments(output_dir="out", use_cpu=True, report_to="none")
        >>> trainer = SentenceTransformerTrainer(model, args, train_dataset=data, loss=CoSENTLoss(model))
        >>> len(trainer.get_train_dataloader())
        1
    """

    model_class: ClassVar[type[ModuleSequence]] = SentenceTransformer

    def __init__(
        self,
        model: SentenceTransformer | None = None,
        args: SentenceTransformerTrainingArguments | None = None,
        train_dataset: Any = None,
        eval_dataset: Any = None,
        loss: Any = None,
        evaluator: Any = None,
        data_collator: Any = None,
        tokenizer: Any = None,
        model_init: Callable[..., SentenceTransformer] | None = None,
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

    def default_loss(self, model: Any) -> nn.Module:
        """CoSENTLoss.

        Args:
            model: The model.

        Returns:
            The loss.
        """
        from likewise.losses import CoSENTLoss

        made: nn.Module = CoSENTLoss(model)
        return made

    def batch_loss(self, loss: nn.Module, inputs: dict[str, Any]) -> Any:
        """Compute a loss of a batch.

        Args:
            loss: The loss; its model is perhaps wrapped.
            inputs: What the collator made.

        Returns:
            A scalar, or a dictionary of named parts.
        """
        features, labels = self.collect_features(inputs)
        return loss(features, labels)

    def collect_features(self, inputs: dict[str, Any]) -> tuple[list[dict[str, Any]], Tensor | None]:
        """Sort a batch by columns.

        Args:
            inputs: What the collator made.

        Returns:
            The features of each column, and the labels, if there are any.
        """
        return split_columns(inputs), inputs.get("label")
