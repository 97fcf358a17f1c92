"""Runs all programs of a folder one after the other, and writes what became of each: `runner.py FOLDER [alias]`.

Run as a process of its own, in a folder that holds the models that the programs load.
"""

import json
import logging
import random
import runpy
import sys
import time
import traceback
from pathlib import Path


def seed() -> None:
    """Every program begins with the same random numbers."""
    import numpy
    import torch

    random.seed(0)
    numpy.random.seed(0)  # noqa: NPY002 - what older samplers draw from
    torch.manual_seed(0)


def main() -> None:
    """Run the programs."""
    folder = Path(sys.argv[1])
    if sys.argv[2:] == ["alias"]:
        from likewise.compat import install_as_sentence_transformers

        install_as_sentence_transformers()
    outcomes = {}
    for path in sorted(folder.glob("*.py")):
        seed()
        logging.getLogger("likewise").setLevel(logging.ERROR)
        began = time.process_time()
        try:
            runpy.run_path(str(path), run_name="__main__")
            outcome = ""
        except BaseException:
            outcome = traceback.format_exc()
        outcomes[path.stem] = {"outcome": outcome, "seconds": round(time.process_time() - began, 2)}
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    foreign = sorted({file for file in files if "/sentence_transformers/" in file})
    Path("outcomes.json").write_text(json.dumps({"programs": outcomes, "foreign": foreign}), encoding="utf-8")


if __name__ == "__main__":
    main()
