"""DenoisingAutoEncoderLoss: the formula, tied weights, and that it learns."""

import json
import logging

import pytest
import torch
from torch import nn

from likewise import SentenceTransformer
from likewise.errors import ConfigError
from likewise.losses import DenoisingAutoEncoderLoss, MatryoshkaLoss
from likewise.losses.denoising_auto_encoder import next_token_loss
from likewise.losses.own_parameters import load_own_state, own_parameters, own_state

DAMAGED = ["cat", "dog over mat", "movie"]
ORIGINAL = ["the cat sat", "a dog ran over the mat", "good movie"]


@pytest.fixture
def folder(tmp_path, toy_bert_folder):
    return toy_bert_folder(tmp_path / "model")


@pytest.fixture
def model(folder):
    return SentenceTransformer(str(folder), device="cpu").eval()


def features_of(model):
    return [model.tokenize(DAMAGED), model.tokenize(ORIGINAL)]


def test_value_is_that_of_the_formula():
    logits, ids = torch.randn(2, 3, 5), torch.tensor([[1, 2, 3, 4], [1, 4, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    total, count = 0.0, 0
    for row in range(2):
        for at in range(3):
            if mask[row, at + 1]:
                said = logits[row, at].double()
                total -= (said[ids[row, at + 1]] - said.exp().sum().log()).item()
                count += 1
    assert next_token_loss(logits, ids, mask).item() == pytest.approx(total / count, rel=1e-5)


def test_texts_of_one_token_give_zero():
    logits = torch.randn(2, 0, 5, requires_grad=True)
    value = next_token_loss(logits, torch.ones(2, 1, dtype=torch.long), torch.ones(2, 1))
    value.backward()
    assert value.item() == 0.0


def test_a_batch_of_single_tokens_gives_zero_and_a_backward_pass(model):
    """Tokenizers without special tokens make such batches."""
    vectors, ids = torch.randn(2, 16, requires_grad=True), torch.ones(2, 1, dtype=torch.long)
    value = DenoisingAutoEncoderLoss(model).compute([vectors], (ids, ids))
    value.backward()
    assert value.item() == 0.0
    assert vectors.grad.abs().sum() == 0.0


def test_value_comes_from_the_decoder_told_one_vector(model):
    """Text by text, token by token, with the decoder called by hand."""
    loss = DenoisingAutoEncoderLoss(model)
    value = loss(features_of(model))
    total, count = 0.0, 0
    for damaged, original in zip(DAMAGED, ORIGINAL, strict=True):
        vector = model(model.tokenize([damaged]))["sentence_embedding"]
        ids = model.tokenize([original])["input_ids"]
        for end in range(1, ids.shape[1]):
            logits = loss.decoder(input_ids=ids[:, :end], encoder_hidden_states=vector[:, None]).logits[0, -1]
            total -= logits.log_softmax(-1)[ids[0, end]].item()
            count += 1
    assert value.item() == pytest.approx(total / count, rel=1e-4)


def test_all_layers_of_the_encoder_are_the_decoders(model):
    loss = DenoisingAutoEncoderLoss(model)
    of_decoder = {id(parameter) for parameter in loss.decoder.parameters()}
    apart = [name for name, parameter in model.named_parameters() if id(parameter) not in of_decoder]
    assert all("pooler" in name for name in apart)
    assert loss.decoder.get_output_embeddings().weight is loss.decoder.get_input_embeddings().weight


def test_tied_parameters_are_optimised_once(model):
    """What the loss learns besides the model is cross attention and head; nothing stands twice."""
    loss = DenoisingAutoEncoderLoss(model)
    own = own_parameters(loss, model)
    assert own
    assert all("crossattention" in name or "cls.predictions" in name for name in own)
    together = [*model.parameters(), *own.values()]
    assert len({id(parameter) for parameter in together}) == len(together)


def test_a_changed_encoder_is_the_decoder(model):
    """The weights of the moment count, not those on disk."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    words = model[0].auto_model.get_input_embeddings().weight
    loss = DenoisingAutoEncoderLoss(model)
    assert loss.decoder.get_input_embeddings().weight is words


def test_training_lowers_the_loss_and_reaches_the_encoder(model):
    torch.manual_seed(0)
    loss = DenoisingAutoEncoderLoss(model)
    optimizer = torch.optim.Adam([*model.parameters(), *own_parameters(loss, model).values()], lr=3e-3)
    vectors, before = model.encode(DAMAGED), loss(features_of(model)).item()
    for _ in range(20):
        optimizer.zero_grad()
        loss(features_of(model)).backward()
        optimizer.step()
    assert loss(features_of(model)).item() < 0.7 * before
    assert abs(model.encode(DAMAGED) - vectors).max() > 1e-3


def test_the_embedding_carries_the_gradient(model):
    """Untied, the encoder learns through the one vector alone."""
    folder = model[0].auto_model.name_or_path
    loss = DenoisingAutoEncoderLoss(model, folder, tie_encoder_decoder=False)
    loss(features_of(model)).backward()
    assert model[0].auto_model.encoder.layer[0].attention.self.query.weight.grad.abs().sum() > 0
    assert not {id(p) for p in model.parameters()} & {id(p) for p in loss.decoder.parameters()}


def test_the_encoder_stays_packed_and_saves_as_before(model, tmp_path):
    keys, packed = list(model.state_dict()), model[0].how_it_runs().encoder is not None
    loss = DenoisingAutoEncoderLoss(model)
    loss(features_of(model)).backward()
    assert sorted(model.state_dict()) == sorted(keys)
    assert (model[0].how_it_runs().encoder is not None) == packed
    model.save(str(tmp_path / "saved"))
    again = SentenceTransformer(str(tmp_path / "saved"), device="cpu")
    assert abs(again.encode(ORIGINAL) - model.encode(ORIGINAL)).max() < 1e-5
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert not config.get("is_decoder")
    assert not config.get("add_cross_attention")


def test_the_decoder_goes_into_a_checkpoint(model):
    old, new = DenoisingAutoEncoderLoss(model), DenoisingAutoEncoderLoss(model)
    load_own_state(new, model, own_state(old, model))
    assert new(features_of(model)).item() == pytest.approx(old(features_of(model)).item(), rel=1e-6)


def test_the_decoder_follows_the_mode_of_the_model(model):
    loss = DenoisingAutoEncoderLoss(model)
    model.train()
    loss(features_of(model))
    assert loss.decoder.training
    model.eval()
    loss(features_of(model))
    assert not loss.decoder.training


def test_another_tokenizer_gets_the_texts_again(model, tmp_path):
    """A decoder with other token numbers reads the same words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertLMHeadModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "mat", "the", "cat", "sat", "dog", "a", "ran", "over", "good", "movie"]
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    names = {"unk_token": "[UNK]", "eos_token": "[PAD]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(tmp_path / "decoder")
    sizes = {"vocab_size": len(words), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertLMHeadModel(BertConfig(**sizes, intermediate_size=8)).save_pretrained(tmp_path / "decoder")
    loss = DenoisingAutoEncoderLoss(model, str(tmp_path / "decoder"), tie_encoder_decoder=False)
    ids, mask = loss.targets(features_of(model), None)
    assert [words[each] for each in ids[0][mask[0] == 1].tolist()] == ["the", "cat", "sat"]
    assert torch.isfinite(loss(features_of(model)))


def test_a_decoder_name_that_is_not_used_is_said(model, caplog):
    with caplog.at_level(logging.WARNING):
        DenoisingAutoEncoderLoss(model, "some-decoder")
    assert "'some-decoder' is not used" in caplog.text


def test_untied_without_a_decoder_is_refused(model):
    with pytest.raises(ConfigError, match="tie_encoder_decoder=False without a decoder"):
        DenoisingAutoEncoderLoss(model, tie_encoder_decoder=False)


def test_an_architecture_without_a_decoder_is_refused(model):
    from transformers import DistilBertConfig, DistilBertModel

    model[0].auto_model = DistilBertModel(DistilBertConfig(vocab_size=200, dim=16, n_layers=1, n_heads=2, hidden_dim=8))
    with pytest.raises(ConfigError, match="decoder of the architecture 'distilbert'"):
        DenoisingAutoEncoderLoss(model)


def test_a_model_without_transformers_is_refused():
    with pytest.raises(ConfigError, match="Identity without a transformers model"):
        DenoisingAutoEncoderLoss(nn.Identity())


def test_a_decoder_of_another_width_is_refused(model, tmp_path, toy_bert_folder):
    wide = toy_bert_folder(tmp_path / "wide", dimension=32, plain=True)
    with pytest.raises(ConfigError, match="embeddings of width 16, and a decoder of width 32"):
        DenoisingAutoEncoderLoss(model, str(wide), tie_encoder_decoder=False)


def test_widths_cannot_be_cut(model):
    with pytest.raises(ConfigError, match="width 16, inside MatryoshkaLoss"):
        MatryoshkaLoss(model, DenoisingAutoEncoderLoss(model), [16, 8])


def test_an_encoder_made_in_memory_is_enough(model, caplog):
    """Nothing on disk: cross attention and head begin at random."""
    model[0].auto_model.name_or_path = ""
    assert torch.isfinite(DenoisingAutoEncoderLoss(model)(features_of(model)))


def test_an_encoder_whose_folder_is_gone_is_enough(model, tmp_path, caplog):
    model[0].auto_model.name_or_path = str(tmp_path / "gone")
    with caplog.at_level(logging.WARNING):
        assert torch.isfinite(DenoisingAutoEncoderLoss(model)(features_of(model)))
    assert "head starts at random" in caplog.text


def test_settings_and_paper(model):
    loss = DenoisingAutoEncoderLoss(model)
    assert loss.get_config_dict() == {"decoder_name_or_path": None, "tie_encoder_decoder": True}
    assert "2104.06979" in loss.citation
