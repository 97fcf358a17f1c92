"""How good models are on public data, as one table. `python benchmarks/quality.py [--peer]`.

STS-B and SICK (Spearman), Quora questions (average precision, F1 and accuracy at the best thresholds), Cranfield (nDCG,
MRR, recall), Tatoeba (accuracy of translations) and AG News (V-measure of k-means). With --peer, the peer package
loads and evaluates the same models in float32, and every metric of every evaluator has to agree to 1e-6.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name
from benchmarks.measure import run_program
from benchmarks.quality_data import VARIABLE, data_folder, require_files
from benchmarks.run import model_folder

PROGRAM = str(Path(__file__).parent / "programs" / "quality.py")
MODELS = ("likewise-mini", "all-MiniLM-L6-v2")
TOLERANCE = 1e-6
# Pairs of equal text have cosine 1. Here they tie; the peer's differ by the rounding of float32, and which of them come
# first, at the very top of its ranking, is chance.
ROUNDING = {"quora cosine_ap": 1e-3}
ROWS = {
    "sts": [("STS-B dev, Spearman", "spearman_cosine")],
    "sick": [("SICK dev, Spearman", "spearman_cosine")],
    "quora": [
        ("Quora pairs, average precision", "cosine_ap"),
        ("Quora pairs, best F1", "cosine_f1"),
        ("Quora pairs, best accuracy", "cosine_accuracy"),
    ],
    "retrieval": [
        ("Cranfield, nDCG@10", "cosine_ndcg@10"),
        ("Cranfield, MRR@10", "cosine_mrr@10"),
        ("Cranfield, recall@100", "cosine_recall@100"),
    ],
    "bitext": [
        ("Tatoeba {language}-eng, accuracy", "src2trg_accuracy"),
        ("Tatoeba eng-{language}, accuracy", "trg2src_accuracy"),
    ],
    "clustering": [("AG News, V-measure of k-means", "v_measure")],
}
"""Task to the lines of the table: what is said, and the metric."""

NOTES = """
Cranfield: title and text of 1,400 documents, 225 queries. AG News: texts without stop words, k-means on unit vectors
with as many clusters as topics, mean and deviation over ten seeds. Tatoeba: both default models learned English only;
what they find there are names, numbers and words that look alike, and not translations."""

Results = Mapping[str, Mapping[str, float]]


def folder_of(model: str) -> str:
    """The folder of a model, which either package loads.

    Args:
        model: "likewise-mini", "all-MiniLM-L6-v2", or a folder.

    Returns:
        Its path.
    """
    from likewise.hub.resolve import resolve_folder

    return model_folder() if model == "all-MiniLM-L6-v2" else str(resolve_folder(model))


def table(found: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """Write the results as Markdown.

    Args:
        found: Model to what the program said.
        language: Language of the translations.

    Returns:
        A table with a column for each model.
    """
    lines = [row("", [Path(model).name for model in found]), "|---" * (len(found) + 1) + "|"]
    for task, metrics in ROWS.items():
        for text, metric in metrics:
            cells = [cell(said["results"].get(task, {}), metric) for said in found.values()]
            if any(cells):
                lines.append(row(text.format(language=language), cells))
    return "\n".join([*lines, row("CPU seconds for all of it", [f"{said['cpu_s']:.0f}" for said in found.values()])])


def row(text: str, cells: Sequence[str]) -> str:
    """One line of the table.

    Args:
        text: The first cell.
        cells: The others.

    Returns:
        The line.
    """
    return "|" + "|".join(f" {each} " if each else " " for each in (text, *cells)) + "|"


def cell(metrics: Mapping[str, float], metric: str) -> str:
    """One value of the table, with its deviation over seeds where there is one.

    Args:
        metrics: Metric to value.
        metric: The metric.

    Returns:
        Such as "0.8412" or "0.5123 ± 0.0100"; "" where there is none.
    """
    if metric not in metrics:
        return ""
    deviation = metrics.get(f"{metric}_std")
    return f"{metrics[metric]:.4f}" + (f" ± {deviation:.4f}" if deviation is not None else "")


def differences(ours: Results, theirs: Results) -> dict[str, float]:
    """Compare all metrics that the peer has.

    Args:
        ours: Task to metrics.
        theirs: The same of the peer.

    Returns:
        Task and metric to the absolute difference; infinite where we lack it.
    """
    return {
        f"{task} {metric}": abs(ours[task].get(metric, float("inf")) - value)
        for task, metrics in theirs.items()
        for metric, value in metrics.items()
    }


def agreement(model: str, compared: Mapping[str, float]) -> str:
    """Say how far the two packages agree.

    Args:
        model: The model.
        compared: What `differences` gave.

    Returns:
        A summary, and one line for each metric that differs by more than the tolerance.
    """
    apart = {name: gap for name, gap in compared.items() if not gap <= TOLERANCE}
    lines = [f"{model}: {len(compared) - len(apart)} of {len(compared)} metrics agree with the peer to {TOLERANCE:.0e}"]
    for name, gap in apart.items():
        why = ", the order of scores that are equal but for rounding" if gap <= ROUNDING.get(name, 0.0) else ""
        lines.append(f"  {name} differs by {gap:.1e}{why}")
    return "\n".join(lines)


def agrees(compared: Mapping[str, float]) -> bool:
    """Whether every metric agrees, or differs by rounding where that is known.

    Args:
        compared: What `differences` gave.

    Returns:
        False if one differs, or is not a number.
    """
    return all(gap <= ROUNDING.get(name, TOLERANCE) for name, gap in compared.items())


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Arguments; None takes those of the process.

    Returns:
        The options.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), help="names or folders of models")
    parser.add_argument("--tasks", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="TASK")
    parser.add_argument("--data", help=f"data folder; else ${VARIABLE}, else the one beside the repository")
    parser.add_argument("--language", default="deu", help="language of the translations, three letters")
    parser.add_argument("--limit", type=int, help="most rows of each set, for a trial")
    parser.add_argument("--peer", action="store_true", help="evaluate with the peer package too, and compare")
    parser.add_argument("--json", type=Path, help="file for all metrics")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Print the table.

    Args:
        argv: Arguments; None takes those of the process.

    Returns:
        0, or 1 if the peer's metrics differ.
    """
    options = arguments(argv)
    data = data_folder(options.data)
    require_files(data, options.tasks)
    given = {"data": str(data), "tasks": options.tasks, "language": options.language, "limit": options.limit}
    pythons = {"likewise": sys.executable}
    if options.peer:
        pythons["sentence_transformers"] = str(peer_python())
    print(f"CPU: {cpu_name()}; one thread")
    for side, python in pythons.items():
        print(f"{side}: {versions(python)}", flush=True)
    said: dict[str, dict[str, Any]] = {side: {} for side in pythons}
    for model in options.models:
        for side, python in pythons.items():
            program = json.dumps({**given, "clustering": side == "likewise"})
            said[side][model] = run_program(python, PROGRAM, side, folder_of(model), program).said
    print(f"\n{table(said['likewise'], options.language)}\n{NOTES}\n", flush=True)
    if options.json:
        options.json.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    failed = False
    for model, theirs in said.get("sentence_transformers", {}).items():
        compared = differences(said["likewise"][model]["results"], theirs["results"])
        if compared:
            print(agreement(model, compared), flush=True)
            failed |= not agrees(compared)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
