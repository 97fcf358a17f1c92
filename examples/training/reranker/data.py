"""Lists of passages for queries of all kinds, and how good each passage is: what a re-ranker learns from."""

from __future__ import annotations

import random
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "rerank"))
from matching import WordMatch

from collection import Collection, read_collection, require, table

# File, and its columns of questions and passages.
SOURCES = {
    "papers/papers-title-abstract.tsv.gz": ("title", "abstract_start"),
    "nq-qed/nq-question-passage.tsv.gz": ("question", "passage"),
    "medquad/medquad-question-answer.tsv.gz": ("question", "answer"),
    "squad-sentences/squad-question-sentence.tsv.gz": ("anchor", "positive"),
}
EASY_WORDS = 32  # of a query or passage
COSINE, MATCH = 16.0, 8.0  # factors of the two scores that are added
BONUS, EASY_BONUS = 4.0, 6.0  # of passages that are known to answer


def easy_lists(folder: Path, options: Namespace) -> Dataset:
    """Lists of a passage that answers and three random ones, of few words: a beginner learns to compare from these.

    Args:
        folder: The folder of data sets.
        options: The command line: easy_rows and seed count.

    Returns:
        Columns query, passages and labels.
    """
    chance = random.Random(options.seed)
    rows = []
    for pairs in question_sets(folder, options.easy_rows):
        for at, (question, passage) in enumerate(pairs):
            others = chance.sample([n for n in range(len(pairs)) if n != at], min(3, len(pairs) - 1))
            passages = [passage, *(pairs[n][1] for n in others)]
            short = [" ".join(text.split()[:EASY_WORDS]) for text in (question, *passages)]
            rows.append({"query": short[0], "passages": short[1:], "labels": [EASY_BONUS, *[0.0] * len(others)]})
    chance.shuffle(rows)
    return Dataset.from_list(rows)


def hard_lists(folder: Path, options: Namespace, retriever: Any) -> Dataset:
    """Lists of passages from all over a retriever's ranking, for the queries of all sources.

    Args:
        folder: The folder of data sets.
        options: The command line: rows, documents, judged, lists, length, reach, words and seed count.
        retriever: A SentenceTransformer, which finds the passages and scores them.

    Returns:
        Columns query, passages and labels.
    """
    chance = random.Random(options.seed)
    rows = []
    for collection, lists in sources(folder, options):
        rows += ranked_lists(collection, retriever, lists, options, chance)
    chance.shuffle(rows)
    return Dataset.from_list(rows)


def sources(folder: Path, options: Namespace) -> Iterator[tuple[Collection, int]]:
    """Collections of questions and passages, and how many lists to make of each question.

    Args:
        folder: The folder of data sets.
        options: As for `hard_lists`.

    Yields:
        Question sets; judged collections; and for long queries, halves of the documents of these and of abstracts.
    """
    papers, *others = question_sets(folder, options.rows)
    for pairs in (papers, *others):
        yield paired(pairs), 1
    yield halves([f"{title}. {start}" for title, start in papers]), 1
    for name in options.judged:
        collection = excerpt(read_collection(folder / name), options.documents)
        yield collection, options.lists
        yield halves(list(collection.corpus.values())[: options.rows]), 1


def question_sets(folder: Path, rows: int) -> list[list[tuple[str, str]]]:
    """Read the files of `SOURCES`: at most as many rows of each, evenly, as those of one topic stand together."""
    require({folder / name: f"a header and columns {', '.join(columns)}" for name, columns in SOURCES.items()})
    sets = []
    for name, (question, passage) in SOURCES.items():
        found = [(row[question], row[passage]) for row in table(folder / name)]
        sets.append(found[:: max(1, len(found) // max(1, rows))][:rows])
    return sets


def excerpt(collection: Collection, documents: int) -> Collection:
    """A collection with all of its relevant documents, and as many others, evenly."""
    relevant = set().union(*collection.relevant.values())
    others = [key for key in collection.corpus if key not in relevant]
    kept = relevant.union(others[:: max(1, len(others) // documents)][:documents])
    corpus = {key: text for key, text in collection.corpus.items() if key in kept}
    return Collection(collection.queries, corpus, collection.relevant)


def paired(pairs: list[tuple[str, str]]) -> Collection:
    """Questions, each with the one passage that is known to answer it, as a collection."""
    keys = [str(at) for at in range(len(pairs))]
    questions = {key: question for key, (question, _) in zip(keys, pairs, strict=True)}
    passages = {key: passage for key, (_, passage) in zip(keys, pairs, strict=True)}
    return Collection(questions, passages, {key: {key} for key in keys})


def halves(texts: list[str]) -> Collection:
    """The second halves of texts of 40 words or more as queries, which their first halves answer."""
    words = [text.split() for text in texts]
    cuts = [(each, len(each) // 2) for each in words if len(each) >= 40]
    return paired([(" ".join(each[cut:]), " ".join(each[:cut])) for each, cut in cuts])


def ranked_lists(
    collection: Collection, retriever: Any, lists: int, options: Namespace, chance: random.Random
) -> list[dict[str, Any]]:
    """Draw lists for each query of a collection: a passage that answers, and some from all over the ranking.

    An only answer is left out of half of the lists: what wins too easily hides the order among the others.

    Args:
        collection: The collection.
        retriever: A SentenceTransformer that ranks.
        lists: How many of each query; fewer where fewer passages answer.
        options: The command line: length, reach and words count.
        chance: Chooses.

    Returns:
        Rows of query, passages and labels: the cosine and the match of words, added, and more for what answers.
    """
    if not collection.queries:
        return []
    place = {key: at for at, key in enumerate(collection.corpus)}
    passages = [" ".join(text.split()[: options.words]) for text in collection.corpus.values()]
    queries = [" ".join(text.split()[: options.words]) for text in collection.queries.values()]
    cosines_QN = retriever.encode_query(queries) @ retriever.encode_document(passages).T
    matching = WordMatch(retriever.tokenizer, passages)
    rows = []
    for key, query, cosines_N in zip(collection.queries, queries, cosines_QN, strict=True):
        ranking = np.argsort(-cosines_N).tolist()
        answers = {place[document] for document in collection.relevant[key]}
        for answer in chance.sample(sorted(answers), min(lists, len(answers))):
            at = [answer] if len(answers) > 1 or chance.random() < 0.5 else []
            drawn = ranks(min(len(ranking), options.reach), options.length + 1, chance)
            at = [*at, *(ranking[rank] for rank in drawn if ranking[rank] != answer)][: options.length]
            matches = matching.scores(query, at)
            labels = [
                COSINE * float(cosines_N[n]) + MATCH * match + BONUS * (n in answers)
                for n, match in zip(at, matches, strict=True)
            ]
            rows.append({"query": query, "passages": [passages[n] for n in at], "labels": labels})
    return rows


def ranks(total: int, count: int, chance: random.Random) -> list[int]:
    """Different ranks, from 0 to total - 1, at random: as many between 1 and 10 as between 10 and 100."""
    found: set[int] = set()
    while len(found) < min(count, total):
        found.add(int((total + 1) ** chance.random()) - 1)
    return chance.sample(sorted(found), len(found))
