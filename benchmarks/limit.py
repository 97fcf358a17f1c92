"""The limit of this machine: the time of the matrix products of the unpadded tokens alone, by the best kernel.

A clock that is raised for a moment would make a limit that no longer run can reach, so the limit is measured in turn
with what is compared to it, as a program of its own, and the median counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import torch

# Of all-MiniLM-L6-v2: (in, out) of the linear layers of one block, and how many blocks.
SHAPES = ((384, 1152), (384, 384), (384, 1536), (1536, 384))
LAYERS = 6
ROWS = (128, 512, 2048)
SECONDS = 0.15


def cpu_name() -> str:
    """Name of the processor, with its family and model numbers.

    Returns:
        Such as "AMD EPYC (family 23, model 49)".
    """
    lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    info = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return f"{info.get('model name')} (family {info.get('cpu family')}, model {info.get('model')})"


def _rate(function, flops: float) -> float:
    function()
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        function()
        count += 1
    return flops * count / (time.process_time() - start)


def float32_rates() -> dict[tuple[int, int], float]:
    """Best float32 rate of any kernel for each shape, on one thread.

    Returns:
        Shape to floating-point operations a second.
    """
    return float_rates(torch.float32)


def float_rates(dtype: torch.dtype) -> dict[tuple[int, int], float]:
    """Best rate of any kernel for each shape, on one thread.

    Args:
        dtype: float32, or bfloat16 where the processor has it.

    Returns:
        Shape to floating-point operations a second.
    """
    torch.set_num_threads(1)
    best: dict[tuple[int, int], float] = {}
    onednn = torch.ops.mkldnn
    with torch.inference_mode():
        for width, out in SHAPES:
            for rows in ROWS:
                x, weight, bias = (torch.randn(shape).to(dtype) for shape in ((rows, width), (out, width), (out,)))
                packed = onednn._reorder_linear_weight(weight, rows)
                flops = 2.0 * rows * width * out
                kernels = (
                    lambda x=x, w=weight, b=bias: torch.nn.functional.linear(x, w, b),
                    lambda x=x, w=packed, b=bias: onednn._linear_pointwise(x, w, b, "none", [], "none"),
                )
                for kernel in kernels:
                    best[width, out] = max(best.get((width, out), 0.0), _rate(kernel, flops))
    return best


def limit_seconds(tokens: int, rates: dict[tuple[int, int], float]) -> float:
    """CPU seconds that the matrix products of so many tokens take at least.

    Args:
        tokens: Tokens, special tokens included, without padding.
        rates: From `float32_rates`.

    Returns:
        Seconds.
    """
    return sum(LAYERS * 2.0 * tokens * width * out / rates[width, out] for width, out in SHAPES)


def limit_of(said: Mapping[str, float], tokens: int) -> float:
    """The limit from what this program printed.

    Args:
        said: Such as {"384x1152": 7.5e10}.
        tokens: See `limit_seconds`.

    Returns:
        Seconds.
    """
    return limit_seconds(tokens, {(width, out): said[f"{width}x{out}"] for width, out in SHAPES})


if __name__ == "__main__":
    measured = float_rates(getattr(torch, sys.argv[1]) if len(sys.argv) > 1 else torch.float32)
    print(json.dumps({f"{width}x{out}": rate for (width, out), rate in measured.items()}))
