"""Haystack: documents embedded into a store, a pipeline that finds and re-ranks, diversity, sparse vectors, SAS."""

from given import Given
from haystack import Document, Pipeline
from haystack.components.evaluators import SASEvaluator
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersSparseDocumentEmbedder,
    SentenceTransformersSparseTextEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.rankers.sentence_transformers import (
    SentenceTransformersDiversityRanker,
    SentenceTransformersSimilarityRanker,
)

from texts import PASSAGES, QUESTION, WEATHER

CPU = {"device": ComponentDevice.from_str("cpu")}


def run(given: Given) -> dict:
    """What Haystack gives."""
    quiet = {**CPU, "progress_bar": False}
    passages = [Document(content=text) for text in PASSAGES]
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    embed = SentenceTransformersDocumentEmbedder(model=given.model, **quiet)
    store.write_documents(embed.run(passages)["documents"])

    pipeline = Pipeline()
    pipeline.add_component("embed", SentenceTransformersTextEmbedder(model=given.model, **quiet))
    pipeline.add_component("retrieve", InMemoryEmbeddingRetriever(store, top_k=4))
    pipeline.add_component("rank", SentenceTransformersSimilarityRanker(model=given.reranker, top_k=2, **CPU))
    pipeline.connect("embed.embedding", "retrieve.query_embedding")
    pipeline.connect("retrieve.documents", "rank.documents")
    ask = {"embed": {"text": QUESTION}, "rank": {"query": QUESTION}}
    answers = pipeline.run(ask, include_outputs_from={"retrieve"})

    short = SentenceTransformersTextEmbedder(
        model=given.model, truncate_dim=64, precision="int8", quantization_ranges=[[-0.2] * 64, [0.2] * 64], **quiet
    )
    limited = SentenceTransformersTextEmbedder(model=given.model, tokenizer_kwargs={"model_max_length": 8}, **quiet)
    diverse = SentenceTransformersDiversityRanker(model=given.model, top_k=3, **CPU).run(QUESTION, passages)
    sparse_texts = SentenceTransformersSparseDocumentEmbedder(model=given.sparse, **quiet).run(passages[:2])
    sparse_query = SentenceTransformersSparseTextEmbedder(model=given.sparse, **CPU).run(QUESTION)
    judge = SASEvaluator(model=given.model, **CPU)
    cross_judge = SASEvaluator(model=given.reranker, **CPU)
    answered = {"ground_truth_answers": WEATHER[:2], "predicted_answers": [WEATHER[1], WEATHER[2]]}
    return {
        "embeddings": [
            document.embedding for document in embed.run([Document(content=text) for text in WEATHER])["documents"]
        ],
        "found": [document.content for document in answers["retrieve"]["documents"]],
        "cosines": [document.score for document in answers["retrieve"]["documents"]],
        "reranked": [document.content for document in answers["rank"]["documents"]],
        "scores": [document.score for document in answers["rank"]["documents"]],
        "int8": short.run(WEATHER[0])["embedding"],
        "limited": limited.run(" ".join(PASSAGES))["embedding"],
        "beginning": limited.run(PASSAGES[0])["embedding"],
        "diverse": [document.content for document in diverse["documents"]],
        "sparse": [document.sparse_embedding.to_dict() for document in sparse_texts["documents"]],
        "sparse_query": sparse_query["sparse_embedding"].to_dict(),
        "sas": judge.run(**answered)["individual_scores"],
        "cross_sas": cross_judge.run(**answered)["individual_scores"],
    }
