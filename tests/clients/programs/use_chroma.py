"""Chroma: a collection that embeds with a model, kept on disk, opened again by what it wrote about the model."""

import chromadb
from chromadb.config import Settings
from chromadb.utils.embedding_functions import HuggingFaceSparseEmbeddingFunction, SentenceTransformerEmbeddingFunction
from given import Given

from texts import PASSAGES, QUESTION, WEATHER


def run(given: Given) -> dict:
    """What Chroma gives."""
    function = SentenceTransformerEmbeddingFunction(model_name=given.model, device="cpu", normalize_embeddings=True)
    client = chromadb.PersistentClient(str(given.folder / "store"), Settings(anonymized_telemetry=False))
    passages = client.create_collection(
        "passages", embedding_function=function, configuration={"hnsw": {"space": "cosine"}}
    )
    passages.add(ids=[f"p{at}" for at in range(len(PASSAGES))], documents=PASSAGES)
    found = passages.query(query_texts=[QUESTION, "musical instruments"], n_results=2)

    # Opened without a function: Chroma makes it from what it has stored.
    SentenceTransformerEmbeddingFunction.models.clear()
    opened = client.get_collection("passages")
    sparse = HuggingFaceSparseEmbeddingFunction(given.sparse, device="cpu", query_config={"task": "query"})
    return {
        "embeddings": [row.tolist() for row in function(WEATHER)],
        "found": found["documents"],
        "distances": found["distances"],
        "opened": opened.query(query_texts=["cells and energy"], n_results=1)["documents"],
        "made_again": len(SentenceTransformerEmbeddingFunction.models),
        "sparse": [as_dict(vector) for vector in sparse(PASSAGES[:2])],
        "sparse_query": as_dict(sparse.embed_query([QUESTION])[0]),
    }


def as_dict(vector: chromadb.SparseVector) -> dict:
    """Positions and values."""
    return {"indices": vector.indices, "values": vector.values}
