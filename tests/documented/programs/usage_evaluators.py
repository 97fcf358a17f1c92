"""Evaluators as their pages show them."""

import csv

from sentence_transformers import SentenceTransformer
from sentence_transformers.evaluation import (
    BinaryClassificationEvaluator,
    EmbeddingSimilarityEvaluator,
    InformationRetrievalEvaluator,
    MSEEvaluator,
    ParaphraseMiningEvaluator,
    RerankingEvaluator,
    SequentialEvaluator,
    SimilarityFunction,
    TranslationEvaluator,
    TripletEvaluator,
)

model = SentenceTransformer("likewise-mini")
texts = ["A man is eating food.", "A cheetah hunts prey.", "A girl plays the violin.", "It is raining."]
near = ["Someone eats food.", "The cheetah chases its prey.", "The girl is playing violin.", "Rain is falling."]
far = near[1:] + near[:1]

binary = BinaryClassificationEvaluator(texts * 2, near + far, [1] * 4 + [0] * 4, name="pairs")
results = binary(model)
assert results["pairs_cosine_ap"] > 0.95
assert binary.primary_metric == "pairs_cosine_ap"

similarity = EmbeddingSimilarityEvaluator(
    texts * 2, near + far, [1.0] * 4 + [0.1] * 4, main_similarity=SimilarityFunction.COSINE, name="sts"
)
assert similarity(model, output_path=".")["sts_spearman_cosine"] > 0.7
with open("similarity_evaluation_sts_results.csv", encoding="utf-8") as file:
    assert len(list(csv.reader(file))) == 2

assert TripletEvaluator(texts, near, far, name="triplets")(model)["triplets_cosine_accuracy"] == 1

queries = {f"q{at}": text for at, text in enumerate(near)}
corpus = {f"d{at}": text for at, text in enumerate(texts)}
relevant = {f"q{at}": {f"d{at}"} for at in range(4)}
retrieval = InformationRetrievalEvaluator(queries, corpus, relevant, name="search")
assert model.evaluate(retrieval)["search_cosine_ndcg@10"] == 1

samples = [{"query": near[at], "positive": [texts[at]], "negative": far[at : at + 1]} for at in range(4)]
assert RerankingEvaluator(samples, name="rerank")(model)["rerank_map"] == 1

mined = ParaphraseMiningEvaluator({**corpus, **queries}, duplicates_list=[(f"q{at}", f"d{at}") for at in range(4)])
assert mined(model)["average_precision"] > 0.9

assert TranslationEvaluator(near, texts)(model)["mean_accuracy"] == 1
assert abs(MSEEvaluator(texts, texts, teacher_model=model)(model)["negative_mse"]) < 1e-6
both = SequentialEvaluator([binary, similarity], main_score_function=lambda scores: sum(scores))
assert both(model)["sequential_score"] > 1.6
