"""Trained alike, on the same data, in the same order, from the same start: the peer's losses, weights and scores.

The order of rows is ours for both: how rows are shuffled is no part of the documented behaviour. Dropout is off.
"""

import warnings

import pytest
import torch

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

import sentence_transformers  # noqa: E402
from datasets import Dataset  # noqa: E402
from sentence_transformers import cross_encoder as peer  # noqa: E402
from sentence_transformers.cross_encoder import losses as peer_losses  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

import likewise  # noqa: E402
from likewise import InputExample  # noqa: E402
from likewise.cross_encoder import losses  # noqa: E402
from likewise.cross_encoder.evaluation import CrossEncoderClassificationEvaluator  # noqa: E402
from likewise.cross_encoder.trainer import CrossEncoderTrainer  # noqa: E402
from likewise.cross_encoder.training_args import CrossEncoderTrainingArguments  # noqa: E402
from likewise.training.samplers import DefaultBatchSampler  # noqa: E402

WORDS = ["a", "the", "cat", "dog", "sat", "on", "mat", "ran", "over", "red", "blue", "fox", "hello", "good", "plot"]
# Its gradient is 0 but for rounding, and Adam divides a gradient by its size: it changes no attention.
NO_GRADIENT = "key.bias"
# What the loss compares are differences of scores, so that the bias of the head has no gradient either.
OF_DIFFERENCES = ("LambdaLoss", "ListNetLoss", "ListMLELoss", "PListMLELoss", "RankNetLoss", "MarginMSELoss")
ROWS = 48
STEPS = 10


def texts(step, shift):
    lengths = [2 + (step * row + shift) % 6 for row in range(ROWS)]
    return [" ".join(WORDS[(step * row + shift + 5 * at) % 15] for at in range(n)) for row, n in enumerate(lengths)]


ONE, TWO, THREE = texts(3, 0), texts(7, 1), texts(5, 2)
LENGTHS = [2 + row % 3 for row in range(ROWS)]
COLUMNS = {
    "binary": {"query": ONE, "passage": TWO, "label": [float(row % 2) for row in range(ROWS)]},
    "scores": {"sentence1": ONE, "sentence2": TWO, "score": [row % 11 / 10 for row in range(ROWS)]},
    "classes": {"premise": ONE, "hypothesis": TWO, "label": [row % 3 for row in range(ROWS)]},
    "triplets": {"query": ONE, "positive": TWO, "negative": THREE},
    "margins": {"query": ONE, "positive": TWO, "negative": THREE, "label": [row % 7 - 2.0 for row in range(ROWS)]},
    "lists": {
        "query": ONE,
        "documents": [[TWO[(row + at) % ROWS] for at in range(LENGTHS[row])] for row in range(ROWS)],
        "labels": [[float((row + at) % 3) for at in range(LENGTHS[row])] for row in range(ROWS)],
    },
}
CASES = {
    "BinaryCrossEntropyLoss": ("binary", {}),
    "CrossEntropyLoss": ("classes", {}),
    "MSELoss": ("scores", {}),
    "MarginMSELoss": ("margins", {}),
    # All others of the batch: nothing is drawn.
    "MultipleNegativesRankingLoss": ("triplets", {"num_negatives": None}),
    "LambdaLoss": ("lists", {"mini_batch_size": 5}),
    "ListNetLoss": ("lists", {}),
    "PListMLELoss": ("lists", {}),
    "RankNetLoss": ("lists", {}),
}


def in_our_order(dataset, batch_size, drop_last, valid_label_columns=None, generator=None, seed=0):
    return DefaultBatchSampler(dataset, batch_size, drop_last, seed=5)


def arguments(kind, folder):
    return kind(
        output_dir=str(folder),
        use_cpu=True,
        report_to="none",
        per_device_train_batch_size=8,
        max_steps=STEPS,
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        learning_rate=1e-3,
        weight_decay=0.01,
        warmup_steps=3,
        batch_sampler=in_our_order,
        dataloader_pin_memory=False,
    )


def without_dropout(model):
    config = model[0].auto_model.config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def train(package, kinds, start, output, name):
    trainer_class, argument_class, known = kinds
    data, settings = CASES[name]
    model = without_dropout(package.CrossEncoder(str(start), device="cpu"))
    torch.manual_seed(9)
    loss = getattr(known, name)(model, **settings)
    args = arguments(argument_class, output)
    trainer = trainer_class(model=model, args=args, train_dataset=Dataset.from_dict(COLUMNS[data]), loss=loss)
    trainer.train()
    logged = [row for row in trainer.state.log_history if "loss" in row]
    return [row["loss"] for row in logged], [row["grad_norm"] for row in logged], model


OURS = CrossEncoderTrainer, CrossEncoderTrainingArguments, losses
THEIRS = peer.CrossEncoderTrainer, peer.CrossEncoderTrainingArguments, peer_losses


@pytest.mark.parametrize("name", CASES)
def test_the_same_losses_weights_and_scores(toy_classifier_folder, tmp_path, name):
    start = toy_classifier_folder(tmp_path / "start", labels=3 if name == "CrossEntropyLoss" else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine = train(likewise, OURS, start, tmp_path / "ours", name)
        other = train(sentence_transformers, THEIRS, start, tmp_path / "theirs", name)
    assert len(mine[0]) == STEPS
    # The losses change: what is compared is training.
    assert mine[0] != pytest.approx([mine[0][0]] * STEPS, rel=1e-3)
    assert mine[0] == pytest.approx(other[0], rel=1e-4, abs=1e-5)
    assert mine[1] == pytest.approx(other[1], rel=1e-3, abs=1e-5)
    same = {key.split("model.")[-1]: value for key, value in other[2].state_dict().items()}
    for key, value in mine[2].state_dict().items():
        if not key.endswith(NO_GRADIENT) and not (key.endswith("classifier.bias") and name in OF_DIFFERENCES):
            torch.testing.assert_close(value, same[key.split("model.")[-1]], rtol=1e-3, atol=3e-4, msg=key)


def test_an_evaluator_says_the_same_after_the_old_fit(toy_classifier_folder, tmp_path):
    start = toy_classifier_folder(tmp_path / "start")
    pairs = [*zip(ONE, TWO, strict=True)]
    labels = [int(len(one.split()) > len(two.split())) for one, two in pairs]
    found = []
    for package in (likewise, sentence_transformers):
        model = without_dropout(package.CrossEncoder(str(start), device="cpu"))
        examples = [InputExample(texts=list(pair), label=label) for pair, label in zip(pairs, labels, strict=True)]
        loader = DataLoader(examples, batch_size=8)
        evaluator = CrossEncoderClassificationEvaluator(pairs, labels, write_csv=False)
        # The peer's `fit` shuffles what the loader gives; its older form does not.
        model.old_fit(loader, epochs=4, warmup_steps=4, optimizer_params={"lr": 3e-3}, show_progress_bar=False)
        found.append(evaluator(model))
    assert found[0]["average_precision"] > 0.6
    assert found[0] == pytest.approx(found[1], abs=1e-3)
