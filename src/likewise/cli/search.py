"""`likewise search`: the texts of a corpus that fit queries best. Knows the steps, not how hits are found."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, final

from likewise.cli.console import Console, printable
from likewise.cli.embedding import Chunk, Embedder, add_encode_arguments, counted, encode_options
from likewise.cli.lines import LineFile, check_unicode
from likewise.cli.model_access import Loader, add_model_arguments, at_least_one, model_options
from likewise.cli.progress import Progress
from likewise.cli.reading import ReadOptions, TextInput
from likewise.cli.reranking import Reranker, add_rerank_arguments
from likewise.cli.top_hits import Hit, held, top_hits
from likewise.errors import InputError

# With at most so many queries they are held and the corpus streams by; with more, the corpus is held.
QUERIES_AT_ONCE = 1024
WIDTH = 100

_EXAMPLES = """\
examples:
  likewise search notes/ "how do I renew the certificate"
  likewise search commands.tsv --column description --show command "undo the last commit" "free disk space"
  likewise search articles.jsonl.gz --queries questions.txt --top-k 10 --json > hits.jsonl
  likewise search notes/ "renew a certificate" --rerank cross-encoder/ms-marco-MiniLM-L6-v2
  likewise search notes/                     asks for queries; Ctrl-D ends
  echo "undo a commit" | likewise search notes/

