"""The documented `mine_hard_negatives`: pairs, then their negatives, then a report and a data set.

Knows the documented arguments; each step is a file of its own.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from likewise.errors import ConfigError
from likewise.mining.embeddings import EncodeOptions
from likewise.mining.find_negatives import check_measure, find_negatives
from likewise.mining.pairs import read_pairs
from likewise.mining.report import log_what_is_wrong, report
from likewise.mining.rescoring import Judge
from likewise.mining.rows import as_dataset, check_names, form_of
from likewise.mining.rules import NegativeRules, OutputFormat, SamplingStrategy
from likewise.search.arguments import at_least_one, one_of

if TYPE_CHECKING:
    from likewise.mining.embeddings import EncodesBoth
    from likewise.mining.rescoring import Predicts


def mine_hard_negatives(
    dataset: Any,
    model: EncodesBoth,
    anchor_column_name: str | None = None,
    positive_column_name: str | None = None,
    corpus: Iterable[str] | None = None,
    cross_encoder: Predicts | None = None,
    range_min: int = 0,
    range_max: int | None = None,
    max_score: float | None = None,
    min_score: float | None = None,
    absolute_margin: float | None = None,
    relative_margin: float | None = None,
    num_negatives: int = 3,
    sampling_strategy: SamplingStrategy = "top",
    query_prompt_name: str | None = None,
    query_prompt: str | None = None,
    corpus_prompt_name: str | None = None,
    corpus_prompt: str | None = None,
    include_positives: bool = False,
    output_format: OutputFormat = "triplet",
    output_scores: bool = False,
    batch_size: int | None = 32,
    faiss_batch_size: int = 16384,
    use_faiss: bool = False,
    use_multi_process: Sequence[str] | bool = False,
    verbose: bool = True,
    cache_folder: str | Path | None = None,
    as_triplets: bool | None = None,
    margin: float | None = None,
    *,
    seed: int | None = None,
) -> Any:
    r"""Find, for each anchor, passages that are similar to it and yet no positives of it.

    Anchors and passages are encoded once each, however often they occur, and compared at unit
    length by the similarity function of the model. The positives of an
    anchor are never its negatives. Candidates are the nearest passages (all are compared, in bounded memory); those
    whose scores break a rule are turned down; of the others, the `range_min` best are passed over.

    Args:
        dataset: A `datasets.Dataset` with a column of anchors and one of positives; an anchor may have several rows.
        model: A `SentenceTransformer`, or what has its `encode_query` and `encode_document`.
        anchor_column_name: The column of anchors. Without a name, "anchor", or the first of two columns.
        positive_column_name: The column of positives. Without a name, "positive", or the second of two columns.
        corpus: Texts that may be negatives. The positives of other anchors always may.
        cross_encoder: A model whose `predict` scores candidates and positives anew; rules and ranks then go by it.
        range_min: How many of the best candidates that pass the rules are left out, at least 0.
        range_max: How many nearest passages are candidates, positives not counted. None looks at `num_negatives`, ten
            times as many with rules or a cross encoder, and some more.
        max_score: Highest score of a negative.
        min_score: Lowest score of a negative.
        absolute_margin: A negative's score is at most $p - m$, with p the lowest score of a positive of its anchor.
        relative_margin: A negative's score is at most $p - r\,|p|$.
        num_negatives: Most negatives of an anchor, at least 1.
        sampling_strategy: "top" takes the best, "random" any.
        query_prompt_name: Name of the model's prompt for anchors; None takes its prompt for queries.
        query_prompt: Text to put before anchors.
        corpus_prompt_name: Name of the model's prompt for passages; None takes its prompt for documents.
        corpus_prompt: Text to put before passages.
        include_positives: Whether positives stay among the candidates, as for evaluating a reranker. The format is
            then "n-tuple".
        output_format: "triplet" (anchor, positive, negative), "n-tuple" (anchor, positive, negative_1, ...; only
            anchors with all their negatives), "labeled-pair" (anchor, passage, label) or "labeled-list" (anchor,
            passages, labels).
        output_scores: Whether scores are given: `scores` of positive and negatives; in place of labels, if there
            are any.
        batch_size: Most texts or pairs of a batch; None fills batches by token count.
        faiss_batch_size: Most anchors that FAISS searches for at a time.
        use_faiss: Whether FAISS searches, rather than this library.
        use_multi_process: Whether worker processes encode, or the devices on which they do.
        verbose: Whether progress is shown and a report is written to standard output.
        cache_folder: A folder for embeddings, which are read from there the next time; needs a torch module.
        as_triplets: Older form of `output_format`: "triplet" if true, "n-tuple" if not.
        margin: Older name of `absolute_margin`.
        seed: Makes random sampling repeatable; None goes by `random.seed`.

    Returns:
        A `datasets.Dataset`. Rows of an anchor stand together, in the order in which anchors appear.

    Raises:
        InputError: If the data set is empty, a text is missing, a number is out of range, or an embedding is NaN.
        ConfigError: If arguments contradict each other, or columns are not there.
        MissingDependencyError: If the package `datasets`, or FAISS where it is wanted, is not installed.

    Example:
        >>> from datasets import Dataset
        >>> from likewise import SentenceTransformer
        >>> pairs = Dataset.from_dict({"question": ["Who barks?", "What falls?"], "answer": ["A dog.", "Rain."]})
        >>> model = SentenceTransformer("likewise-mini")
        >>> mine_hard_negatives(pairs, model, num_negatives=1, verbose=False)[0]
        {'question': 'Who barks?', 'answer': 'A dog.', 'negative': 'Rain.'}
    """
    given = locals()
    again = {"absolute_margin": _same(absolute_margin, margin), "rescored": cross_encoder is not None}
    rules = NegativeRules(**{**_named(NegativeRules, given), **again})
    options = EncodeOptions(**_named(EncodeOptions, given), show_progress_bar=verbose)
    form, with_scores = _form(output_format, as_triplets, include_positives)
    check_measure(model.similarity_fn_name, use_faiss)
    at_least_one(faiss_batch_size, "faiss_batch_size")
    pairs = read_pairs(dataset, (anchor_column_name, positive_column_name), corpus)
    check_names(pairs.columns)
    judge = None if cross_encoder is None else Judge(cross_encoder, pairs, batch_size)
    faiss = faiss_batch_size if use_faiss else None
    mined = find_negatives(model, pairs, rules, options, judge=judge, faiss_batch_size=faiss, seed=seed)
    if verbose:
        sys.stdout.write(report(mined, num_negatives) + "\n")
    log_what_is_wrong(mined, num_negatives, logging.INFO if verbose else logging.WARNING)
    return as_dataset(mined, form, with_scores=output_scores or with_scores)


def _named(kind: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the arguments that have the name of a field."""
    return {field.name: given[field.name] for field in fields(kind) if field.name in given}


def _same(absolute_margin: float | None, margin: float | None) -> float | None:
    if margin is not None and absolute_margin not in (None, margin):
        raise ConfigError(
            f"margin={margin!r} and absolute_margin={absolute_margin!r}",
            accepted="one of them: they are the same",
            fix=f"absolute_margin={absolute_margin!r}",
        )
    return absolute_margin if margin is None else margin


def _form(output_format: Any, as_triplets: bool | None, include_positives: bool) -> tuple[OutputFormat, bool]:
    """The format, and whether its name asks for scores, as an older one does."""
    if as_triplets is not None:
        older: OutputFormat = "triplet" if as_triplets else "n-tuple"
        if output_format not in ("triplet", older):
            raise ConfigError(
                f"as_triplets={as_triplets} and output_format={output_format!r}",
                accepted="one of them",
                fix=f"output_format={output_format!r}",
            )
        output_format = older
    if output_format == "n-tuple-scores":
        return "n-tuple", True
    one_of(output_format, get_args(OutputFormat), "output_format")
    return form_of(output_format, include_positives=include_positives), False
