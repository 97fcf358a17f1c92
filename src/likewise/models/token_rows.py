"""Token ids of many texts in one flat array, and padded tensors of some of them. Knows no tokenizer and no model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, final, overload

import numpy as np
import torch

from likewise.models.module import Features


@final
@dataclass(frozen=True, slots=True)
class Padding:
    """How a batch is padded.

    Args:
        token_id: Id that fills `input_ids`.
        type_id: Id that fills `token_type_ids`.
        left: Whether the padding stands before the text.
    """

    token_id: int = 0
    type_id: int = 0
    left: bool = False


@final
@dataclass(frozen=True, slots=True)
class TokenRows(Sequence[np.ndarray]):
    """The token ids of N texts, without padding.

    Args:
        ids: int64 [T], the ids of all texts, one after the other.
        offsets: int64 [N + 1]; text i has the ids from `offsets[i]` to `offsets[i + 1]`.
        type_ids: int64 [T], the segment of each token; None for models without segments.
        padding: How a batch of these rows is padded.

    Example:
        >>> rows = TokenRows.of_lists([[101, 7, 102], [101, 102]], type_ids=None, padding=Padding())
        >>> rows.sizes, rows[1]
        (array([3, 2]), array([101, 102]))
        >>> rows.features([0, 1])["input_ids"]
        tensor([[101,   7, 102],
                [101, 102,   0]])
    """

    ids: np.ndarray
    offsets: np.ndarray
    type_ids: np.ndarray | None
    padding: Padding

    @classmethod
    def of_lists(
        cls, ids: Sequence[Sequence[int]], type_ids: Sequence[Sequence[int]] | None, padding: Padding
    ) -> TokenRows:
        """Gather rows.

        Args:
            ids: One list of token ids per text.
            type_ids: One list of segment ids per text, of the same lengths; None for models without segments.
            padding: How a batch of these rows is padded.

        Returns:
            The rows.
        """
        offsets = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in ids], out=offsets[1:])
        return cls(
            ids=_flat(ids, int(offsets[-1])),
            offsets=offsets,
            type_ids=None if type_ids is None else _flat(type_ids, int(offsets[-1])),
            padding=padding,
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[np.ndarray]: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | Sequence[np.ndarray]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        return self.ids[self.offsets[at] : self.offsets[at + 1]]

    @property
    def sizes(self) -> np.ndarray:
        """int64 [N], the number of tokens of each text."""
        return np.diff(self.offsets)

    def keys(self) -> list[Hashable]:
        """For each text a value that is equal for texts with the same ids and segments.

        Returns:
            N values.

        Example:
            >>> rows = TokenRows.of_lists([[1, 2], [3], [1, 2]], type_ids=None, padding=Padding())
            >>> keys = rows.keys()
            >>> keys[0] == keys[2], keys[0] == keys[1]
            (True, False)
        """
        ids = _slices(self.ids, self.offsets)
        # Most often there is but one segment, and nothing to be told apart by it.
        if self.type_ids is None or not self.type_ids.any():
            return ids
        return list(zip(ids, _slices(self.type_ids, self.offsets), strict=True))

    def features(self, indices: Sequence[int], *, width: int | None = None) -> Features:
        """Pad some rows to the longest of them.

        Args:
            indices: Which rows, in the order of the batch.
            width: Length to pad to instead; at least that of the longest row.

        Returns:
            int64 [B, S]: `input_ids`, `attention_mask` and, for models with segments, `token_type_ids`.
        """
        chosen = np.asarray(indices, dtype=np.int64)
        sizes = self.sizes[chosen]
        shape = (len(chosen), int(sizes.max(initial=0)) if width is None else width)
        ids = np.full(shape, self.padding.token_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        types = None if self.type_ids is None else np.full(shape, self.padding.type_id, dtype=np.int64)
        for row, (index, size) in enumerate(zip(chosen.tolist(), sizes.tolist(), strict=True)):
            start = self.offsets[index]
            target = slice(shape[1] - size, None) if self.padding.left else slice(0, size)
            ids[row, target] = self.ids[start : start + size]
            mask[row, target] = 1
            if types is not None and self.type_ids is not None:
                types[row, target] = self.type_ids[start : start + size]
        features: dict[str, Any] = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if types is not None:
            features["token_type_ids"] = torch.from_numpy(types)
        return features

    def packed_features(self, indices: Sequence[int]) -> Features:
        """Put some rows end to end.

        Args:
            indices: Which rows, in the order of the batch.

        Returns:
            `input_ids` int64 [T], `cu_seqlens` int32 [B + 1], `max_seqlen`, `seqlens` (B lengths) and, where a
            token has another segment than 0, `token_type_ids` int64 [T].
        """
        chosen = np.asarray(indices, dtype=np.int64)
        sizes = self.sizes[chosen]
        cu_seqlens = np.zeros(len(chosen) + 1, dtype=np.int64)
        np.cumsum(sizes, out=cu_seqlens[1:])
        # Position of every token in the flat array: its text's start there, plus its place in the text.
        where = np.arange(cu_seqlens[-1]) + np.repeat(self.offsets[chosen] - cu_seqlens[:-1], sizes)
        features: dict[str, Any] = {
            "input_ids": torch.from_numpy(self.ids[where]),
            "cu_seqlens": torch.from_numpy(cu_seqlens.astype(np.int32)),
            "max_seqlen": int(sizes.max(initial=0)),
            "seqlens": sizes.tolist(),
        }
        types = None if self.type_ids is None else self.type_ids[where]
        if types is not None and types.any():
            features["token_type_ids"] = torch.from_numpy(types)
        return features


def _slices(values: np.ndarray, offsets: np.ndarray) -> list[Hashable]:
    data = values.tobytes()
    return [data[start:end] for start, end in pairwise((offsets * values.itemsize).tolist())]


def _flat(rows: Sequence[Sequence[int]], total: int) -> np.ndarray:
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=total)
