"""Makes a token table from a transformer (the teacher): every token alone through it, then PCA and weighting by rank.

Knows the recipe, not the module that uses the table.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from likewise.errors import CheckpointError, ConfigError
from likewise.hub.config_reader import ConfigReader
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.hub.strict_json import read_json
from likewise.models.module import LoadContext
from likewise.models.registry import find_class
from likewise.models.static_vocabulary import StaticVocabulary, build_vocabulary
from likewise.models.transformer import Transformer

logger = logging.getLogger(__name__)

# Shapes: V tokens of the table, B in a batch, S tokens with the special ones, D the teacher's width, P after PCA.


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """How a table is made.

    Args:
        vocabulary: Words to add to the teacher's own tokens, most frequent first.
        device: Where to run the teacher; None is the CPU.
        pca_dims: Width of the table; None keeps the teacher's.
        apply_zipf: Whether to weight rows by log(1 + rank).
        use_subword: Whether to keep the teacher's own tokens.
        sif_coefficient: Where given, rows are weighted by a / (a + p) instead, p being the frequency that Zipf's law
            gives a token of that rank; between 0 and 1.
        token_remove_pattern: Regular expression; the teacher's own tokens that match as a whole are left out.
        batch_size: Tokens that run at once.
    """

    vocabulary: tuple[str, ...] | None = None
    device: str | None = None
    pca_dims: int | None = 256
    apply_zipf: bool = True
    use_subword: bool = True
    sif_coefficient: float | None = None
    token_remove_pattern: str | None = r"\[unused\d+\]"
    batch_size: int = 1024

    def __post_init__(self) -> None:
        if self.pca_dims is not None and (isinstance(self.pca_dims, bool) or self.pca_dims < 1):
            raise ConfigError(f"pca_dims={self.pca_dims!r}", accepted="an integer of at least 1, or None")
        if self.sif_coefficient is not None and not 0.0 < self.sif_coefficient < 1.0:
            raise ConfigError(f"sif_coefficient={self.sif_coefficient!r}", accepted="a number between 0 and 1, or None")
        if not self.use_subword and not self.vocabulary:
            raise ConfigError(
                "use_subword=False without a vocabulary leaves no tokens",
                fix='StaticEmbedding.from_distillation(name, vocabulary=["the", ...], use_subword=False)',
            )


def distill(model_name: str, settings: Distillation, context: LoadContext) -> tuple[Tokenizer, Tensor]:
    """Make the tokenizer and the table of a static model.

    Args:
        model_name: Hub name or local folder of the teacher.
        settings: How.
        context: What the caller decided about loading it.

    Returns:
        The tokenizer, and float32 [V, P] with a row for each of its tokens.
    """
    teacher = load_teacher(model_name, context)
    source = getattr(teacher.tokenizer, "backend_tokenizer", None)
    if not isinstance(source, Tokenizer):
        raise ConfigError(
            f"{model_name}: its tokenizer is a {type(teacher.tokenizer).__name__}", accepted="a fast tokenizer"
        )
    tokenizer = Tokenizer.from_str(source.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    vocabulary = build_vocabulary(
        tokenizer.to_str(),
        words=settings.vocabulary or (),
        use_subword=settings.use_subword,
        remove_pattern=settings.token_remove_pattern,
    )
    rows = token_rows(tokenizer, vocabulary)
    table_VD = embed_rows(teacher, rows, device=settings.device or "cpu", batch_size=settings.batch_size)
    if settings.pca_dims is not None:
        table_VD = principal_components(table_VD, settings.pca_dims)
    return vocabulary.tokenizer, table_VD * rank_weights(len(table_VD), settings)[:, None]


def load_teacher(model_name: str, context: LoadContext) -> Transformer:
    """Load the transformer of a Sentence Transformers folder, or of a plain transformers folder.

    Args:
        model_name: Hub name or local folder.
        context: What the caller decided.

    Returns:
        The transformer; later modules of the folder are not used.

    Raises:
        ConfigError: If the first module of the folder is no transformer.
    """
    folder = ModelFolder(
        resolve_folder(
            model_name,
            token=context.token,
            cache_folder=context.cache_folder,
            revision=context.revision,
            local_files_only=context.local_files_only,
        )
    )
    path = folder.find("modules.json")
    if path is not None:
        entries = read_json(path)
        if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict):
            raise CheckpointError(f"{path}: not a list of modules", accepted="a list of objects")
        first = ConfigReader(entries[0], path)
        if find_class(first.text("type")) is not Transformer:
            raise ConfigError(
                f"{model_name}: the first module is a {first.text('type')!r}",
                accepted="a model that starts with a Transformer",
            )
        folder = folder.sub(first.text("path", default=""))
    return Transformer.from_folder(folder, context)


def token_rows(tokenizer: Tokenizer, vocabulary: StaticVocabulary) -> list[list[int]]:
    """The teacher's token ids for each entry of the table.

    Args:
        tokenizer: The teacher's tokenizer, without truncation and padding.
        vocabulary: The entries.

    Returns:
        One row of ids per entry, special tokens included.
    """
    sample = tokenizer.encode("a")
    body = [at for at, special in enumerate(sample.special_tokens_mask) if not special]
    before, after = sample.ids[: body[0]], sample.ids[body[-1] + 1 :]
    return [
        tokenizer.encode(entry).ids if isinstance(entry, str) else [*before, entry, *after]
        for entry in vocabulary.entries
    ]


def embed_rows(teacher: nn.Module, rows: Sequence[Sequence[int]], *, device: str, batch_size: int) -> Tensor:
    """Run token ids through the teacher.

    Args:
        teacher: The transformer; it is moved to the device and switched to evaluation.
        rows: Token ids, special tokens included, one row per entry.
        device: Where to run it.
        batch_size: Rows that run at once.

    Returns:
        float32 [V, D], the mean of the outputs of each row, special tokens included.
    """
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    parts = []
    teacher.to(device).eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            chosen = [rows[at] for at in order[start : start + batch_size]]
            width = max(1, *map(len, chosen))
            ids_BS = torch.tensor([[*row, *[0] * (width - len(row))] for row in chosen], device=device)
            mask_BS = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in chosen], device=device)
            hidden_BSD = teacher({"input_ids": ids_BS, "attention_mask": mask_BS})["token_embeddings"].float()
            mean_BD = (hidden_BSD * mask_BS[:, :, None]).sum(1) / mask_BS.sum(1, keepdim=True).clamp(min=1)
            parts.append(mean_BD.cpu())
    table_VD = torch.empty(len(rows), parts[0].shape[1])
    table_VD[torch.tensor(order)] = torch.cat(parts)
    return table_VD


def principal_components(table_VD: Tensor, dimensions: int) -> Tensor:
    """Project a table onto its directions of largest variance.

        X' = (X - mean(X)) U,  U the leading eigenvectors of the covariance of X

    The sign of each direction is such that its largest entry is positive, so that the result is the same everywhere.

    Args:
        table_VD: float [V, D].
        dimensions: P, how many directions to keep; where D is smaller, all are kept.

    Returns:
        float32 [V, P], columns by falling variance.

    Example:
        >>> principal_components(torch.tensor([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]), 1)
        tensor([[-2.],
                [ 0.],
                [ 2.]])
    """
    kept = min(dimensions, table_VD.shape[1])
    if kept < dimensions:
        logger.warning("pca_dims=%d: the teacher's width is %d, which is kept", dimensions, kept)
    centred_VD = table_VD.double() - table_VD.double().mean(dim=0)
    _, directions_DD = torch.linalg.eigh(centred_VD.T @ centred_VD)
    directions_DP = directions_DD.flip(1)[:, :kept]
    largest_P = directions_DP.gather(0, directions_DP.abs().argmax(dim=0, keepdim=True))
    projected_VP: Tensor = (centred_VD @ (directions_DP * torch.sign(largest_P))).float()
    return projected_VP


def rank_weights(count: int, settings: Distillation) -> Tensor:
    """Weight of each row by its rank (1 is the most frequent token).

    Args:
        count: V, the number of rows.
        settings: `sif_coefficient` and `apply_zipf` count.

    Returns:
        float32 [V]: a / (a + p) with p(rank) = (1 / rank) / (sum over all ranks of 1 / rank); or log(1 + rank); or 1.

    Reference:
        Arora et al., A Simple but Tough-to-Beat Baseline for Sentence Embeddings (ICLR 2017), for a / (a + p).
    """
    rank = torch.arange(1, count + 1, dtype=torch.float64)
    if settings.sif_coefficient is not None:
        frequency = (1 / rank) / (1 / rank).sum()
        return (settings.sif_coefficient / (settings.sif_coefficient + frequency)).float()
    return torch.log1p(rank).float() if settings.apply_zipf else torch.ones(count)
