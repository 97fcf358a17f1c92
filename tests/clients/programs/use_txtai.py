"""txtai: a searchable index with content, saved and loaded; the vectors alone; sparse vectors."""

from given import Given
from txtai import Embeddings
from txtai.vectors import SparseVectorsFactory

from texts import PASSAGES, QUESTION, WEATHER


def run(given: Given) -> dict:
    """What txtai gives."""
    dense = {"path": given.model, "method": "sentence-transformers", "gpu": False}
    index = Embeddings({**dense, "content": True})
    index.index(PASSAGES)
    found = index.search(QUESTION, 3)
    index.upsert([(len(PASSAGES), "Lyon is a large city in France.", None)])
    index.save(str(given.folder / "index"))
    loaded = Embeddings()
    loaded.load(str(given.folder / "index"))
    sparse = SparseVectorsFactory.create({"path": given.sparse, "method": "sentence-transformers", "gpu": False})
    vectors = sparse.encode(PASSAGES, "data")
    return {
        "model": type(index.model.model).__name__,
        "transformed": index.batchtransform(WEATHER).tolist(),
        "query": index.transform(WEATHER[0]).tolist(),
        "found": [row["text"] for row in found],
        "cosines": [row["score"] for row in found],
        "loaded": [row["text"] for row in loaded.search("cities of France", 3)],
        "sparse": [{"indices": row.indices.tolist(), "values": row.data.tolist()} for row in vectors],
        "sparse_cosines": sparse.dot(sparse.encode([QUESTION], "query"), vectors)[0],
        "similarity": index.similarity(QUESTION, PASSAGES),
    }
