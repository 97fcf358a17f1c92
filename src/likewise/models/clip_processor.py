"""The image half of a CLIP processor: its settings file read as data, PIL images to pixel tensors. Knows no model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from likewise._optional import require
from likewise.errors import CheckpointError, InputError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.models.quiet_transformers import quiet_transformers, translated_errors

_OLD_FILE, _NEW_FILE = "preprocessor_config.json", "processor_config.json"
_FLAGS = ("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb")
_MAX_SIDE = 4096


def is_image(value: object) -> bool:
    """Whether a value is a PIL image; does not import PIL.

    Args:
        value: Anything.

    Returns:
        True for an image.
    """
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def load_image_processor(folder: ModelFolder) -> Any:
    """Build the image processor of a folder, in the old and in the new form of its file.

    Args:
        folder: The folder with `preprocessor_config.json` or `processor_config.json`.

    Returns:
        A CLIP image processor of transformers that works on PIL and numpy.

    Raises:
        CheckpointError: If there is no such file, or a setting is wrong.
        MissingDependencyError: If Pillow is not installed.
    """
    require("PIL.Image", extra="image")
    import transformers

    if folder.find(_OLD_FILE) is None and folder.find(_NEW_FILE) is None:
        raise CheckpointError(f"{folder.path}: no image settings", accepted=f"{_OLD_FILE} or {_NEW_FILE}")
    reader = folder.config(_OLD_FILE, _NEW_FILE)
    nested = reader.object("image_processor", default=None)
    reader = reader if nested is None else nested
    with quiet_transformers(), translated_errors(reader.where, "the image processor"):
        # Newer versions have one class on torchvision and one on PIL, older ones only the latter under the plain name.
        name = "CLIPImageProcessorPil" if "CLIPImageProcessorPil" in dir(transformers) else "CLIPImageProcessor"
        return getattr(transformers, name)(**_settings(reader))


def pixels(processor: Any, images: Sequence[Any]) -> Tensor:
    """Turn images into the model's input.

    Args:
        processor: What `load_image_processor` gave.
        images: PIL images.

    Returns:
        float32 [B, channels, height, width].

    Raises:
        InputError: If an image cannot be read.
    """
    try:
        # Palettes, grey and transparency become RGB here: the processor itself does so only where its file says it.
        batch = processor(images=[image.convert("RGB") for image in images], return_tensors="pt")
    except (OSError, ValueError) as error:
        raise InputError(f"an image cannot be read: {error}", accepted="PIL images") from error
    result: Tensor = batch["pixel_values"]
    return result.to(torch.float32)


def _settings(reader: ConfigReader) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name in _FLAGS:
        flag = reader.boolean(name, default=None)
        if flag is not None:
            settings[name] = flag
    for name in ("size", "crop_size"):
        size = _size(reader, name)
        if size:
            settings[name] = size
    for name in ("image_mean", "image_std"):
        values = reader.data.get(name)
        if values is None:
            continue
        if (
            not isinstance(values, list)
            or len(values) > 4
            or not all(isinstance(value, int | float) for value in values)
        ):
            raise reader.fail(name, values, "a list of one number per channel")
        settings[name] = values
    resample = reader.integer("resample", low=0, high=5, default=None)
    factor = reader.number("rescale_factor", low=0, high=1, default=None)
    if resample is not None:
        settings["resample"] = resample
    if factor is not None:
        settings["rescale_factor"] = factor
    return settings


def _size(reader: ConfigReader, name: str) -> dict[str, int]:
    if isinstance(reader.data.get(name), dict):
        sides = reader.object(name)
        keys = [key for key in ("height", "width", "shortest_edge") if key in sides]
        return {key: sides.integer(key, low=1, high=_MAX_SIDE) for key in keys}
    side = reader.integer(name, low=1, high=_MAX_SIDE, default=None)
    if side is None:
        return {}
    return {"shortest_edge": side} if name == "size" else {"height": side, "width": side}
