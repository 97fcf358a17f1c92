"""The arguments that say which candidates become negatives. Knows their names, not their effect."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from likewise.cli.model_access import at_least_one
from likewise.cli.number_arguments import at_least_zero, finite
from likewise.cli.row_output import check_row_output
from likewise.errors import InputError

if TYPE_CHECKING:
    from likewise.mining.embeddings import EncodeOptions  # parsing and --help do without them
    from likewise.mining.rules import NegativeRules

FORMS = ("triplet", "n-tuple", "labeled-pair", "labeled-list")


def add_rule_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments.

    Args:
        parser: The parser of a command.
    """
    rules = parser.add_argument_group("negatives")
    count: dict[str, Any] = {"metavar": "N", "type": at_least_one}
    limit: dict[str, Any] = {"metavar": "X", "type": finite}
    rules.add_argument("--num-negatives", **count, default=3, help="most negatives of an anchor (default: 3)")
    rules.add_argument(
        "--range-min", metavar="N", type=at_least_zero, default=0, help="pass over so many of the best (default: 0)"
    )
    rules.add_argument("--range-max", **count, help="look at so many of the nearest passages (default: by need)")
    rules.add_argument("--max-score", **limit, help="highest score of a negative")
    rules.add_argument("--min-score", **limit, help="lowest score of a negative")
    rules.add_argument("--absolute-margin", **limit, help="a negative scores less than its positive by so much")
    rules.add_argument("--relative-margin", **limit, help="the same, as a share of the positive's score")
    rules.add_argument(
        "--sampling-strategy", choices=("top", "random"), default="top", help="take the best, or any (default: top)"
    )
    rules.add_argument("--seed", metavar="N", type=at_least_zero, default=0, help="of random sampling (default: 0)")
    rules.add_argument("--cross-encoder", metavar="NAME", help="cross-encoder that scores candidates again")
    rules.add_argument("--cross-encoder-revision", metavar="REV", help="its branch, tag or commit on the hub")
    form = parser.add_argument_group("form of the output")
    form.add_argument(
        "--output-format",
        choices=FORMS,
        default="triplet",
        help="triplet: a row for each negative; n-tuple: columns negative_1, negative_2, ...; labeled-pair: a passage "
        "and a label in each row; labeled-list: lists of passages and labels (default: triplet)",
    )
    form.add_argument("--output-scores", action="store_true", help="write scores, too; in place of labels")
    form.add_argument("--include-positives", action="store_true", help="leave positives among the candidates")
    prompts = parser.add_argument_group("prompts")
    for role, texts in (("query", "anchors"), ("corpus", "passages")):
        prompts.add_argument(f"--{role}-prompt-name", metavar="NAME", help=f"name of the model's prompt for {texts}")
        prompts.add_argument(f"--{role}-prompt", metavar="TEXT", help=f"text put before {texts}")


_RULES = (
    "num_negatives",
    "range_min",
    "range_max",
    "max_score",
    "min_score",
    "absolute_margin",
    "relative_margin",
    "sampling_strategy",
    "include_positives",
)
_PROMPTS = ("query_prompt_name", "query_prompt", "corpus_prompt_name", "corpus_prompt")


def mining_options(args: argparse.Namespace) -> tuple[NegativeRules, EncodeOptions]:
    """Take what mining needs from the arguments.

    Args:
        args: Parsed arguments.

    Returns:
        Which passages are negatives, and how texts are encoded.

    Raises:
        ConfigError: If they contradict each other.
        InputError: If one makes no sense without another.
        OutputError: If the output cannot hold lists, and has some.
    """
    from likewise.mining.embeddings import EncodeOptions
    from likewise.mining.rules import NegativeRules

    if args.cross_encoder_revision is not None and args.cross_encoder is None:
        raise InputError("--cross-encoder-revision without --cross-encoder", fix="--cross-encoder MODEL")
    if args.corpus_column is not None and args.corpus is None:
        raise InputError("--corpus-column without --corpus", fix="--corpus FILE")
    rules = NegativeRules(**_named(args, _RULES), rescored=args.cross_encoder is not None)
    if args.output_format == "labeled-list" or (args.output_scores and args.output_format != "labeled-pair"):
        lists = "labels" if args.output_format == "labeled-list" and not args.output_scores else "scores"
        check_row_output(args.output, {lists: "[float64]"})
    return rules, EncodeOptions(**_named(args, _PROMPTS), batch_size=args.batch_size)


def _named(args: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(args, name) for name in names}
