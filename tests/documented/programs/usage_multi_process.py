"""Encoding with several processes."""

import numpy as np
from sentence_transformers import SentenceTransformer

if __name__ == "__main__":
    sentences = [f"This is sentence {number}" for number in range(50)]
    model = SentenceTransformer("likewise-mini")
    pool = model.start_multi_process_pool(target_devices=["cpu"])
    embeddings = model.encode_multi_process(sentences, pool, chunk_size=20)
    with_pool = model.encode(sentences, pool=pool, chunk_size=20)
    model.stop_multi_process_pool(pool)
    assert embeddings.shape == (50, model.get_sentence_embedding_dimension())
    assert np.allclose(embeddings, model.encode(sentences), atol=1e-5)
    assert np.allclose(embeddings, with_pool, atol=1e-6)
