"""Unsupervised: TSDAE, SimCSE, contrastive tension in both forms."""

import random

from sentence_transformers import InputExample, SentenceTransformer, losses, models
from sentence_transformers.datasets import DenoisingAutoEncoderDataset
from torch.utils.data import DataLoader

sentences = ["the cat sat on the mat", "a dog ran over the fox", "the red fox", "a bad movie plot"] * 2


def fit(model, loader, loss, **kwargs):
    before = model.encode("the cat sat")
    model.fit(
        [(loader, loss)],
        epochs=1,
        scheduler="constantlr",
        optimizer_params={"lr": 1e-3},
        show_progress_bar=False,
        **kwargs,
    )
    assert abs(model.encode("the cat sat") - before).max() > 1e-5


def without_words(text):
    kept = [word for word in text.split() if random.random() > 0.6]
    return " ".join(kept or text.split()[:1])


transformer = models.Transformer("toy-bert")
model = SentenceTransformer(modules=[transformer, models.Pooling(16, "cls")])
noisy = DataLoader(DenoisingAutoEncoderDataset(sentences, noise_fn=without_words), batch_size=4, shuffle=True)
fit(
    model,
    noisy,
    losses.DenoisingAutoEncoderLoss(model, decoder_name_or_path="toy-bert", tie_encoder_decoder=True),
    weight_decay=0,
)

model = SentenceTransformer("toy-bert")
twice = [InputExample(texts=[text, text]) for text in sentences[:4]]
fit(model, DataLoader(twice, batch_size=4, shuffle=True), losses.MultipleNegativesRankingLoss(model))

model = SentenceTransformer("toy-bert")
loader = losses.ContrastiveTensionDataLoader(sentences, batch_size=4, pos_neg_ratio=4)
fit(model, loader, losses.ContrastiveTensionLoss(model))

model = SentenceTransformer("toy-bert")
fit(model, DataLoader(twice, batch_size=4), losses.ContrastiveTensionLossInBatchNegatives(model))
