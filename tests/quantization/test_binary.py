import numpy as np
import pytest

from likewise.quantization.binary import pack_bits, pack_bits_signed


def naive(row):
    bits = "".join("1" if value > 0 else "0" for value in row)
    bits += "0" * (-len(bits) % 8)
    return [int(bits[start : start + 8], 2) for start in range(0, len(bits), 8)]


@pytest.mark.parametrize("dim", [1, 8, 13, 64])
def test_bits_are_packed_row_by_row(dim):
    rows = np.random.default_rng(0).standard_normal((5, dim))
    rows[0, 0] = 0

    assert pack_bits(rows).tolist() == [naive(row) for row in rows]


def test_signed_bytes_are_128_less():
    rows = np.random.default_rng(0).standard_normal((5, 64))

    signed = pack_bits_signed(rows)

    assert signed.dtype == np.int8
    assert signed.tolist() == (pack_bits(rows).astype(int) - 128).tolist()
