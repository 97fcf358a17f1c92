"""Make the suite of `likewise evaluate --suite` again: the same inputs give the same files, byte for byte.

    python scripts/make_suite.py --data FOLDER --output src/likewise/assets/suite

`--data` is the folder with the sets named in `SOURCES`. What is drawn depends on the hashes of the texts alone. Rows
with a text that likewise-mini was trained on are left out; which these are, `mini/texts.py` says. Takes half a minute.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mini.texts import SENTENCE_END, choose, plain, rows

Row = dict[str, str]
Files = dict[str, bytes]

ANSWERS, QUESTIONS = 1000, 300  # medicine
DEFINITIONS, NEIGHBOURS, MIN_WORDS = 300, 8, 6  # dictionary; neighbours on each side
PER_INTENT = 4  # pairs of banking, texts of intents
PAIRS = 500  # paraphrases, german


def key(*texts: str) -> bytes:
    """What texts are sorted by: an order that has nothing to do with the order of the file."""
    return hashlib.sha256("\t".join(texts).encode()).digest()


class Unseen:
    """Tells texts that likewise-mini was not trained on.

    Args:
        seen: The texts that it was trained on, as `mini.texts.plain` has them.
    """

    def __init__(self, seen: set[str]) -> None:
        self._seen = seen

    def __call__(self, *texts: str) -> bool:
        """Whether neither a text nor a sentence of one was trained on."""
        return all(plain(part) not in self._seen for text in texts for part in (text, *SENTENCE_END.split(text)))


def banking(data: Path, unseen: Unseen) -> Files:
    """Two questions to a bank: of the same intent, or of two intents and as alike in words as there are."""
    kept = _sorted(rows(data / "banking77-train/banking77-train.tsv.gz"), unseen, "text")
    by_intent = _groups(kept, "label", 2 * PER_INTENT)
    same = [pair for texts in by_intent.values() for pair in zip(texts[::2], texts[1::2], strict=False)]
    others = [(intent, text) for intent, texts in by_intent.items() for text in texts]
    intents = {text: intent for intent, text in others}
    words = {text: set(plain(text).split()) for _, text in others}

    def alike(one: str, other: str) -> tuple[float, str]:
        return len(words[one] & words[other]) / len(words[one] | words[other]), other

    different = [
        (one, max((text for intent, text in others if intent != intents[one]), key=lambda text: alike(one, text)))
        for one, _ in same
    ]
    labelled = [(*pair, "1") for pair in same] + [(*pair, "0") for pair in different]
    return {"banking.tsv.gz": tsv(("sentence1", "sentence2", "label"), labelled)}


def entailment(data: Path, unseen: Unseen) -> Files:
    """Captions of photos: what follows from one, and what contradicts it."""
    source = (row for row in rows(data / "nli/nli-triplets.tsv.gz") if row["source"] == "snli_hard")
    columns = ("anchor", "positive", "negative")
    kept = _sorted(source, unseen, *columns)
    return {"entailment.tsv.gz": tsv(columns, [tuple(row[column] for column in columns) for row in kept])}


def medicine(data: Path, unseen: Unseen) -> Files:
    """Medical questions, and the beginnings of their answers."""
    kept: list[Row] = []
    taken: set[str] = set()
    for row in _sorted(rows(data / "medquad/medquad-question-answer.tsv.gz"), unseen, "question", "answer"):
        if not taken & {row["question"], row["answer"]}:
            taken |= {row["question"], row["answer"]}
            kept.append(row)
    kept = kept[:ANSWERS]
    names = {row["answer"]: f"d{number:04}" for number, row in enumerate(sorted(kept, key=lambda row: row["answer"]))}
    asked = [(f"q{number:03}", row) for number, row in enumerate(kept[:QUESTIONS])]
    judged = [(name, names[row["answer"]], "1") for name, row in asked]
    return {
        "medicine/corpus.jsonl.gz": jsonl({"_id": name, "text": text} for text, name in names.items()),
        "medicine/queries.jsonl.gz": jsonl({"_id": name, "text": row["question"]} for name, row in asked),
        "medicine/qrels.tsv.gz": tsv(("query-id", "corpus-id", "score"), judged),
    }


def dictionary(data: Path, unseen: Unseen) -> Files:
    """Definitions: the term that each belongs to, among the terms that stand around it in WordNet."""
    entries = sorted(
        rows(data / "wordnet-definitions/wordnet-definitions.tsv.gz"),
        key=lambda row: (row["synset"][-1], row["synset"]),
    )
    places = [
        place
        for place in range(NEIGHBOURS, len(entries) - NEIGHBOURS)
        if len({entries[place + step]["synset"][-1] for step in (-NEIGHBOURS, NEIGHBOURS)}) == 1
        and len(entries[place]["definition"].split()) >= MIN_WORDS
        and not entries[place]["examples"]
        and unseen(entries[place]["definition"])
    ]
    samples = []
    for place in sorted(places, key=lambda place: key(entries[place]["definition"]))[:DEFINITIONS]:
        positive = entries[place]["terms"]
        around = [entries[place + step]["terms"] for step in range(-NEIGHBOURS, NEIGHBOURS + 1) if step]
        negative = [terms for terms in dict.fromkeys(around) if terms != positive]
        samples.append({"query": entries[place]["definition"], "positive": positive, "negative": negative})
    return {"dictionary.jsonl.gz": jsonl(samples)}


def paraphrases(data: Path, unseen: Unseen) -> Files:
    """Everyday sentences that somebody gave the same translation."""
    columns = ("anchor", "positive")
    source = rows(data / "tatoeba-paraphrases/tatoeba-paraphrases.tsv.gz")
    kept = _sorted(source, unseen, *columns)[:PAIRS]
    return {"paraphrases.tsv.gz": tsv(("sentence1", "sentence2"), [(row["anchor"], row["positive"]) for row in kept])}


def intents(data: Path, unseen: Unseen) -> Files:
    """What people say to an assistant, by what they want."""
    source = (row for row in rows(data / "clinc150/clinc150.tsv.gz") if row["split"] == "test")
    groups = _groups(_sorted(source, unseen, "text"), "intent", PER_INTENT)
    return {
        "intents.tsv.gz": tsv(("text", "group"), [(text, group) for group, texts in groups.items() for text in texts])
    }


def german(data: Path, unseen: Unseen) -> Files:
    """English questions and their German translations."""
    kept = _sorted(rows(data / "xquad/questions.tsv.gz"), unseen, "en", "de")[:PAIRS]
    return {"german.tsv.gz": tsv(("source", "target"), [(row["en"], row["de"]) for row in kept])}


SOURCES: tuple[Callable[[Path, Unseen], Files], ...] = (
    banking,
    entailment,
    medicine,
    dictionary,
    paraphrases,
    intents,
    german,
)


def tsv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    """A compressed table without quoting, of cells that hold neither tabs nor line ends."""
    cells = [header, *lines]
    assert not any(mark in cell for line in cells for cell in line for mark in "\t\r\n")
    return packed("".join("\t".join(line) + "\n" for line in cells))


def jsonl(values: Iterable[object]) -> bytes:
    """A compressed file with an object on each line."""
    return packed("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))


def packed(text: str) -> bytes:
    """Compress a text; the result does not say when."""
    return gzip.compress(text.encode(), 9, mtime=0)


def _sorted(source: Iterable[Row], unseen: Unseen, *columns: str) -> list[Row]:
    """Rows whose texts are unseen, each once, in the order of their hashes."""
    kept = {tuple(row[column] for column in columns): row for row in source}
    return [kept[texts] for texts in sorted(kept, key=lambda texts: key(*texts)) if unseen(*texts)]


def _groups(kept: Iterable[Row], column: str, size: int) -> dict[str, list[str]]:
    """The first texts of each value of a column."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in kept:
        groups[row[column]].append(row["text"])
    return {name: groups[name][:size] for name in sorted(groups)}


def main(argv: Sequence[str] | None = None) -> int:
    """Make the suite.

    Args:
        argv: The command line; None is that of the process.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--output", type=Path, required=True, help="folder of the suite")
    options = parser.parse_args(argv)
    unseen = Unseen({plain(text) for texts in choose(options.data).values() for text in texts})
    total = 0
    for make in SOURCES:
        for name, content in make(options.data, unseen).items():
            path = options.output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            total += len(content)
            print(f"{name}: {len(content):,} bytes")
    print(f"{total:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
