"""Run several evaluators, alone or as one of two processes; prints results and how many texts were embedded, as JSON.

Arguments: folder, and for a shared run rank and port.
"""

import json
import sys

import numpy as np
import torch
import torch.distributed

from likewise import evaluation
from likewise.evaluation.shards import Shard, sharded


class HashModel:
    """Embeds any text, and counts what it embeds."""

    similarity_fn_name = "cosine"

    def __init__(self):
        self.embedded = 0

    @property
    def model_card_data(self):
        return self

    def set_evaluation_metrics(self, *arguments):
        pass

    def encode(self, sentences, **kwargs):
        self.embedded += len(sentences)
        rows = [np.random.default_rng(sum(map(ord, text))).standard_normal(6) for text in sentences]
        return torch.from_numpy(np.stack(rows).astype(np.float32))

    encode_query = encode_document = encode


def evaluators():
    texts = [f"text {number} {'x' * (number % 5)}" for number in range(61)]
    rng = np.random.default_rng(0)
    queries = {f"q{number}": text for number, text in enumerate(texts[:7])}
    corpus = {f"d{number}": text for number, text in enumerate([*texts, *texts[:9]])}
    relevant = {query: set(rng.choice(list(corpus), 4).tolist()) for query in queries}
    samples = [
        {"query": text, "positive": texts[number + 9 :][:2], "negative": texts[:5]}
        for number, text in enumerate(texts[:9])
    ]
    retrieval = {"score_functions": ["cosine", "euclidean"], "write_predictions": True}
    return [
        evaluation.InformationRetrievalEvaluator(queries, corpus, relevant, corpus_chunk_size=11, **retrieval),
        evaluation.InformationRetrievalEvaluator({"q": "a"}, {"d": "b"}, {"q": {"d"}}, name="one"),
        evaluation.RerankingEvaluator(samples),
        evaluation.RerankingEvaluator(samples[:1], name="one"),
        evaluation.ParaphraseMiningEvaluator(dict(enumerate(texts)), [(0, 5), (3, 9), (10, 60)], top_k=4, max_pairs=90),
        evaluation.ParaphraseMiningEvaluator({0: "a", 1: "b"}, [(0, 1)], name="two"),
    ]


def run(folder):
    results, model = {}, HashModel()
    for evaluator in evaluators():
        results |= {f"{type(evaluator).__name__}_{key}": value for key, value in evaluator(model, folder).items()}
    return {"results": results, "embedded": model.embedded}


def main():
    folder = sys.argv[1]
    if len(sys.argv) == 2:
        print(json.dumps(run(folder)))
        return
    rank, port = int(sys.argv[2]), sys.argv[3]
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    with sharded() as shard:
        if shard != Shard(rank, 2):
            raise SystemExit(f"{shard} on rank {rank}")
        found = run(folder)
    torch.distributed.destroy_process_group()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
