"""Semantic search: by hand, by the function, and on vectors of unit length."""

import torch
from sentence_transformers import SentenceTransformer, util

embedder = SentenceTransformer("likewise-mini")
corpus = [
    "A man is eating food.",
    "A man is eating a piece of bread.",
    "The girl is carrying a baby.",
    "A man is riding a horse.",
    "A woman is playing violin.",
    "A cheetah is running behind its prey.",
]
queries = ["A man is eating pasta.", "A cheetah chases prey on across a field."]
corpus_embeddings = embedder.encode(corpus, convert_to_tensor=True)
query_embeddings = embedder.encode(queries, convert_to_tensor=True)

hits = util.semantic_search(query_embeddings, corpus_embeddings, top_k=2)
assert {hit["corpus_id"] for hit in hits[0]} == {0, 1}
assert hits[1][0]["corpus_id"] == 5
assert hits[0][0]["score"] >= hits[0][1]["score"]

for query, found in zip(query_embeddings, hits, strict=True):
    scores, indices = torch.topk(embedder.similarity(query, corpus_embeddings)[0], k=2)
    assert indices.tolist() == [hit["corpus_id"] for hit in found]
    assert torch.allclose(scores, torch.tensor([hit["score"] for hit in found]), atol=1e-5)

corpus_embeddings = util.normalize_embeddings(corpus_embeddings)
query_embeddings = util.normalize_embeddings(query_embeddings)
faster = util.semantic_search(query_embeddings, corpus_embeddings, top_k=2, score_function=util.dot_score)
assert [[hit["corpus_id"] for hit in found] for found in faster] == [
    [hit["corpus_id"] for hit in found] for found in hits
]
