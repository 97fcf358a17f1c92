import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from likewise.errors import CheckpointError, ConfigError, InputError
from likewise.hub.folder import ModelFolder
from likewise.models import CausalTransformer
from likewise.models.module import LoadContext

PAIRS = [("a cat", "the dog sat on a mat"), ("hello", ""), ("red fox", "plot " * 9)]


def logits_of(module, pairs, **options):
    with torch.inference_mode():
        return module(module.tokenize(pairs, **options))["causal_logits"]


def alone(folder, texts):
    """The logits of transformers, one text at a time, without padding."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        rows = [tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"] for text in texts]
        return torch.stack([model(row).logits[0, -1] for row in rows])


@pytest.mark.parametrize("kind", ["qwen3", "llama", "gpt2"])
def test_logits_of_a_batch_are_those_of_each_pair_alone(toy_causal_folder, tmp_path, kind):
    folder = toy_causal_folder(tmp_path, kind)
    module = CausalTransformer(folder)

    expected = alone(folder, [f"<system>Judge.\n<query>{a}\n<document>{b}\n" for a, b in PAIRS])

    torch.testing.assert_close(logits_of(module, PAIRS, prompt="Judge."), expected, atol=1e-5, rtol=1e-5)
    assert "no packed form" in module.how_it_runs().reason


def test_without_a_template_the_texts_follow_each_other(toy_causal_folder, tmp_path):
    folder = toy_causal_folder(tmp_path, template=None)
    module = CausalTransformer(folder)

    expected = alone(folder, [f"Judge.{a}{b}" for a, b in PAIRS])

    assert module.chat is None
    # Each text is tokenised by itself: these join to the same tokens.
    torch.testing.assert_close(logits_of(module, PAIRS, prompt="Judge."), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["qwen3", "gpt2"])
def test_padding_on_the_right_gives_the_same(toy_causal_folder, tmp_path, kind):
    module = CausalTransformer(toy_causal_folder(tmp_path, kind))
    expected = logits_of(module, PAIRS)
    assert int(module.tokenize(PAIRS)["attention_mask"][0, 0]) == 0

    module.tokenizer.padding_side = "right"

    assert int(module.tokenize(PAIRS)["attention_mask"][0, 0]) == 1
    torch.testing.assert_close(logits_of(module, PAIRS), expected, atol=1e-5, rtol=1e-5)


def test_saved_and_loaded_it_is_the_same(toy_causal_folder, tmp_path):
    module = CausalTransformer(toy_causal_folder(tmp_path / "a"), 60, chat_variables={"add_generation_prompt": True})
    (tmp_path / "b").mkdir()

    module.save(tmp_path / "b")
    again = CausalTransformer.from_folder(ModelFolder(tmp_path / "b"), LoadContext())

    assert again.get_config_dict() == module.get_config_dict()
    assert again.max_seq_length == 60
    assert again.chat.variables == {"add_generation_prompt": True}
    torch.testing.assert_close(logits_of(again, PAIRS), logits_of(module, PAIRS), rtol=0, atol=0)


def test_gradients_flow(toy_causal_folder, tmp_path):
    module = CausalTransformer(toy_causal_folder(tmp_path))

    module(module.tokenize(PAIRS))["causal_logits"].square().sum().backward()

    assert all(parameter.grad is not None for parameter in module.parameters())


def test_prepare_says_what_was_cut_and_what_is_equal(toy_causal_folder, tmp_path):
    module = CausalTransformer(toy_causal_folder(tmp_path), 45)

    prepared = module.prepare([*PAIRS, PAIRS[0]])

    np.testing.assert_array_equal(prepared.truncated, [False, False, True, False])
    assert prepared.sizes.max() == 45
    assert prepared.keys[0] == prepared.keys[3] != prepared.keys[1]
    with pytest.raises(InputError, match="lone surrogate"):
        module.prepare([("a", "\ud800")])


def test_folders_of_other_models_are_refused(toy_encoder_folder, toy_causal_folder, tmp_path):
    with pytest.raises(CheckpointError, match="'distilbert', of which transformers has no generative model"):
        CausalTransformer(toy_encoder_folder(tmp_path / "a", "distilbert"))
    folder = toy_causal_folder(tmp_path / "b")
    (folder / "sentence_bert_config.json").write_text('{"transformer_task": "feature-extraction"}')
    with pytest.raises(ConfigError, match="transformer_task='feature-extraction'"):
        CausalTransformer(folder)
