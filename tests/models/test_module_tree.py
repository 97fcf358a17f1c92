import pytest
from torch import nn

from likewise.models.module_tree import ModuleTree


def tree():
    return nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.GELU(), nn.Dropout(0.1)))


def replaced_parameter(root):
    root[0].weight = nn.Parameter(root[0].weight.detach().clone())


def bare_parameter(root):
    root[0].bias = None


CHANGES = {
    "another module": lambda root: root.__setitem__(0, nn.Linear(2, 3)),
    "a module in a leaf": lambda root: root[1][0].add_module("adapter", nn.Linear(1, 1)),
    "a module less": lambda root: root[1].pop(1),
    "another parameter": replaced_parameter,
    "a parameter less": bare_parameter,
    "a hook": lambda root: root[1][1].register_forward_hook(print),
    "a hook before": lambda root: root[0].register_forward_pre_hook(print),
    "another forward": lambda root: setattr(root[1], "forward", print),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_noticed(change):
    root = tree()
    seen = ModuleTree(root)
    assert seen.is_still(root)
    change(root)
    assert not seen.is_still(root)


def test_a_hook_that_goes_is_noticed():
    root = tree()
    handle = root.register_forward_hook(print)
    seen = ModuleTree(root)
    handle.remove()
    assert not seen.is_still(root)


def test_another_tree_of_the_same_form_is_another():
    assert not ModuleTree(tree()).is_still(tree())


def test_new_values_and_modes_are_no_change():
    root = tree()
    seen = ModuleTree(root)
    root[0].weight.data.zero_()
    root.eval().half().requires_grad_(False)
    assert seen.is_still(root)
