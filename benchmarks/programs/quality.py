"""Judge one model with the evaluators of one package; prints all their metrics and the CPU seconds, as JSON.

Arguments: package, model folder, a JSON object with the data folder, the tasks, the language of the translations, the
most rows of a set (or null) and whether clustering is part of it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks import quality_data as data

SEEDS = range(10)


def evaluators(evaluation: Any, folder: Path, language: str, limit: int | None) -> dict[str, Callable[[], Any]]:
    """Task to a function that makes its evaluator, by the names that both packages have.

    Args:
        evaluation: The module `evaluation` of the package.
        folder: The data folder.
        language: Language of the translations.
        limit: Most rows of a set.

    Returns:
        The table.
    """

    def retrieval() -> Any:
        given = data.retrieval(folder, limit)
        return evaluation.InformationRetrievalEvaluator(
            given.queries, given.corpus, given.relevant, precision_recall_at_k=[1, 3, 5, 10, 100]
        )

    return {
        "sts": lambda: evaluation.EmbeddingSimilarityEvaluator(*data.pairs(folder, "sts", limit)),
        "sick": lambda: evaluation.EmbeddingSimilarityEvaluator(*data.pairs(folder, "sick", limit)),
        "quora": lambda: evaluation.BinaryClassificationEvaluator(*data.pairs(folder, "quora", limit)),
        "retrieval": retrieval,
        "bitext": lambda: evaluation.TranslationEvaluator(*data.translations(folder, language, limit)),
    }


def clustering(model: Any, texts: list[str], labels: list[str]) -> dict[str, float]:
    """How well k-means on unit vectors finds the topics: V-measure, once for each seed.

    Args:
        model: The model.
        texts: N texts.
        labels: Their topics.

    Returns:
        Mean and standard deviation over the seeds.

    Reference:
        Rosenberg and Hirschberg, V-Measure: A Conditional Entropy-Based External Cluster Evaluation Measure, 2007.
    """
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.metrics import v_measure_score

    embeddings = model.encode(texts, normalize_embeddings=True)
    count = len(set(labels))
    found = [KMeans(count, n_init=1, random_state=seed).fit_predict(embeddings) for seed in SEEDS]
    values = [v_measure_score(labels, clusters) for clusters in found]
    return {"v_measure": float(np.mean(values)), "v_measure_std": float(np.std(values))}


def main() -> None:
    """Evaluate; the caller compares and prints."""
    package, model_folder, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    library = __import__(package, fromlist=["SentenceTransformer"])
    evaluation = __import__(f"{package}.evaluation", fromlist=["evaluation"])
    # Weights that are stored in half precision, such as those of likewise-mini, would be averaged in it by the peer.
    model = library.SentenceTransformer(model_folder, device="cpu").float()
    folder, limit = Path(options["data"]), options["limit"]
    known = evaluators(evaluation, folder, options["language"], limit)
    runs = {task: (lambda make=make: make()(model)) for task, make in known.items()}
    if options["clustering"]:
        runs["clustering"] = lambda: clustering(model, *data.topics(folder, limit))
    results: dict[str, dict[str, float]] = {}
    start = time.process_time()
    for task in options["tasks"]:
        if task in runs:
            results[task] = {name: float(value) for name, value in runs[task]().items()}
    print(json.dumps({"results": results, "cpu_s": time.process_time() - start}))


if __name__ == "__main__":
    main()
