"""`likewise mine hard-negatives`: a file of pairs to a file to train on. Knows the steps, not the rules."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from likewise.cli.console import Console
from likewise.cli.embedding import Embedder, Role, add_encode_arguments, counted, encode_options
from likewise.cli.mined_negatives_arguments import add_rule_arguments, mining_options
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.progress import Progress
from likewise.cli.read_arguments import as_option
from likewise.cli.reranking import load_reranker
from likewise.cli.row_output import check_row_output, write_rows
from likewise.cli.rows import Row, read_rows
from likewise.cli.unnamed_files import UnnamedRecords, UnnamedRows
from likewise.errors import ConfigError, InputError
from likewise.texts.reading import ReadOptions, TextInput
from likewise.texts.tables import Columns, Record

if TYPE_CHECKING:
    from likewise.mining.mined import Mined  # parsing and --help do without it

_PAIRS_AT_ONCE = 512  # of a cross-encoder: enough to sort by length and fill its batches

_EXAMPLES = """\
examples:
  likewise mine hard-negatives pairs.tsv -o triplets.jsonl
  likewise mine hard-negatives faq.csv --anchor question --positive answer --corpus docs.txt -o t.parquet
  likewise mine hard-negatives pairs.tsv --relative-margin 0.05 --range-min 10 -o triplets.tsv
  likewise mine hard-negatives pairs.tsv --cross-encoder cross-encoder/ms-marco-MiniLM-L6-v2 --max-score 0.9 -o t.jsonl
  likewise train --data triplets.jsonl --columns question,answer,negative --output my-model

Negatives are passages that are similar to an anchor and yet no positives of it: positives of other anchors, and the
texts of --corpus. Which of them are too similar to be wrong, the limits say."""


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
        MissingDependencyError: If a file is parquet, and pyarrow is not installed.
    """
    _check_output(args)
    rules, encoding = mining_options(args)
    from likewise.mining.find_negatives import find_negatives
    from likewise.mining.pairs import pairs_of
    from likewise.mining.report import log_what_is_wrong, report
    from likewise.mining.rescoring import Judge

    folder = Path(args.output).absolute().parent
    pairs = pairs_of(*_columns(args, folder), _corpus(args, folder))
    judge = None
    if args.cross_encoder is not None:
        chosen = replace(model_options(args), name=args.cross_encoder, revision=args.cross_encoder_revision)
        reranker: Any = load_reranker(chosen)
        judge = Judge(reranker, pairs, args.batch_size, _PAIRS_AT_ONCE)
    model: Any = _Shown(Embedder(loader(model_options(args)), encode_options(args)), console, folder)
    mined = find_negatives(model, pairs, rules, encoding, judge=judge, seed=args.seed)
    if not console.quiet:
        console.note(report(mined, args.num_negatives))
    log_what_is_wrong(mined, args.num_negatives, logging.WARNING if console.quiet else logging.INFO)
    _write(mined, args, console)
    return 0


def _write(mined: Mined, args: argparse.Namespace, console: Console) -> None:
    from likewise.mining.rows import form_of, kinds_of, rows_of

    form = form_of(args.output_format, include_positives=args.include_positives)
    kinds = kinds_of(mined, form, with_scores=args.output_scores)
    rows = rows_of(mined, form, with_scores=args.output_scores)
    first = next(rows, None)
    if first is None:
        raise InputError("no negative was found", accepted="limits that leave some", fix="wider limits, or --corpus")
    count = write_rows(args.output, kinds, chain([first], rows), console)
    if console.json:
        console.record({"output": args.output, "rows": count, "columns": list(kinds)})
    else:
        console.note(f"{count:,} rows with {', '.join(kinds)} -> {args.output}")


@final
class _Shown:
    """A model as mining calls it, with progress as commands show it, and embeddings on disk.

    Worker processes are not asked for.
    """

    def __init__(self, embedder: Embedder, console: Console, folder: Path) -> None:
        self._embedder, self._console, self._folder = embedder, console, folder
        self.similarity_fn_name = embedder.model.similarity_fn_name

    def encode_query(self, sentences: Sequence[str], **options: Any) -> Any:
        """Compute embeddings of anchors."""
        return self._encode(sentences, "query", options)

    def encode_document(self, sentences: Sequence[str], **options: Any) -> Any:
        """Compute embeddings of passages."""
        return self._encode(sentences, "document", options)

    def _encode(self, sentences: Sequence[str], role: Role, options: dict[str, Any]) -> Any:
        given = {name: value for name, value in options.items() if name not in ("show_progress_bar", "batch_size")}
        progress = Progress(self._console)
        rows = UnnamedRows(self._folder)
        for chunk in self._embedder.chunks((Record(text, 0, "") for text in sentences), role, **given):
            rows.append(chunk.embeddings)
            progress.advance(len(chunk.records), (progress.count + len(chunk.records)) / len(sentences))
        progress.close()
        return rows.mapped()


def _check_output(args: argparse.Namespace) -> None:
    check_row_output(args.output)
    output = Path(args.output)
    for name in (args.pairs, args.corpus):
        if name is not None and output.exists() and Path(name).exists() and output.samefile(name):
            raise InputError(f"{name} is an input and an output", fix="-o ANOTHER_NAME")


def _columns(args: argparse.Namespace, folder: Path) -> tuple[tuple[str, str], Sequence[str], Sequence[str]]:
    """The names of the two columns, and their texts, on disk."""
    path = Path(args.pairs)
    names: tuple[str, str] | None = None
    anchors, positives = UnnamedRecords(folder), UnnamedRecords(folder)
    for row in read_rows(path):
        names = names or _names(args, row)
        for column, name in zip((anchors, positives), names, strict=True):
            column.append(Record(row.text(name), 0, ""))
    if names is None:
        raise InputError(f"{path}: no rows", accepted="at least one pair of anchor and positive")
    return names, anchors.texts, positives.texts


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


def _corpus(args: argparse.Namespace, folder: Path) -> Sequence[str]:
    if args.corpus is None:
        return []
    source = TextInput(args.corpus, ReadOptions(columns=Columns(args.corpus_column, spell=_as_option)))
    records = UnnamedRecords(folder)
    for record in counted(source, {}):
        records.append(record)
    if not len(records):
        raise InputError(f"{source.name}: no texts", accepted="at least one text that is not blank")
    return records.texts


def _as_option(name: str, value: str) -> str:
    return as_option(f"corpus-{name}", value)
