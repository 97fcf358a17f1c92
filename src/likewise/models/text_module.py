"""What modules around a transformers model share: the model, reading texts, saving. Knows no scores or embeddings.

`Transformer` makes token embeddings of the features, `SequenceClassifier` scores.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import torch

from likewise.errors import InputError
from likewise.hub.folder import ModelFolder
from likewise.models import body_access
from likewise.models.direct_model import DirectModel
from likewise.models.file_tokenizer import FileTokenizer
from likewise.models.materialise import MATERIALISING, materialise
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.position_limit import checked_length
from likewise.models.text_tokenizer import TextTokenizer
from likewise.models.token_rows import TokenRows
from likewise.models.tokenizer_backend import Text
from likewise.models.transformer_settings import SETTINGS_FILE, TransformerSettings


class TextModule(InputModule):
    """A module that reads texts and pairs of texts with the tokenizer of a transformers model."""

    config_file_name: ClassVar[str] = SETTINGS_FILE
    config_keys: ClassVar[list[str]] = ["max_seq_length", "do_lower_case"]
    takes_packed: ClassVar[bool] = True

    @property
    def _body(self) -> torch.nn.Module:
        """The model as it stands: a plain tree of weights until somebody asks for `auto_model`."""
        return cast("torch.nn.Module", self._modules["auto_model"])

    @property
    def auto_model(self) -> Any:
        """The transformers model; settable. Asked for the first time, it is built around the weights that are there."""
        body = self._modules["auto_model"]
        if isinstance(body, DirectModel):
            with MATERIALISING:
                body = self._modules["auto_model"]
                if isinstance(body, DirectModel):
                    body = self._modules["auto_model"] = materialise(body)
        return body

    @auto_model.setter
    def auto_model(self, value: Any) -> None:
        self._modules["auto_model"] = value

    @property
    def config(self) -> Any:
        """The transformers configuration."""
        return self.auto_model.config

    @property
    @abstractmethod
    def _encoder_part(self) -> torch.nn.Module:
        """The bare encoder: a transformers model or a `DirectBody`."""

    @abstractmethod
    def how_it_runs(self) -> Any:
        """What is known about the model as it is now: `encoder`, None where it runs padded, and then `reason`."""

    def _set_up_reading(self, folder: ModelFolder, settings: TransformerSettings, context: LoadContext) -> None:
        """Load the tokenizer and take over the lengths; the model must be there already."""
        part, trust = self._encoder_part, context.trust_remote_code
        self._tokenizer = TextTokenizer(body_access.load_any_tokenizer(folder, settings, part, trust_remote_code=trust))
        self.do_lower_case = settings.do_lower_case
        self.query_length = checked_length(part, settings.query_length, settings.source)
        self.document_length = checked_length(part, settings.document_length, settings.source)
        self.backend = "torch"
        length = checked_length(part, settings.max_seq_length, settings.source)
        self._max_seq_length = self._default_length() if length is None else length

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of transformers; settable. Built when it is asked for the first time."""
        source = self._tokenizer.source
        if isinstance(source, FileTokenizer):
            with MATERIALISING:
                source = self._tokenizer.source
                if isinstance(source, FileTokenizer):
                    source = source.build()
                    self._tokenizer = TextTokenizer(source)
        return source

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        self._tokenizer = TextTokenizer(value)

    @property
    def processor(self) -> Any:
        """Later name of `tokenizer`."""
        return self.tokenizer

    @property
    def max_seq_length(self) -> int | None:
        """Most tokens of a text that are read, special tokens included; settable, None is the model's own maximum."""
        return self._max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        self._max_seq_length = checked_length(self._encoder_part, value, None)

    def _default_length(self) -> int | None:
        return body_access.longest_input(self._encoder_part, self._tokenizer.source.model_max_length)

    def _length_for(self, task: str | None) -> int | None:
        of_task = {"query": self.query_length, "document": self.document_length}.get(task or "")
        length = of_task if of_task is not None else self._max_seq_length
        return length if length is not None else self._default_length()

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise texts, without padding.

        Args:
            inputs: Texts, or pairs of texts (two segments).
            prompt: Text put before each input, and before the first text of a pair.
            task: "query" or "document" selects their own maximum length, where the model has one.

        Returns:
            The token ids; `extras["prompt_length"]` counts the tokens of the prompt, special tokens before it included.

        Raises:
            InputError: If a text is not valid Unicode.
            CheckpointError: If the tokenizer gives ids that the model has no embedding for.
        """
        length = self._length_for(task)
        texts = [self._clean(text, prompt) for text in inputs]
        tokenised = self._tokenizer.encode(texts, length)
        rows = tokenised.rows
        body_access.check_ids(rows, self._encoder_part, self._tokenizer.source)
        extras = {"prompt_length": self._tokenizer.prefix_length(self._clean_text(prompt), length)} if prompt else {}
        packed = self.how_it_runs().encoder is not None
        keys = rows.keys() if len(rows) > 1 else None
        return Prepared(rows, rows.sizes, tokenised.truncated, extras=extras, packed=packed, keys=keys)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Put the token ids of one batch end to end, or pad them to the longest where the model cannot run packed.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs make the batch.

        Returns:
            Packed: `input_ids` [T], `cu_seqlens` [B + 1], ...; padded: `input_ids`, `attention_mask` [B, S], ...
        """
        rows = cast("TokenRows", prepared.rows)
        return {**(rows.packed_features(indices) if prepared.packed else rows.features(indices)), **prepared.extras}

    def tokenize(self, texts: Sequence[Any], padding: str | bool = True, **kwargs: Any) -> Features:
        """Turn texts into the features of one batch.

        Args:
            texts: Texts, pairs of texts, or dictionaries of one text each, whose keys go to `text_keys`.
            padding: True or "longest" pads to the longest text, "max_length" to `max_seq_length`.
            **kwargs: `prompt` and `task` as in `prepare`; others are taken and not used.

        Returns:
            The features, on the CPU.

        Raises:
            InputError: If `padding` is something else.
        """
        inputs = list(texts)
        keys: list[str] = []
        if inputs and all(isinstance(text, dict) and len(text) == 1 for text in inputs):
            keys = [next(iter(text)) for text in inputs]
            inputs = [next(iter(text.values())) for text in inputs]
        prepared = self.prepare(inputs, prompt=kwargs.get("prompt") or "", task=kwargs.get("task"))
        indices = range(len(prepared))
        if padding not in (True, "longest", "max_length"):
            raise InputError(f"padding={padding!r}", accepted="True, 'longest' or 'max_length'")
        width = self._length_for(None) if padding == "max_length" else None
        features = {**cast("TokenRows", prepared.rows).features(indices, width=width), **prepared.extras}
        return {**features, "text_keys": keys} if keys else features

    def _clean(self, text: Text | list[str], prompt: str) -> Text:
        if isinstance(text, str):
            return self._clean_text(prompt + text)
        first, second = text
        return self._clean_text(prompt + first), self._clean_text(second)

    def _clean_text(self, text: str) -> str:
        return text.strip().lower() if self.do_lower_case else text.strip()

    def get_config_dict(self) -> dict[str, Any]:
        """The settings to be saved.

        Returns:
            `max_seq_length` and `do_lower_case`, and the lengths of queries and documents where they are set.
        """
        own = {"query_length": self.query_length, "document_length": self.document_length}
        return {**super().get_config_dict(), **{name: value for name, value in own.items() if value is not None}}

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write model, tokenizer and settings in the form that every version of Sentence Transformers opens.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        path = Path(output_path)
        body_access.save_parts(self._body, self._tokenizer.source, path, safe_serialization=safe_serialization)
        self.save_config(path)
