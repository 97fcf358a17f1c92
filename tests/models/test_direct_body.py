"""What is changed in the plain tree of a directly loaded encoder counts, before and after the ordinary model exists."""

import pytest
import torch

from likewise.models import Transformer


@pytest.fixture
def module(toy_bert_folder, tmp_path):
    return Transformer(toy_bert_folder(tmp_path / "bert", plain=True))


def embed(module):
    return module(module.tokenize(["the cat sat on the mat", "hello world", ""]))["token_embeddings"]


def test_hooks_set_on_the_plain_tree_run(module):
    calls = []
    leaf = dict(module.named_modules())["auto_model.encoder.layer.1.output.dense"]
    handle = leaf.register_forward_hook(lambda *_: calls.append(1))

    embed(module)
    assert calls
    assert "hook" in module.how_it_runs().reason
    handle.remove()

    embed(module)
    assert len(calls) == 1


def test_a_module_exchanged_in_the_plain_tree_counts(module):
    class Doubled(torch.nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    before = embed(module)
    parent = dict(module.named_modules())["auto_model.encoder.layer.1.output"]
    new = Doubled(parent.dense.in_features, parent.dense.out_features)
    new.load_state_dict(parent.dense.state_dict())
    parent.dense = new

    assert not torch.equal(embed(module), before)
    assert module.auto_model.encoder.layer[1].output.dense is new


def test_a_larger_word_table_in_the_plain_tree_counts(module):
    parent = dict(module.named_modules())["auto_model.embeddings"]
    parent.word_embeddings = torch.nn.Embedding(200, 16)

    assert module.auto_model.get_input_embeddings() is parent.word_embeddings
