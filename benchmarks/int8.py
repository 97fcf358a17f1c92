"""The int8 mode: share of the int8 limit, speed beside our float32, closeness to it. `python -m benchmarks.int8`.

One thread, CPU seconds, tokenising included. Run it alone on the machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.limit import ROWS, SECONDS, SHAPES, cpu_name, float32_rates, limit_seconds
from benchmarks.run import model_folder
from benchmarks.texts import count_tokens, sentences
from likewise import SentenceTransformer
from likewise.encoder.grid import Grid, InputRange, IntegerWeight
from likewise.encoder.integer_product import FULL_LIMIT, IntegerProduct, integer_support

TIMES = 3


def int8_rates() -> dict[tuple[int, int], float]:
    """Best int8 rate of any kernel for each shape, on one thread: oneDNN's and FBGEMM's, results in float or in bytes.

    Returns:
        Shape to operations a second.
    """
    best: dict[tuple[int, int], float] = {}
    with torch.inference_mode():
        for width, out in SHAPES:
            for rows in ROWS:
                for kernel in _kernels(rows, width, out):
                    rate = _rate(kernel, 2.0 * rows * width * out)
                    best[width, out] = max(best.get((width, out), 0.0), rate)
    return best


def _kernels(rows: int, width: int, out: int):
    weight = torch.randn(out, width) * 0.05
    grid = Grid.by_tensor(InputRange(-torch.ones(width), torch.ones(width), torch.zeros(width)))
    limit = integer_support().limit or FULL_LIMIT
    integer = IntegerWeight.of(weight, torch.zeros(out), grid, torch.zeros(width), limit)
    x = torch.randint(0, 256, (rows, width), dtype=torch.uint8)
    for into in (None, (0.05, 128)):
        product = IntegerProduct.of(integer, into=into)
        yield lambda product=product: product(x)
    if "x86" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "x86"
        scales, zeros = weight.abs().amax(1) / limit, torch.zeros(out, dtype=torch.int64)
        quantised = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        packed = torch.ops.quantized.linear_prepack(quantised, torch.zeros(out))
        bytes_in = torch.quantize_per_tensor(torch.randn(rows, width), 0.02, 128, torch.quint8)
        yield lambda: torch.ops.quantized.linear(bytes_in, packed, 0.05, 128)


def _rate(kernel, operations: float) -> float:
    kernel()
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        kernel()
        count += 1
    return operations * count / (time.process_time() - start)


def _seconds(model: SentenceTransformer, texts: list[str]) -> float:
    start = time.process_time()
    model.encode(texts, show_progress_bar=False)
    return time.process_time() - start


def main(count: int = 1_000) -> None:
    """Print the rows.

    Args:
        count: How many sentences.
    """
    torch.set_num_threads(1)
    texts = [" ".join(text.split()) for text in dict.fromkeys(sentences(4 * count))][::3][:count]
    floats, ints = (SentenceTransformer(model_folder(), device="cpu") for _ in range(2))
    report = ints.quantize_int8()
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of {TIMES} alternating runs; torch {torch.__version__}")
    print(f"linears: {ints.describe().bodies[0].linear}; {report}")
    tokens = count_tokens(texts, model_folder())
    float_rates, rates = float32_rates(), int8_rates()
    shapes = ", ".join(f"{w}x{o} {float_rates[w, o] / 1e9:.0f} and {rates[w, o] / 1e9:.0f}" for w, o in SHAPES)
    print(f"best rates in float32 and int8, GFLOP/s: {shapes}")
    exact = torch.from_numpy(floats.encode(texts, show_progress_bar=False))
    cosine = torch.nn.functional.cosine_similarity(exact, torch.from_numpy(ints.encode(texts, show_progress_bar=False)))
    times: dict[str, list[float]] = {"float32": [], "int8": []}
    for _ in range(TIMES):
        times["float32"].append(_seconds(floats, texts))
        times["int8"].append(_seconds(ints, texts))
    float_s, int_s = statistics.median(times["float32"]), statistics.median(times["int8"])
    float_limit, limit = limit_seconds(tokens, float_rates), limit_seconds(tokens, rates)
    print(f"{len(texts):,} sentences of {tokens / len(texts):.1f} tokens")
    print(f"float32  {float_s:8.2f} s   {float_limit / float_s:4.0%} of the float32 limit ({float_limit:.2f} s)")
    print(f"int8     {int_s:8.2f} s   {limit / int_s:4.0%} of the int8 limit ({limit:.2f} s); goal 45 % with VNNI")
    print(f"int8 is {float_s / int_s:.2f}x as fast; cosine mean {cosine.mean():.4f}, worst {cosine.min():.4f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