Scores: higher is more similar; euclidean and manhattan are negative distances. With --rerank they are those of the
cross-encoder, which reads query and text together: slower, and more exact."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "search",
        help="find the texts that fit a query best",
        description="Find the texts of a file or folder that are closest in meaning to queries.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("corpus", metavar="CORPUS", help="txt, md, csv, tsv, jsonl, parquet, a folder, or - for stdin")
    parser.add_argument("queries", metavar="QUERY", nargs="*", help="what to look for; without any, lines of stdin")
    parser.add_argument("--queries", metavar="FILE", dest="query_file", help="txt file with a query on each line")
    parser.add_argument("--top-k", "-k", metavar="K", type=at_least_one, default=5, help="hits per query (default: 5)")
    ReadOptions.add_arguments(parser)
    parser.add_argument("--show", metavar="NAME", action="append", help="column to show with each hit (repeatable)")
    add_model_arguments(parser)
    add_encode_arguments(parser)
    add_rerank_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Search and print.

    Args:
        args: Parsed arguments.
        console: Where hits go.
        loader: What loads the model.

    Returns:
        The exit code.

    Raises:
        InputError: If the corpus or the queries cannot be read, or hold no text.
        ConfigError: If the model that shall re-rank is none for that.
    """
    corpus = TextInput(args.corpus, ReadOptions.of(args))
    groups = _query_groups(args, console)
    first = next(groups) if args.queries or args.query_file is not None else None
    reranker = Reranker.of(args, model_options(args))
    embedder = Embedder(loader(model_options(args)), encode_options(args))
    search = _Search(embedder, reranker, corpus, console, args.top_k)
    if first is not None:
        following = next(groups, None)
        if following is None:
            search.stream(first)
            return 0
        groups = itertools.chain([first, following], groups)
    search.hold()
    for group in groups:
        search.answer(group)
    return 0


@final
class _Search:
    """One corpus, searched while it streams by or held in memory."""

    def __init__(
        self, embedder: Embedder, reranker: Reranker | None, corpus: TextInput, console: Console, top_k: int
    ) -> None:
        self._embedder = embedder
        self._reranker = reranker
        self._corpus = corpus
        self._console = console
        self._top_k = top_k
        self._held: list[Chunk] = []

    def stream(self, queries: list[str]) -> None:
        """Answer queries while the corpus streams by."""
        self._print(queries, self._find(queries, self._chunks()))

    def hold(self) -> None:
        """Read the corpus into memory."""
        self._held = held(self._chunks())
        self._console.note(f"{sum(len(chunk.records) for chunk in self._held):,} texts from {self._corpus.name}")

    def answer(self, queries: list[str]) -> None:
        """Answer queries from the corpus that is held."""
        self._print(queries, self._find(queries, self._held))

    def _find(self, queries: list[str], chunks: Iterable[Chunk]) -> list[list[Hit]]:
        rows = self._embedder.embed(queries, "query")
        wanted = self._top_k if self._reranker is None else self._reranker.candidates
        return top_hits(rows, chunks, top_k=wanted, similarity=self._embedder.model.similarity_fn_name)

    def _chunks(self) -> Iterator[Chunk]:
        progress = Progress(self._console)
        tally: dict[str, int] = {}
        for chunk in self._embedder.chunks(counted(self._corpus, tally), "document"):
            yield chunk
            progress.advance(len(chunk.records), self._corpus.fraction)
        progress.close()
        if not progress.count:
            raise InputError(f"{self._corpus.name}: no texts to search", accepted="at least one text")
        if tally:
            self._console.note(f"{self._corpus.name}: {tally['blank']:,} blank texts were left out")
        if self._top_k > progress.count:
            self._console.note(f"--top-k {self._top_k}, but the corpus has {progress.count:,} texts: all are ranked")

    def _print(self, queries: list[str], found: list[list[Hit]]) -> None:
        reranker = self._reranker
        found_of = (
            zip(queries, found, strict=True) if reranker is None else reranker.rerank(queries, found, self._top_k)
        )
        for query, hits in found_of:
            if self._console.json:
                self._console.record({"query": query, "hits": [_as_dict(n, hit) for n, hit in enumerate(hits, 1)]})
            else:
                self._console.line(printable(query, WIDTH))
                for number, hit in enumerate(hits, 1):
                    self._print_hit(number, hit)
                self._console.line()
            self._console.out.flush()

    def _print_hit(self, number: int, hit: Hit) -> None:
        record = hit.record
        place = f"{record.source}:{record.line}"
        self._console.line(f"{number:3}  {hit.score:7.4f}  {printable(record.text, WIDTH)}  [{printable(place)}]")
        for name, value in (record.columns or {}).items():
            self._console.line(f"              {name}: {printable(value, WIDTH)}")


def _as_dict(rank: int, hit: Hit) -> dict[str, Any]:
    record = hit.record
    found = {"rank": rank, "score": hit.score, "text": record.text, "source": record.source, "line": record.line}
    if record.columns:
        found["columns"] = dict(record.columns)
    if hit.before is not None:
        found["retrieval_rank"], found["retrieval_score"] = hit.before
    return found


def _query_groups(args: argparse.Namespace, console: Console) -> Iterator[list[str]]:
    """Queries in groups that are answered together; those of stdin one by one, as they come."""
    if args.queries and args.query_file is not None:
        raise InputError("queries as arguments and in a file", accepted="one of the two")
    if args.corpus == "-" and not args.queries and args.query_file in (None, "-"):
        raise InputError("both corpus and queries from stdin", fix="give the query as an argument")
    if args.queries:
        return iter([[_query(text) for text in args.queries]])
    if args.query_file is not None:
        return _file_groups(args.query_file)
    if sys.stdin.isatty():
        return _asked(console)
    return ([line.strip()] for _, line in LineFile(None) if line.strip())


def _query(text: str) -> str:
    if not text.strip():
        raise InputError("an empty query", accepted="some words to look for")
    return check_unicode(text, "query")


def _file_groups(name: str) -> Iterator[list[str]]:
    path = None if name == "-" else Path(name)
    if path is not None and not path.is_file() and not path.is_fifo():
        raise InputError(f"{name}: no such file", accepted="a txt file with a query on each line, or - for stdin")
    lines = (line.strip() for _, line in LineFile(path) if line.strip())
    empty = True
    while group := list(itertools.islice(lines, QUERIES_AT_ONCE)):
        empty = False
        yield group
    if empty:
        raise InputError(f"{name}: no queries", accepted="a query on each line")


def _asked(console: Console) -> Iterator[list[str]]:
    while True:
        console.err.write("query> ")
        console.err.flush()
        line = sys.stdin.readline()
        if not line:
            console.err.write("\n")
            return
        if line.strip():
            yield [line.strip()]
