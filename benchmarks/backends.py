"""Encoding with all-MiniLM-L6-v2 beside the peer's bfloat16, OpenVINO and ONNX Runtime dynamic int8. One thread.

    python -m benchmarks.backends

Each figure is the median of alternating runs in processes of their own, tokenising included; the closeness is that to
the peer's float32. Rows that this processor cannot run are named, with the reason.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.environment import FOLDER, backends_python, peer_python, versions
from benchmarks.int8 import int8_rates
from benchmarks.limit import cpu_name, float32_rates, float_rates, limit_seconds
from benchmarks.measure import Run, alternate, median, run_program
from benchmarks.run import TIMES, model_folder
from benchmarks.texts import count_tokens, passages, sentences, write_lines
from likewise.encoder import cpu

PROGRAMS = Path(__file__).parent / "programs"
SENTENCES, PASSAGES = 400, 80
FEW = 16


@dataclass(frozen=True)
class Way:
    """A way of running the model: a name of `benchmarks/programs/backend.py`, its interpreter and its model folder."""

    name: str
    python: str
    folder: str

    def run(self, path: str, count: int, target: Path) -> Run:
        """Encode some lines of a file, and store the embeddings."""
        program = str(PROGRAMS / "backend.py")
        return run_program(self.python, program, self.name, self.folder, path, str(count), str(target))


@dataclass(frozen=True)
class Comparison:
    """Our way and the ways of others for one data type, with the best rates of any kernel for it."""

    dtype: str
    ours: Way
    others: tuple[Way, ...]
    rates: dict[tuple[int, int], float]


def exported() -> str:
    """Folder of the model for OpenVINO and ONNX Runtime, made from the local one if it is not there."""
    processor = "avx512_vnni" if "avx512_vnni" in Path("/proc/cpuinfo").read_text() else "avx2"
    target = FOLDER / f"exported-{processor}"
    stamp = target / ".done"
    if not stamp.exists():
        print(f"exporting for OpenVINO and ONNX Runtime ({processor}) ...", file=sys.stderr)
        program = [str(backends_python()), str(PROGRAMS / "export.py"), model_folder(), str(target), processor]
        subprocess.run(program, check=True, capture_output=True)
        stamp.touch()
    return str(target.absolute())


def comparisons() -> list[Comparison]:
    """What is compared on this processor; the rest is printed with its reason."""
    peer, backends, here = str(peer_python()), str(backends_python()), sys.executable
    model, other = model_folder(), exported()

    def ours(name: str) -> Way:
        return Way(f"likewise_{name}", here, model)

    openvino = Way("openvino_float32", backends, other)
    listed = [Comparison("float32", ours("float32"), (Way("peer_float32", peer, model), openvino), float32_rates())]
    reason = no_bfloat16()
    if reason:
        print(f"bfloat16: not measured, {reason}; checked on a few texts only", flush=True)
    else:
        others = (Way("peer_bfloat16", peer, model), Way("openvino_bfloat16", backends, other))
        listed.append(Comparison("bfloat16", ours("bfloat16"), others, float_rates(torch.bfloat16)))
    return [*listed, Comparison("int8", ours("int8"), (Way("onnx_int8", backends, other),), int8_rates())]


def no_bfloat16() -> str:
    """Why bfloat16 is not worth measuring here, "" if it is."""
    if cpu.is_available(torch.device("cpu"), torch.bfloat16):
        return ""
    return f"PyTorch says that oneDNN has no bfloat16 on this processor ({torch.backends.cpu.get_cpu_capability()})"


def closeness(reference: Path, other: Path) -> tuple[float, float]:
    """Mean and smallest cosine of two stored results."""
    first, second = (torch.from_numpy(np.load(path)) for path in (reference, other))
    cosine = torch.nn.functional.cosine_similarity(first, second)
    return float(cosine.mean()), float(cosine.min())


def compare(comparison: Comparison, mix: str, path: str, count: int, tokens: int, folder: Path) -> None:
    """Print one data type on one mix."""
    ways = (comparison.ours, *comparison.others)
    runs = alternate(TIMES, **{way.name: (lambda way=way: way.run(path, count, folder / way.name)) for way in ways})
    limit = limit_seconds(tokens, comparison.rates)
    seconds = {way.name: median(runs[way.name], lambda run: run.said["encode_s"]) for way in ways}
    own = seconds[comparison.ours.name]
    for way in ways:
        mean, worst = closeness(folder / "exact.npy", folder / f"{way.name}.npy")
        print(
            f"{mix:<10}{comparison.dtype:<9}{way.name:<19}{seconds[way.name]:7.2f} s  {limit / seconds[way.name]:4.0%} "
            f"of the limit  likewise {seconds[way.name] / own:.2f}x  cosine {mean:.5f}, worst {worst:.5f}",
            flush=True,
        )


def check_bfloat16(path: str, folder: Path) -> None:
    """Print how close our bfloat16 is, on few texts, whatever the processor."""
    here, model = sys.executable, model_folder()
    for name in ("likewise_float32", "likewise_bfloat16"):
        Way(name, here, model).run(path, FEW, folder / f"few-{name}")
    mean, worst = closeness(folder / "few-likewise_float32.npy", folder / "few-likewise_bfloat16.npy")
    print(f"bfloat16 on {FEW} texts: cosine {mean:.5f}, worst {worst:.5f} (goal 0.9999)", flush=True)


def rows() -> None:
    """Print the rows."""
    print(f"backends: {versions(backends_python(), 'optimum-intel', 'openvino', 'optimum-onnx', 'onnxruntime')}")
    listed = comparisons()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for mix, texts in (("sentences", sentences(SENTENCES)), ("passages", passages(PASSAGES))):
            path, tokens = write_lines(folder / f"{mix}.txt", texts), count_tokens(texts, model_folder())
            Way("peer_float32", str(peer_python()), model_folder()).run(path, len(texts), folder / "exact")
            for comparison in listed:
                compare(comparison, mix, path, len(texts), tokens, folder)
        check_bfloat16(str(folder / "sentences.txt"), folder)


def main() -> None:
    """Print all rows, with what they ran on."""
    print(f"CPU: {cpu_name()}; one thread; CPU seconds; medians of {TIMES} alternating runs")
    print(f"likewise: {versions(sys.executable)}")
    print(f"peer: {versions(peer_python())}")
    rows()


if __name__ == "__main__":
    main()
