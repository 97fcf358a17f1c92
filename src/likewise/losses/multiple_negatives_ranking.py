"""MultipleNegativesRankingLoss: the positive among all texts of the batch. `in_batch` computes it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from likewise.losses.in_batch import Direction, HardnessMode, InBatch, PartitionMode
from likewise.losses.in_batch_ranking import InBatchRankingLoss
from likewise.losses.info_nce import Similarity
from likewise.losses.scale import scale_from
from likewise.ops.similarity import cos_sim


class MultipleNegativesRankingLoss(InBatchRankingLoss):
    r"""Each anchor must find its positive among the positives and negatives of the whole batch (InfoNCE).

    $L = -\frac{1}{B} \sum_i \log \frac{\exp(s \, \mathrm{sim}(q_i, d_i))}{Z_i}$,
    $Z_i = \sum_j \exp(s \, \mathrm{sim}(q_i, d_j))$ over all positives and negatives. Further directions add to $Z_i$;
    see `likewise.losses.in_batch.in_batch_loss`. The matrix of scores is computed in tiles and never kept.

    Data: (anchor, positive), or (anchor, positive, negative, ...); no label. A text that stands twice in a batch is a
    false negative: use the sampler `BatchSamplers.NO_DUPLICATES`.

    Args:
        model: The model to train.
        scale: $s$, above 0: the inverse of the temperature.
        similarity_fct: Takes [b, D] and [K, D], gives [b, K]. `cos_sim` and `dot_score` run in constant memory.
        gather_across_devices: Whether the texts of all processes are candidates.
        directions: What is contrasted: "query_to_doc", which must be there, "query_to_query", "doc_to_query",
            "doc_to_doc".
        partition_mode: "joint" takes one sum over all directions; "per_direction" one for each and the mean of the
            losses (only for "query_to_doc" and "doc_to_query").
        hardness_mode: Which candidates of "query_to_doc" are weighed with exp(strength x similarity):
            "in_batch_negatives" (those of other rows), "hard_negatives" (the row's own negatives),
            "all_negatives"; None weighs none.
        hardness_strength: At least 0; 0 weighs none.
        temperature: Instead of `scale`.

    Raises:
        InputError: If an argument is not among the accepted values.

    Example:
        >>> import torch
        >>> loss = MultipleNegativesRankingLoss(nn.Identity(), scale=1.0)
        >>> loss.compute([torch.eye(2), torch.eye(2)], None)
        tensor(0.3133)

    Reference:
        Henderson et al., "Efficient Natural Language Response Suggestion for Smart Reply", arXiv:1705.00652, section
        4.4; directions: Li et al., "Towards General Text Embeddings with Multi-stage Contrastive Learning",
        arXiv:2308.03281, equation 4; hardness: Lan et al., "LLaVE: Large Language and Vision Embedding
        Models with Hardness-Weighted Contrastive Learning", arXiv:2503.04812.
    """

    def __init__(
        self,
        model: nn.Module,
        scale: float = 20.0,
        similarity_fct: Similarity = cos_sim,
        gather_across_devices: bool = False,
        directions: Sequence[Direction] = ("query_to_doc",),
        partition_mode: PartitionMode = "joint",
        hardness_mode: HardnessMode | None = None,
        hardness_strength: float = 0.0,
        *,
        temperature: float | None = None,
    ) -> None:
        settings = InBatch(
            scale=scale_from(scale, temperature),
            similarity_fct=similarity_fct,
            gather_across_devices=gather_across_devices,
            directions=directions if isinstance(directions, str) else tuple(directions),  # type: ignore[arg-type]
            partition_mode=partition_mode,
            hardness_mode=hardness_mode,
            hardness_strength=hardness_strength,
        )
        super().__init__(model, settings)
