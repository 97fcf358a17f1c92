"""LlamaIndex: an index of passages on an embedding model, a re-ranker on what it finds, workers of its own."""

from given import Given
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.postprocessor.sbert_rerank import SentenceTransformerRerank

from texts import PASSAGES, QUESTION, WEATHER


def run(given: Given) -> dict:
    """What LlamaIndex gives."""
    embedding = HuggingFaceEmbedding(given.model, device="cpu", embed_batch_size=4, show_progress_bar=False)
    prompted = HuggingFaceEmbedding(
        given.model, device="cpu", query_instruction="find: ", text_instruction="read: ", max_length=32
    )
    index = VectorStoreIndex([TextNode(text=text) for text in PASSAGES], embed_model=embedding)
    found = index.as_retriever(similarity_top_k=4).retrieve(QUESTION)
    cosines = [node.score for node in found]  # the re-ranker writes its scores to the same nodes

    rerank = SentenceTransformerRerank(model=given.reranker, top_n=2, device="cpu")
    reranked = rerank.postprocess_nodes(found, QueryBundle(QUESTION))
    spread = HuggingFaceEmbedding(given.model, device="cpu", parallel_process=True, target_devices=["cpu"])
    return {
        "texts": embedding.get_text_embedding_batch(WEATHER),
        "query": embedding.get_query_embedding(WEATHER[0]),
        "prompted_query": prompted.get_query_embedding(WEATHER[0]),
        "prompted_texts": prompted.get_text_embedding_batch(WEATHER),
        "max_length": prompted.max_length,
        "spread": spread.get_text_embedding_batch(WEATHER),
        "found": [node.text for node in found],
        "cosines": cosines,
        "reranked": [node.text for node in reranked],
        "scores": [float(node.score) for node in reranked],
    }
