"""`likewise search`: the texts of a corpus that fit queries best. Knows the steps, not how hits are found."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, final

from likewise.cli.console import Console
from likewise.cli.embedding import Chunk, Embedder, add_encode_arguments, counted, encode_options
from likewise.cli.hit_output import print_hits
from likewise.cli.model_access import Loader, add_model_arguments, model_options
from likewise.cli.progress import Progress
from likewise.cli.queries import add_query_arguments, are_given, query_groups
from likewise.cli.read_arguments import add_read_arguments, read_options
from likewise.cli.reranking import Reranker, add_rerank_arguments
from likewise.cli.top_hits import Hit, held, top_hits
from likewise.errors import InputError
from likewise.texts.reading import TextInput

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
    add_query_arguments(parser)
    add_read_arguments(parser)
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
    corpus = TextInput(args.corpus, read_options(args))
    groups = query_groups(args, console, stdin_is_taken=args.corpus == "-")
    first = next(groups) if are_given(args) else None
    reranker = Reranker.of(args, model_options(args))
    embedder = Embedder(loader(model_options(args)), encode_options(args))
    search = _Search(embedder, reranker, corpus, console, args.top_k)
    if first is not None:
        # One group of queries is held while the corpus streams by; for more, the corpus is held.
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
        pairs = zip(queries, found, strict=True)
        print_hits(self._console, pairs if reranker is None else reranker.rerank(queries, found, self._top_k))
