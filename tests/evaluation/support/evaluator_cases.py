"""One small case for each registered evaluator: how it is made, and what the documentation says of it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from likewise import InputExample, evaluation
from likewise.hub.card import SentenceTransformerModelCardData

WIDTH = 8
TEXTS = [f"text number {number}" for number in range(12)]
OTHERS = [f"other text {number}" for number in range(12)]
THIRDS = [f"third text {number}" for number in range(12)]
LABELS = [1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1]
GOLD = [0.0, 1.5, 2.0, 0.5, 5.0, 3.0, 2.5, 4.0, 1.0, 3.5, 4.5, 2.0]
QUERIES = {f"q{number}": text for number, text in enumerate(TEXTS[:4])}
CORPUS = {f"d{number}": text for number, text in enumerate(OTHERS)}
RELEVANT = {f"q{number}": {f"d{number}", f"d{number + 4}"} for number in range(4)}
SAMPLES = [
    {"query": text, "positive": OTHERS[number : number + 2], "negative": THIRDS[:3]}
    for number, text in enumerate(TEXTS[:4])
]
RETRIEVAL = [
    *(f"accuracy@{k}" for k in (1, 3, 5, 10)),
    *(f"precision@{k}" for k in (1, 3, 5, 10)),
    *(f"recall@{k}" for k in (1, 3, 5, 10)),
    "ndcg@10",
    "mrr@10",
    "map@100",
]
RETRIEVAL_COLUMNS = [
    *(f"cosine-Accuracy@{k}" for k in (1, 3, 5, 10)),
    *(f"cosine-{name}@{k}" for k in (1, 3, 5, 10) for name in ("Precision", "Recall")),
    "cosine-MRR@10",
    "cosine-NDCG@10",
    "cosine-MAP@100",
]
PAIRS = ["accuracy", "accuracy_threshold", "f1", "f1_threshold", "precision", "recall", "ap", "mcc"]
PAIRS_COLUMNS = ["accuracy", "accuracy_threshold", "f1", "precision", "recall", "f1_threshold", "ap", "mcc"]


class StubModel:
    """Embeds any text, always in the same way. `spoil` changes the embeddings that it gives."""

    device = torch.device("cpu")

    def __init__(self, similarity="cosine", spoil=lambda rows: rows):
        self.similarity_fn_name = similarity
        self.spoil = spoil
        self.encoded = []
        self.model_card_data = SentenceTransformerModelCardData()

    def encode(self, sentences, **kwargs):
        self.encoded.append(list(sentences))
        rows = [np.random.default_rng(zlib.crc32(text.encode())).standard_normal(WIDTH) for text in sentences]
        rows = self.spoil(np.stack(rows).astype(np.float32))[:, : kwargs.get("truncate_dim")]
        return torch.from_numpy(rows) if kwargs.get("convert_to_tensor") else rows

    encode_query = encode_document = encode

    def tokenize(self, texts):
        return {"embedding": torch.from_numpy(self.encode(texts))}


def classifier(features, labels):
    """Three classes, by the first three numbers of both embeddings."""
    assert labels is None
    embeddings = [one["embedding"] for one in features]
    return embeddings, sum(embeddings)[:, :3]


@dataclass(frozen=True)
class Case:
    """An evaluator in small.

    `make(folder, **arguments)` builds it, `folder` being a function that writes sets in the form of NanoBEIR;
    `metrics` are the keys of its result, the primary one first; `files` has the columns of each of its CSV files.
    """

    make: Callable[..., Any]
    metrics: list[str]
    files: dict[str, list[str]]
    arguments: dict[str, Any] = field(default_factory=dict)
    resamples: bool = True

    def build(self, folder, **arguments):
        return self.make(folder, **{**self.arguments, **arguments})


def case(name, metrics, columns, file, resamples=True, **arguments):
    """An evaluator that has a name and no need of a folder."""
    evaluator = getattr(evaluation, name)
    return Case(
        lambda folder, **given: evaluator(**given),
        [f"dev_{metric}" for metric in metrics],
        {file: columns},
        {"name": "dev", **arguments},
        resamples,
    )


def make_nano(folder, write_csv=True, **arguments):
    root = str(folder(["NanoNQ", "NanoFEVER"]))
    return evaluation.NanoBEIREvaluator(["nq", "fever"], root, write_csv=write_csv, **arguments)


def make_sequential(folder, write_csv=True, **arguments):
    parts = [
        evaluation.EmbeddingSimilarityEvaluator(TEXTS, OTHERS, GOLD, name="a", write_csv=write_csv),
        evaluation.TripletEvaluator(TEXTS, OTHERS, THIRDS, name="b", write_csv=write_csv),
    ]
    return evaluation.SequentialEvaluator(**{"evaluators": parts, **arguments})


CASES = {
    "BinaryClassificationEvaluator": case(
        "BinaryClassificationEvaluator",
        ["cosine_ap", *(f"cosine_{name}" for name in PAIRS if name != "ap")],
        [f"cosine_{name}" for name in PAIRS_COLUMNS],
        "binary_classification_evaluation_dev_results.csv",
        sentences1=TEXTS,
        sentences2=OTHERS,
        labels=LABELS,
    ),
    "EmbeddingSimilarityEvaluator": case(
        "EmbeddingSimilarityEvaluator",
        ["spearman_cosine", "pearson_cosine"],
        ["cosine_pearson", "cosine_spearman"],
        "similarity_evaluation_dev_results.csv",
        sentences1=TEXTS,
        sentences2=OTHERS,
        scores=GOLD,
    ),
    "InformationRetrievalEvaluator": case(
        "InformationRetrievalEvaluator",
        ["cosine_ndcg@10", *(f"cosine_{name}" for name in RETRIEVAL if name != "ndcg@10")],
        RETRIEVAL_COLUMNS,
        "Information-Retrieval_evaluation_dev_results.csv",
        queries=QUERIES,
        corpus=CORPUS,
        relevant_docs=RELEVANT,
    ),
    "LabelAccuracyEvaluator": case(
        "LabelAccuracyEvaluator",
        ["accuracy"],
        ["accuracy"],
        "accuracy_evaluation_dev_results.csv",
        dataloader=DataLoader(
            [InputExample(texts=[a, b], label=label) for a, b, label in zip(TEXTS, OTHERS, LABELS, strict=True)],
            batch_size=5,
        ),
        softmax_model=classifier,
    ),
    "MSEEvaluator": case(
        "MSEEvaluator",
        ["negative_mse"],
        ["MSE"],
        "mse_evaluation_dev_results.csv",
        source_sentences=TEXTS,
        target_sentences=OTHERS,
        teacher_model=StubModel(),
    ),
    "MSEEvaluatorFromDataFrame": case(
        "MSEEvaluatorFromDataFrame",
        ["negative_mse"],
        ["en-de", "en-fr"],
        "mse_evaluation_dev_results.csv",
        dataframe=[
            {"en": en, "de": de, "fr": fr if row < 7 else ""}
            for row, (en, de, fr) in enumerate(zip(TEXTS, OTHERS, THIRDS, strict=True))
        ],
        teacher_model=StubModel(),
        combinations=[("en", "de"), ("en", "fr")],
    ),
    "NanoBEIREvaluator": Case(
        make_nano,
        [
            "NanoBEIR_mean_cosine_ndcg@10",
            *(f"NanoBEIR_mean_cosine_{name}" for name in RETRIEVAL if name != "ndcg@10"),
            *(f"{name}_cosine_{metric}" for name in ("NanoNQ", "NanoFEVER") for metric in RETRIEVAL),
        ],
        {
            "NanoBEIR_evaluation_mean_results.csv": RETRIEVAL_COLUMNS,
            "Information-Retrieval_evaluation_NanoNQ_results.csv": RETRIEVAL_COLUMNS,
            "Information-Retrieval_evaluation_NanoFEVER_results.csv": RETRIEVAL_COLUMNS,
        },
    ),
    "ParaphraseMiningEvaluator": case(
        "ParaphraseMiningEvaluator",
        ["average_precision", "f1", "precision", "recall", "threshold"],
        ["precision", "recall", "f1", "threshold", "average_precision"],
        "paraphrase_mining_evaluation_dev_results.csv",
        resamples=False,
        sentences_map=CORPUS,
        duplicates_list=[("d0", "d1"), ("d2", "d5"), ("d3", "d4")],
    ),
    "RerankingEvaluator": case(
        "RerankingEvaluator",
        ["ndcg@10", "map", "mrr@10"],
        ["MAP", "MRR@10", "NDCG@10"],
        "RerankingEvaluator_dev_results_@10.csv",
        samples=SAMPLES,
    ),
    "SequentialEvaluator": Case(
        make_sequential,
        ["sequential_score", "a_spearman_cosine", "a_pearson_cosine", "b_cosine_accuracy"],
        {
            "similarity_evaluation_a_results.csv": ["cosine_pearson", "cosine_spearman"],
            "triplet_evaluation_b_results.csv": ["accuracy_cosine"],
        },
    ),
    "TranslationEvaluator": case(
        "TranslationEvaluator",
        ["mean_accuracy", "src2trg_accuracy", "trg2src_accuracy"],
        ["src2trg", "trg2src"],
        "translation_evaluation_dev_results.csv",
        source_sentences=TEXTS,
        target_sentences=OTHERS,
    ),
    "TripletEvaluator": case(
        "TripletEvaluator",
        ["cosine_accuracy"],
        ["accuracy_cosine"],
        "triplet_evaluation_dev_results.csv",
        anchors=TEXTS,
        positives=OTHERS,
        negatives=THIRDS,
    ),
}
