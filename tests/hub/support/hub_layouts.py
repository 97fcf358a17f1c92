"""Files of small repositories, and the layout in which the hub cache keeps them."""

import json

POOLING = json.dumps({"word_embedding_dimension": 8})


def modules(*types):
    return json.dumps(
        [
            {"idx": at, "name": str(at), "path": "" if at == 0 else f"{at}_{name}", "type": name if "." in name else
             f"sentence_transformers.models.{name}"}
            for at, name in enumerate(types)
        ]
    )  # fmt: skip


PLAIN = {
    "config.json": "{}",
    "model.safetensors": "weights",
    "tokenizer.json": "{}",
    "tokenizer_config.json": "{}",
}
WHOLE = {
    **PLAIN,
    "modules.json": modules("Transformer", "Pooling", "Normalize"),
    "config_sentence_transformers.json": "{}",
    "sentence_bert_config.json": "{}",
    "1_Pooling/config.json": POOLING,
}
SHA = "0123456789abcdef0123456789abcdef01234567"


def cache(root, files, *, repo="sentence-transformers/mini", commit=SHA, revision="main", absent=()):
    """Lay out a snapshot as the hub cache does."""
    folder = root / f"models--{repo.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "refs" / revision).write_text(commit)
    for name, content in files.items():
        blob = folder / "blobs" / name.replace("/", "_")
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text(content)
        path = folder / "snapshots" / commit / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(blob)
    for name in absent:
        note = folder / ".no_exist" / commit / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    return folder / "snapshots" / commit
