"""Embedding quantization: while encoding, afterwards, and in a search that scores its candidates again."""

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.quantization import quantize_embeddings, semantic_search_faiss, semantic_search_usearch

model = SentenceTransformer("likewise-mini")
animals, acts = ["cat", "dog", "fox", "horse", "girl", "man"], ["eats", "sleeps", "sings", "runs home", "reads a book"]
corpus = [f"The {animal} {act}." for animal in animals for act in acts] * 4
corpus = [f"{text} ({at})" for at, text in enumerate(corpus)]
embeddings = model.encode(corpus, normalize_embeddings=True)

binary = quantize_embeddings(embeddings, precision="binary")
assert binary.dtype == np.int8
assert binary.shape == (len(corpus), embeddings.shape[1] // 8)
assert np.array_equal(binary, model.encode(corpus, normalize_embeddings=True, precision="binary"))
assert np.array_equal(np.unpackbits(quantize_embeddings(embeddings, "ubinary"), axis=1), embeddings > 0)

int8 = quantize_embeddings(embeddings, precision="int8", calibration_embeddings=embeddings)
assert int8.dtype == np.int8
ranges = np.vstack([embeddings.min(0), embeddings.max(0)])
assert np.array_equal(int8, quantize_embeddings(embeddings, precision="int8", ranges=ranges))

for search, precision in ((semantic_search_faiss, "ubinary"), (semantic_search_usearch, "binary")):
    results, seconds, index = search(
        embeddings[:3],
        corpus_embeddings=quantize_embeddings(embeddings, precision),
        corpus_precision=precision,
        top_k=3,
        rescore=True,
        rescore_multiplier=4,
        output_index=True,
    )
    assert [found[0]["corpus_id"] for found in results] == [0, 1, 2]
    assert seconds >= 0
    again, _ = search(embeddings[:3], corpus_index=index, corpus_precision=precision, top_k=3)
    assert [found[0]["corpus_id"] for found in again] == [0, 1, 2]
