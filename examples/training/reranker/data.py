"""Questions with lists of passages to rank: those that answer them, and those that look as if they did."""

from __future__ import annotations

import random
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetDict

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import read_collection, require, retrieve, table

from likewise.util import mine_hard_negatives

# File, and its columns of questions and passages.
SOURCES = {
    "squad-sentences/squad-question-sentence.tsv.gz": ("anchor", "positive"),
    "medquad/medquad-question-answer.tsv.gz": ("question", "answer"),
    "nq-qed/nq-question-passage.tsv.gz": ("question", "passage"),
    "papers/papers-title-abstract.tsv.gz": ("title", "abstract_start"),
}
CANDIDATES = 40  # found for a query, of which negatives are drawn
SCALE = 20.0  # of cosines, as in-batch losses have it
BONUS = 4.0  # of passages that are known to answer


def easy_lists(folder: Path, options: Namespace, miner: Any) -> DatasetDict:
    """Lists of a question's passage and random ones: they teach a model that has never seen pairs to compare at all.

    Args:
        folder: The folder of data sets.
        options: The command line: easy_rows and seed count.
        miner: A SentenceTransformer, whose cosines are the labels.

    Returns:
        A data set for each question set, of columns query, passages and labels.
    """
    sets = question_passages(folder, options.easy_rows)
    return DatasetDict({name: mined_lists(pairs, miner, 3, len(pairs), options.seed) for name, pairs in sets.items()})


def hard_lists(folder: Path, options: Namespace, miner: Any, retriever: Any) -> DatasetDict:
    """Lists of passages that all look alike: of questions, and of judged collections.

    Args:
        folder: The folder of data sets.
        options: The command line: rows, judged, lists, negatives and seed count.
        miner: A SentenceTransformer that finds similar passages for the questions.
        retriever: One that finds candidates in the collections.

    Returns:
        As `easy_lists`.
    """
    sets = {
        name: mined_lists(pairs, miner, options.negatives, CANDIDATES, options.seed)
        for name, pairs in question_passages(folder, options.rows).items()
    }
    for name in options.judged:
        samples = retrieve(retriever, read_collection(folder / name), CANDIDATES)
        sets[name] = judged_lists(samples, options.negatives, options.lists, options.seed)
    return DatasetDict(sets)


def question_passages(folder: Path, rows: int) -> dict[str, Dataset]:
    """Read the question sets.

    Args:
        folder: The folder of data sets.
        rows: Most questions of each, taken evenly from the file, where those of one topic stand together; 0 for none.

    Returns:
        A data set of columns question and passage for each file.
    """
    if not rows:
        return {}
    require({folder / name: f"a header and columns {', '.join(columns)}" for name, columns in SOURCES.items()})
    sets = {}
    for name, (question, passage) in SOURCES.items():
        found = [{"question": row[question], "passage": row[passage]} for row in table(folder / name)]
        step = max(1, len(found) // rows)
        sets[name.split("/")[0]] = Dataset.from_list(found[::step][:rows])
    return sets


def mined_lists(pairs: Dataset, retriever: Any, negatives: int, reach: int, seed: int) -> Dataset:
    """Give each question its passage and some that look like it.

    Args:
        pairs: Columns question and passage.
        retriever: A SentenceTransformer that says which passages look alike.
        negatives: How many for each question.
        reach: Of how many passages, the most similar ones, they are drawn.
        seed: Of the choice.

    Returns:
        Columns query, passages and labels.
    """
    mined = mine_hard_negatives(
        pairs,
        retriever,
        anchor_column_name="question",
        positive_column_name="passage",
        num_negatives=negatives,
        range_max=max(reach, 2 * negatives),
        relative_margin=0.05,
        sampling_strategy="random",
        output_format="labeled-list",
        output_scores=True,
        batch_size=None,
        verbose=False,
        seed=seed,
    )
    labels = [
        [SCALE * score + (BONUS if place == 0 else 0.0) for place, score in enumerate(scores)]
        for scores in mined["scores"]
    ]
    return Dataset.from_dict({"query": mined["question"], "passages": mined["passage"], "labels": labels})


def judged_lists(samples: list[dict[str, Any]], negatives: int, lists: int, seed: int) -> Dataset:
    """Draw lists from what was found for the queries of a collection: one relevant document and some others each.

    Args:
        samples: What `retrieve` gives.
        negatives: How many for each relevant document.
        lists: Most lists of a query.
        seed: Of the choice.

    Returns:
        As `mined_lists`. Relevant documents that were not found are in no list.
    """
    chance = random.Random(seed)
    rows = []
    for sample in samples:
        relevant = set(sample["positive"])
        scored = dict(zip(sample["documents"], sample["scores"], strict=True))
        others = [text for text in scored if text not in relevant]
        answers = [text for text in scored if text in relevant]
        for answer in chance.sample(answers, min(lists, len(answers))):
            passages = [answer, *chance.sample(others, min(negatives, len(others)))]
            labels = [SCALE * scored[text] + (BONUS if text == answer else 0.0) for text in passages]
            rows.append({"query": sample["query"], "passages": passages, "labels": labels})
    return Dataset.from_list(rows)
