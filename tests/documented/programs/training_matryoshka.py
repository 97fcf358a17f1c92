"""Matryoshka, adaptive layers, and both: shorter vectors and fewer layers."""

from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import (
    AdaptiveLayerLoss,
    CoSENTLoss,
    Matryoshka2dLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)

texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie"]
others = ["a cat sat", "the dog ran", "a red fox", "the blue movie"]
pairs = Dataset.from_dict({"anchor": texts, "positive": others})
scored = Dataset.from_dict({"sentence1": texts, "sentence2": others, "score": [0.1, 0.9, 0.5, 0.2]})
args = SentenceTransformerTrainingArguments(
    "matryoshka", max_steps=8, learning_rate=1e-3, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True
)

model = SentenceTransformer("toy-bert")
loss = MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), matryoshka_dims=[16, 8, 4])
SentenceTransformerTrainer(model, args, train_dataset=pairs, loss=loss).train()
model.save_pretrained("matryoshka/final")
short = SentenceTransformer("matryoshka/final", truncate_dim=4)
assert short.encode(texts).shape == (4, 4)
assert short.similarity(short.encode(texts), short.encode(others)).argmax(1).tolist() == [0, 1, 2, 3]
with model.truncate_sentence_embeddings(truncate_dim=8):
    assert model.encode("the cat sat").shape == (8,)
assert model.encode("the cat sat").shape == (16,)

for wrap in (
    lambda model: AdaptiveLayerLoss(model, CoSENTLoss(model)),
    lambda model: Matryoshka2dLoss(model, CoSENTLoss(model), matryoshka_dims=[16, 8]),
):
    model = SentenceTransformer("toy-bert")
    SentenceTransformerTrainer(model, args, train_dataset=scored, loss=wrap(model)).train()
full = model.encode("the cat sat")
model[0].auto_model.encoder.layer = model[0].auto_model.encoder.layer[:1]
assert model.encode("the cat sat").shape == (16,)
assert abs(model.encode("the cat sat") - full).max() > 1e-4
