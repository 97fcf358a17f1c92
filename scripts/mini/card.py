"""The model's README: what it is, what it was made from, how good it is. Knows the wording, measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from mini.student import Recipe
from mini.texts import Source

FRONT = """---
license: apache-2.0
language:
- en
library_name: sentence-transformers
pipeline_tag: sentence-similarity
base_model: sentence-transformers/all-MiniLM-L6-v2
tags:
- sentence-transformers
- sentence-similarity
- feature-extraction
- static-embedding
- likewise
---
"""

INTRODUCTION = """
# likewise-mini

A small English sentence embedding model that comes with the package `likewise` and needs no download. A text's
embedding is the mean of the vectors of its tokens, scaled to unit length: there is no transformer, so it is fast on any
machine, and the order of words does not matter to it ("dog bites man" and "man bites dog" are the same). Where that is
too coarse, use [all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), from which it learnt,
or a larger model.

```python
from likewise import SentenceTransformer

model = SentenceTransformer("likewise-mini")
embeddings = model.encode(["A man is playing a guitar.", "Someone plays an instrument."])
print(model.similarity(embeddings, embeddings))
```

The folder is in the documented format: Sentence Transformers opens it as well.
"""

USE = """
## Limits

- English only; other scripts are mostly unknown tokens. Capitals and accents are ignored.
- Negation, word order and the sense of an ambiguous word in its context are seen little or not at all.
- It was trained on single sentences. Longer texts work (there is no limit of length), but all in them is averaged.
- What the teacher and the texts hold of prejudice, this model can hold too.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the card states.

    Args:
        tokens: Rows of the table.
        size_bytes: Table and tokenizer together.
        recipe: How the table was trained.
        used: How many texts of each source were used.
        scores: For each development set the Spearman correlation by model.
    """

    tokens: int
    size_bytes: int
    recipe: Recipe
    used: Mapping[Source, int]
    scores: Mapping[str, Mapping[str, float]]


def card(facts: Facts) -> str:
    """Write the README.

    Args:
        facts: What it states.

    Returns:
        The text, front matter included.
    """
    return "".join(
        [FRONT, INTRODUCTION, properties(facts), evaluation(facts.scores), USE, making(facts.recipe), texts(facts.used)]
    )


def properties(facts: Facts) -> str:
    """The section on the model's figures.

    Args:
        facts: What it states.

    Returns:
        Markdown.
    """
    table = [
        ["Embedding dimensions", str(facts.recipe.dimensions)],
        ["Tokens", f"{facts.tokens:,} (WordPiece, lower case)"],
        ["Size", f"{facts.size_bytes / 1e6:.1f} MB, float16"],
        ["Longest text", "no limit"],
        ["Similarity", "cosine"],
    ]
    return "\n" + markdown_table(["", ""], table)


def evaluation(scores: Mapping[str, Mapping[str, float]]) -> str:
    """The section on quality.

    Args:
        scores: For each development set the correlation by model.

    Returns:
        Markdown.
    """
    models = list(next(iter(scores.values())))
    rows = [[name, *(f"{scores[name][model]:.4f}" for model in models)] for name in scores]
    return (
        "\n## Evaluation\n\nSpearman's rank correlation between cosine similarity and human ratings:\n\n"
        + markdown_table(["", *models], rows)
        + "\nNone of the pairs, sentences or ratings of these sets was trained on. STS-B dev was looked at while the "
        "recipe was chosen, and\nsome of the texts below imitate the captions and headlines of which it consists in "
        "part: other sets may give less.\n"
    )


def making(recipe: Recipe) -> str:
    """The section on how the model was made.

    Args:
        recipe: How the table was trained.

    Returns:
        Markdown.
    """
    return f"""
## How it was made

1. Every token of the teacher all-MiniLM-L6-v2 (Apache-2.0) was embedded on its own and weighted by its rank
   (`StaticEmbedding.from_distillation`; a / (a + p), Arora et al., ICLR 2017).
2. A linear map was fitted that takes the mean of a text's token vectors to the teacher's embedding of the text, in the
   {recipe.dimensions} directions that keep most of the teacher's inner products.
3. The token vectors were trained for {recipe.epochs} epochs on the teacher's embeddings of the texts below: to point in
   the same direction, and to have the same similarities within a batch, half of the batches being made of texts that
   the teacher finds similar. No labels and no pairs were used.

`scripts/make_likewise_mini.py` in the source repository makes it again.
"""


def texts(used: Mapping[Source, int]) -> str:
    """The section on the texts.

    Args:
        used: How many texts of each source were used.

    Returns:
        Markdown.
    """
    rows = [
        [source.name, ", ".join(source.columns) or "made for this model", f"{count:,}", source.origin, source.licence]
        for source, count in used.items()
    ]
    return (
        f"\n## Texts\n\n{sum(used.values()):,} sentences, under the licences of their sources. Captions and headlines\n"
        "are made from lists of words, as there was no freely licensed collection of either.\n\n"
        + markdown_table(["set", "part", "sentences", "source", "licence"], rows)
    )


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table.

    Args:
        header: Names of the columns.
        rows: Cells.

    Returns:
        Markdown.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
