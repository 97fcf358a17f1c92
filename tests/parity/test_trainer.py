"""Trained alike, on the same data, in the same order, from the same start: the peer's losses and weights.

The order of rows is ours for both: how rows are shuffled is no part of the documented behaviour. Dropout is off.
"""

import warnings

import pytest
import torch

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

import sentence_transformers  # noqa: E402
from datasets import Dataset  # noqa: E402
from sentence_transformers.sentence_transformer import losses as peer_losses  # noqa: E402

import likewise  # noqa: E402
from likewise import losses  # noqa: E402
from likewise.training.arguments import SentenceTransformerTrainingArguments  # noqa: E402
from likewise.training.samplers import DefaultBatchSampler  # noqa: E402
from likewise.training.trainer import SentenceTransformerTrainer  # noqa: E402

WORDS = ["a", "the", "cat", "dog", "sat", "on", "mat", "ran", "over", "red", "blue", "fox", "hello", "good", "plot"]
# Parameters whose gradient is 0 but for rounding, and Adam divides a gradient by its size: the pooler is not used, a
# bias of the keys changes no attention, and one added to all embeddings changes no difference of them (TripletLoss).
NO_GRADIENT = ("pooler.dense.weight", "pooler.dense.bias", "key.bias", "layer.1.output.LayerNorm.bias")
LEARNS = "SoftmaxLoss"
ROWS = 48
STEPS = 10


def texts(step, shift):
    lengths = [2 + (step * row + shift) % 6 for row in range(ROWS)]
    return [" ".join(WORDS[(step * row + shift + 5 * at) % 15] for at in range(n)) for row, n in enumerate(lengths)]


COLUMNS = {
    "pairs": {"anchor": texts(3, 0), "positive": texts(7, 1)},
    "triplets": {"anchor": texts(3, 0), "positive": texts(7, 1), "negative": texts(5, 2)},
    "scores": {"sentence1": texts(3, 0), "sentence2": texts(7, 1), "score": [row % 11 / 10 for row in range(ROWS)]},
    "classes": {"premise": texts(3, 0), "hypothesis": texts(7, 1), "label": [row % 3 for row in range(ROWS)]},
}
CASES = {
    "MultipleNegativesRankingLoss": ("pairs", {}),
    "CachedMultipleNegativesRankingLoss": ("pairs", {"mini_batch_size": 3}),
    "CoSENTLoss": ("scores", {}),
    "CosineSimilarityLoss": ("scores", {}),
    "SoftmaxLoss": ("classes", {"sentence_embedding_dimension": 16, "num_labels": 3}),
    "TripletLoss": ("triplets", {}),
    "MatryoshkaLoss": ("pairs", {"matryoshka_dims": [16, 8]}),
}


def in_our_order(dataset, batch_size, drop_last, valid_label_columns=None, generator=None, seed=0):
    return DefaultBatchSampler(dataset, batch_size, drop_last, seed=5)


def arguments(kind, folder, **changed):
    usual = {
        "output_dir": str(folder),
        "use_cpu": True,
        "report_to": "none",
        "per_device_train_batch_size": 8,
        "max_steps": STEPS,
        "logging_steps": 1,
        "save_strategy": "no",
        "disable_tqdm": True,
        "learning_rate": 1e-3,
        "weight_decay": 0.01,
        "warmup_steps": 3,
        "batch_sampler": in_our_order,
        "dataloader_pin_memory": False,
    }
    return kind(**{**usual, **changed})


def without_dropout(model):
    config = model[0].auto_model.config
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def train(package, kinds, start, output, name, **changed):
    trainer_class, argument_class, known = kinds
    data, settings = CASES[name]
    model = without_dropout(package.SentenceTransformer(str(start), device="cpu"))
    torch.manual_seed(9)
    inner = [known.MultipleNegativesRankingLoss(model)] if name == "MatryoshkaLoss" else []
    loss = getattr(known, name)(model, *inner, **settings)
    trainer = trainer_class(
        model=model,
        args=arguments(argument_class, output, **changed),
        train_dataset=Dataset.from_dict(COLUMNS[data]),
        loss=loss,
    )
    trainer.train()
    logged = [row for row in trainer.state.log_history if "loss" in row]
    return [row["loss"] for row in logged], [row["grad_norm"] for row in logged], model.state_dict()


def compare(toy_bert_folder, tmp_path, name, **changed):
    start = toy_bert_folder(tmp_path / "start")
    ours = SentenceTransformerTrainer, SentenceTransformerTrainingArguments, losses
    theirs = (
        sentence_transformers.SentenceTransformerTrainer,
        sentence_transformers.SentenceTransformerTrainingArguments,
        peer_losses,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine = train(likewise, ours, start, tmp_path / "ours", name, **changed)
        peer = train(sentence_transformers, theirs, start, tmp_path / "theirs", name, **changed)
    assert len(mine[0]) == STEPS
    # The losses fall: what is compared is training.
    assert mine[0] != pytest.approx([mine[0][0]] * STEPS, rel=1e-3)
    assert mine[0] == pytest.approx(peer[0], rel=1e-4, abs=1e-5)
    if name != LEARNS:
        assert mine[1] == pytest.approx(peer[1], rel=1e-3, abs=1e-5)
    same = {key.replace(".model.", ".auto_model.", 1): value for key, value in peer[2].items()}
    for key, value in mine[2].items():
        if not key.endswith(NO_GRADIENT):
            torch.testing.assert_close(value, same[key], rtol=1e-3, atol=3e-4, msg=key)


@pytest.mark.parametrize("name", CASES)
def test_the_same_losses_and_weights(toy_bert_folder, tmp_path, name):
    # The peer leaves what a loss learns out of the norm that is clipped; nothing is clipped there.
    compare(toy_bert_folder, tmp_path, name, **({"max_grad_norm": 1e6} if name == LEARNS else {}))


def test_the_same_with_accumulated_gradients(toy_bert_folder, tmp_path):
    compare(toy_bert_folder, tmp_path, "CoSENTLoss", gradient_accumulation_steps=2)
