"""SetFit on likewise: it learns (the loss falls, held-out texts are judged well), saves and loads."""

import pytest


@pytest.fixture(scope="module")
def found(client):
    return client("use_setfit")


def test_the_loss_falls_and_the_weights_move(found):
    losses = found["losses"]

    assert found["epochs"] == 1  # 24 batches of 16 are all the pairs
    assert len(losses) >= 4
    assert losses[-1] < 0.5 * losses[0]
    assert found["moved"] > 0.01


def test_held_out_texts_are_judged_well(found):
    assert found["accuracy"] > 0.95
    assert found["with_head"] > 0.9
    assert found["new"] == ["space"]
    assert found["probability"] > 0.5


def test_a_saved_model_judges_alike(found):
    assert found["loaded_agrees"]


def test_as_good_as_through_the_real_package(client, found):
    theirs = client("use_setfit", real=True)

    # Rows are shuffled differently, so the weights are others.
    assert found["accuracy"] > theirs["accuracy"] - 0.02
    assert found["losses"][-1] < 1.5 * theirs["losses"][-1]
    assert len(found["losses"]) == len(theirs["losses"])
