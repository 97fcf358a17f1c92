"""A whole model folder whose JSON is damaged one value at a time: loading gives a model or an error of ours."""

import copy
import json
import warnings

import pytest

from likewise.errors import LikewiseError

ODD_VALUES = [None, True, -1, 0, 1.5, 2**40, 1e300, "", "x", "../x", "os.system", [], [1], {}, {"a": 1}]
FILES = [
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "config.json",
    "tokenizer_config.json",
]


def places(value, path=()):
    """Every place in a JSON value, as a path of keys."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def damaged(value, path, replacement, *, remove=False):
    if not path:
        return replacement
    result = copy.deepcopy(value)
    parent = result
    for key in path[:-1]:
        parent = parent[key]
    if remove:
        del parent[path[-1]]
    else:
        parent[path[-1]] = replacement
    return result


@pytest.fixture(scope="module")
def whole(tmp_path_factory, toy_bert_folder):
    return toy_bert_folder(tmp_path_factory.mktemp("fuzz") / "model", layers=1, normalize=True)


@pytest.mark.parametrize("name", FILES)
def test_one_damaged_value_is_an_error_of_ours_or_harmless(whole, name):
    from likewise import SentenceTransformer

    file = whole / name
    original = file.read_text()
    value = json.loads(original)
    wrong = []
    try:
        for number, path in enumerate(places(value)):
            odd = [ODD_VALUES[(number * 2 + step) % len(ODD_VALUES)] for step in range(2)]
            versions = [damaged(value, path, each) for each in odd]
            versions += [damaged(value, path, None, remove=True)] if path else []
            for version in versions:
                file.write_text(json.dumps(version))
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        SentenceTransformer(str(whole), device="cpu").encode("a cat sat", show_progress_bar=False)
                except LikewiseError:
                    pass
                except Exception as error:
                    wrong.append((path, version if not path else None, odd, type(error).__name__, str(error)[:150]))
    finally:
        file.write_text(original)

    assert wrong == []
