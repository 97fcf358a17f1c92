"""GISTEmbedLoss and its cached form: in-batch ranking with a guide. `guided_in_batch` holds the formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from likewise.losses.guide import Guide
from likewise.losses.guided_in_batch import Guided, MarginStrategy, guided_loss
from likewise.losses.in_batch_ranking import mini_batch_settings
from likewise.losses.loss import Loss
from likewise.losses.roles import Roles
from likewise.ops.column_batch import Features, MiniBatches


class GISTEmbedLoss(Loss):
    """In-batch ranking in which a guide takes out false negatives.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label.

    Args:
        model: The model to train.
        guide: The guide, another SentenceTransformer; it is not trained.
        temperature: Divides the similarities, above 0.
        margin_strategy: "absolute" or "relative", see `Guided`.
        margin: At least 0.
        contrast_anchors: Whether other anchors are candidates.
        contrast_positives: Whether positives are compared with other positives.
        gather_across_devices: Whether the texts of all processes are candidates.

    Example:
        >>> import torch
        >>> loss = GISTEmbedLoss(nn.Identity(), guide=None, temperature=1.0)
        >>> loss.compute([torch.eye(2), torch.eye(2)], [torch.eye(2), torch.eye(2)])
        tensor(0.7437)

    Reference:
        Solatorio, GISTEmbed: Guided In-sample Selection of Training Negatives for Text Embedding Fine-tuning,
        arXiv:2402.16829.
    """

    roles: ClassVar[Roles] = Roles(("anchor", "positive"), more="negative")

    def __init__(
        self,
        model: nn.Module,
        guide: Any,
        temperature: float = 0.01,
        margin_strategy: MarginStrategy = "absolute",
        margin: float = 0.0,
        contrast_anchors: bool = True,
        contrast_positives: bool = True,
        gather_across_devices: bool = False,
    ) -> None:
        super().__init__(model)
        self.settings = Guided(
            temperature, margin_strategy, margin, contrast_anchors, contrast_positives, gather_across_devices
        )
        self._guide = None if guide is None else Guide(guide, model)

    @property
    def guide(self) -> Any:
        """The guide."""
        return None if self._guide is None else self._guide.guide

    @property
    def temperature(self) -> float:
        """What similarities are divided by."""
        return self.settings.temperature

    def targets(self, sentence_features: Sequence[Features], labels: Tensor | None) -> Any:
        """What the guide says about the texts.

        Args:
            sentence_features: Features of each column.
            labels: Not used.

        Returns:
            [B, G] for each column.
        """
        del labels
        return None if self._guide is None else self._guide.embed(sentence_features, self.mini_batches)

    def compute(self, embeddings: Sequence[Tensor], targets: Any) -> Tensor:
        """The objective.

        Args:
            embeddings: [B, D] of anchors, positives and each column of negatives.
            targets: [B, G] of the same texts, from the guide.

        Returns:
            A scalar.
        """
        return guided_loss(embeddings, targets, self.settings)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings, and the guide's name if it has one."""
        card = getattr(self.guide, "model_card_data", None)
        return {
            "guide": str(getattr(card, "base_model", None) or type(self.guide).__name__),
            "temperature": self.settings.temperature,
            "margin_strategy": self.settings.margin_strategy,
            "margin": self.settings.margin,
            "contrast_anchors": self.settings.contrast_anchors,
            "contrast_positives": self.settings.contrast_positives,
            "gather_across_devices": self.settings.gather_across_devices,
        }

    @property
    def citation(self) -> str:
        """BibTeX of the paper."""
        return GIST_EMBED


class CachedGISTEmbedLoss(GISTEmbedLoss):
    """`GISTEmbedLoss` for batches larger than memory: the same value and gradient, embedded in mini-batches.

    Args:
        model: The model to train.
        guide: The guide, another SentenceTransformer; it is not trained.
        temperature: Divides the similarities, above 0.
        mini_batch_size: Most texts of a mini-batch.
        show_progress_bar: Whether to show a progress bar over the mini-batches.
        margin_strategy: "absolute" or "relative", see `Guided`.
        margin: At least 0.
        contrast_anchors: Whether other anchors are candidates.
        contrast_positives: Whether positives are compared with other positives.
        gather_across_devices: Whether the texts of all processes are candidates.
        mini_batch_num_tokens: Most tokens of a mini-batch; None sets no limit but the number of texts.

    Example:
        >>> CachedGISTEmbedLoss(nn.Identity(), guide=None).mini_batches.rows
        32
    """

    def __init__(
        self,
        model: nn.Module,
        guide: Any,
        temperature: float = 0.01,
        mini_batch_size: int = 32,
        show_progress_bar: bool = False,
        margin_strategy: MarginStrategy = "absolute",
        margin: float = 0.0,
        contrast_anchors: bool = True,
        contrast_positives: bool = True,
        gather_across_devices: bool = False,
        *,
        mini_batch_num_tokens: int | None = None,
    ) -> None:
        contrasts = (contrast_anchors, contrast_positives)
        super().__init__(model, guide, temperature, margin_strategy, margin, *contrasts, gather_across_devices)
        self.mini_batches = MiniBatches(mini_batch_size, mini_batch_num_tokens, show_progress=show_progress_bar)

    def get_config_dict(self) -> dict[str, Any]:
        """The settings."""
        return {**super().get_config_dict(), **mini_batch_settings(self.mini_batches)}


GIST_EMBED = """@misc{solatorio2024gistembed,
    title = {{GISTEmbed}: Guided In-sample Selection of Training Negatives for Text Embedding Fine-tuning},
    author = {Aivin V. Solatorio},
    year = {2024},
    eprint = {2402.16829},
    archivePrefix = {arXiv},
}
"""
