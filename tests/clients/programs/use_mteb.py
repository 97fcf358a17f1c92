"""mteb: three tasks of our own on local data, and a re-ranker on what the last of them found."""

import mteb
from datasets import Dataset, DatasetDict
from given import Given
from mteb.abstasks import AbsTaskClassification, AbsTaskRetrieval, AbsTaskSTS
from sentence_transformers import CrossEncoder, SentenceTransformer

from texts import TOPICS, sentences

FACTS = {
    "description": "Sentences made of subjects and deeds.",
    "reference": None,
    "dataset": {"path": "local/sentences", "revision": "1"},
    "category": "t2t",
    "modalities": ["text"],
    "eval_splits": ["test"],
    "eval_langs": ["eng-Latn"],
    "date": ("2026-01-01", "2026-01-02"),
    "domains": ["Written"],
    "task_subtypes": [],
    "license": "cc0-1.0",
    "annotations_creators": "derived",
    "dialect": [],
    "sample_creation": "created",
    "bibtex_citation": "",
}


class SameTopic(AbsTaskSTS):
    """Pairs of sentences: 2 for the same deed, 1 for the same topic, 0 for neither."""

    metadata = mteb.TaskMetadata(name="SameTopic", type="STS", main_score="cosine_spearman", **FACTS)
    min_score, max_score = 0, 2

    def load_data(self, **kwargs: object) -> None:
        """Make the pairs."""
        made = sentences()
        pairs = [(each, made[(7 * at + 11) % len(made)]) for at, each in enumerate(made)]
        rows = {
            "sentence1": [one.text for one, _ in pairs],
            "sentence2": [other.text for _, other in pairs],
            "score": [float(one.topic == other.topic) + float(one.deed == other.deed) for one, other in pairs],
        }
        self.dataset = DatasetDict({"test": Dataset.from_dict(rows)})
        self.data_loaded = True


class WhoDid(AbsTaskClassification):
    """The subject of a sentence."""

    metadata = mteb.TaskMetadata(name="WhoDid", type="Classification", main_score="accuracy", **FACTS)
    samples_per_label = 2
    n_experiments = 3

    def load_data(self, **kwargs: object) -> None:
        """Make both splits."""
        subjects = [subject for subjects, _ in TOPICS.values() for subject in subjects]
        rows = [{"text": each.text, "label": subjects.index(each.subject)} for each in sentences()]
        self.dataset = DatasetDict({"train": Dataset.from_list(rows[::2]), "test": Dataset.from_list(rows[1::2])})
        self.data_loaded = True


class FindDeeds(AbsTaskRetrieval):
    """A question about a subject, and the sentences about it."""

    metadata = mteb.TaskMetadata(name="FindDeeds", type="Retrieval", main_score="ndcg_at_10", **FACTS)

    def load_data(self, **kwargs: object) -> None:
        """Make queries, corpus and judgements."""
        subjects = {f"q{at}": subject for at, subject in enumerate(dict.fromkeys(each.subject for each in sentences()))}
        corpus = {f"d{at}": each for at, each in enumerate(sentences())}
        relevant = {
            query: {name: 1 for name, each in corpus.items() if each.subject == subject}
            for query, subject in subjects.items()
        }
        self.dataset = {
            "default": {
                "test": {
                    "corpus": Dataset.from_list([{"id": name, "text": each.text} for name, each in corpus.items()]),
                    "queries": Dataset.from_list(
                        [
                            {"id": query, "text": f"What is known about {subject}?"}
                            for query, subject in subjects.items()
                        ]
                    ),
                    "relevant_docs": relevant,
                    "top_ranked": None,
                }
            }
        }
        self.data_loaded = True


def run(given: Given) -> dict:
    """What mteb gives."""
    quiet = {"cache": None, "show_progress_bar": False, "co2_tracker": False}
    embedder = SentenceTransformer(given.model, device="cpu")
    results = mteb.evaluate(embedder, [SameTopic(), WhoDid(), FindDeeds()], **quiet, prediction_folder=given.folder)

    second_stage = FindDeeds().convert_to_reranking(given.folder, top_k=20)
    reranked = mteb.evaluate(CrossEncoder(given.reranker, device="cpu"), second_stage, **quiet)
    kept = ("main_score", "cosine_spearman", "cosine_pearson", "accuracy", "f1", "ndcg_at_10", "map_at_10", "mrr_at_10")
    scores = {
        task.task_name: {name: value for name, value in task.scores["test"][0].items() if name in kept}
        for task in results.task_results
    }
    return {
        "model": results.model_name,
        "scores": scores,
        "reranked": {name: value for name, value in reranked.task_results[0].scores["test"][0].items() if name in kept},
    }
