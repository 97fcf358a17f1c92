"""Real sentences to measure with: from the data folder beside the repository, else the demo collection, repeated."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

SHARED = Path("../shared/data")
DEMO = Path("examples/data")


def sentences(count: int) -> list[str]:
    """Sentences of 5 to 80 tokens or so.

    Args:
        count: How many.

    Returns:
        The sentences; they repeat only where the source has fewer.
    """
    pool = list(itertools.islice(_shared(), count)) or _demo()
    return list(itertools.islice(itertools.cycle(pool), count))


def passages(count: int) -> list[str]:
    """Passages of very different length, up to a few hundred tokens.

    Args:
        count: How many.

    Returns:
        The passages; joined sentences where there are no real ones.
    """
    path = SHARED / "medquad/medquad-question-answer.tsv.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            next(file)
            return [line.rstrip("\n").split("\t")[3] for line in itertools.islice(file, count)]
    pool = sentences(8 * count)
    return [" ".join(pool[8 * at : 8 * at + 1 + at % 8]) for at in range(count)]


def count_tokens(texts: list[str], model_folder: str) -> int:
    """Count what the model reads, special tokens included, without padding.

    Args:
        texts: The texts.
        model_folder: The folder of its `tokenizer.json`.

    Returns:
        Tokens of all texts, at most 256 each.
    """
    tokenizer = Tokenizer.from_file(f"{model_folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))


def write_lines(path: Path, texts: list[str]) -> str:
    """Write texts one a line.

    Args:
        path: The file.
        texts: The texts; white space becomes one blank.

    Returns:
        The path.
    """
    path.write_text("\n".join(" ".join(text.split()) for text in texts), encoding="utf-8")
    return str(path)


def question_passages(count: int) -> list[tuple[str, str]]:
    """Questions and what answers them, of very different length: sentences, short answers, whole paragraphs in turn.

    Args:
        count: How many.

    Returns:
        The pairs; short and joined sentences where there are no real ones.
    """
    sources = {
        "squad-sentences/squad-question-sentence.tsv.gz": (1, 2),
        "medquad/medquad-question-answer.tsv.gz": (2, 3),
        "nq-qed/nq-question-passage.tsv.gz": (0, 2),
    }
    if not all((SHARED / name).exists() for name in sources):
        return list(zip(sentences(count), passages(count), strict=True))
    rows = zip(*(_columns(SHARED / name, columns) for name, columns in sources.items()), strict=False)
    return list(itertools.islice(itertools.chain.from_iterable(rows), count))


def _columns(path: Path, columns: tuple[int, int]) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            cells = line.rstrip("\n").split("\t")
            yield cells[columns[0]], cells[columns[1]]


def _shared():
    columns = {
        "wiki-split/wiki-split-pairs.tsv.gz": 1,
        "tatoeba-pairs/tatoeba-pairs.tsv.gz": 1,
        "wordnet-definitions/wordnet-definitions.tsv.gz": 2,
    }
    for name, column in columns.items():
        path = SHARED / name
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as file:
                next(file)
                yield from (line.rstrip("\n").split("\t")[column] for line in file)


def _demo() -> list[str]:
    return [line for path in sorted(DEMO.glob("*.tsv")) for line in path.read_text(encoding="utf-8").splitlines()]
