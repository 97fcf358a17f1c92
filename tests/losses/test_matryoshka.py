"""MatryoshkaLoss: a weighted sum over cut embeddings, whatever the inner loss."""

import copy
import logging

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from likewise import SentenceTransformer
from likewise.errors import ConfigError, InputError, ShapeError
from likewise.losses import CachedMultipleNegativesRankingLoss, MatryoshkaLoss, MultipleNegativesRankingLoss
from likewise.losses.loss import Loss
from likewise.losses.roles import Label, Roles

ANCHORS = ["the cat sat", "a dog ran over the mat", "good movie", "hello"]
POSITIVES = ["cat on a mat", "dog", "bad plot", "hello world"]


class Distance(Loss):
    """A loss that compares with vectors number by number."""

    roles = Roles(("text",), label=Label.VECTOR)

    def compute(self, embeddings, targets):
        return (embeddings[0] - targets).square().mean()

    def cut_targets(self, targets, width):
        return targets[..., :width]


class Weighed(Loss):
    """A loss whose value depends on the order of the numbers."""

    roles = Roles(("text",))

    def compute(self, embeddings, targets):
        return (embeddings[0] * torch.arange(1.0, 1 + embeddings[0].shape[-1], dtype=embeddings[0].dtype)).sum()


@pytest.fixture(scope="module")
def model(tmp_path_factory, toy_bert_folder):
    folder = toy_bert_folder(tmp_path_factory.mktemp("toy") / "model")
    return SentenceTransformer(str(folder), device="cpu").eval()


def naive(column, widths, weights):
    """The formula, number by number, in float64."""
    total = 0.0
    for width, weight in zip(widths, weights, strict=True):
        for row in column.double().tolist():
            length = sum(number * number for number in row[:width]) ** 0.5
            total += weight * sum((at + 1) * number / length for at, number in enumerate(row[:width]))
    return total


def gradients(loss, model, features, labels=None):
    model.zero_grad()
    value = loss(features, labels)
    value.backward()
    return value.detach(), torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def test_value_is_that_of_the_formula():
    column = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
    loss = MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [6, 2, 4], [1.0, 3.0, 0.5])
    assert loss.compute([column], None).item() == pytest.approx(naive(column, [6, 2, 4], [1.0, 3.0, 0.5]), rel=1e-5)


def test_widths_are_sorted_with_their_weights():
    """Unsorted widths once trained the wrong ones."""
    loss = MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [2, 6, 4], [1, 2, 3])
    assert loss.matryoshka_dims == (6, 4, 2)
    assert loss.matryoshka_weights == (2, 3, 1)


@pytest.mark.parametrize("inner", [MultipleNegativesRankingLoss, CachedMultipleNegativesRankingLoss])
def test_gradient_is_that_of_a_sum_by_hand(model, inner):
    features = [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
    options = {"mini_batch_size": 2} if inner is CachedMultipleNegativesRankingLoss else {}
    value, gradient = gradients(MatryoshkaLoss(model, inner(model, **options), [16, 4], [1, 2]), model, features)
    model.zero_grad()
    plain = MultipleNegativesRankingLoss(model)
    columns = [model(dict(each))["sentence_embedding"] for each in features]
    by_hand = 0
    for width, weight in ((16, 1), (4, 2)):
        cut = [column[:, :width] / column[:, :width].norm(dim=1, keepdim=True) for column in columns]
        by_hand = by_hand + weight * plain.compute(cut, None)
    by_hand.backward()
    expected = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    assert value.item() == pytest.approx(by_hand.item(), rel=1e-5)
    assert (gradient - expected).norm() <= 1e-5 * expected.norm()


def test_cached_inner_loss_equals_uncached_with_dropout(tmp_path, toy_bert_folder):
    """One forward pass in mini-batches, its activations computed again with the same dropout."""
    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "m")), device="cpu").train()
    features = [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
    results = []
    for inner in (
        CachedMultipleNegativesRankingLoss(model, mini_batch_size=100),
        CachedMultipleNegativesRankingLoss(model, mini_batch_size=100),
    ):
        torch.manual_seed(3)
        inner.mini_batches = None if not results else inner.mini_batches
        results.append(gradients(MatryoshkaLoss(model, inner, [16, 8]), model, features))
    (plain_value, plain), (cached_value, cached) = results
    assert plain_value.item() == pytest.approx(cached_value.item(), rel=1e-6)
    assert (plain - cached).norm() <= 1e-6 * plain.norm()


def test_the_model_runs_once_for_all_widths(model):
    calls = []
    hook = model.register_forward_pre_hook(lambda module, inputs: calls.append(1))
    try:
        MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [16, 8, 4, 2])(
            [model.tokenize(ANCHORS), model.tokenize(POSITIVES)]
        )
    finally:
        hook.remove()
    assert len(calls) == 1


