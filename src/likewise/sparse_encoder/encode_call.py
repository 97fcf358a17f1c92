"""One call of a sparse encoder's `encode`: its arguments to options of the loop, its rows to the documented result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self, cast, final

import numpy as np
import torch

from likewise.encoding.encode import encode_values
from likewise.encoding.inputs import Inputs
from likewise.encoding.options import EncodeOptions
from likewise.encoding.pool import WorkerPool
from likewise.encoding.progress import progress
from likewise.encoding.report import Report
from likewise.encoding.sparse_rows import SparseRows
from likewise.ops.sparse import check_max_active_dims
from likewise.sparse_encoder.pipeline import LIMIT, SparsePipeline


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SparseCall:
    """One call, its arguments checked.

    Args:
        options: Options of the loop.
        one_tensor: Whether many inputs give one tensor; False gives a list.
        sparse: Whether the result is sparse.
        device: Where it is put.
    """

    options: EncodeOptions
    one_tensor: bool
    sparse: bool
    device: torch.device

    @classmethod
    def of(
        cls,
        *,
        convert_to_tensor: bool,
        convert_to_sparse_tensor: bool,
        max_active_dims: int | None,
        device: torch.device,
        forward_kwargs: dict[str, Any],
        **options: Any,
    ) -> Self:
        """Check the documented arguments.

        Args:
            convert_to_tensor: Whether many inputs give one tensor.
            convert_to_sparse_tensor: Whether the result is sparse.
            max_active_dims: How many entries of an embedding are kept at most; None keeps all.
            device: Where the result is put.
            forward_kwargs: Keyword arguments for the modules.
            **options: Further fields of `EncodeOptions`.

        Returns:
            The call.

        Raises:
            InputError: If a value is not among the accepted ones.
        """
        limit = check_max_active_dims(max_active_dims)
        limited = forward_kwargs if limit is None else {**forward_kwargs, LIMIT: limit}
        # Dense rows too are collected where their memory is that of the result.
        result = "sparse" if convert_to_sparse_tensor else "tensor" if device.type != "cpu" else "numpy"
        return cls(
            options=EncodeOptions(result=cast("Any", result), forward_kwargs=limited, **options),
            one_tensor=convert_to_tensor,
            sparse=convert_to_sparse_tensor,
            device=device,
        )

    def run(
        self,
        pipeline: SparsePipeline,
        inputs: Any,
        *,
        pool: WorkerPool | None,
        chunk_size: int | None,
        width: int | None,
    ) -> Any:
        """Encode.

        Args:
            pipeline: The model.
            inputs: One input, or many.
            pool: Worker processes to use, or None for this process.
            chunk_size: Inputs per piece of work of the pool.
            width: Width of the embeddings, for a result without rows; None if it is not known.

        Returns:
            The documented result.
        """
        given = Inputs.of(inputs, pipeline.accepts)
        if pool is None:
            report = Report(self.options, pipeline.max_length)
            with progress(len(given), self.options.show_progress) as advance:
                rows = encode_values(pipeline, given.values, self.options, report, advance)
            report.tell(len(given))
        else:
            rows = pool.encode(list(given.values), self.options, chunk_size=chunk_size)
        result = self._finished(rows, width or 0)
        return result[0] if given.single else result

    def _finished(self, rows: Any, width: int) -> Any:
        if isinstance(rows, SparseRows):
            rows = rows if len(rows) else replace(rows, width=width)
            if self.one_tensor:
                return rows.tensor().to(self.device)
            return [row.to(self.device) for row in rows.vectors()]
        dense = torch.from_numpy(rows) if isinstance(rows, np.ndarray) else rows
        dense = (dense if len(dense) else torch.zeros(0, width)).to(self.device)
        return dense if self.one_tensor else list(dense)
