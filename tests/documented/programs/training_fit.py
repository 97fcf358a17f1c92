"""The older way to train: examples in a DataLoader, and `model.fit`."""

import os

from sentence_transformers import InputExample, SentencesDataset, SentenceTransformer, losses
from sentence_transformers.datasets import NoDuplicatesDataLoader, SentenceLabelDataset
from sentence_transformers.evaluation import EmbeddingSimilarityEvaluator
from torch.utils.data import DataLoader

os.environ["ACCELERATE_USE_CPU"] = "true"
model = SentenceTransformer("toy-bert")
examples = [
    InputExample(texts=["the cat sat", "a cat sat on the mat"], label=0.9),
    InputExample(texts=["the cat sat", "the movie plot was bad"], label=0.1),
    InputExample(texts=["a red fox", "the fox ran"], label=0.8),
    InputExample(texts=["a red fox", "hello world"], label=0.0),
]
loader = DataLoader(SentencesDataset(examples, model), shuffle=True, batch_size=4)
evaluator = EmbeddingSimilarityEvaluator.from_input_examples(examples, name="dev")
before = evaluator(model)["dev_pearson_cosine"]
steps = []
model.fit(
    train_objectives=[(loader, losses.CosineSimilarityLoss(model))],
    evaluator=evaluator,
    epochs=25,
    warmup_steps=2,
    optimizer_params={"lr": 1e-2},
    output_path="fitted",
    callback=lambda score, epoch, step: steps.append(score),
    show_progress_bar=False,
)
assert len(steps) == 25
assert evaluator(model)["dev_pearson_cosine"] > max(before, 0.9)
assert abs(evaluator(SentenceTransformer("fitted"))["dev_spearman_cosine"] - max(steps)) < 1e-6

pairs = [InputExample(texts=each.texts) for each in examples]
model.fit(
    [(NoDuplicatesDataLoader(pairs, batch_size=2), losses.MultipleNegativesRankingLoss(model))],
    epochs=1,
    show_progress_bar=False,
)

labelled = [
    InputExample(texts=[text], label=at % 2) for at, text in enumerate(["the cat", "a dog", "a cat", "the dog"] * 2)
]
loader = DataLoader(SentenceLabelDataset(labelled), batch_size=4)
model.fit([(loader, losses.BatchHardTripletLoss(model))], epochs=1, steps_per_epoch=2, show_progress_bar=False)
features, labels = model.smart_batching_collate(examples[:2])
assert len(features) == 2
assert labels.tolist() == [0.8999999761581421, 0.10000000149011612]
