"""A first module that puts texts and images into one vector space. Knows CLIP checkpoints, no pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ClassVar, Self, cast, final

import numpy as np
import torch
from torch import Tensor

from likewise.errors import CheckpointError, InputTypeError
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models.clip_processor import is_image, load_image_processor, pixels
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.position_limit import checked_length
from likewise.models.text_tokenizer import TextTokenizer
from likewise.models.token_rows import TokenRows
from likewise.models.tokenizer_loading import load_tokenizer
from likewise.models.transformer_config import load_config
from likewise.models.transformer_loading import load_checked
from likewise.models.transformer_saving import save_model, save_tokenizer

_IMAGE, _TEXT = 0, 1


@final
@dataclass(frozen=True, slots=True)
class _MixedRows(Sequence[Any]):
    """Inputs in order, each an image or a row of token ids.

    Args:
        images: Position of an input to the image.
        text_row: int64 [N]: position of an input to its row of `texts`; -1 for an image.
        texts: The token ids of the texts.
    """

    images: dict[int, Any]
    text_row: np.ndarray
    texts: TokenRows

    def __len__(self) -> int:
        return len(self.text_row)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        return self.images[at] if at in self.images else self.texts[int(self.text_row[at])]


class CLIPModel(InputModule):
    """Embeds texts and PIL images with a CLIP checkpoint; a batch may hold both.

    Args:
        model_name: Folder or hub name of a CLIP checkpoint.
        processor_name: Folder or hub name of its tokenizer and image settings, where they lie elsewhere.

    Raises:
        ModelNotFoundError: If there is no such checkpoint.
        CheckpointError: If the checkpoint is damaged or is no CLIP model.
        MissingDependencyError: If Pillow is not installed.

    Example:
        >>> from likewise.models import CLIPModel
        >>> CLIPModel("/no/such/folder")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        likewise.errors.ModelNotFoundError: ...

    Reference:
        Radford et al., Learning Transferable Visual Models From Natural Language Supervision, arXiv 2103.00020.
    """

    save_in_root: ClassVar[bool] = False

    def __init__(
        self,
        model_name: str | PathLike[str] = "openai/clip-vit-base-patch32",
        processor_name: str | PathLike[str] | None = None,
    ) -> None:
        super().__init__()
        folder = ModelFolder(resolve_folder(fspath(model_name)))
        other = folder if processor_name is None else ModelFolder(resolve_folder(fspath(processor_name)))
        self._set_up(folder, other, LoadContext())

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load the module from its folder.

        Args:
            folder: The module's folder.
            context: What the caller decided.

        Returns:
            The module.
        """
        module = cls.__new__(cls)
        InputModule.__init__(module)
        module._set_up(folder, folder, context)
        return module

    def _set_up(self, folder: ModelFolder, processor_folder: ModelFolder, context: LoadContext) -> None:
        from transformers import CLIPModel as TransformersClip
        from transformers import CLIPProcessor

        config = load_config(folder, context.config_kwargs, trust_remote_code=False)
        if config.model_type != "clip":
            raise CheckpointError(
                f"{folder.path / 'config.json'}: 'model_type' is {config.model_type!r}", accepted="'clip'"
            )
        self.model = load_checked(folder, TransformersClip, config, context.model_kwargs)
        tokenizer = load_tokenizer(processor_folder, context.tokenizer_kwargs, trust_remote_code=False)
        image_processor = load_image_processor(processor_folder)
        self.processor = CLIPProcessor(image_processor=image_processor, tokenizer=tokenizer)
        self._tokenizer = TextTokenizer(tokenizer)
        self._max_seq_length: int = self.model.config.text_config.max_position_embeddings
        limit = tokenizer.model_max_length
        if isinstance(limit, int) and 0 < limit < self._max_seq_length:
            self._max_seq_length = limit

    def forward(self, features: Features, **kwargs: Any) -> Features:
        """Embed the texts and images of one batch.

        Args:
            features: `input_ids` and `attention_mask` int64 [texts, S] and `pixel_values` float
                [images, channels, height, width], of which one may be absent; `image_text_info` int64 [B]
                says for each input in order whether it is an image (0) or a text (1).
            **kwargs: Taken and not used.

        Returns:
            The features with `sentence_embedding` float [B, D], in the order of the inputs.
        """
        del kwargs
        parts: list[Tensor] = []
        kinds = features.get("image_text_info")
        if "pixel_values" in features:
            images = self.model.vision_model(pixel_values=features["pixel_values"].to(self.model.dtype))
            parts.append(self.model.visual_projection(images[1]))
        if "input_ids" in features:
            texts = self.model.text_model(
                input_ids=features["input_ids"], attention_mask=features.get("attention_mask")
            )
            parts.append(self.model.text_projection(texts[1]))
        together = torch.cat(parts)
        if len(parts) == 2 and kinds is not None:
            # Images come first in `together`; the inverse of a stable sort by kind puts them back between the texts.
            order = torch.argsort(kinds.to(together.device), stable=True)
            together = together[torch.argsort(order)]
        return {**features, "sentence_embedding": together}

    @property
    def auto_model(self) -> Any:
        """The transformers model, by its later name."""
        return self.model

    @property
    def modalities(self) -> list[str]:
        """Texts and images."""
        return ["text", "image"]

    @property
    def tokenizer(self) -> Any:
        """The processor of transformers; its own `tokenizer` reads the texts."""
        return self.processor

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        self.processor.tokenizer = value
        self._tokenizer = TextTokenizer(value)

    @property
    def max_seq_length(self) -> int:
        """Most tokens of a text that are read; settable."""
        return self._max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        positions: int = self.model.config.text_config.max_position_embeddings
        self._max_seq_length = checked_length(self.model.text_model, value, None) or positions

    def accepts(self, value: object) -> bool:
        """Whether one input is of a kind that this module reads.

        Args:
            value: The input.

        Returns:
            True for a text and for a PIL image.
        """
        return isinstance(value, str) or is_image(value)

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise the texts; images stay as they are until their batch is made.

        Args:
            inputs: Texts and PIL images.
            prompt: Text put before each text.
            task: Taken and not used.

        Returns:
            The inputs, in the same order.

        Raises:
            InputTypeError: If an input is neither a text nor an image.
        """
        del task
        for at, value in enumerate(inputs):
            if not self.accepts(value):
                raise InputTypeError(f"input {at} is a {type(value).__name__}", accepted="texts and PIL images")
        positions = [at for at, value in enumerate(inputs) if isinstance(value, str)]
        tokenised = self._tokenizer.encode([(prompt + inputs[at]).strip() for at in positions], self._max_seq_length)
        text_row = np.full(len(inputs), -1, dtype=np.int64)
        text_row[positions] = np.arange(len(positions))
        vision = self.model.config.vision_config
        sizes = np.full(len(inputs), (vision.image_size // vision.patch_size) ** 2 + 1, dtype=np.int64)
        sizes[positions] = tokenised.rows.sizes
        truncated = np.zeros(len(inputs), dtype=bool)
        truncated[positions] = tokenised.truncated
        images = {at: value for at, value in enumerate(inputs) if not isinstance(value, str)}
        return Prepared(rows=_MixedRows(images, text_row, tokenised.rows), sizes=sizes, truncated=truncated)

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the tensors of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs make the batch.

        Returns:
            The features that `forward` reads.
        """
        rows = cast("_MixedRows", prepared.rows)
        images = [rows.images[at] for at in indices if at in rows.images]
        texts = [int(rows.text_row[at]) for at in indices if at not in rows.images]
        kinds = torch.tensor([_IMAGE if at in rows.images else _TEXT for at in indices])
        features: Features = {"image_text_info": kinds}
        if texts:
            features.update(rows.texts.features(texts))
        if images:
            features["pixel_values"] = pixels(self.processor.image_processor, images)
        return {**features, **prepared.extras}

    def tokenize(self, texts: Sequence[Any], padding: str | bool = True, **kwargs: Any) -> Features:
        """Turn texts and images into the features of one batch.

        Args:
            texts: Texts and PIL images.
            padding: Taken; texts are padded to the longest.
            **kwargs: Taken and not used.

        Returns:
            The features, on the CPU.
        """
        del padding, kwargs
        prepared = self.prepare(list(texts))
        return self.collate(prepared, range(len(prepared)))

    def embedding_dimension(self) -> int:
        """Width of the embeddings."""
        return int(self.model.config.projection_dim)

    def get_sentence_embedding_dimension(self) -> int:
        """Width of the embeddings, under its documented name."""
        return self.embedding_dimension()

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write model, tokenizer and image settings.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors; False writes `pytorch_model.bin`.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        path = Path(output_path)
        save_model(self.model, path, safe_serialization=safe_serialization)
        save_tokenizer(self._tokenizer.source, path)
        self.processor.image_processor.save_pretrained(path)

    def __repr__(self) -> str:
        return f"CLIPModel(dimension={self.embedding_dimension()}, max_seq_length={self.max_seq_length})"
