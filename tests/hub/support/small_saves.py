"""What looks like a model, for tests of saving: every file says of which save it is."""

import json
import os

from likewise.hub.atomic import replace_folder


def write_model(folder, generation, size=2000):
    """Write what looks like a model: every file says of which save it is."""
    (folder / "1_Pooling").mkdir()
    names = ["modules.json", "config.json", "model.safetensors", "1_Pooling/config.json"]
    for name in names:
        (folder / name).write_text(json.dumps({"generation": generation, "filling": "x" * size}))


def generations(folder):
    """Of which saves the files of a folder are; fails if a file is damaged or missing."""
    names = ["modules.json", "config.json", "model.safetensors", "1_Pooling/config.json"]
    return {json.loads((folder / name).read_text())["generation"] for name in names}


def save(target, generation):
    with replace_folder(target) as folder:
        write_model(folder, generation)


def entries(folder):
    return sorted(os.listdir(folder))
