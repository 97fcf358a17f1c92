"""`likewise mine hard-negatives`: a file of pairs to a file to train on. Knows the steps, not the rules."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, final

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, Role, add_encode_arguments, counted, encode_options
from likewise.cli.mined_negatives_arguments import add_rule_arguments, mining_options
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.progress import Progress
from likewise.cli.reranking import load_reranker
from likewise.cli.row_output import check_row_output, write_rows
from likewise.cli.rows import Row, read_rows
from likewise.errors import ConfigError, InputError
from likewise.texts.reading import ReadOptions, TextInput
from likewise.texts.tables import Columns, Record

_EXAMPLES = """\
examples:
  likewise mine hard-negatives pairs.tsv -o triplets.jsonl
  likewise mine hard-negatives faq.csv --anchor question --positive answer --corpus docs.txt -o t.parquet
  likewise mine hard-negatives pairs.tsv --relative-margin 0.05 --range-min 10 -o triplets.tsv
  likewise mine hard-negatives pairs.tsv --cross-encoder cross-encoder/ms-marco-MiniLM-L6-v2 --max-score 0.9 -o t.jsonl
  likewise train --data triplets.jsonl --columns question,answer,negative --output my-model

Negatives are passages that are similar to an anchor and yet no positives of it: positives of other anchors, and the
texts of --corpus. Which of them are too similar to be wrong, the limits say. Needs pip install 'likewise[train]'."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "hard-negatives",
        help="negatives for pairs of anchors and positives, to train on",
        description="Find hard negatives for pairs of anchors and positives, and write a file to train on.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("pairs", metavar="PAIRS", help="csv, tsv, jsonl or parquet with anchors and positives")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help=".jsonl, .parquet, .tsv or .csv")
    parser.add_argument("--anchor", metavar="NAME", help="column of anchors (default: anchor, or the first of two)")
    parser.add_argument("--positive", metavar="NAME", help="column of positives (default: positive, or the second)")
    parser.add_argument("--corpus", metavar="FILE", help="file or folder of texts that may be negatives, too")
    parser.add_argument("--corpus-column", metavar="NAME", help="its column (default: text)")
    add_rule_arguments(parser)
    add_model_arguments(parser)
    add_encode_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Mine, and write the file.

    Args:
        args: Parsed arguments.
        console: Where the report goes.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If a file cannot be read, or nothing was found.
        ConfigError: If it cannot be told which columns are meant, or limits contradict each other.
        OutputError: If the output cannot be written.
        MissingDependencyError: If the package `datasets` is not installed.
    """
    from likewise._optional import require

    datasets = require("datasets", extra="train")
    _check_output(args)
    options = mining_options(args)
    columns = _pairs(args)
    corpus = _corpus(args)
    if args.cross_encoder is not None:
        chosen = replace(model_options(args), name=args.cross_encoder, revision=args.cross_encoder_revision)
        options["cross_encoder"] = load_reranker(chosen)
    model: Any = _Shown(Embedder(loader(model_options(args)), encode_options(args)), console)
    from likewise.mining import mine_hard_negatives

    anchor, positive = columns
    report = io.StringIO()
    with redirect_stdout(report):
        mined = mine_hard_negatives(
            datasets.Dataset.from_dict(columns),
            model,
            anchor_column_name=anchor,
            positive_column_name=positive,
            corpus=corpus,
            verbose=not console.quiet,
            **options,
        )
    console.note(report.getvalue().rstrip())
    if not len(mined):
        raise InputError("no negative was found", accepted="limits that leave some", fix="wider limits, or --corpus")
    kinds = {name: _kind(feature) for name, feature in mined.features.items()}
    count = write_rows(args.output, kinds, _rows(mined), console)
    if console.json:
        console.record({"output": args.output, "rows": count, "columns": list(kinds)})
    else:
        console.note(f"{count:,} rows with {', '.join(kinds)} -> {args.output}")
    return 0


@final
class _Shown:
    """A model as mining calls it, with progress as commands show it. Worker processes are not asked for."""

    def __init__(self, embedder: Embedder, console: Console) -> None:
        self._embedder, self._console = embedder, console
        self.similarity_fn_name = embedder.model.similarity_fn_name

    def encode_query(self, sentences: Sequence[str], **options: Any) -> Any:
        """Compute embeddings of anchors."""
        return self._encode(sentences, "query", options)

    def encode_document(self, sentences: Sequence[str], **options: Any) -> Any:
        """Compute embeddings of passages."""
        return self._encode(sentences, "document", options)

    def _encode(self, sentences: Sequence[str], role: Role, options: dict[str, Any]) -> Any:
        import numpy as np

        given = {name: value for name, value in options.items() if name not in ("show_progress_bar", "batch_size")}
        progress = Progress(self._console)
        parts = []
        for chunk in self._embedder.chunks((Record(text, 0, "") for text in sentences), role, **given):
            parts.append(chunk.embeddings)
            progress.advance(len(chunk.records), (progress.count + len(chunk.records)) / len(sentences))
        progress.close()
        return np.concatenate(parts)


def _check_output(args: argparse.Namespace) -> None:
    check_row_output(args.output)
    output = Path(args.output)
    for name in (args.pairs, args.corpus):
        if name is not None and output.exists() and Path(name).exists() and output.samefile(name):
            raise InputError(f"{name} is an input and an output", fix="-o ANOTHER_NAME")


def _pairs(args: argparse.Namespace) -> dict[str, list[str]]:
    """The texts of the two columns, by their names."""
    path = Path(args.pairs)
    names: tuple[str, str] | None = None
    found: tuple[list[str], list[str]] = [], []
    for row in read_rows(path):
        names = names or _names(args, row)
        for column, name in zip(found, names, strict=True):
            column.append(row.text(name))
    if names is None:
        raise InputError(f"{path}: no rows", accepted="at least one pair of anchor and positive")
    return dict(zip(names, found, strict=True))


def _names(args: argparse.Namespace, row: Row) -> tuple[str, str]:
    from likewise.mining.pairs import choose_columns
    from likewise.mining.rows import check_names

    try:
        names = choose_columns(list(row.values), (args.anchor, args.positive))
    except ConfigError as error:
        fix = "--anchor question --positive answer"
        raise ConfigError(f"{row.source}: {error.received}", accepted=error.accepted, fix=fix) from error
    check_names(names)
    return names


def _corpus(args: argparse.Namespace) -> list[str] | None:
    if args.corpus is None:
        return None
    source = TextInput(args.corpus, ReadOptions(columns=Columns(args.corpus_column)))
    texts = [record.text for record in counted(source, {})]
    if not texts:
        raise InputError(f"{source.name}: no texts", accepted="at least one text that is not blank")
    return texts


def _kind(feature: Any) -> str:
    inner = getattr(feature, "feature", None)
    return str(feature.dtype) if inner is None else f"[{inner.dtype}]"


def _rows(mined: Any) -> Iterator[Sequence[Any]]:
    for batch in mined.iter(batch_size=1024):
        yield from zip(*batch.values(), strict=True)
