"""Trains the token table so that the mean of a text's rows points where the teacher's vector points. Knows no files.

Shapes: V tokens, D width of the table, T width of the teacher, N texts, B texts of a batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

log = logging.getLogger("mini")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the table is trained.

    Args:
        dimensions: D.
        epochs: Passes over the texts.
        batch_size: B.
        learning_rate: Of Adam at the start; it falls to 0 as a cosine.
        direction: Weight of the loss on directions.
        matrix: Weight of the loss on similarities within a batch.
        neighbours: Share of batches made of texts that the teacher finds similar; the others are random.
        cell: Texts of one neighbourhood, about.
        seed: Of everything random.
    """

    dimensions: int = 168
    epochs: int = 5
    batch_size: int = 512
    learning_rate: float = 1.5e-3
    direction: float = 1.0
    matrix: float = 20.0
    neighbours: float = 0.5
    cell: int = 32
    seed: int = 7


@final
@dataclass(frozen=True, slots=True)
class Bags:
    """Token ids of texts.

    Args:
        ids: int64 [all tokens].
        offsets: int64 [N + 1], where each text begins and the last one ends.
    """

    ids: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, tokenizer: Tokenizer, texts: Sequence[str]) -> Bags:
        """Tokenise texts.

        Args:
            tokenizer: The tokenizer; no special tokens are added.
            texts: The texts.

        Returns:
            Their tokens.
        """
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
        sizes = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        ids = np.fromiter((token for row in rows for token in row), dtype=np.int64, count=int(sizes.sum()))
        return cls(ids, np.concatenate([[0], np.cumsum(sizes)]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, chosen: np.ndarray) -> Bags:
        """The bags of some texts.

        Args:
            chosen: Positions of the texts.

        Returns:
            Their tokens, in that order.
        """
        starts, sizes = self.offsets[chosen], np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)
        return Bags(self.ids[np.repeat(starts, sizes) + within], offsets)

    def mean(self, table_VD: Tensor, *, sparse: bool = False) -> Tensor:
        """The mean of each text's rows.

        Args:
            table_VD: The table.
            sparse: Whether the gradient is to be sparse.

        Returns:
            float [N, D]; zeros for a text without tokens.
        """
        ids, offsets = torch.from_numpy(self.ids), torch.from_numpy(self.offsets[:-1])
        return F.embedding_bag(ids, table_VD, offsets, mode="mean", sparse=sparse)


def principal_directions(vectors_NT: np.ndarray, count: int) -> Tensor:
    """The directions that keep most of the vectors' inner products.

    Args:
        vectors_NT: float [N, T].
        count: D.

    Returns:
        float32 [T, D], orthonormal columns.
    """
    gram_TT = np.zeros((vectors_NT.shape[1],) * 2)
    for at in range(0, len(vectors_NT), 10_000):
        part = vectors_NT[at : at + 10_000].astype(np.float64)
        gram_TT += part.T @ part
    _, directions = np.linalg.eigh(gram_TT)
    return torch.from_numpy(directions[:, ::-1][:, :count].astype(np.float32))


def align(table_VT: Tensor, bags: Bags, targets_ND: Tensor, ridge: float = 1e-3) -> Tensor:
    """Turn a table into the teacher's sentence space, by linear regression of sentence vectors on means of rows.

    Args:
        table_VT: The distilled table.
        bags: The texts.
        targets_ND: What the means should become.
        ridge: Share of the mean square of the inputs that is added to their covariance.

    Returns:
        float32 [V, D].
    """
    means_NT = bags.mean(table_VT)
    gram_TT = (means_NT.T @ means_NT).double()
    gram_TT += ridge * gram_TT.diagonal().mean() * torch.eye(len(gram_TT), dtype=torch.float64)
    map_TD: Tensor = torch.linalg.solve(gram_TT, (means_NT.T @ targets_ND).double()).float()
    return table_VT @ map_TD


def train(table_VD: Tensor, bags: Bags, vectors_NT: np.ndarray, targets_ND: Tensor, recipe: Recipe) -> Iterator[Tensor]:
    """Train the table.

    Loss of a batch, s and t being the normalised vectors of student and teacher, p the teacher's in D directions:

        direction * mean(1 - s.p)  +  matrix * mean over pairs of (s_i.s_j - t_i.t_j)^2

    Args:
        table_VD: Where to start.
        bags: The texts.
        vectors_NT: The teacher's vectors, normalised.
        targets_ND: The same in D directions, normalised.
        recipe: How.

    Yields:
        The table after each epoch (the same tensor, changed in place).
    """
    random = np.random.default_rng(recipe.seed)
    table = table_VD.clone().requires_grad_()
    optimizer = torch.optim.SparseAdam([table], lr=recipe.learning_rate)
    steps, step = recipe.epochs * max(1, len(bags) // recipe.batch_size), 0
    for epoch in range(recipe.epochs):
        total, count = 0.0, 0
        for chosen in epoch_batches(vectors_NT, recipe, random):
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * 0.5 * (1 + np.cos(np.pi * min(1.0, step / steps)))
            batch = bags.take(chosen)
            student_BD = F.normalize(batch.mean(table, sparse=True))
            teacher_BT = torch.from_numpy(vectors_NT[chosen]).float()
            loss = recipe.direction * (1 - (student_BD * targets_ND[chosen]).sum(1)).mean()
            loss = loss + recipe.matrix * F.mse_loss(student_BD @ student_BD.T, teacher_BT @ teacher_BT.T)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            total, count, step = total + loss.item(), count + 1, step + 1
        log.info("epoch %d: loss %.4f", epoch + 1, total / count)
        yield table.detach()


def epoch_batches(vectors_NT: np.ndarray, recipe: Recipe, random: np.random.Generator) -> Iterator[np.ndarray]:
    """The batches of one epoch: random ones, and ones made of neighbourhoods, in random order.

    Args:
        vectors_NT: The teacher's vectors.
        recipe: Batch size, share and size of neighbourhoods.
        random: Source of choices.

    Yields:
        Positions of the texts of a batch.
    """
    order = random.permutation(len(vectors_NT))
    near = int(recipe.neighbours * len(order))
    grouped = neighbourhoods(vectors_NT, np.sort(order[:near]), recipe.cell, random)
    parts = [part[at : at + recipe.batch_size] for part in (grouped, order[near:])
             for at in range(0, len(part), recipe.batch_size)]  # fmt: skip
    for at in random.permutation(len(parts)):
        yield parts[at]


def neighbourhoods(vectors_NT: np.ndarray, chosen: np.ndarray, cell: int, random: np.random.Generator) -> np.ndarray:
    """Order texts so that similar ones stand together: each goes to the nearest of some texts drawn at random.

    Args:
        vectors_NT: The teacher's vectors.
        chosen: Positions of the texts to order.
        cell: About how many go to one.
        random: Source of choices.

    Returns:
        The same positions, cell by cell, the cells in random order.
    """
    if not len(chosen):
        return chosen
    centres_TC = (
        torch.from_numpy(vectors_NT[random.choice(chosen, max(1, len(chosen) // cell), replace=False)]).float().T
    )
    nearest = [
        (torch.from_numpy(vectors_NT[chosen[at : at + 4_096]]).float() @ centres_TC).argmax(1).numpy()
        for at in range(0, len(chosen), 4_096)
    ]
    return chosen[np.argsort(np.concatenate(nearest), kind="stable")]
