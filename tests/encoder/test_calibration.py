"""What layers are given is written down, and layers that integers would spoil stay in float32."""

import pytest
import torch

from likewise.encoder.calibration import SAMPLE_ROWS, InputRecord, RecordingLinear
from likewise.encoder.linear import Place

UP = Place("up", activation="gelu", feeds="down")


def record_of(x, width=16, place=UP):
    weight = torch.randn(8, width, generator=torch.Generator().manual_seed(0))
    record = InputRecord(place, weight, None)
    for part in x.split(100):
        record.add(part)
    return record


def normal(rows=1500, width=16):
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(1))


def test_ranges_and_means_cover_all_inputs():
    x = normal()

    seen = record_of(x).seen

    torch.testing.assert_close(seen.low_I, x.amin(0))
    torch.testing.assert_close(seen.high_I, x.amax(0))
    torch.testing.assert_close(seen.mean_I, x.mean(0), atol=1e-6, rtol=1e-5)


def test_no_more_rows_are_kept_than_are_needed():
    assert sum(map(len, record_of(normal())._sample)) == SAMPLE_ROWS


def test_recording_layers_compute_the_layer():
    x, weight, bias = normal(5), torch.randn(8, 16), torch.randn(8)

    layer = RecordingLinear().make(UP, weight, bias)

    torch.testing.assert_close(layer(x), torch.nn.functional.linear(x, weight, bias))
    assert not layer.activates


def conclude(down_input, outlier=None):
    """Plans of a feed-forward part, given what its second layer gets; it makes little of the outlying channel."""
    recording, generator = RecordingLinear(), torch.Generator().manual_seed(2)
    up = recording.make(UP, torch.randn(16, 16, generator=generator), None)
    weight = torch.randn(8, 16, generator=generator)
    if outlier is not None:
        weight[:, outlier] /= 60
    down = recording.make(Place("down"), weight, None)
    up(normal())
    down(down_input)
    return recording.conclude().plans


def test_alike_channels_share_one_step_where_the_layer_before_can_make_them():
    plans = conclude(torch.nn.functional.gelu(normal()))

    assert plans["up"].form == "channel"
    assert plans["down"].form == "tensor"


def test_an_outlying_channel_gets_a_step_of_its_own():
    x = torch.nn.functional.gelu(normal())
    x[:, 3] *= 60

    assert conclude(x, outlier=3)["down"].form == "channel"


def test_rare_huge_values_keep_a_layer_in_float32():
    x = normal() * 1e-3
    x[7] = 1e3

    assert conclude(x)["down"].form == "float32"


def test_shared_places_gather_the_inputs_of_all_their_uses():
    recording = RecordingLinear()
    weight = torch.randn(8, 16)
    for low, high in ((0.0, 1.0), (-5.0, 0.0)):
        recording.make(Place("same"), weight, None)(torch.linspace(low, high, 32).view(2, 16))

    seen = recording.conclude().plans["same"].seen

    assert seen.low_I.min() == pytest.approx(-5.0)
    assert seen.high_I.max() == pytest.approx(1.0)
