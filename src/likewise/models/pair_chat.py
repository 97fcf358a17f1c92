"""A pair of texts as the conversation that a generative re-ranker was trained on. Knows templates, no model.

The tokenizer holds the template. transformers runs it in a sandbox.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, final

from likewise.errors import CheckpointError, InputError, InputTypeError
from likewise.hub.config_reader import ConfigReader
from likewise.models.quiet_transformers import translated_errors

logger = logging.getLogger(__name__)

# Stands for the document where its place in the conversation is looked for.
_PLACE = "\ufdd0document\ufdd0"
# Says in a settings file that what stands after the document is cut like the rest.
_CUTS_TAIL = "restore_suffix"
# Arguments of `apply_chat_template` that are no variables of the template.
_RESERVED = frozenset(
    {
        "chat_template", "conversation", "documents", "max_length", "messages", "padding",
        "return_assistant_tokens_mask", "return_dict", "return_tensors", "tokenize", "tokenizer_kwargs", "tools",
        "truncation",
    }
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PairChat:
    """How a pair is told to the model: a message of role "query" and one of role "document", the prompt as "system".

    Args:
        flat: Whether the content of a message is its text; else a list of parts of type "text".
        variables: Variables of the template, such as `add_generation_prompt`.
    """

    flat: bool = True
    variables: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, tokenizer: Any, variables: Mapping[str, Any] | None = None) -> Self | None:
        """Find the form that the template of a tokenizer takes.

        Args:
            tokenizer: The transformers tokenizer.
            variables: Variables of the template.

        Returns:
            The form, or None if the tokenizer has no template.

        Raises:
            CheckpointError: If the template leaves out the query or the document.
        """
        if not getattr(tokenizer, "chat_template", None):
            return None
        for flat in (True, False):
            chat = cls(flat=flat, variables=dict(variables or {}))
            if chat._shows_both(tokenizer):
                return chat
        raise CheckpointError(
            f"{tokenizer.name_or_path}: the chat template leaves out messages of the roles 'query' and 'document'",
            accepted="the template of a re-ranker",
            fix="processor_kwargs={'chat_template': ...}, with the template that the model was trained on",
        )

    def _shows_both(self, tokenizer: Any) -> bool:
        try:
            text = self.render(tokenizer, ("\ufdd0query\ufdd0", _PLACE), "")
        except CheckpointError:
            return False
        return "\ufdd0query\ufdd0" in text and _PLACE in text

    @classmethod
    def read(cls, reader: ConfigReader) -> Self | None:
        """Read the settings file of a module.

        Args:
            reader: The file.

        Returns:
            The form, or None if the file says that texts are read as they are.

        Raises:
            CheckpointError: If a value is of the wrong kind.
        """
        modalities = reader.object("modality_config", default=None)
        message = None if modalities is None else modalities.object("message", default=None)
        if message is None:
            return None
        form = message.text("format", choices=("flat", "structured"), default="flat")
        return cls(flat=form == "flat", variables=_variables(reader))

    def to_config(self) -> dict[str, Any]:
        """What the settings file says of it.

        Returns:
            `modality_config`'s entry "message".
        """
        form = "flat" if self.flat else "structured"
        return {"method": "forward", "method_output_name": "logits", "format": form}

    def render(self, tokenizer: Any, pair: Any, prompt: str) -> str:
        """Write a pair as a conversation.

        Args:
            tokenizer: The transformers tokenizer, which has the template.
            pair: Two texts.
            prompt: The instruction, "" for none.

        Returns:
            The text for the model, special tokens included.

        Raises:
            InputTypeError: If it is no pair.
            CheckpointError: If the template refuses the conversation.
        """
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputTypeError(f"{pair!r}", accepted="a pair of texts: (query, document)")
        said = [("system", prompt)] if prompt else []
        messages = [
            {"role": role, "content": text if self.flat else [{"type": "text", "text": text}]}
            for role, text in [*said, ("query", pair[0]), ("document", pair[1])]
        ]
        options = {name: value for name, value in self.variables.items() if name != _CUTS_TAIL}
        options.setdefault("add_generation_prompt", False)
        with translated_errors(Path(str(tokenizer.name_or_path)), "the chat template"):
            text: str = tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return text

    def tail(self, tokenizer: Any, prompt: str) -> str:
        """What stands after the document, and stays when a pair is too long.

        Args:
            tokenizer: The transformers tokenizer.
            prompt: The instruction.

        Returns:
            The text, "" if the document comes last, or the variable `restore_suffix` is False.
        """
        if self.variables.get(_CUTS_TAIL) is False:
            return ""
        return self.render(tokenizer, ("a", _PLACE), prompt).rpartition(_PLACE)[2]

    def encode(
        self, tokenizer: Any, pairs: Sequence[Any], prompt: str, max_length: int | None
    ) -> tuple[list[list[int]], list[bool]]:
        """Tokenise pairs.

        Args:
            tokenizer: The transformers tokenizer.
            pairs: Pairs of texts.
            prompt: The instruction, "" for none.
            max_length: Most tokens of a pair; None cuts nothing.

        Returns:
            Token ids, and whether it was cut, of each pair.

        Raises:
            InputError: If a text is not valid Unicode, or `max_length` leaves no room for a text.
        """
        texts = [self.render(tokenizer, pair, prompt) for pair in pairs]
        for at, text in enumerate(texts):
            if not _is_unicode(text):
                raise InputError(
                    f"input {at} holds a lone surrogate, which is no Unicode text",
                    accepted="texts that can be written as UTF-8",
                    fix="text.encode('utf-8', 'replace').decode('utf-8')",
                )
        rows = _ids(tokenizer, texts)
        cut = [max_length is not None and len(row) > max_length for row in rows]
        if max_length is None or not any(cut):
            return rows, cut
        (tail,) = _ids(tokenizer, [self.tail(tokenizer, prompt)])
        if len(tail) >= max_length:
            raise InputError(
                f"max_seq_length={max_length}, and {len(tail)} tokens of the template stand after the document",
                accepted=f"an integer of at least {len(tail) + 1}",
            )
        return [
            [*row[: max_length - len(tail)], *tail] if too_long else row
            for row, too_long in zip(rows, cut, strict=True)
        ], cut


def _variables(reader: ConfigReader) -> dict[str, Any]:
    """The variables of the template that a file gives; whatever else it asks of a tokenizer is named and dropped."""
    stored = reader.object("processing_kwargs", default=None)
    if stored is None:
        return {}
    chat = stored.object("chat_template", default=None)
    given = {} if chat is None else chat.data
    taken = {
        name: value
        for name, value in given.items()
        if name not in _RESERVED and isinstance(value, bool | int | float | str)
    }
    dropped = [name for name in stored.data if name != "chat_template"]
    dropped += [f"chat_template.{name}" for name in given if name not in taken]
    if dropped:
        logger.warning("%s: 'processing_kwargs' %s are not taken from a file", reader.where, dropped)
    return taken


def _ids(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    # The template writes the special tokens itself.
    encoded = tokenizer(texts, add_special_tokens=False, padding=False, truncation=False, verbose=False)
    ids: list[list[int]] = encoded["input_ids"]
    return ids


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
