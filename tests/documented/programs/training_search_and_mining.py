"""Hard negatives, augmented data, and a search for hyperparameters."""

import optuna
from datasets import Dataset
from sentence_transformers import (
    CrossEncoder,
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import CosineSimilarityLoss, MultipleNegativesRankingLoss
from sentence_transformers.util import mine_hard_negatives, semantic_search

optuna.logging.set_verbosity(optuna.logging.WARNING)
texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie"]
others = ["a cat sat", "the dog ran", "a red fox", "the blue movie"]
pairs = Dataset.from_dict({"anchor": texts, "positive": others})
model = SentenceTransformer("likewise-mini")
mined = mine_hard_negatives(pairs, model, num_negatives=1, range_max=3, verbose=False)
assert mined.column_names == ["anchor", "positive", "negative"]
assert all(row["negative"] != row["positive"] for row in mined)

# Augmented data: a cross-encoder labels pairs that a bi-encoder found.
found = semantic_search(model.encode(texts), model.encode(others), top_k=2)
silver = [(texts[at], others[hit["corpus_id"]]) for at, hits in enumerate(found) for hit in hits]
scores = CrossEncoder("toy-reranker").predict(silver)
first, second = zip(*silver, strict=True)
dataset = Dataset.from_dict({"sentence1": first, "sentence2": second, "label": scores.tolist()})
args = SentenceTransformerTrainingArguments(
    "mined", max_steps=2, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True, eval_strategy="epoch"
)
bi_encoder = SentenceTransformer("toy-bert")
SentenceTransformerTrainer(
    bi_encoder, args, train_dataset=dataset, eval_dataset=dataset, loss=CosineSimilarityLoss(bi_encoder)
).train()

trainer = SentenceTransformerTrainer(
    model=None,
    args=args,
    train_dataset=pairs,
    eval_dataset=pairs,
    model_init=lambda trial: SentenceTransformer("toy-bert"),
    loss=lambda model: MultipleNegativesRankingLoss(model),
)
best = trainer.hyperparameter_search(
    hp_space=lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-3, log=True)},
    compute_objective=lambda metrics: metrics["eval_loss"],
    n_trials=2,
    direction="minimize",
    backend="optuna",
)
assert 1e-5 <= best.hyperparameters["learning_rate"] <= 1e-3
