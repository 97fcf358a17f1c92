"""A training step of all-MiniLM-L6-v2 on pairs of mixed length: pairs a CPU second, share of the limit, peak memory.

    python benchmarks/train_step.py

MultipleNegativesRankingLoss, float32, batches of 64, dropout as the model has it, AdamW, one thread; the same plain
loop for both packages. The limit is three times the matrix products of the unpadded tokens.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import peer_python, versions
from benchmarks.limit import cpu_name, float32_rates, limit_seconds
from benchmarks.measure import alternate, median, run_program
from benchmarks.run import SIDES, TIMES, model_folder
from benchmarks.texts import count_tokens, question_passages

PROGRAM = str(Path(__file__).parent / "programs" / "train_step.py")
BATCH, STEPS = 64, 3


def main() -> None:
    """Print the rows."""
    pythons = {"likewise": sys.executable, "sentence_transformers": str(peer_python())}
    print(cpu_name())
    for side in SIDES:
        print(f"{side}: {versions(pythons[side])}")
    pairs = question_passages(2000)
    random.Random(0).shuffle(pairs)
    pairs = pairs[: BATCH * (STEPS + 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.tsv"
        path.write_text("\n".join("\t".join(pair) for pair in pairs), encoding="utf-8")
        arguments = (model_folder(), str(path), str(BATCH), str(STEPS))
        tokens = count_tokens([text for pair in pairs[BATCH:] for text in pair], model_folder())
        before = limit_seconds(tokens, float32_rates())
        runs = alternate(
            TIMES,
            **{side: (lambda side=side: run_program(pythons[side], PROGRAM, side, *arguments)) for side in SIDES},
        )
        limit = 3 * min(before, limit_seconds(tokens, float32_rates()))
    ours, peers = (median(runs[side], lambda run: run.said["steps_s"]) for side in SIDES)
    memory = {side: median(runs[side], lambda run: run.peak_bytes) / 1e9 for side in SIDES}
    count = BATCH * STEPS
    print(
        f"MNRL, batch {BATCH}, {tokens / count:.0f} tokens a pair: likewise {count / ours:.1f} pairs/CPU s = "
        f"{limit / ours:.0%} of the limit (goal 65%); peer {count / peers:.1f} = {limit / peers:.0%}; "
        f"ratio {peers / ours:.2f}x (goal 3x)"
    )
    print(
        f"peak memory: likewise {memory['likewise']:.2f} GB, peer {memory['sentence_transformers']:.2f} GB: "
        f"{memory['likewise'] / memory['sentence_transformers']:.2f} of it (goal 0.33)"
    )
    for side in SIDES:
        print(f"losses {side}: {[round(value, 3) for value in runs[side][0].said['losses']]}")


if __name__ == "__main__":
    main()
