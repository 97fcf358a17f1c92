"""Attention of a CPU in bfloat16, forward and backward: ours beside PyTorch's fused kernel, by the length of the texts.

python benchmarks/attention_training.py

8,192 tokens in 12 heads of 32 numbers, as in all-MiniLM-L6-v2, no dropout, one thread, medians of runs in turn. The
results are the same but for rounding: `tests/encoder/test_attention.py`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.limit import cpu_name
from likewise.encoder.attention import PLAIN_LONGEST
from likewise.encoder.dropout import attention_with_dropout

TOKENS, HEADS, WIDTH, TIMES = 8192, 12, 32, 5
LENGTHS = (16, 32, 64, 128, 256, 512, 1024)
Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


def seconds(attend: Attention, inputs: list[Tensor], weights: Tensor) -> float:
    """CPU seconds of a forward and a backward pass."""
    start = time.process_time()
    attend(*inputs).backward(weights)
    return time.process_time() - start


def main() -> None:
    """Print a row for each length."""
    torch.set_num_threads(1)
    kinds: dict[str, Attention] = {
        "ours": lambda q, k, v: attention_with_dropout(q, k, v, None, 0.0),
        "fused": F.scaled_dot_product_attention,
    }
    print(f"{cpu_name()}; torch {torch.__version__}; likewise takes its own up to {PLAIN_LONGEST} tokens")
    for length in LENGTHS:
        shape = (TOKENS // length, HEADS, length, WIDTH)
        inputs = [torch.randn(shape, dtype=torch.bfloat16, requires_grad=True) for _ in range(3)]
        weights = torch.randn(shape, dtype=torch.bfloat16)
        runs = [{name: seconds(attend, inputs, weights) for name, attend in kinds.items()} for _ in range(TIMES + 1)]
        ours, fused = (statistics.median(run[name] for run in runs[1:]) for name in kinds)
        print(f"{length:>5} tokens: ours {ours:.3f} s, fused {fused:.3f} s, {fused / ours:.2f}x", flush=True)


if __name__ == "__main__":
    main()
