"""Random choices of a step."""

from collections import Counter

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from likewise.errors import InputError
from likewise.losses.random_choice import check_per_step, choose

CPU = torch.device("cpu")


def test_all_draws_nothing():
    before = torch.get_rng_state()
    assert choose(-1, 4, CPU) == choose(4, 4, CPU) == choose(9, 4, CPU) == [0, 1, 2, 3]
    assert torch.equal(torch.get_rng_state(), before)


def test_every_place_is_as_likely():
    torch.manual_seed(0)
    counts = Counter(place for _ in range(3000) for place in choose(2, 3, CPU))
    assert all(1900 < count < 2100 for count in counts.values())


def test_a_choice_has_no_place_twice_and_is_in_order():
    torch.manual_seed(0)
    for _ in range(50):
        places = choose(3, 6, CPU)
        assert places == sorted(set(places))
        assert len(places) == 3


def _choose_in_a_process(rank, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    torch.set_num_threads(1)
    torch.manual_seed(rank)
    torch.save([choose(2, 9, CPU) for _ in range(5)], f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.skipif(not dist.is_available(), reason="torch without torch.distributed")
def test_processes_with_other_generators_choose_the_same(tmp_path):
    """Otherwise they would exchange embeddings of different widths."""
    mp.start_processes(_choose_in_a_process, args=(str(tmp_path),), nprocs=2, start_method="fork")
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert first == second


@pytest.mark.parametrize("number", [0, -2, 1.0, True, None])
def test_numbers_that_mean_nothing_are_refused(number):
    with pytest.raises(InputError, match="n_things="):
        check_per_step("n_things", number)
