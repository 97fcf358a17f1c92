"""Which weight files a model folder has, shards included. Knows their names, not what they hold; imports no torch."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from likewise.hub.folder import ModelFolder

SAFE_NAME = "model.safetensors"
PICKLE_NAME = "pytorch_model.bin"


def find_weights(folder: ModelFolder, safe_name: str = SAFE_NAME, pickle_name: str = PICKLE_NAME) -> list[Path]:
    """Find the weight files of a folder, shards included.

    Args:
        folder: The folder.
        safe_name: Name of the safetensors file.
        pickle_name: Name of the pickle that stands in where there is no safetensors file.

    Returns:
        The files: one, or the shards that the index names. Empty if there are none.

    Raises:
        CheckpointError: If the index is malformed or names a shard that is not there.
        UnsafePathError: If the index names a file outside the folder.
    """
    for name in (safe_name, pickle_name):
        single, index = folder.find(name), folder.find(f"{name}.index.json")
        if single is not None:
            return [single]
        if index is not None:
            suffix = PurePosixPath(name).suffix
            return [folder.require(shard) for shard in shard_names(folder, index.name, suffix)]
    return []


def shard_names(folder: ModelFolder, index_name: str, suffix: str) -> list[str]:
    """Read which shards an index names.

    Args:
        folder: The folder.
        index_name: File name of the index.
        suffix: What the names must end in, such as ".safetensors".

    Returns:
        The file names, sorted, each once. The files need not exist.

    Raises:
        CheckpointError: If the index is malformed.
    """
    config = folder.config(index_name)
    shards = config.object("weight_map").data.values()
    for shard in shards:
        if not isinstance(shard, str) or not shard.endswith(suffix):
            raise config.fail("weight_map", shard, f"names of files that end in {suffix!r}")
    return sorted(set(shards))
