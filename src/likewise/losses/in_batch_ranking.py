"""What the in-batch ranking losses share: their columns and settings. `in_batch` holds the formula."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.losses.in_batch import InBatch, in_batch_loss
from likewise.losses.loss import Loss
from likewise.losses.roles import Roles
from likewise.ops.column_batch import MiniBatches


class InBatchRankingLoss(Loss, ABC):
    """Base of the losses that look for the positive among all texts of the batch.

    Args:
        model: The model to train.
        settings: What is compared and how.
        mini_batches: How the batch is embedded; None embeds it at once.
    """

    roles: ClassVar[Roles] = Roles(("anchor", "positive"), more="negative")

    def __init__(self, model: nn.Module, settings: InBatch, mini_batches: MiniBatches | None = None) -> None:
        super().__init__(model, mini_batches)
        self.scale = settings.scale
        self.similarity_fct = settings.similarity_fct
        self.gather_across_devices = settings.gather_across_devices
        self.directions = settings.directions
        self.partition_mode = settings.partition_mode
        self.hardness_mode = settings.hardness_mode
        self.hardness_strength = settings.hardness_strength

    @property
    def settings(self) -> InBatch:
        """The settings, checked again, since attributes may be assigned."""
        return InBatch(
            scale=self.scale,
            similarity_fct=self.similarity_fct,
            gather_across_devices=self.gather_across_devices,
            directions=self.directions,
            partition_mode=self.partition_mode,
            hardness_mode=self.hardness_mode,
            hardness_strength=self.hardness_strength,
        )

    @property
    def temperature(self) -> float:
        """The inverse of the scale."""
        return 1.0 / self.scale

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The mean loss of the rows.

        Args:
            embeddings: Anchors, positives, then negatives, [B, D] each.
            targets: Not used.

        Returns:
            A scalar.
        """
        del targets
        return in_batch_loss(embeddings, self.settings)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, for the model card.

        Returns:
            Argument name to value.
        """
        return {
            "scale": self.scale,
            "similarity_fct": name_of(self.similarity_fct),
            "gather_across_devices": self.gather_across_devices,
            "directions": self.directions,
            "partition_mode": self.partition_mode,
            "hardness_mode": self.hardness_mode,
            "hardness_strength": self.hardness_strength,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return SMART_REPLY


def name_of(function: Any) -> str:
    """What a card calls a function.

    Args:
        function: A function, or an object that can be called.

    Returns:
        Its name, or that of its class.

    Example:
        >>> name_of(len), name_of(nn.Identity())
        ('len', 'Identity')
    """
    return str(getattr(function, "__name__", type(function).__name__))


def mini_batch_settings(mini_batches: MiniBatches | None) -> dict[str, Any]:
    """The documented arguments that mini-batches were made from.

    Args:
        mini_batches: How the batch is cut.

    Returns:
        Argument name to value; empty for None.

    Example:
        >>> mini_batch_settings(MiniBatches(rows=8))
        {'mini_batch_size': 8, 'mini_batch_num_tokens': None}
    """
    if mini_batches is None:
        return {}
    return {"mini_batch_size": mini_batches.rows, "mini_batch_num_tokens": mini_batches.tokens}


SMART_REPLY = """@misc{henderson2017efficient,
    title = {Efficient Natural Language Response Suggestion for Smart Reply},
    author = {Matthew Henderson and Rami Al-Rfou and Brian Strope and Yun-hsuan Sung and Laszlo Lukacs and Ruiqi Guo
        and Sanjiv Kumar and Balint Miklos and Ray Kurzweil},
    year = {2017},
    eprint = {1705.00652},
    archivePrefix = {arXiv},
    primaryClass = {cs.CL},
}
"""
GRAD_CACHE = """@inproceedings{gao2021scaling,
    title = {Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup},
    author = {Luyu Gao and Yunyi Zhang and Jiawei Han and Jamie Callan},
    booktitle = {Proceedings of the 6th Workshop on Representation Learning for NLP (RepL4NLP-2021)},
    year = {2021},
    eprint = {2101.06983},
    archivePrefix = {arXiv},
}
"""
