"""`likewise info`: what a model is, from its files alone. Knows how to show facts, not how they are read."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from likewise.cli.console import Console, aligned, printable
from likewise.cli.model_access import DEFAULT_MODEL, Loader, add_source_arguments
from likewise.hub.resolve import resolve_folder

if TYPE_CHECKING:
    from likewise.cli.model_facts import ModelFacts  # brings numpy, which parsing and --help do without

WIDTH = 100

_EXAMPLES = """\
examples:
  likewise info
  likewise info sentence-transformers/all-MiniLM-L6-v2
  likewise info ./my-model --json | jq .embedding_dimension

Nothing is loaded or run: settings and the headers of weight files say it all.
The exit code is 1 if a file that the model needs is missing or damaged."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "info",
        help="say what a model folder holds",
        description="Say what a model is: modules, sizes, prompts, licence, and how it will run.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("name", metavar="MODEL", nargs="?", help=f"folder or hub name (default: {DEFAULT_MODEL})")
    add_source_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Read the facts and print them.

    Args:
        args: Parsed arguments.
        console: Where they go.
        loader: Not used: nothing is loaded.

    Returns:
        The exit code.

    Raises:
        CheckpointError: If there is no such model, or a file that says what it is is wrong.
    """
    from likewise.cli.model_facts import read_facts

    del loader
    name = args.name or args.model
    facts = read_facts(name, resolve_folder(name, revision=args.revision, local_files_only=args.offline))
    if console.json:
        console.record(_as_dict(facts))
    else:
        for line in aligned(_rows(facts)):
            console.line(line)
        console.line()
        for line in aligned(_module_rows(facts)):
            console.line(line)
        for note in (*facts.notes, *(f"problem: {text}" for text in facts.problems)):
            console.line(f"\n{printable(note)}")
    return 1 if facts.problems else 0


def _rows(facts: ModelFacts) -> list[tuple[str, str]]:
    settings = facts.settings
    prompts = [f"{name} = {printable(repr(text), WIDTH)}" for name, text in settings.prompts.items() if text]
    licence = facts.card.get("license", "not stated")
    weights = "not counted" if facts.parameters is None else f"{facts.parameters:,}"
    rows = [
        ("model", facts.name),
        ("folder", f"{facts.folder} ({_bytes(facts.size_bytes)})"),
        ("licence", facts.card.get("license_name", licence) if licence == "other" else licence),
        ("base model", facts.card.get("base_model", "")),
        ("parameters", f"{weights} ({', '.join(facts.dtypes)})" if facts.dtypes else weights),
        *_makes(facts),
        ("max length", "no limit" if facts.max_seq_length is None else f"{facts.max_seq_length:,} tokens"),
        ("similarity", "" if facts.reranker else settings.similarity_fn_name or "cosine"),
        ("prompts", "; ".join(prompts) or "none"),
        ("default prompt", settings.default_prompt_name or ""),
        ("runs", facts.runs),
    ]
    return [(label, printable(value)) for label, value in rows if value]


def _makes(facts: ModelFacts) -> list[tuple[str, str]]:
    reranker = facts.reranker
    if reranker is None:
        unknown = "width depends on the route or on code"
        return [("embedding", unknown if facts.dimension is None else f"{facts.dimension} numbers")]
    number = "an unknown number" if reranker.labels is None else f"{reranker.labels}"
    use = "a re-ranker: CrossEncoder, likewise search --rerank" if reranker.labels == 1 else "CrossEncoder"
    return [("used as", use), ("scores", f"{number} for each pair of texts, through {reranker.activation}")]


def _module_rows(facts: ModelFacts) -> list[tuple[str, ...]]:
    header = ("module", "kind", "makes", "parameters", "on disk", "settings")
    rows = [
        (
            printable(module.name, 20),
            module.kind,
            "?" if module.width is None else f"{module.width}",
            "?" if module.parameters is None else f"{module.parameters:,}",
            _bytes(module.weight_bytes),
            printable(module.detail or (module.type if module.kind == "custom code" else ""), WIDTH),
        )
        for module in facts.modules
    ]
    return [header, *rows]


def _bytes(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def _as_dict(facts: ModelFacts) -> dict[str, Any]:
    modules = [
        {
            "name": module.name,
            "kind": module.kind,
            "type": module.type,
            "path": module.path,
            "embedding_dimension": module.width,
            "parameters": module.parameters,
            "dtypes": list(module.dtypes),
            "weight_bytes": module.weight_bytes,
            "detail": module.detail,
        }
        for module in facts.modules
    ]
    return {
        "model": facts.name,
        "folder": str(facts.folder),
        "size_bytes": facts.size_bytes,
        "license": facts.card.get("license"),
        "base_model": facts.card.get("base_model"),
        "parameters": facts.parameters,
        "dtypes": facts.dtypes,
        "family": "SentenceTransformer" if facts.reranker is None else "CrossEncoder",
        "embedding_dimension": facts.dimension,
        "num_labels": facts.reranker.labels if facts.reranker else None,
        "activation_fn": facts.reranker.activation if facts.reranker else None,
        "max_seq_length": facts.max_seq_length,
        "similarity_fn_name": None if facts.reranker else facts.settings.similarity_fn_name or "cosine",
        "prompts": dict(facts.settings.prompts),
        "default_prompt_name": facts.settings.default_prompt_name,
        "runs": facts.runs,
        "modules": modules,
        "notes": list(facts.notes),
        "problems": facts.problems,
    }
