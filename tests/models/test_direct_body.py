"""What is changed in the plain tree of a directly loaded encoder counts, before and after the ordinary model exists."""

import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("seen_first", [False, True])
def test_a_weight_written_past_the_version_counter_counts_in_the_first_embedding(module, seen_first):
    expected = embed(module) if seen_first else None
    other = Transformer(module._modules["auto_model"].name_or_path)
    with torch.inference_mode():
        for name, parameter in other.named_parameters():
            if name.endswith("output.dense.weight"):
                parameter.data.mul_(0.5)

        changed = embed(other)
        wanted = other.auto_model(**other.tokenize(["the cat sat on the mat", "hello world", ""])).last_hidden_state
    present = other.tokenize(["the cat sat on the mat", "hello world", ""])["attention_mask"].bool()

    torch.testing.assert_close(changed[present], wanted[present], atol=1e-5, rtol=1e-5)
    assert expected is None or not torch.allclose(changed, expected, atol=1e-3)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says what is in memory")
def test_packed_weights_do_not_stay_in_memory_twice(minilm_folder):
    program = f"""
import gc, re, likewise
from likewise.models.mapped_file import MappedFile
reads, read = [], MappedFile.read_unwritten
MappedFile.read_unwritten = lambda *arguments: reads.append(read(*arguments)) or reads[-1]
model = likewise.SentenceTransformer({str(minilm_folder)!r}, device="cpu")
model.encode(["how are you"])
file = next(each for each in gc.get_objects() if isinstance(each, MappedFile))
entries = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) .*?\\nRss: +(\\d+)", open("/proc/self/smaps").read(), flags=re.M | re.S)
passed = file._clean_B.data_ptr()
print(sum(reads), sum(int(size) for first, last, size in entries if int(first, 16) <= passed < int(last, 16)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    layers, kilobytes = map(int, done.stdout.split())

    # Every weight was packed from the mapping that lets go of its pages. (What the other one shows depends on the
    # system: it may map two megabytes around a bias that is read.)
    assert layers == 36
    assert kilobytes < 8_000
