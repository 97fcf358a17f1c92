"""Which texts the bundled model learns from. Knows the files, licences and the choice; not what is done with them.

Only sets whose source states a licence that allows a published model, or whose text is in the public domain. The choice
is by the hash of each text, so that it depends neither on the order of the files nor on the other sets.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from mini.grammar import captions, headlines

MIN_WORDS, MAX_WORDS = 3, 32
GENERATED = 67_500  # sentences that a generator makes
# Where a text of more than one sentence is cut; the lookbehinds keep initials ("J. Smith") whole.
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)\s+(?=[A-Z\"'])")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One set of texts.

    Args:
        name: Folder below the data folder, or the name of a generator of `mini.grammar`.
        origin: Where the set comes from.
        licence: What its source states.
        limit: How many texts are used at most.
        file: File within the folder; "" for a generator.
        columns: The columns read, each a text of its own.
        split: Where given, only rows with this value in the column `split` are used.
        separator: Where given, a cell holds several texts divided by it.
        sentences: Whether a cell is cut into sentences first.
    """

    name: str
    origin: str
    licence: str
    limit: int
    file: str = ""
    columns: tuple[str, ...] = ()
    split: str = ""
    separator: str = ""
    sentences: bool = False


EVALUATION = ("stsb/stsb-dev.tsv.gz", "sick/sick-dev.tsv.gz")  # what `mini.evaluation` measures on
CC_BY_4, CC_BY_SA_4 = "CC BY 4.0", "CC BY-SA 4.0"
TATOEBA = "Tatoeba, by way of manythings.org/anki"
WORDNET, WORDNET_LICENCE = "globalwordnet/english-wordnet", "CC BY 4.0 and the WordNet licence"
SOURCES = (
    Source(name="captions", origin="grammar in scripts/mini/grammar.py", licence="Apache-2.0, own", limit=45_000),
    Source(name="headlines", origin="grammar in scripts/mini/grammar.py", licence="Apache-2.0, own", limit=8_192),
    Source(
        name="wordnet-definitions", origin=WORDNET, licence=WORDNET_LICENCE, limit=24_576,
        file="wordnet-definitions.tsv.gz", columns=("definition",),
    ),
    Source(
        name="wordnet-definitions", origin=WORDNET, licence=WORDNET_LICENCE, limit=28_672,
        file="wordnet-definitions.tsv.gz", columns=("examples",), separator=" | ",
    ),
    Source(
        name="tatoeba-pairs", origin=TATOEBA, licence="CC BY 2.0", limit=32_768, file="tatoeba-pairs.tsv.gz",
        columns=("english",),
    ),
    Source(
        name="tatoeba-paraphrases", origin=TATOEBA, licence="CC BY 2.0", limit=2_500,
        file="tatoeba-paraphrases.tsv.gz", columns=("anchor", "positive"),
    ),
    Source(
        name="wiki-split", origin="google-research-datasets/wiki-split", licence=CC_BY_SA_4, limit=16_384,
        file="wiki-split-pairs.tsv.gz", columns=("positive",), sentences=True,
    ),
    Source(
        name="wiki-sentences", origin="clinc/oos-eval", licence="CC BY 3.0", limit=4_096,
        file="wiki-sentences.tsv.gz", columns=("text",),
    ),
    Source(
        name="query-wellformedness", origin="google-research-datasets/query-wellformedness", licence=CC_BY_SA_4,
        limit=4_096, file="query-wellformedness.tsv.gz", columns=("text",), split="train",
    ),
    Source(
        name="disfl-qa", origin="google-research-datasets/Disfl-QA", licence=CC_BY_4, limit=2_000,
        file="disfl-qa-pairs.tsv.gz", columns=("positive",), split="train",
    ),
    Source(
        name="nq-qed", origin="google-research-datasets/QED", licence="CC BY-SA 3.0", limit=2_000,
        file="nq-question-passage.tsv.gz", columns=("question", "passage"), sentences=True,
    ),
    Source(
        name="medquad", origin="abachaa/MedQuAD", licence=CC_BY_4, limit=4_096, file="medquad-question-answer.tsv.gz",
        columns=("question", "answer"), sentences=True,
    ),
    Source(
        name="tldr-commands", origin="tldr-pages/tldr", licence=CC_BY_4, limit=3_000, file="tldr-commands.tsv.gz",
        columns=("page_description", "example_description"),
    ),
    Source(
        name="clinc150", origin="clinc/oos-eval", licence="CC BY 3.0", limit=3_000, file="clinc150.tsv.gz",
        columns=("text",), split="train",
    ),
    Source(
        name="banking77-train", origin="PolyAI-LDN/task-specific-datasets", licence=CC_BY_4, limit=2_000,
        file="banking77-train.tsv.gz", columns=("text",),
    ),
    Source(
        name="bible-verses", origin="World English Bible, Bible in Basic English", licence="public domain", limit=2_000,
        file="bible-verses.tsv.gz", columns=("web", "bbe"),
    ),
    Source(
        name="xquad", origin="deepmind/xquad", licence=CC_BY_SA_4, limit=888, file="paragraphs.jsonl.gz",
        columns=("en",), sentences=True,
    ),
)  # fmt: skip


