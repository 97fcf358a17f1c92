"""Re-ranking 100 passages for each query, one thread: share of the machine's limit, and ratio to the peer's default.

    python benchmarks/rerank.py
    python benchmarks/rerank.py --queries 1 --times 1      a quick look

The body of all-MiniLM-L6-v2 with a random head from a fixed seed: the same weights on both sides. Passages are of very
different length (sentences, short answers, paragraphs). Each figure is the median of alternating runs in processes of
their own, tokenising included; float32, and bfloat16 where the processor has it. The limit counts the products of all
tokens in all blocks; a head on the first token needs less of the last block, so the share of that is given too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.backends import no_bfloat16
from benchmarks.environment import peer_python, versions
from benchmarks.limit import LAYERS, SHAPES, cpu_name, limit_of
from benchmarks.measure import alternate, median, run_program
from benchmarks.run import SIDES, TIMES, model_folder
from benchmarks.texts import question_passages

FOLDER = Path(__file__).parent
QUERIES, PASSAGES, MAX_LENGTH = 4, 100, 512


@dataclass(frozen=True)
class Task:
    """What is ranked: a model's folder, a file of queries with their passages, and how many tokens all pairs have."""

    model: str
    path: str
    tokens: int
    pairs: int


def make_model(folder: Path) -> str:
    """Write the cross-encoder: the local body, with a random head from a fixed seed."""
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification, logging

    logging.set_verbosity_error()
    torch.manual_seed(0)
    model = BertForSequenceClassification.from_pretrained(model_folder(), num_labels=1)
    model.float().save_pretrained(folder)
    AutoTokenizer.from_pretrained(model_folder(), model_max_length=MAX_LENGTH).save_pretrained(folder)
    return str(folder)


def make_task(folder: Path, queries: int) -> Task:
    """Write the model and the queries, and count the tokens of the pairs, special tokens included, without padding."""
    model = make_model(folder / "model")
    rows = question_passages(queries * PASSAGES)
    groups = [rows[at * PASSAGES : (at + 1) * PASSAGES] for at in range(queries)]
    lists = [[group[0][0], [passage for _, passage in group]] for group in groups]
    path = folder / "queries.json"
    path.write_text(json.dumps(lists), encoding="utf-8")
    tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_LENGTH)
    pairs = [(query, passage) for query, passages in lists for passage in passages]
    return Task(model, str(path), sum(len(each.ids) for each in tokenizer.encode_batch(pairs)), len(pairs))


def needed_share(said: Mapping[str, Any]) -> float:
    """Share of the limit that a head on the first token needs: of the last block only keys and values of all tokens."""
    seconds = {shape: shape[0] * shape[1] / said[f"{shape[0]}x{shape[1]}"] for shape in SHAPES}
    whole = sum(seconds.values())
    return ((LAYERS - 1) * whole + 2 / 3 * seconds[SHAPES[0]]) / (LAYERS * whole)


def agreement(folder: Path, first: str, second: str) -> str:
    """How far the scores of two ways are apart, and whether they rank alike."""
    one, other = np.load(folder / f"{first}.npy"), np.load(folder / f"{second}.npy")
    same = (np.argsort(-one, kind="stable") == np.argsort(-other, kind="stable")).all(axis=1)
    return (
        f"scores differ by at most {np.abs(one - other).max():.1e}, order equal for {same.sum()} of {len(same)} queries"
    )


def compare(task: Task, dtype: str, pythons: Mapping[str, str], folder: Path, times: int) -> None:
    """Print one data type: seconds, ratio, and shares of the limit, which is measured in turn with both sides."""
    program = str(FOLDER / "programs" / "rerank.py")

    def run(side: str) -> Any:
        way = f"{side}_{dtype}"
        return run_program(pythons[side], program, way, task.model, task.path, str(folder / f"{way}.npy"))

    sides = {side: (lambda side=side: run(side)) for side in SIDES}
    limit = {"limit": lambda: run_program(pythons["likewise"], str(FOLDER / "limit.py"), dtype)}
    runs = alternate(times, **limit, **sides)
    whole = median(runs["limit"], lambda run: limit_of(run.said, task.tokens))
    needed = median(runs["limit"], lambda run: limit_of(run.said, task.tokens) * needed_share(run.said))
    ours, peers = (median(runs[side], lambda run: run.said["rank_s"]) for side in SIDES)
    print(
        f"{dtype}: limit {whole:.2f} s (needed {needed:.2f} s); "
        f"likewise {ours:.2f} s = {whole / ours:.0%} of the limit ({needed / ours:.0%} of the needed); "
        f"peer {peers:.2f} s = {whole / peers:.0%}; ratio {peers / ours:.2f}x; "
        f"{task.pairs / ours:.0f} and {task.pairs / peers:.0f} pairs per CPU second",
        flush=True,
    )
    print(f"  {agreement(folder, f'likewise_{dtype}', f'sentence_transformers_{dtype}')}", flush=True)


def main() -> None:
    """Print all rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--times", type=int, default=TIMES)
    options = parser.parse_args()
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of {options.times} alternating runs")
    for side, python in pythons.items():
        print(f"{side}: {versions(python)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = make_task(folder, options.queries)
        print(f"{options.queries} queries, {PASSAGES} passages each, {task.tokens / task.pairs:.1f} tokens a pair")
        compare(task, "float32", pythons, folder, options.times)
        reason = no_bfloat16()
        if reason:
            print(f"bfloat16: not measured, {reason}")
        else:
            compare(task, "bfloat16", pythons, folder, options.times)


if __name__ == "__main__":
    main()
