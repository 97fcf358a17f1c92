"""LangChain: an embedding model, a vector store on it, a cross-encoder that re-ranks, a splitter that counts tokens."""

from given import Given
from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_classic.retrievers.document_compressors import CrossEncoderReranker
from langchain_community.cross_encoders import HuggingFaceCrossEncoder
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import SentenceTransformersTokenTextSplitter

from texts import PASSAGES, QUESTION, WEATHER


def run(given: Given) -> dict:
    """What LangChain gives."""
    embeddings = HuggingFaceEmbeddings(
        model_name=given.model,
        model_kwargs={"device": "cpu"},
        encode_kwargs={"normalize_embeddings": True, "batch_size": 4},
        query_encode_kwargs={"normalize_embeddings": True},
    )
    store = InMemoryVectorStore.from_texts(PASSAGES, embeddings)
    found = store.similarity_search_with_score(QUESTION, k=3)

    cross_encoder = HuggingFaceCrossEncoder(model_name=given.reranker, model_kwargs={"device": "cpu"})
    retriever = ContextualCompressionRetriever(
        base_compressor=CrossEncoderReranker(model=cross_encoder, top_n=2),
        base_retriever=store.as_retriever(search_kwargs={"k": 4}),
    )
    splitter = SentenceTransformersTokenTextSplitter(model_name=given.model, tokens_per_chunk=16, chunk_overlap=0)
    return {
        "documents": embeddings.embed_documents(WEATHER),
        "query": embeddings.embed_query(WEATHER[0]),
        "found": [document.page_content for document, _ in found],
        "cosines": [score for _, score in found],
        "pair_scores": cross_encoder.score([(QUESTION, passage) for passage in PASSAGES]).tolist(),
        "reranked": [document.page_content for document in retriever.invoke(QUESTION)],
        "chunks": splitter.split_text(" ".join(PASSAGES)),
        "tokens": splitter.count_tokens(text=PASSAGES[0]),
    }
