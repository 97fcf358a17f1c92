"""A tokenizer read from its files without transformers: what tokenising, padding and saving need. Never changed.

`build` makes the ordinary tokenizer of transformers from what is held here; the files may be gone by then.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from tokenizers import Tokenizer

from likewise.hub.folder import ModelFolder


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FileTokenizer:
    """A fast tokenizer without transformers. Its attributes have the names that they have there.

    Args:
        backend_tokenizer: The tokenizer of the `tokenizers` library, without truncation and padding.
        truncation: The truncation that its file asks for, or None.
        padding: Likewise the padding.
        model_max_length: Most tokens of a text; huge if there is no limit.
        pad_token_id: Id of the padding token, None if there is none.
        pad_token_type_id: Segment of the padding.
        padding_side: "right" or "left".
        truncation_side: "right" or "left".
        model_input_names: What a model takes.
        files: Name to content of the small files beside `tokenizer.json`.
        config: The model's configuration, which decides on the tokenizer's class.
        options: The caller's keyword arguments.
        name_or_path: Where it was read.
    """

    backend_tokenizer: Tokenizer
    truncation: Mapping[str, Any] | None
    padding: Mapping[str, Any] | None
    model_max_length: int
    pad_token_id: int | None
    pad_token_type_id: int
    padding_side: str
    truncation_side: str
    model_input_names: tuple[str, ...]
    files: Mapping[str, Any]
    config: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    name_or_path: str = ""

    def write(self, folder: Path) -> None:
        """Write the files that the tokenizer came from.

        Args:
            folder: An existing directory.
        """
        whole = Tokenizer.from_str(self.backend_tokenizer.to_str())
        if self.truncation is not None:
            whole.enable_truncation(**self.truncation)
        if self.padding is not None:
            whole.enable_padding(**self.padding)
        (folder / "tokenizer.json").write_text(whole.to_str(pretty=True), encoding="utf-8")
        for name, content in self.files.items():
            (folder / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def build(self) -> Any:
        """Make the tokenizer of transformers.

        Returns:
            The tokenizer.
        """
        from likewise.models.tokenizer_loading import load_tokenizer

        with tempfile.TemporaryDirectory() as name:
            self.write(Path(name))
            (Path(name) / "config.json").write_text(json.dumps(dict(self.config)), encoding="utf-8")
            made = load_tokenizer(ModelFolder(Path(name)), self.options, trust_remote_code=False)
        made.name_or_path = made.init_kwargs["name_or_path"] = self.name_or_path
        return made
