"""Decoders built of an encoder's own weights, for the architectures that transformers has them for."""

import pytest
import torch

from likewise.errors import ConfigError
from likewise.losses.sentence_decoder import retokenized, same_tokens, tied_decoder

SIZES = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8}


def encoder_of_kind(kind):
    import transformers

    config = getattr(transformers, f"{kind}Config")(**SIZES, max_position_embeddings=40)
    return transformers.AutoModel.from_config(config).eval()


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "XLMRoberta", "Camembert", "Electra"])
def test_layers_and_words_are_the_encoders(kind):
    encoder = encoder_of_kind(kind)
    decoder = tied_decoder(encoder)
    of_decoder = {id(parameter) for parameter in decoder.parameters()}
    apart = [name for name, parameter in encoder.named_parameters() if id(parameter) not in of_decoder]
    assert [name for name in apart if "pooler" not in name] == []
    assert decoder.get_output_embeddings().weight is encoder.get_input_embeddings().weight


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Electra"])
def test_the_decoder_looks_at_the_vector_and_not_ahead(kind):
    decoder = tied_decoder(encoder_of_kind(kind)).eval()
    ids, vectors = torch.tensor([[5, 6, 7]]), torch.randn(2, 1, 16)

    def said(tokens, vector):
        return decoder(input_ids=tokens, encoder_hidden_states=vector[None]).logits[0, 0]

    assert not torch.allclose(said(ids, vectors[0]), said(ids, vectors[1]))
    assert torch.allclose(said(ids, vectors[0]), said(torch.tensor([[5, 8, 9]]), vectors[0]), atol=1e-6)


def test_the_encoder_keeps_its_configuration():
    encoder = encoder_of_kind("Bert")
    tied_decoder(encoder)
    assert not encoder.config.is_decoder
    assert not encoder.config.add_cross_attention


@pytest.mark.parametrize("kind", ["MPNet", "Albert"])
def test_architectures_without_a_decoder_are_refused(kind):
    with pytest.raises(ConfigError, match=f"'{kind.lower()}': transformers has none with cross attention"):
        tied_decoder(encoder_of_kind(kind))


def test_packed_features_are_padded_at_the_end():
    features = {"input_ids": torch.tensor([4, 5, 6]), "cu_seqlens": torch.tensor([0, 2, 3], dtype=torch.int32)}
    ids, mask = retokenized({**features, "max_seqlen": 2}, None, None)
    assert mask.tolist() == [[1, 1], [1, 0]]
    assert ids[0].tolist() == [4, 5]
    assert ids[1, 0] == 6


def test_tokenizers_differ_by_their_words():
    class Words:
        def __init__(self, *words):
            self.words = words

        def get_vocab(self):
            return {word: at for at, word in enumerate(self.words)}

    assert same_tokens(Words("a", "b"), Words("a", "b"))
    assert not same_tokens(Words("a", "b"), Words("b", "a"))
