"""Several columns as one batch: the same embeddings and gradients, however they are joined and cut."""

from __future__ import annotations

import pytest
import torch

from likewise.errors import InputError
from likewise.ops.column_batch import ColumnBatch, MiniBatches, run_columns
from likewise.sentence_transformer.model import SentenceTransformer

TEXTS = [["a", "the cat sat on the mat today", "dogs run"], ["a man eats food and more", "b", "it rains a lot"]]
CUTS = [None, MiniBatches(rows=1), MiniBatches(rows=4), MiniBatches(tokens=9), MiniBatches(rows=2, recompute=False)]


@pytest.fixture
def model(toy_bert_folder, tmp_path):
    return SentenceTransformer(str(toy_bert_folder(tmp_path / "model")), device="cpu")


def gradients(model, batch):
    model.zero_grad()
    done = model(batch)
    sum((each["sentence_embedding"] ** 2 * (place + 1)).sum() for place, each in enumerate(done)).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("cut", CUTS)
def test_columns_give_what_each_gives_alone(model, cut):
    columns = [model.tokenize(texts) for texts in TEXTS]
    alone = [model(dict(column))["sentence_embedding"] for column in columns]
    for got, wanted in zip(model(ColumnBatch(columns, cut)), alone, strict=True):
        torch.testing.assert_close(got["sentence_embedding"], wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("cut", CUTS[1:])
def test_mini_batches_give_the_gradients_of_the_whole_batch(model, cut):
    columns = [model.tokenize(texts) for texts in TEXTS]
    whole = gradients(model, ColumnBatch(columns))
    pieces = gradients(model, ColumnBatch(columns, cut))
    assert whole.keys() == pieces.keys()
    for name, wanted in whole.items():
        assert (pieces[name] - wanted).norm() <= 1e-6 * max(wanted.norm(), 1.0)


def test_recomputed_mini_batches_draw_the_same_dropout(model):
    model.train()
    columns = [model.tokenize(texts) for texts in TEXTS]
    torch.manual_seed(3)
    kept = gradients(model, ColumnBatch(columns, MiniBatches(rows=2, recompute=False)))
    torch.manual_seed(3)
    computed_again = gradients(model, ColumnBatch(columns, MiniBatches(rows=2)))
    for name, wanted in kept.items():
        torch.testing.assert_close(computed_again[name], wanted, rtol=1e-6, atol=1e-8)


def test_a_padded_model_is_cut_by_rows(model):
    columns = [model.tokenize(texts) for texts in TEXTS]
    model[0].auto_model.register_forward_hook(lambda *args: None)
    wanted = [model(dict(column))["sentence_embedding"] for column in columns]
    for got, alone in zip(model(ColumnBatch(columns, MiniBatches(rows=2))), wanted, strict=True):
        torch.testing.assert_close(got["sentence_embedding"], alone, rtol=0, atol=1e-6)


def test_prompts_of_different_lengths_are_left_out_of_pooling_row_by_row(model):
    model.set_pooling_include_prompt(False)
    columns = [
        model.tokenize(TEXTS[0], prompt="the cat "),
        model.tokenize(TEXTS[1], prompt="a "),
        model.tokenize(["b"]),
    ]
    assert columns[0]["prompt_length"] != columns[1]["prompt_length"]
    alone = [model(dict(column))["sentence_embedding"] for column in columns]
    for got, wanted in zip(model(ColumnBatch(columns)), alone, strict=True):
        torch.testing.assert_close(got["sentence_embedding"], wanted, rtol=0, atol=1e-6)


def test_layers_end_in_the_embedding_of_the_model(model):
    columns = [model.tokenize(texts) for texts in TEXTS]
    for column in model(ColumnBatch(columns, layers=True)):
        layers = column["layer_embeddings"]
        assert len(layers) == model[0].auto_model.config.num_hidden_layers + 1
        torch.testing.assert_close(layers[-1], column["sentence_embedding"])
        assert not torch.allclose(layers[0], layers[-1])


def test_limits_are_checked():
    with pytest.raises(InputError, match="without a limit"):
        MiniBatches()
    with pytest.raises(InputError, match="rows=0"):
        MiniBatches(rows=0)
    with pytest.raises(InputError, match="without columns"):
        run_columns(ColumnBatch([]), dict, joins=True)
