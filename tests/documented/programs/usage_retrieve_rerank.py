"""Retrieve and re-rank: a bi-encoder finds candidates, a cross-encoder scores each pair."""

import numpy as np
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer, util

bi_encoder = SentenceTransformer("likewise-mini")
cross_encoder = CrossEncoder("toy-reranker")
passages = ["the cat sat on the mat", "a red fox ran over the dog", "the movie plot was bad", "hello world"]
query = "a fox ran"

hits = util.semantic_search(bi_encoder.encode(query, convert_to_tensor=True), bi_encoder.encode(passages), top_k=3)[0]
assert hits[0]["corpus_id"] == 1
pairs = [[query, passages[hit["corpus_id"]]] for hit in hits]
scores = cross_encoder.predict(pairs)
assert scores.shape == (3,)
assert ((scores > 0) & (scores < 1)).all()
assert np.allclose(cross_encoder.predict(pairs[0]), scores[0], atol=1e-6)

for hit, score in zip(hits, scores, strict=True):
    hit["cross-score"] = score
hits = sorted(hits, key=lambda hit: hit["cross-score"], reverse=True)

ranks = cross_encoder.rank(query, [passages[hit["corpus_id"]] for hit in hits], return_documents=True)
assert [rank["corpus_id"] for rank in ranks] == [0, 1, 2]
assert ranks[0]["text"] == passages[hits[0]["corpus_id"]]
assert np.isclose(ranks[0]["score"], hits[0]["cross-score"], atol=1e-6)
assert len(cross_encoder.rank(query, passages, top_k=2)) == 2

nli = CrossEncoder("toy-nli")
logits = nli.predict(pairs)
assert logits.shape == (3, 3)
assert np.allclose(nli.predict(pairs, apply_softmax=True).sum(1), 1, atol=1e-5)
assert torch.is_tensor(nli.predict(pairs, convert_to_tensor=True))
raw = cross_encoder.predict(pairs, activation_fct=torch.nn.Identity())
assert np.allclose(1 / (1 + np.exp(-raw)), scores, atol=1e-5)
