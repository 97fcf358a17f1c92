"""Semantic textual similarity: the four functions, in full and pair by pair."""

import numpy as np
from sentence_transformers import SentenceTransformer, SimilarityFunction, util

model = SentenceTransformer("likewise-mini", similarity_fn_name=SimilarityFunction.DOT_PRODUCT)
left = ["The new movie is awesome", "The dog plays in the garden", "A man is playing guitar"]
right = ["The new movie is so great", "A woman watches TV", "A man plays an instrument"]
a, b = model.encode(left), model.encode(right)

assert model.similarity_fn_name == "dot"
assert np.allclose(model.similarity(a, b).numpy(), a @ b.T, atol=1e-4)
assert np.allclose(model.similarity_pairwise(a, b).numpy(), (a * b).sum(1), atol=1e-4)

model.similarity_fn_name = "cosine"
scores = util.cos_sim(a, b)
assert np.allclose(scores.numpy(), model.similarity(a, b).numpy(), atol=1e-6)
assert scores.argmax(1).tolist()[0] == 0
assert np.allclose(util.pairwise_cos_sim(a, b).numpy(), scores.diagonal().numpy(), atol=1e-6)

model.similarity_fn_name = "euclidean"
assert np.allclose(model.similarity(a, b)[0, 1].item(), -np.linalg.norm(a[0] - b[1]), atol=1e-4)
model.similarity_fn_name = "manhattan"
assert np.allclose(model.similarity(a, b)[0, 1].item(), -np.abs(a[0] - b[1]).sum(), atol=1e-3)
