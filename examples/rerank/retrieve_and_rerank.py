"""Retrieve with embeddings, re-rank with a cross-encoder: nDCG@10 and MRR@10 before and after.

    python examples/rerank/retrieve_and_rerank.py cross-encoder/ms-marco-MiniLM-L6-v2
    python examples/rerank/retrieve_and_rerank.py output/reranker/final --collection cisi --top-k 50

The first step compares embeddings and is fast; the second reads query and document together, for the best 100 only.
What the first step did not find counts as not found in all figures. Blended is the order by the sum of both scores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from judge import judged, table_of

from collection import data_folder, read_collection, retrieve
from likewise import CrossEncoder, SentenceTransformer


def main(argv: Sequence[str] | None = None) -> None:
    """Print what re-ranking changes, for one query and for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reranker", help="cross-encoder: a folder or an id on the hub")
    parser.add_argument("--retriever", default="likewise-mini", help="bi-encoder (default: likewise-mini, bundled)")
    parser.add_argument("--data", help="folder of data sets (default: LIKEWISE_DATA, else beside the repository)")
    parser.add_argument("--collection", default="cranfield", help="name of the collection's folder in it")
    parser.add_argument("--top-k", type=int, default=100, help="documents of each query that are scored again")
    parser.add_argument("--queries", type=int, help="most queries (default: all)")
    parser.add_argument("--bf16", action="store_true", help="both models in bfloat16")
    options = parser.parse_args(argv)

    dtype = {"torch_dtype": "bfloat16"} if options.bf16 else {}
    collection = read_collection(data_folder(options.data) / options.collection, options.queries)
    samples = retrieve(SentenceTransformer(options.retriever, model_kwargs=dtype), collection, options.top_k)
    reranker = CrossEncoder(options.reranker, model_kwargs=dtype)

    query, documents = samples[0]["query"], samples[0]["documents"]
    best = reranker.rank(query, documents, top_k=3)
    print(query)
    print(f"  first before: {documents[0][:90]}")
    for entry in best:
        print(f"  {entry['score']:7.3f}  was {entry['corpus_id'] + 1:3}: {documents[entry['corpus_id']][:90]}")

    start = time.perf_counter()
    orders = judged(reranker, samples)
    pairs = sum(len(sample["documents"]) for sample in samples)
    rate = pairs / (time.perf_counter() - start)
    print(f"\n{options.collection}: {len(samples)} queries, {len(collection.corpus):,} documents, top {options.top_k}")
    print(table_of(orders))
    print(f"{pairs:,} pairs scored, {rate:,.0f} a second")


if __name__ == "__main__":
    main()
