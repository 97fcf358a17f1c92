"""Each client's program runs in the environment `.clients` (`make clients`), never in that of the tests.

Outside the quick suite: these tests run when they are asked for by path, `pytest tests/clients`.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PROGRAMS = HERE / "programs"
PYTHON = ROOT / ".clients" / "bin" / "python"
LIMIT_S = 900

CAPITALS = {
    "Spain": "Madrid", "Italy": "Rome", "Poland": "Warsaw", "Japan": "Tokyo", "Egypt": "Cairo", "Peru": "Lima",
    "Norway": "Oslo", "Kenya": "Nairobi", "Austria": "Vienna", "Cuba": "Havana",
}  # fmt: skip
OTHERS = [*list(CAPITALS.items())[1:], ("Spain", "Madrid")]
# What answers the question, and what does not: another country's capital, the city without the answer, other things.
PAIRS = [
    (f"Which city is the capital of {country}?", passage, label)
    for (country, capital), (other_country, other_capital) in zip(CAPITALS.items(), OTHERS, strict=True)
    for passage, label in [
        (f"{capital} is the capital and the largest city of {country}.", 1.0),
        (f"The capital of {country} is {capital}.", 1.0),
        (f"{other_capital} is the capital and the largest city of {other_country}.", 0.0),
        (f"A river flows through {capital} on its way to the sea.", 0.0),
        ("The liver and the kidney clean the blood.", 0.0),
        ("A trumpet is made of brass.", 0.0),
    ]
]

collect_ignore = ["programs"]


def pytest_collection_modifyitems(config, items):
    paths = [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    asked_for = any(HERE in (path, *path.parents) for path in paths)
    reason = None if asked_for else "outside the quick suite: run `pytest tests/clients`"
    if asked_for and not PYTHON.exists():
        reason = "there is no environment .clients: run `make clients`"
    for item in items:
        if reason and not {"client", "installed"}.isdisjoint(item.fixturenames) and HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def installed():
    """Where the clients are installed."""
    [packages] = (ROOT / ".clients" / "lib").glob("python*/site-packages")
    return packages


@pytest.fixture(scope="session")
def reranker_folder(minilm_folder, tmp_path_factory):
    """A cross-encoder on real weights that has learned, in seconds, what answers a question about capitals."""
    from datasets import Dataset

    from likewise import CrossEncoder
    from likewise.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments, losses

    model = CrossEncoder(str(minilm_folder), num_labels=1, max_length=32, device="cpu")
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(tmp_path_factory.mktemp("training")),
        per_device_train_batch_size=16,
        num_train_epochs=6,
        learning_rate=1e-4,
        warmup_ratio=0.1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=5,
    )
    rows = Dataset.from_list([{"question": ask, "passage": text, "label": label} for ask, text, label in PAIRS])
    CrossEncoderTrainer(model, arguments, rows, loss=losses.BinaryCrossEntropyLoss(model)).train()
    folder = tmp_path_factory.mktemp("reranker") / "model"
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def sparse_folder(minilm_folder, tmp_path_factory):
    """A sparse encoder that needs no network: the weight of a token grows with its place in the vocabulary."""
    import torch
    from transformers import AutoTokenizer

    from likewise import SparseEncoder
    from likewise.models import SparseStaticEmbedding

    tokenizer = AutoTokenizer.from_pretrained(minilm_folder)
    weight = torch.linspace(0, 3, len(tokenizer))
    folder = tmp_path_factory.mktemp("sparse") / "model"
    SparseEncoder(modules=[SparseStaticEmbedding(tokenizer, weight)], device="cpu").save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def client(minilm_folder, reranker_folder, sparse_folder, tmp_path_factory):
    """A function `(program, *, real=False) -> dict`: what the program gives, under the alias or on the real package.

    Every run proves which package served it; a program runs once in a session with each.
    """
    given = {}

    def run(program, *, real=False):
        if (program, real) not in given:
            folder = tmp_path_factory.mktemp(program)
            alias = [] if real else ["-m", "likewise.compat"]
            (folder / "work").mkdir()
            paths = [folder / "result.json", minilm_folder, reranker_folder, sparse_folder, folder / "work"]
            execute([*alias, PROGRAMS / "run.py", program, *paths], cwd=folder)
            given[program, real] = json.loads(paths[0].read_text(encoding="utf-8"))
        proof, found = given[program, real]["proof"], given[program, real]["found"]
        assert proof["served_by"] == ("real" if real else "likewise")
        assert bool(proof["opened"]) is bool(proof["imported"]) is real
        return found

    return run


def execute(arguments, cwd):
    """Run the clients' Python, offline."""
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(cwd / "hub"),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "PYTHONPATH": "",
    }
    environment.pop("LIKEWISE_AS_SENTENCE_TRANSFORMERS", None)
    done = subprocess.run(
        [PYTHON, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stderr[-6000:]
