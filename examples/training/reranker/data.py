"""Questions with the passages that answer them, and passages that look as if they did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from datasets import Dataset, concatenate_datasets

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from collection import require, table

from likewise.util import mine_hard_negatives

# File, and its columns of questions and passages.
SOURCES = {
    "squad-sentences/squad-question-sentence.tsv.gz": ("anchor", "positive"),
    "medquad/medquad-question-answer.tsv.gz": ("question", "answer"),
    "nq-qed/nq-question-passage.tsv.gz": ("question", "passage"),
}


def question_passages(folder: Path, rows: int) -> list[Dataset]:
    """Read the question sets.

    Args:
        folder: The folder of data sets.
        rows: Most questions of each, taken evenly from the file, where those of one topic stand together.

    Returns:
        A data set of columns question and passage for each file.
    """
    require({folder / name: f"a header and columns {', '.join(columns)}" for name, columns in SOURCES.items()})
    sets = []
    for name, (question, passage) in SOURCES.items():
        found = [{"question": row[question], "passage": row[passage]} for row in table(folder / name)]
        sets.append(Dataset.from_list(found[:: max(1, len(found) // rows)][:rows]))
    return sets


def labelled_pairs(sets: list[Dataset], model: Any, negatives: int, seed: int = 12) -> Dataset:
    """Mine negatives for each question among the passages of its set.

    Args:
        sets: What `question_passages` gives.
        model: A SentenceTransformer that says which passages look alike.
        negatives: How many for each question.
        seed: Of the choice and the order.

    Returns:
        Columns question, passage and label (1 answers it, 0 does not), in random order.
    """
    mined = [
        mine_hard_negatives(
            pairs,
            model,
            anchor_column_name="question",
            positive_column_name="passage",
            num_negatives=negatives,
            range_max=max(30, 2 * negatives),
            relative_margin=0.05,
            sampling_strategy="random",
            output_format="labeled-pair",
            batch_size=None,
            verbose=False,
            seed=seed,
        )
        for pairs in sets
    ]
    return concatenate_datasets(mined).shuffle(seed=seed)
