"""A model with two routes, trained with `router_mapping`: each column goes its own way."""

from __future__ import annotations

import torch

from likewise.losses import MultipleNegativesRankingLoss
from likewise.models import Pooling, Router, Transformer
from likewise.sentence_transformer.model import SentenceTransformer
from likewise.training.trainer import SentenceTransformerTrainer


def routed(toy_bert_folder, tmp_path):
    routes = {}
    for name in ("query", "document"):
        body = Transformer(str(toy_bert_folder(tmp_path / name, plain=True)))
        routes[name] = [body, Pooling(body.get_word_embedding_dimension(), "mean")]
    return SentenceTransformer(modules=[Router(routes, default_route="document")], device="cpu")


def test_each_column_trains_its_own_route(toy_bert_folder, tmp_path, pairs, arguments):
    model = routed(toy_bert_folder, tmp_path)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    args = arguments(router_mapping={"anchor": "query", "positive": "document"}, max_steps=2)
    trainer = SentenceTransformerTrainer(model, args, pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    moved = {name for name, value in model.named_parameters() if not torch.equal(before[name], value)}
    assert any(".query.0." in name for name in moved)
    assert any(".document.0." in name for name in moved)


def test_without_a_mapping_all_columns_go_the_default_way(toy_bert_folder, tmp_path, pairs, arguments):
    model = routed(toy_bert_folder, tmp_path)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    trainer = SentenceTransformerTrainer(model, arguments(max_steps=2), pairs, loss=MultipleNegativesRankingLoss(model))
    trainer.train()
    moved = {name for name, value in model.named_parameters() if not torch.equal(before[name], value)}
    assert moved
    assert not any(".query.0." in name for name in moved)
