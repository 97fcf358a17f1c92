"""What a model name means: a local path, the bundled model, or a repository of the hub. Touches no network."""

from __future__ import annotations

import re

from likewise.errors import ModelNotFoundError

BUNDLED = "likewise-mini"
ORGANISATION = "sentence-transformers"
MAX_NAME = 96

# Checkpoints that the hub has held without an owner's name since before repositories had owners. Any other bare name
# means a repository of the organisation above.
PLAIN_TRANSFORMERS = frozenset(
    {
        "albert-base-v1", "albert-base-v2", "albert-large-v1", "albert-large-v2", "albert-xlarge-v1",
        "albert-xlarge-v2", "albert-xxlarge-v1", "albert-xxlarge-v2", "bert-base-cased",
        "bert-base-cased-finetuned-mrpc", "bert-base-chinese", "bert-base-german-cased",
        "bert-base-german-dbmdz-cased", "bert-base-german-dbmdz-uncased", "bert-base-multilingual-cased",
        "bert-base-multilingual-uncased", "bert-base-uncased", "bert-large-cased",
        "bert-large-cased-whole-word-masking", "bert-large-cased-whole-word-masking-finetuned-squad",
        "bert-large-uncased", "bert-large-uncased-whole-word-masking",
        "bert-large-uncased-whole-word-masking-finetuned-squad", "camembert-base", "ctrl", "distilbert-base-cased",
        "distilbert-base-cased-distilled-squad", "distilbert-base-german-cased",
        "distilbert-base-multilingual-cased", "distilbert-base-uncased", "distilbert-base-uncased-distilled-squad",
        "distilbert-base-uncased-finetuned-sst-2-english", "distilgpt2", "distilroberta-base", "gpt2", "gpt2-large",
        "gpt2-medium", "gpt2-xl", "openai-gpt", "roberta-base", "roberta-base-openai-detector", "roberta-large",
        "roberta-large-mnli", "roberta-large-openai-detector", "t5-11b", "t5-3b", "t5-base", "t5-large", "t5-small",
        "transfo-xl-wt103", "xlm-clm-ende-1024", "xlm-clm-enfr-1024", "xlm-mlm-100-1280", "xlm-mlm-17-1280",
        "xlm-mlm-en-2048", "xlm-mlm-ende-1024", "xlm-mlm-enfr-1024", "xlm-mlm-enro-1024", "xlm-mlm-tlm-xnli15-1024",
        "xlm-mlm-xnli15-1024", "xlm-roberta-base", "xlm-roberta-large", "xlm-roberta-large-finetuned-conll02-dutch",
        "xlm-roberta-large-finetuned-conll02-spanish", "xlm-roberta-large-finetuned-conll03-english",
        "xlm-roberta-large-finetuned-conll03-german", "xlnet-base-cased", "xlnet-large-cased",
    }
)  # fmt: skip
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")


def repository_id(name: str) -> str:
    """Turn a model name into the id of its repository on the hub.

    Args:
        name: A bare name, or "owner/name".

    Returns:
        The id. A bare name gets the prefix "sentence-transformers/", unless it is one of a fixed list of transformers
        checkpoints, such as bert-base-uncased.

    Raises:
        ModelNotFoundError: If the name is neither.

    Example:
        >>> repository_id("all-MiniLM-L6-v2"), repository_id("bert-base-uncased"), repository_id("BAAI/bge-m3")
        ('sentence-transformers/all-MiniLM-L6-v2', 'bert-base-uncased', 'BAAI/bge-m3')
    """
    parts = name.split("/")
    proper = len(name) <= MAX_NAME and len(parts) <= 2 and all(map(_PART.fullmatch, parts))
    if not proper or "--" in name or ".." in name or name.endswith(".git"):
        raise ModelNotFoundError(
            f"there is no folder {name[:200]!r}, and it is no name of a model on the hub",
            accepted=f"a folder, {BUNDLED!r}, or a hub id such as 'sentence-transformers/all-MiniLM-L6-v2'",
            fix=_advice(name),
        )
    if len(parts) == 1 and name not in PLAIN_TRANSFORMERS:
        return f"{ORGANISATION}/{name}"
    return name


def _advice(name: str) -> str:
    address = re.match(r"https?://[^/]+/([^/?#]+/[^/?#]+)", name)
    return f"pass {address[1]!r}" if address else "check the path"
