"""`likewise train`: the common case of training, from a recipe file or options. Knows the steps, not their ways."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from likewise.cli.console import Console
from likewise.cli.model_access import Loader
from likewise.cli.recipe import DataFile, Recipe, make_recipe, read_recipe
from likewise.errors import ConfigError, InputError

_EXAMPLES = """\
examples:
  likewise train --data pairs.tsv --columns question,answer --epochs 1 --output my-model
  likewise train recipe.toml
  likewise train recipe.toml --resume

a recipe:
  model = "likewise-mini"
  output = "my-model"
  loss = "MultipleNegativesRankingLoss"
  data = [{file = "pairs.tsv", columns = ["question", "answer"]}]
  evaluation = [{task = "sts", file = "dev.tsv", columns = ["sentence1", "sentence2", "score"]}]
  training = {batch_size = 64, epochs = 1, learning_rate = 2e-5}

Options win over the recipe. The model is saved in the folder "final" of the output."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the parser.

    Args:
        commands: What `add_subparsers` gave.

    Returns:
        The parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="fine-tune a model on files of texts",
        description="Fine-tune a model.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("recipe", metavar="RECIPE", nargs="?", help="a TOML file")
    parser.add_argument("-m", "--model", help="folder or hub name (default: likewise-mini)")
    parser.add_argument("-o", "--output", help="folder for checkpoints and the model")
    parser.add_argument("--data", action="append", metavar="FILE", help="rows to train on; may be given several times")
    parser.add_argument("--columns", help="columns in the order of the loss's roles, separated by commas")
    parser.add_argument("--loss", help="name of a loss (default: MultipleNegativesRankingLoss)")
    parser.add_argument("--eval", metavar="TASK=FILE", help="evaluate: sts, pairs or triplets, and a file")
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--resume", action="store_true", help="go on from the newest whole checkpoint of the output")
    parser.add_argument("--overwrite", action="store_true", help="train into a folder that is not empty")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace, console: Console, loader: Loader) -> int:
    """Train, save, and say where the model is.

    Args:
        args: Parsed arguments.
        console: Where the last line goes.
        loader: Loads the model.

    Returns:
        The exit code.

    Raises:
        ConfigError: If the recipe is wrong, or the output is not empty.
    """
    recipe = make_recipe(_keys(args))
    output = Path(recipe.output)
    if output.is_dir() and any(output.iterdir()) and not (args.resume or args.overwrite):
        raise ConfigError(f"the output {recipe.output!r} is not empty", accepted="a new folder", fix="--resume")
    trainer = _trainer(recipe, loader)
    trainer.train(resume_from_checkpoint=args.resume or None)
    final = output / "final"
    trainer.model.save(str(final))
    if console.json:
        console.record({"model": str(final), "steps": trainer.state.global_step})
    else:
        console.line(f"saved in {final}; try: likewise compare -m {final} TEXT TEXT")
    return 0


def _keys(args: argparse.Namespace) -> dict[str, Any]:
    keys = read_recipe(Path(args.recipe)) if args.recipe else {}
    for name in ("model", "output", "loss"):
        if getattr(args, name) is not None:
            keys[name] = getattr(args, name)
    columns = args.columns.split(",") if args.columns else []
    if args.data:
        keys["data"] = [{"file": file, "columns": columns} for file in args.data]
    if args.eval:
        task, found, file = args.eval.partition("=")
        if not found:
            raise InputError(f"--eval {args.eval}", accepted="a task and a file, such as sts=dev.tsv")
        keys["evaluation"] = [{"task": task, "file": file}]
    options = {name: getattr(args, name) for name in ("epochs", "steps", "batch_size", "learning_rate")}
    keys["training"] = {**keys.get("training", {}), **{key: value for key, value in options.items() if value}}
    return keys


def _trainer(recipe: Recipe, loader: Loader) -> Any:
    from dataclasses import fields

    from likewise import losses
    from likewise.cli.model_access import ModelOptions
    from likewise.cli.recipe import check_known
    from likewise.training.arguments import SentenceTransformerTrainingArguments
    from likewise.training.trainer import SentenceTransformerTrainer

    check_known([recipe.loss], [name for name in losses.__all__ if name.endswith("Loss") and name != "Loss"])
    arguments = {"report_to": "none", **recipe.arguments()}
    check_known(arguments, [each.name for each in fields(SentenceTransformerTrainingArguments)])
    data = {each.name: rows(each) for each in recipe.data}
    evaluators = [_evaluator(each) for each in recipe.evaluation]
    if evaluators:
        arguments = {"eval_strategy": "epoch", **arguments}
    model: Any = loader(ModelOptions(name=recipe.model))
    return SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(output_dir=recipe.output, **arguments),
        train_dataset=data if len(data) > 1 else next(iter(data.values())),
        loss=getattr(losses, recipe.loss)(model, **recipe.loss_arguments),
        evaluator=evaluators or None,
    )


def rows(source: DataFile) -> Any:
    """Read a data file.

    Args:
        source: The file and its columns.

    Returns:
        A data set with these columns, in this order.

    Raises:
        InputError: If a column is not there, or the kind of file is not known.
    """
    from datasets import Dataset

    name = source.file.removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        tabs = {"sep": "\t", "quoting": csv.QUOTE_NONE} if name.endswith(".tsv") else {}
        data = Dataset.from_csv(source.file, keep_in_memory=True, **tabs)
    elif name.endswith((".jsonl", ".json")):
        data = Dataset.from_json(source.file, keep_in_memory=True)
    elif name.endswith(".parquet"):
        data = Dataset.from_parquet(source.file, keep_in_memory=True)
    else:
        raise InputError(f"{source.file!r}", accepted="a .csv, .tsv, .jsonl or .parquet file")
    missing = [column for column in source.columns if column not in data.column_names]
    if missing:
        raise InputError(f"{source.file} has no column {missing[0]!r}", accepted=f"{data.column_names}")
    return data.select_columns(list(source.columns)) if source.columns else data


def _evaluator(source: DataFile) -> Any:
    from likewise import evaluation

    data = rows(source)
    columns = [list(data[name]) for name in data.column_names]
    if len(columns) != 3:
        raise InputError(f"{source.file} has the columns {data.column_names}", accepted="three: two texts and a label")
    kinds = {
        "sts": evaluation.EmbeddingSimilarityEvaluator,
        "pairs": evaluation.BinaryClassificationEvaluator,
        "triplets": evaluation.TripletEvaluator,
    }
    return kinds[source.task](*columns, name=source.name or source.task)
