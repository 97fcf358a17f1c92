"""DenoisingAutoEncoderLoss (TSDAE): rebuild a text from the embedding of its damaged form."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from likewise.errors import ConfigError
from likewise.losses.embedding import embed_columns, sentence_embeddings
from likewise.losses.float32 import float32
from likewise.losses.loss import Loss
from likewise.losses.roles import Roles
from likewise.losses.sentence_decoder import encoder_of, loaded_decoder, retokenized, same_tokens, tied_decoder
from likewise.losses.width import model_width
from likewise.ops.column_batch import Features

logger = logging.getLogger(__name__)

_NO_LABEL = -100


def next_token_loss(logits_BSV: Tensor, ids_BS: Tensor, mask_BS: Tensor) -> Tensor:
    r"""Mean cross entropy of each token, told what comes before it: $-\frac{1}{|T|}\sum_t \log p(x_t \mid x_{<t}, e)$.

    Args:
        logits_BSV: What is said after each token but the last, [B, S - 1, V].
        ids_BS: The tokens, int64 [B, S].
        mask_BS: 1 for a token, 0 for padding, [B, S].

    Returns:
        A scalar; 0 if no text has more than one token.

    Example:
        >>> import torch
        >>> next_token_loss(torch.zeros(1, 1, 2), torch.tensor([[0, 1]]), torch.ones(1, 2))
        tensor(0.6931)
    """
    wanted_BS = ids_BS[:, 1:].masked_fill(mask_BS[:, 1:] == 0, _NO_LABEL)
    (logits_BSV,) = float32([logits_BSV])
    logits_NV, wanted_N = logits_BSV.flatten(0, 1), wanted_BS.flatten()
    total = F.cross_entropy(logits_NV, wanted_N, ignore_index=_NO_LABEL, reduction="sum")
    return total / (wanted_BS != _NO_LABEL).sum().clamp_min(1)


class DenoisingAutoEncoderLoss(Loss):
    r"""Rebuilds each text, token by token, from nothing but the embedding of its damaged form.

    $L = -\frac{1}{|T|} \sum_t \log p(x_t \mid x_{<t}, e(\tilde{x}))$; the decoder's cross attention sees one vector,
    $e(\tilde{x})$.

    Data: (damaged text, original text); no label. `DenoisingAutoEncoderDataset` makes it from texts.

    Args:
        model: The model to train, which begins with a Transformer.
        decoder_name_or_path: Folder or hub name of a transformers checkpoint for the decoder; not used if it is tied.
        tie_encoder_decoder: Whether the decoder's layers are the encoder's own, cross attention and head excepted.

    Raises:
        ConfigError: If transformers has no decoder for these settings, or embeddings and decoder differ in width.

    Example:
        >>> import tempfile
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
        >>> from likewise import SentenceTransformer
        >>> from likewise.models import Pooling, Transformer
        >>> folder = tempfile.mkdtemp()
        >>> config = BertConfig(vocab_size=3, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
        >>> BertModel(config).save_pretrained(folder)
        >>> words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "hello": 2}, unk_token="[UNK]"))
        >>> words.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> names = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
        >>> _ = PreTrainedTokenizerFast(tokenizer_object=words, **names).save_pretrained(folder)
        >>> model = SentenceTransformer(modules=[Transformer(folder), Pooling(8, "cls")], device="cpu")
        >>> loss = DenoisingAutoEncoderLoss(model)
        >>> bool(loss([model.tokenize(["hello"]), model.tokenize(["hello hello"])]) > 0)
        True

    Reference:
        Wang et al., "TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for Unsupervised Sentence
        Embedding Learning", arXiv:2104.06979.
    """

    roles: ClassVar[Roles] = Roles(("damaged", "original"))

    def __init__(
        self, model: nn.Module, decoder_name_or_path: str | None = None, tie_encoder_decoder: bool = True
    ) -> None:
        super().__init__(model)
        encoder, self.tokenizer_encoder = encoder_of(model)
        if tie_encoder_decoder:
            if decoder_name_or_path is not None:
                logger.warning("decoder_name_or_path=%r is not used: the decoder is tied", decoder_name_or_path)
            self.decoder = tied_decoder(encoder)
            self.tokenizer_decoder = self.tokenizer_encoder
        elif decoder_name_or_path is None:
            raise ConfigError(
                "tie_encoder_decoder=False without a decoder",
                accepted="a folder or hub name of a decoder",
                fix="DenoisingAutoEncoderLoss(model, 'bert-base-uncased', tie_encoder_decoder=False)",
            )
        else:
            self.decoder, tokenizer = loaded_decoder(decoder_name_or_path, encoder)
            self.tokenizer_decoder = (
                self.tokenizer_encoder if same_tokens(tokenizer, self.tokenizer_encoder) else _with_padding(tokenizer)
            )
        self.decoder_name_or_path = decoder_name_or_path
        self.tie_encoder_decoder = tie_encoder_decoder
        self._check_width()

    @property
    def fixed_width(self) -> int | None:
        """The width that the decoder's cross attention takes."""
        return int(self.decoder.config.hidden_size)

    def embed(self, sentence_features: Sequence[Features]) -> list[Tensor]:
        """Embed the damaged texts.

        Args:
            sentence_features: Features of damaged and original texts.

        Returns:
            One [B, D], of the damaged texts.
        """
        return sentence_embeddings(embed_columns(self.model, sentence_features[:1], self.mini_batches))

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> tuple[Tensor, Tensor]:
        """The original texts in the decoder's tokens.

        Args:
            sentence_features: Features of damaged and original texts.
            labels: Not used.

        Returns:
            Tokens and mask, [B, S] each.
        """
        del labels
        return retokenized(sentence_features[1], self.tokenizer_encoder, self.tokenizer_decoder)

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """How badly the decoder rebuilds the texts.

        Args:
            embeddings: Of the damaged texts, one [B, D].
            targets: Tokens and mask of the original texts.

        Returns:
            A scalar.
        """
        ids_BS, mask_BS = targets
        if ids_BS.shape[1] < 2:  # nothing comes after the first token; all processes need a backward pass nevertheless
            return float32(embeddings)[0].sum() * 0.0
        # What wraps the training of a model sets the mode of the model alone.
        self.decoder.train(self.model.training)
        said = self.decoder(
            input_ids=ids_BS[:, :-1],
            attention_mask=mask_BS[:, :-1],
            encoder_hidden_states=embeddings[0][:, None].to(self.decoder.dtype),
            encoder_attention_mask=mask_BS.new_ones(len(ids_BS), 1),
            use_cache=False,
        )
        return next_token_loss(said.logits, ids_BS, mask_BS)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {
            "decoder_name_or_path": self.decoder_name_or_path,
            "tie_encoder_decoder": self.tie_encoder_decoder,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return _CITATION

    def _check_width(self) -> None:
        width = model_width(self.model)
        if width is not None and width != self.fixed_width:
            raise ConfigError(
                f"embeddings of width {width}, and a decoder of width {self.fixed_width}",
                accepted="a decoder whose hidden size is the width of the embeddings",
            )


def _with_padding(tokenizer: Any) -> Any:
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


_CITATION = """@inproceedings{wang2021tsdae,
    title = {TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for Unsupervised Sentence Embedding
        Learning},
    author = {Kexin Wang and Nils Reimers and Iryna Gurevych},
    booktitle = {Findings of the Association for Computational Linguistics: EMNLP 2021},
    year = {2021},
    eprint = {2104.06979},
    archivePrefix = {arXiv},
}
"""