def test_teacher_vectors_are_cut_where_they_are_compared_number_by_number():
    student, teacher = torch.randn(3, 4), torch.randn(3, 4)
    value = MatryoshkaLoss(nn.Identity(), Distance(nn.Identity()), [4, 2]).compute([student], teacher)
    expected = sum(
        (student[:, :width] / student[:, :width].norm(dim=1, keepdim=True) - teacher[:, :width]).square().mean()
        for width in (4, 2)
    )
    assert torch.allclose(value, expected)


def test_wrappers_pass_the_cut_on():
    """A Matryoshka loss inside another one cuts the teacher as well."""
    student, teacher = torch.randn(3, 4), torch.randn(3, 4)
    inner = MatryoshkaLoss(nn.Identity(), Distance(nn.Identity()), [2])
    assert MatryoshkaLoss(nn.Identity(), inner, [3]).compute([student], teacher).ndim == 0


def test_a_classifier_of_fixed_width_is_refused_before_the_first_step():
    class Classifier(Weighed):
        fixed_width = 16

    with pytest.raises(ConfigError, match=r"Classifier.*width 16.*inside MatryoshkaLoss"):
        MatryoshkaLoss(nn.Identity(), Classifier(nn.Identity()), [16, 8])


def test_a_classifier_is_accepted_at_its_own_width():
    class Classifier(Weighed):
        fixed_width = 16

    assert MatryoshkaLoss(nn.Identity(), Classifier(nn.Identity()), [16]).matryoshka_dims == (16,)


def test_random_widths_repeat_with_the_generator():
    loss = MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [8, 6, 4, 2], n_dims_per_step=2)
    column = torch.randn(3, 8)
    torch.manual_seed(5)
    first = [loss.compute([column], None).item() for _ in range(4)]
    state = torch.get_rng_state()
    later = [loss.compute([column], None).item() for _ in range(4)]
    torch.set_rng_state(state)
    assert [loss.compute([column], None).item() for _ in range(4)] == later
    torch.manual_seed(5)
    assert [loss.compute([column], None).item() for _ in range(4)] == first
    assert len(set(first + later)) > 1


def test_named_parts_stay_named():
    class Parts(Loss):
        roles = Roles(("text",))

        def compute(self, embeddings, targets):
            return {"sum": embeddings[0].sum(), "one": torch.tensor(1.0)}

    value = MatryoshkaLoss(nn.Identity(), Parts(nn.Identity()), [2, 1], [1, 3]).compute([torch.eye(2)], None)
    assert value["one"].item() == 4.0
    assert value["sum"].item() == pytest.approx(2.0 + 3.0 * 1.0)


def test_zero_rows_give_finite_and_small_gradients():
    """Cut rows may be zero where whole ones are not."""
    rows = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], requires_grad=True)
    MatryoshkaLoss(nn.Identity(), MultipleNegativesRankingLoss(nn.Identity()), [3, 2]).compute(
        [rows, rows], None
    ).backward()
    assert torch.isfinite(rows.grad).all()
    assert rows.grad.abs().max() < 100


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_finite(dtype):
    rows = torch.randn(4, 8).mul(100).to(dtype).requires_grad_()
    value = MatryoshkaLoss(nn.Identity(), MultipleNegativesRankingLoss(nn.Identity()), [8, 2]).compute(
        [rows, rows], None
    )
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(rows.grad).all()


