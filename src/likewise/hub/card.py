"""What users, trainers and evaluators say about a model, for its README; `likewise.hub.card_page` writes that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from likewise.errors import InputError
from likewise.hub.card_results import EvaluationResult, merged_results, result_of
from likewise.hub.card_training import TrainingRecord

DEFAULT_TASKS = "semantic search, semantic textual similarity, paraphrase mining, clustering and classification"


@dataclass(slots=True)
class SentenceTransformerModelCardData:
    """What the README says about a model beyond what its modules show.

    Args:
        language: Language code or codes, such as "en".
        license: Identifier of the licence, such as "apache-2.0".
        model_name: Title of the README.
        model_id: The model's id on the hub, for the usage snippet.
        train_datasets: Data sets it was trained on: names, or mappings with "name" and perhaps "id".
        eval_datasets: Data sets it was evaluated on, likewise.
        task_name: What it is for, as the end of "can be used for ...".
        tags: Tags for the hub; empty takes those of every model of the kind.
        base_model: Id of the model that it was made from.
        base_model_revision: Commit of that model.
        evaluations: What evaluators found; `set_evaluation_metrics` adds to it.
        training: How the model was trained, None if it was not; the trainer notes it.

    Raises:
        InputError: If a field has a type that the README cannot show.

    Example:
        >>> SentenceTransformerModelCardData(language="en", license="apache-2.0").tags[0]
        'sentence-transformers'
    """

    default_tags: ClassVar[tuple[str, ...]] = ("sentence-transformers", "sentence-similarity", "feature-extraction")

    language: str | list[str] | None = None
    license: str | None = None
    model_name: str | None = None
    model_id: str | None = None
    train_datasets: list[Any] = field(default_factory=list)
    eval_datasets: list[Any] = field(default_factory=list)
    task_name: str = DEFAULT_TASKS
    tags: list[str] = field(default_factory=list)
    base_model: str | None = None
    base_model_revision: str | None = None
    evaluations: list[EvaluationResult] = field(default_factory=list)
    training: TrainingRecord | None = None

    def __post_init__(self) -> None:
        tags: Any = self.tags  # one tag as a plain text, and None, are taken too
        self.tags = [tags] if isinstance(tags, str) else list(tags or self.default_tags)
        for name in ("license", "model_name", "model_id", "task_name", "base_model"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise InputError(f"model_card_data: {name}={value!r}", accepted="a text or None")
        for name in ("train_datasets", "eval_datasets"):
            value = getattr(self, name) or ()
            if isinstance(value, str | Mapping) or not all(isinstance(item, str | Mapping) for item in value):
                raise InputError(f"model_card_data: {name}", accepted="a list of names or mappings with 'name'")

    def set_model_id(self, model_id: str) -> None:
        """Set the model's id on the hub."""
        self.model_id = model_id

    def set_base_model(self, model_id: str, revision: str | None = None) -> bool:
        """Set the model that this one was made from.

        Args:
            model_id: Its id on the hub.
            revision: Its commit.

        Returns:
            True; nothing is asked of the hub.
        """
        self.base_model, self.base_model_revision = model_id, revision
        return True

    def set_evaluation_metrics(self, evaluator: Any, metrics: Mapping[str, Any], epoch: int = 0, step: int = 0) -> None:
        """Note what an evaluator found, in the place of what it found before.

        Args:
            evaluator: The evaluator.
            metrics: Metric to value.
            epoch: Epoch of training.
            step: Step of training.
        """
        self.evaluations = merged_results(self.evaluations, result_of(evaluator, metrics, epoch, step))

    def set_language(self, language: str | list[str]) -> None:
        """Set the language code or codes."""
        self.language = language

    def set_license(self, license: str) -> None:
        """Set the identifier of the licence."""
        self.license = license

    def add_tags(self, tags: str | list[str]) -> None:
        """Add tags for the hub; those that are there already stay once."""
        new = [tags] if isinstance(tags, str) else tags
        self.tags.extend(tag for tag in dict.fromkeys(new) if tag not in self.tags)
