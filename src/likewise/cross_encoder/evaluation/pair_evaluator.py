"""What evaluators on labelled pairs share: their arguments and how pairs are scored."""

from __future__ import annotations

from abc import ABC
from typing import Any, Self

from likewise.cross_encoder.evaluation.scoring import Floats, ScoringModel, checked_pairs, predicted_scores
from likewise.evaluation.arguments import LabelledTexts
from likewise.evaluation.csv_report import CsvReport
from likewise.evaluation.evaluator import SentenceEvaluator


class PairEvaluator(SentenceEvaluator, ABC):
    """Base of the evaluators on pairs of texts.

    Args:
        sentence_pairs: N pairs of texts.
        labels: What is known of each.
        name: Put before the metrics and into the name of the file.
        batch_size: Most pairs of a batch; None fills batches by token count.
        show_progress_bar: Whether progress is shown; None leaves it to the level of the log.
        write_csv: Whether a row is added to the file.
        prompt_name: Name of a prompt of the model, put before the pairs.
        labels_name: What the labels are called, for messages.
    """

    def __init__(
        self,
        sentence_pairs: Any,
        labels: Any,
        *,
        name: str,
        batch_size: int | None,
        show_progress_bar: bool | None,
        write_csv: bool,
        prompt_name: str | None = None,
        labels_name: str = "labels",
    ) -> None:
        self.sentence_pairs, self._given = checked_pairs(sentence_pairs, labels, labels_name)
        self.name = name
        self.batch_size = batch_size
        self.show_progress_bar = show_progress_bar
        self.prompt_name = prompt_name
        self.csv_file = f"{type(self).__name__}{f'_{name}' if name else ''}_results.csv"
        self._report = CsvReport(self.csv_file, enabled=write_csv)

    @classmethod
    def from_input_examples(cls, examples: list[LabelledTexts], **kwargs: Any) -> Self:
        """Make one from examples of two texts and a label.

        Args:
            examples: `InputExample` objects.
            **kwargs: Further arguments of the constructor.

        Returns:
            The evaluator.
        """
        given = list(examples)
        make: Any = cls
        made: Self = make([list(example.texts) for example in given], [example.label for example in given], **kwargs)
        return made

    def scores(self, model: ScoringModel) -> Floats:
        """What a model says of the pairs.

        Args:
            model: The model.

        Returns:
            [N], or [N, L] for a model of several outputs.
        """
        return predicted_scores(
            model,
            self.sentence_pairs,
            batch_size=self.batch_size,
            show_progress_bar=self.show_progress_bar,
            prompt_name=self.prompt_name,
        )

    def data_sizes(self) -> dict[str, int]:
        """How many pairs there are."""
        return {"pairs": len(self.sentence_pairs)}
