"""Several data sets, each with its loss; the paraphrase recipe takes turns."""

from datasets import Dataset, DatasetDict
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import CoSENTLoss, MultipleNegativesRankingLoss, SoftmaxLoss
from sentence_transformers.training_args import BatchSamplers, MultiDatasetBatchSamplers

texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie"]
others = ["a cat sat", "the dog ran", "a red fox", "the blue movie"]
model = SentenceTransformer("toy-bert")
train_dataset = DatasetDict(
    {
        "pairs": Dataset.from_dict({"anchor": texts, "positive": others}),
        "nli": Dataset.from_dict({"premise": texts, "hypothesis": others, "label": [0, 1, 2, 0]}),
        "sts": Dataset.from_dict({"sentence1": texts, "sentence2": others, "score": [0.1, 0.9, 0.5, 0.2]}),
    }
)
losses = {
    "pairs": MultipleNegativesRankingLoss(model),
    "nli": SoftmaxLoss(model, model.get_sentence_embedding_dimension(), 3),
    "sts": CoSENTLoss(model),
}
args = SentenceTransformerTrainingArguments(
    output_dir="multi",
    num_train_epochs=2,
    per_device_train_batch_size=2,
    batch_sampler=BatchSamplers.NO_DUPLICATES,
    multi_dataset_batch_sampler=MultiDatasetBatchSamplers.ROUND_ROBIN,
    prompts={"pairs": {"anchor": "query : ", "positive": "document : "}, "sts": "represent "},
    eval_strategy="epoch",
    logging_steps=1,
    save_strategy="no",
    report_to="none",
    use_cpu=True,
    disable_tqdm=True,
)
trainer = SentenceTransformerTrainer(
    model=model, args=args, train_dataset=train_dataset, eval_dataset=train_dataset, loss=losses
)
trainer.train()
assert trainer.state.global_step == 12
assert {f"eval_{name}_loss" for name in losses} <= {key for entry in trainer.state.log_history for key in entry}

incomplete = {"pairs": losses["pairs"]}
try:
    SentenceTransformerTrainer(model, args, train_dataset=train_dataset, eval_dataset=train_dataset, loss=incomplete)
    said = ""
except ValueError as error:
    said = str(error)
assert "nli" in said
