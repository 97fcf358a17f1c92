"""Paraphrase mining, and translated sentences by margin."""

import numpy as np
from sentence_transformers import SentenceTransformer, util

model = SentenceTransformer("likewise-mini")
sentences = [
    "The cat sits outside",
    "A man is playing guitar",
    "I love pasta",
    "The new movie is awesome",
    "The cat plays in the garden",
    "A woman watches TV",
    "The new movie is so great",
    "Do you like pizza?",
]
pairs = util.paraphrase_mining(model, sentences, top_k=3, max_pairs=10)
assert [sorted(pair[1:]) for pair in pairs[:1]] == [[3, 6]]
assert all(i < j for _, i, j in pairs)
assert [score for score, _, _ in pairs] == sorted((score for score, _, _ in pairs), reverse=True)
same = util.paraphrase_mining_embeddings(model.encode(sentences, convert_to_tensor=True), top_k=3, max_pairs=10)
assert [pair[1:] for pair in same] == [pair[1:] for pair in pairs]

# The ratio margin: a cosine over the mean cosine of both sides' neighbours.
x = model.encode(sentences[:4], normalize_embeddings=True)
y = model.encode([each.replace("The", "the") for each in sentences[:4]], normalize_embeddings=True)
cosines = x @ y.T
neighbours = np.sort(cosines, 1)[:, -2:].mean(1)[:, None] + np.sort(cosines, 0)[-2:].mean(0)[None]
assert (cosines / (neighbours / 2)).argmax(1).tolist() == [0, 1, 2, 3]
