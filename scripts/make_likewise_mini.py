"""Make the bundled model `likewise-mini` again: the same inputs give the same model.

    python scripts/make_likewise_mini.py --teacher FOLDER --data FOLDER --output src/likewise/assets/likewise-mini

`--teacher` is the folder of all-MiniLM-L6-v2, `--data` the folder with the sets named in `mini/texts.py`. Takes about
half an hour on one core, most of it for the teacher's embeddings, which `--cache` keeps. `--limit 20` is a quick trial.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mini.card import Facts, card
from mini.evaluation import Rated, read_sets
from mini.folder import write_folder
from mini.student import Bags, Recipe, align, principal_directions, train
from mini.teacher import encode, encode_cached
from mini.texts import choose
from tokenizers import Tokenizer
from torch import Tensor

MAX_BYTES = 10_000_000
# Tokens with a character outside ASCII are left out: accents are removed before, so what remains is other scripts.
LEFT_OUT = r".*[^\x00-\x7f].*|\[unused\d+\]"
SIF_COEFFICIENT = 1e-4

log = logging.getLogger("mini")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line.

    Args:
        argv: Its words; None is those of the process.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets of texts")
    parser.add_argument("--output", type=Path, required=True, help="folder of the model")
    parser.add_argument("--cache", type=Path, default=Path(".mini-cache"), help="folder for the teacher's embeddings")
    parser.add_argument("--limit", type=int, help="most texts of each set, and most rated pairs, for a trial")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--dimensions", type=int, default=Recipe().dimensions)
    return parser.parse_args(argv)


def distilled(teacher: Path) -> tuple[Tokenizer, Tensor]:
    """Distil the teacher's tokens.

    Args:
        teacher: Its folder.

    Returns:
        The tokenizer, and float32 [V, T], a row for each token, weighted by rank.
    """
    from likewise.models.static_embedding import StaticEmbedding

    module = StaticEmbedding.from_distillation(
        str(teacher),
        pca_dims=None,
        sif_coefficient=SIF_COEFFICIENT,
        token_remove_pattern=LEFT_OUT,
        batch_size=128,
        local_files_only=True,
    )
    return module.tokenizer, module.embedding.weight.detach()


def learn(tokenizer: Tokenizer, table_VT: Tensor, texts: list[str], vectors_NT: np.ndarray, recipe: Recipe) -> Tensor:
    """Align and train a distilled table.

    Args:
        tokenizer: The tokenizer.
        table_VT: The distilled table.
        texts: N texts.
        vectors_NT: The teacher's embeddings of them.
        recipe: How.

    Returns:
        float16 [V, D].
    """
    bags = Bags.of(tokenizer, texts)
    directions_TD = principal_directions(vectors_NT, recipe.dimensions)
    targets_ND = F.normalize(torch.from_numpy(vectors_NT).float() @ directions_TD)
    table_VD = align(table_VT, bags, targets_ND)
    table_VD = table_VD / table_VD.norm(dim=1).mean()
    for trained_VD in train(table_VD, bags, vectors_NT, targets_ND, recipe):
        table_VD = trained_VD
    return table_VD.half()


def evaluate(
    tokenizer: Tokenizer, table_VD: Tensor, teacher: Path, sets: dict[str, Rated]
) -> dict[str, dict[str, float]]:
    """Compare model and teacher on the development sets.

    Args:
        tokenizer: The tokenizer.
        table_VD: The table.
        teacher: The teacher's folder.
        sets: The sets by name.

    Returns:
        For each set the Spearman correlation by model.
    """
    encoders = {
        "likewise-mini": lambda texts: Bags.of(tokenizer, texts).mean(table_VD.float()).numpy(),
        "all-MiniLM-L6-v2": lambda texts: encode(teacher, texts),
    }
    return {
        name: {model: rated.spearman(encoder) for model, encoder in encoders.items()} for name, rated in sets.items()
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Make the model.

    Args:
        argv: The command line.

    Returns:
        0, or 1 if the model is too large for the package.
    """
    options = arguments(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    # Sums depend on how they are divided among threads: one thread makes the result the same everywhere.
    torch.set_num_threads(1)
    recipe = replace(Recipe(), epochs=options.epochs, dimensions=options.dimensions)
    chosen = choose(options.data, options.limit)
    used = {source: len(texts) for source, texts in chosen.items()}
    log.info("%d texts from %d sets", sum(used.values()), len(used))
    vectors_NT = np.concatenate(
        [encode_cached(options.teacher, texts, options.cache) for texts in chosen.values() if texts]
    )
    tokenizer, table_VT = distilled(options.teacher)
    log.info("distilled %d tokens", len(table_VT))
    table_VD = learn(tokenizer, table_VT, [text for texts in chosen.values() for text in texts], vectors_NT, recipe)
    write_folder(options.output, tokenizer, table_VD)
    scores = evaluate(tokenizer, table_VD, options.teacher, read_sets(options.data, options.limit))
    size = sum(path.stat().st_size for path in options.output.iterdir() if path.name != "README.md")
    facts = Facts(tokens=len(table_VD), size_bytes=size, recipe=recipe, used=used, scores=scores)
    (options.output / "README.md").write_text(card(facts), encoding="utf-8")
    log.info("%s: %.2f MB, %s", options.output, size / 1e6, scores)
    return 0 if size < MAX_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
