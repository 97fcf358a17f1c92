"""Memory of InfoNCE, forward and backward, beside that of the whole matrix of scores.

python benchmarks/info_nce_memory.py [ROWS]
"""

from __future__ import annotations

import resource
import sys
import time

import torch

from likewise.losses.info_nce import Block, info_nce

WIDTH = 384


def main() -> None:
    """Print the row."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 65_536
    torch.set_num_threads(1)
    anchors, positives = (torch.randn(rows, WIDTH, requires_grad=True) for _ in range(2))
    info_nce([Block(anchors[:64], positives[:64])]).mean().backward()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    info_nce([Block(anchors, positives)]).mean().backward()
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    matrix = rows * rows * 4
    print(
        f"InfoNCE, {rows:,} x {WIDTH}, forward and backward: {used / 1e6:.0f} MB above the embeddings, "
        f"{used / matrix:.2%} of the matrix of {matrix / 1e9:.1f} GB (goal 5%); {time.process_time() - start:.0f} CPU s"
    )


if __name__ == "__main__":
    main()
