"""SetFit: learn five classes from eight sentences each, judge the rest, save, load; also with a head of its own."""

import os

from datasets import Dataset
from given import Given
from setfit import SetFitModel, Trainer, TrainingArguments

from texts import TOPICS, sentences

SHOTS = 8


def run(given: Given) -> dict:
    """What SetFit gives."""
    os.chdir(given.folder)
    texts, labels = [each.text for each in sentences()], [each.topic for each in sentences()]
    seen, held_out = slice(0, SHOTS * len(TOPICS)), slice(SHOTS * len(TOPICS), None)
    few = Dataset.from_dict({"text": texts[seen], "label": labels[seen]})
    rest = Dataset.from_dict({"text": texts[held_out], "label": labels[held_out]})

    classifier = SetFitModel.from_pretrained(given.model, labels=list(TOPICS), device="cpu")
    untrained = classifier.model_body.encode(texts[seen])
    arguments = TrainingArguments(
        output_dir=str(given.folder / "out"),
        batch_size=16,
        num_epochs=1,
        max_steps=24,
        body_learning_rate=5e-5,
        seed=3,
        logging_steps=4,
        report_to="none",
    )
    trainer = Trainer(model=classifier, args=arguments, train_dataset=few, eval_dataset=rest, metric=accuracy)
    trainer.train()
    classifier.save_pretrained(str(given.folder / "saved"))
    loaded = SetFitModel.from_pretrained(str(given.folder / "saved"))

    headed = SetFitModel.from_pretrained(
        given.model,
        use_differentiable_head=True,
        head_params={"out_features": len(TOPICS)},
        labels=list(TOPICS),
        device="cpu",
    )
    headed.fit(texts[seen], labels_as_numbers(labels[seen]), num_epochs=30, batch_size=8, head_learning_rate=1e-2)
    return {
        "losses": [
            entry["embedding_loss"] for entry in trainer.st_trainer.state.log_history if "embedding_loss" in entry
        ],
        "moved": float(abs(classifier.model_body.encode(texts[seen]) - untrained).max()),
        "accuracy": trainer.evaluate()["metric"],
        "loaded_agrees": list(loaded.predict(texts[held_out])) == list(classifier.predict(texts[held_out])),
        "new": list(classifier.predict(["A comet passed the sun."])),
        "epochs": trainer.st_trainer.state.epoch,
        "probability": float(classifier.predict_proba(["A comet passed the sun."]).max()),
        "with_head": accuracy(list(headed.predict(texts[held_out])), labels[held_out]),
    }


def accuracy(predicted: list[str], gold: list[str]) -> float:
    """The share of texts with the right class."""
    return sum(ours == theirs for ours, theirs in zip(predicted, gold, strict=True)) / len(gold)


def labels_as_numbers(labels: list[str]) -> list[int]:
    """Positions among the topics."""
    return [list(TOPICS).index(label) for label in labels]