def choose(data: Path, limit: int | None = None) -> dict[Source, list[str]]:
    """The texts of all sets, less the sentences of the evaluation; a text that two sets hold belongs to the first.

    Args:
        data: The data folder.
        limit: For a trial: most texts of each set, taken from the beginning of its file.

    Returns:
        Different texts of 3 to 32 words by set, in the order of their hashes.
    """
    seen = {
        plain(row[column]) for path in EVALUATION for row in rows(data / path) for column in ("sentence1", "sentence2")
    }
    chosen = {}
    for source in SOURCES:
        texts = itertools.islice(candidates(source, data), None if limit is None else 5 * limit)
        found = {key: text for text in texts if (key := plain(text)) not in seen}
        seen.update(found)
        ordered = sorted(found.values(), key=lambda text: hashlib.sha256(text.encode()).digest())
        chosen[source] = ordered[: source.limit if limit is None else min(limit, source.limit)]
    return chosen


def candidates(source: Source, data: Path) -> Iterator[str]:
    """The texts of one set that have a fitting length.

    Args:
        source: The set.
        data: The data folder.

    Yields:
        Texts with single spaces; some come twice.
    """
    texts = (text for cell in cells(source, data) for text in split(cell, source)) if source.file else generated(source)
    for text in texts:
        words = text.split()
        if MIN_WORDS <= len(words) <= MAX_WORDS:
            yield " ".join(words)


def plain(text: str) -> str:
    """A text without capitals and punctuation.

    Args:
        text: The text.

    Returns:
        Its words, one space between them.
    """
    return " ".join(re.findall(r"\w+", text.lower()))


def generated(source: Source) -> Iterator[str]:
    """The sentences of a generator.

    Args:
        source: A source without a file.

    Returns:
        More than any limit, as some come out equal.
    """
    make = {"captions": captions, "headlines": headlines}[source.name]
    return make(GENERATED)


def cells(source: Source, data: Path) -> Iterator[str]:
    """The cells of a set's columns.

    Args:
        source: The set.
        data: The data folder.

    Yields:
        Each cell that is not empty.
    """
    for row in rows(data / source.name / source.file):
        if not source.split or row["split"] == source.split:
            yield from (row[column] for column in source.columns if row[column])


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a `.tsv.gz` file with a header, or of a `.jsonl.gz` file.

    Args:
        path: The file.

    Yields:
        Each row by column.
    """
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        if path.name.endswith(".jsonl.gz"):
            yield from map(json.loads, file)
            return
        header = next(file).rstrip("\n").split("\t")
        for line in file:
            yield dict(zip(header, line.rstrip("\n").split("\t"), strict=True))


def split(cell: str, source: Source) -> list[str]:
    """The texts of one cell.

    Args:
        cell: What the file holds.
        source: The set it is from.

    Returns:
        One text, or several where the source says so.
    """
    parts = cell.split(source.separator) if source.separator else [cell]
    return [text for part in parts for text in (SENTENCE_END.split(part) if source.sentences else [part])]
