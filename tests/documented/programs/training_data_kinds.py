"""One short run for each kind of data of the loss overview."""

from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
    losses,
)
from sentence_transformers.training_args import BatchSamplers

texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie", "hello world", "the bad plot"]
others = ["a cat sat", "the dog ran", "a red fox", "the blue movie", "world hello", "a bad plot"]
pairs = {"sentence1": texts, "sentence2": others}
KINDS = [
    ({**pairs, "score": [1.0, 0.9, 0.1, 0.0, 0.5, 0.4]}, losses.CoSENTLoss),
    ({**pairs, "score": [1.0, 0.9, 0.1, 0.0, 0.5, 0.4]}, losses.AnglELoss),
    ({**pairs, "score": [1.0, 0.9, 0.1, 0.0, 0.5, 0.4]}, losses.CosineSimilarityLoss),
    ({**pairs, "label": [1, 1, 0, 0, 1, 0]}, losses.ContrastiveLoss),
    ({**pairs, "label": [1, 1, 0, 0, 1, 0]}, losses.OnlineContrastiveLoss),
    ({"anchor": texts, "positive": others}, losses.MultipleNegativesRankingLoss),
    ({"anchor": texts, "positive": others}, losses.CachedMultipleNegativesRankingLoss),
    ({"anchor": texts, "positive": others}, losses.MultipleNegativesSymmetricRankingLoss),
    ({"anchor": texts, "positive": others}, losses.MegaBatchMarginLoss),
    ({"anchor": texts, "positive": others, "negative": others[1:] + others[:1]}, losses.TripletLoss),
    ({"sentence": texts, "label": [0, 0, 1, 1, 0, 1]}, losses.BatchAllTripletLoss),
    ({"sentence": texts, "label": [0, 0, 1, 1, 0, 1]}, losses.BatchHardTripletLoss),
    ({"sentence": texts, "label": [0, 0, 1, 1, 0, 1]}, losses.BatchSemiHardTripletLoss),
    ({"sentence": texts, "label": [0, 0, 1, 1, 0, 1]}, losses.BatchHardSoftMarginTripletLoss),
    (
        {**pairs, "label": [0, 1, 2, 0, 1, 2]},
        lambda model: losses.SoftmaxLoss(model, model.get_sentence_embedding_dimension(), num_labels=3),
    ),
    (
        {"anchor": texts, "positive": others},
        lambda model: losses.GISTEmbedLoss(model, guide=SentenceTransformer("toy-bert")),
    ),
]


def run(columns, make_loss):
    model = SentenceTransformer("toy-bert")
    before = model.encode("the cat sat")
    single = "sentence" in columns
    args = SentenceTransformerTrainingArguments(
        "kinds",
        max_steps=1,
        per_device_train_batch_size=6,
        learning_rate=1e-3,
        batch_sampler=BatchSamplers.GROUP_BY_LABEL if single else BatchSamplers.BATCH_SAMPLER,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = SentenceTransformerTrainer(model, args, train_dataset=Dataset.from_dict(columns), loss=make_loss(model))
    trainer.train()
    logged = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(logged) == 1, make_loss
    assert abs(model.encode("the cat sat") - before).max() > 1e-5, make_loss


for kind in KINDS:
    run(*kind)