@pytest.mark.parametrize("widths", [[], [0], [-3], [8.0], ["8"], [True]])
def test_widths_that_are_none_are_refused(widths):
    with pytest.raises(InputError, match="matryoshka_dims"):
        MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), widths)


def test_widths_beyond_the_model_are_refused(model):
    with pytest.raises(
        InputError, match=r"matryoshka_dims with 32, and a model of width 16.*Fix: matryoshka_dims=\[8\]"
    ):
        MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [32, 8])


def test_widths_beyond_the_embeddings_are_refused_where_the_model_does_not_say():
    with pytest.raises(ShapeError, match="width 4 to be cut to 8"):
        MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [8]).compute([torch.zeros(1, 4)], None)


def test_leaving_out_the_whole_width_is_said(model, caplog):
    with caplog.at_level(logging.WARNING):
        MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [8, 4])
    assert "leaves out the model's whole width 16" in caplog.text


def test_a_model_that_encodes_shorter_trains_whole(tmp_path, toy_bert_folder):
    """`truncate_dim` is about encode; in training the model gives its whole width."""
    model = SentenceTransformer(str(toy_bert_folder(tmp_path / "m")), device="cpu", truncate_dim=4)
    assert MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [16, 4]).matryoshka_dims == (16, 4)


def test_weights_of_another_number_are_refused():
    with pytest.raises(InputError, match="1 matryoshka_weights for 2 matryoshka_dims"):
        MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [4, 2], [1.0])


@pytest.mark.parametrize("number", [0, -2, 1.5, True])
def test_number_of_widths_per_step_is_checked(number):
    with pytest.raises(InputError, match="n_dims_per_step"):
        MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [4, 2], n_dims_per_step=number)


def test_settings_and_roles_are_those_of_both():
    loss = MatryoshkaLoss(nn.Identity(), Weighed(nn.Identity()), [2, 4], n_dims_per_step=1)
    assert loss.get_config_dict() == {
        "loss": "Weighed",
        "matryoshka_dims": (4, 2),
        "matryoshka_weights": (1, 1),
        "n_dims_per_step": 1,
    }
    assert loss.roles == Weighed.roles
    assert "2205.13147" in loss.citation


def test_the_loss_can_be_copied(model):
    """Trainers and searches copy losses."""
    loss = copy.deepcopy(MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), [16, 8]))
    assert loss.loss.model is loss.model


def _run_in_a_process(rank, folder, columns):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    torch.set_num_threads(1)  # a forked process must not wait for threads that only its parent has
    torch.manual_seed(rank)  # generators that have drifted apart
    own = [column[rank * 3 : rank * 3 + 3].clone().requires_grad_() for column in columns]
    inner = MultipleNegativesRankingLoss(nn.Identity(), gather_across_devices=True)
    loss = MatryoshkaLoss(nn.Identity(), inner, [8, 4, 2], n_dims_per_step=2)
    value = loss.compute(own, None)
    value.backward()
    torch.save((value.detach(), [column.grad for column in own]), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.skipif(not dist.is_available(), reason="torch without torch.distributed")
def test_two_processes_equal_one_with_the_joint_batch(tmp_path):
    columns = [torch.randn(6, 8, generator=torch.Generator().manual_seed(at)) for at in range(2)]
    mp.start_processes(_run_in_a_process, args=(str(tmp_path), columns), nprocs=2, start_method="fork")
    results = [torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1)]
    torch.manual_seed(0)  # the choice of the first process counts
    joint = [column.clone().requires_grad_() for column in columns]
    loss = MatryoshkaLoss(nn.Identity(), MultipleNegativesRankingLoss(nn.Identity()), [8, 4, 2], n_dims_per_step=2)
    value = loss.compute(joint, None)
    value.backward()
    assert torch.allclose((results[0][0] + results[1][0]) / 2, value.detach(), rtol=1e-5)
    for at, column in enumerate(joint):
        # Data parallelism takes the mean over the processes.
        gradient = torch.cat([grads[at] for _, grads in results]) / 2
        assert torch.allclose(gradient, column.grad, atol=1e-6)
