"""Training: model, data set, loss, arguments, evaluator, trainer; saving and loading what came of it."""

from pathlib import Path

from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerModelCardData,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.evaluation import TripletEvaluator
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers

model = SentenceTransformer(
    "toy-bert",
    model_card_data=SentenceTransformerModelCardData(language="en", license="apache-2.0", model_name="Toy on triplets"),
)
rows = [
    ("the cat sat", "a cat on the mat", "the movie"),
    ("a dog ran", "the dog ran over", "bad plot"),
    ("the red fox", "a fox is red", "hello world"),
    ("a blue movie", "the movie was blue", "a cat"),
]
dataset = Dataset.from_dict(dict(zip(("anchor", "positive", "negative"), zip(*rows, strict=True), strict=True)))
evaluator = TripletEvaluator(dataset["anchor"], dataset["positive"], dataset["negative"], name="dev")

args = SentenceTransformerTrainingArguments(
    output_dir="trained",
    num_train_epochs=6,
    per_device_train_batch_size=4,
    learning_rate=1e-2,
    warmup_steps=1,
    batch_sampler=BatchSamplers.NO_DUPLICATES,
    eval_strategy="epoch",
    save_strategy="epoch",
    save_total_limit=1,
    load_best_model_at_end=True,
    metric_for_best_model="eval_dev_cosine_accuracy",
    logging_steps=1,
    report_to="none",
    use_cpu=True,
    disable_tqdm=True,
)
trainer = SentenceTransformerTrainer(
    model=model,
    args=args,
    train_dataset=dataset,
    eval_dataset=dataset,
    loss=MultipleNegativesRankingLoss(model),
    evaluator=evaluator,
)
before = evaluator(model)["dev_cosine_accuracy"]
trainer.train()
losses = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
assert len(losses) == 6
assert losses[-1] < losses[0]
assert evaluator(model)["dev_cosine_accuracy"] == trainer.state.best_metric >= before

model.save_pretrained("trained/final")
again = SentenceTransformer("trained/final")
assert evaluator(again) == evaluator(model)
card = Path("trained/final/README.md").read_text(encoding="utf-8")
assert "Toy on triplets" in card
assert "MultipleNegativesRankingLoss" in card
