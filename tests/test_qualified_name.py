import collections

import pytest

from likewise.errors import LikewiseError
from likewise.qualified_name import fullname, import_from_string


@pytest.mark.parametrize("value", [collections.OrderedDict(), collections.OrderedDict], ids=["object", "class"])
def test_a_name_leads_back_to_the_class(value):
    assert fullname(value) == "collections.OrderedDict"
    assert import_from_string(fullname(value)) is collections.OrderedDict


@pytest.mark.parametrize(
    ("name", "message"),
    [("OrderedDict", "'OrderedDict' is no dotted name"), ("collections.Nope", "'collections' has no 'Nope'")],
)
def test_a_name_that_leads_nowhere_is_an_import_error_of_ours(name, message):
    with pytest.raises(ImportError, match=message) as caught:
        import_from_string(name)

    assert isinstance(caught.value, LikewiseError)


def test_a_module_that_is_not_there_is_an_import_error():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_from_string("no_such_module.Thing")
