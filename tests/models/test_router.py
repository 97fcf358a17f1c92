"""Router: which modules an input passes, its folder, and damaged folders."""

import json
from typing import ClassVar

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from likewise.errors import CheckpointError, ConfigError, InputError, LikewiseError
from likewise.models import Dense, Normalize, Router, StaticEmbedding
from likewise.models.module import LoadContext, Module
from likewise.models.module_loading import load_module, save_module
from likewise.models.sequence import ModuleSequence

VOCAB = {"[UNK]": 0, "a": 1, "b": 2}


def static(factor: float = 1.0, dimension: int = 2) -> StaticEmbedding:
    tokenizer = Tokenizer(models.WordLevel(VOCAB, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    table = torch.arange(3 * dimension, dtype=torch.float32).reshape(3, dimension)
    return StaticEmbedding(tokenizer, embedding_weights=table * factor)


class Scale(Module):
    """Multiplies by a factor, or by the keyword argument."""

    forward_kwargs: ClassVar = {"factor"}

    def forward(self, features, factor=10.0, **kwargs):
        return {**features, "sentence_embedding": features["sentence_embedding"] * factor}


def router(**kwargs) -> Router:
    return Router.for_query_document([static(1.0)], [static(-1.0), Normalize()], **kwargs)


def embed(model: Router, texts: list, **kwargs) -> torch.Tensor:
    return model(model.tokenize(texts, **kwargs))["sentence_embedding"].detach()


def test_the_task_chooses_the_route():
    model = router()

    assert embed(model, ["a"], task="query").tolist() == [[2.0, 3.0]]
    assert torch.allclose(embed(model, ["a"], task="document").norm(), torch.tensor(1.0))


def test_without_a_task_the_default_route_is_taken():
    assert torch.equal(embed(router(), ["a b"]), embed(router(), ["a b"], task="document"))
    assert torch.equal(embed(router(default_route="query"), ["a b"]), embed(router(), ["a b"], task="query"))


def test_the_first_route_is_the_default_where_none_is_given():
    assert router(default_route=None).default_route == "query"


def test_without_default_a_task_is_needed():
    with pytest.raises(InputError, match="the input names no route"):
        router(default_route=None, allow_empty_key=False).tokenize(["a"])


def test_an_input_may_name_its_task():
    assert torch.equal(embed(router(), [{"query": "a b"}]), embed(router(), ["a b"], task="query"))


def test_an_unknown_task():
    with pytest.raises(InputError, match="there is no route for the task 'passage'"):
        router().tokenize(["a"], task="passage")


def test_an_unknown_key():
    with pytest.raises(InputError, match=r"there is no route for the task 'passage'.*Accepted: one of the routes"):
        router().tokenize([{"passage": "a"}])


def test_a_key_that_contradicts_the_task():
    with pytest.raises(InputError, match=r"'query'.*task='document'"):
        router().tokenize([{"query": "a"}], task="document")


def test_mixed_tasks_get_groups_of_their_own():
    model = router()
    inputs = [{"query": "a"}, {"document": "a b"}, "b", {"query": "b b b"}]

    prepared = model.prepare(inputs)

    assert prepared.groups is not None
    query, document, bare = prepared.groups[0], prepared.groups[1], prepared.groups[2]
    assert prepared.groups[3] == query
    assert len({query, document, bare}) == 3
    assert prepared.sizes.tolist() == [1, 2, 1, 3]
    features = model.collate(prepared, [3, 0])
    assert features["task"] == "query"
    assert model(features)["sentence_embedding"].tolist() == [[4.0, 5.0], [2.0, 3.0]]


def test_a_batch_of_several_routes_is_refused():
    with pytest.raises(InputError, match="several routes in one batch"):
        router().tokenize([{"query": "a"}, {"document": "a"}])


def test_route_mappings_by_modality():
    model = Router(
        {"x": [static(1.0)], "y": [static(2.0)]}, route_mappings={("query", "text"): "y", (None, "text"): "x"}
    )

    assert embed(model, ["a"], task="query").tolist() == [[4.0, 6.0]]
    assert embed(model, ["a"], task="anything").tolist() == [[2.0, 3.0]]


def test_a_router_behind_other_modules():
    model = ModuleSequence([static(), Router({"query": [], "document": [Scale()]})])
    features = static().tokenize(["a"])

    assert model({**features, "task": "document"})["sentence_embedding"].tolist() == [[20.0, 30.0]]
    assert model(dict(features), task="document")["sentence_embedding"].tolist() == [[20.0, 30.0]]
    assert model(dict(features))["sentence_embedding"].tolist() == [[2.0, 3.0]]


def test_keyword_arguments_reach_the_modules_that_take_them():
    model = ModuleSequence([Router({"query": [static(), Scale()]})])

    result = model(model.tokenize(["a"]), factor=2.0)

    assert result["sentence_embedding"].tolist() == [[4.0, 6.0]]


def test_a_router_within_a_router():
    inner = Router({"query": [static(1.0)], "document": [static(2.0)]})
    model = Router({"x": [inner], "y": [static(3.0)]}, route_mappings={("query", None): "x", ("document", None): "x"})
    inputs = [{"document": "a"}, {"query": "a"}, {"y": "a"}]
    prepared = model.prepare(inputs)

    rows = [model(model.collate(prepared, [at]))["sentence_embedding"][0].tolist() for at in range(3)]

    assert rows == [[4.0, 6.0], [2.0, 3.0], [6.0, 9.0]]
    assert len(set(prepared.groups.tolist())) == 3


def test_packed_features_become_padded_for_modules_that_need_it():
    class Padded(Module):
        def forward(self, features, **kwargs):
            return {**features, "sentence_embedding": features["token_embeddings"].sum(1)}

    model = Router({"query": [Padded()]})
    packed = {
        "input_ids": torch.tensor([1, 2, 1]),
        "token_embeddings": torch.tensor([[1.0], [2.0], [4.0]]),
        "cu_seqlens": torch.tensor([0, 2, 3], dtype=torch.int32),
        "max_seqlen": 2,
    }

    assert model(packed)["sentence_embedding"].tolist() == [[3.0], [4.0]]


def test_state_dict_keys():
    model = Router.for_query_document([static()], [static(), Dense(2, 4)])

    assert list(model.state_dict()) == [
        "sub_modules.query.0.embedding.weight",
        "sub_modules.document.0.embedding.weight",
        "sub_modules.document.1.linear.weight",
        "sub_modules.document.1.linear.bias",
    ]


def test_dimension_tokenizer_and_length_are_those_of_the_default_route():
    model = Router({"query": [static()], "document": [static(), Dense(2, 4)]}, default_route="document")

    assert model.get_sentence_embedding_dimension() == 4
    assert model.tokenizer.get_vocab_size() == 3
    model.max_seq_length = 5
    assert [route.max_seq_length for route in model.sub_modules.values()] == [5, 5]


def test_pairs_are_accepted_and_numbers_are_not():
    model = router()

    assert model.accepts("a")
    assert model.accepts(("a", "b"))
    assert model.accepts({"query": "a"})
    assert not model.accepts(3)
    assert not model.accepts({"query": 3})


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ({}, "there are no routes"),
        ({"a/b": []}, "the name of the route 'a/b'"),
        ({"..": []}, "the name of the route"),
        ({"": []}, "the name of the route ''"),
        ({"keys": []}, "the name of the route 'keys'"),
        ({"query": 3}, "the route 'query' is a int"),
        ({"query": [3]}, "module '0' is a int"),
    ],
)
def test_routes_that_cannot_be(routes, message):
    with pytest.raises(ConfigError, match=message):
        Router(routes)


def test_a_route_that_reads_nothing():
    with pytest.raises(ConfigError, match="the route 'query' starts with Normalize"):
        Router({"query": [Normalize()]}).prepare(["a"])


# --- folders


def test_the_folder_has_the_documented_form(tmp_path):
    router().save(str(tmp_path))

    assert json.loads((tmp_path / "router_config.json").read_text()) == {
        "types": {
            "query_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding",
            "document_0_StaticEmbedding": "sentence_transformers.models.StaticEmbedding",
            "document_1_Normalize": "sentence_transformers.models.Normalize",
        },
        "structure": {
            "query": ["query_0_StaticEmbedding"],
            "document": ["document_0_StaticEmbedding", "document_1_Normalize"],
        },
        "parameters": {"default_route": "document", "allow_empty_key": True},
    }
    assert (tmp_path / "query_0_StaticEmbedding" / "tokenizer.json").is_file()


def test_saved_and_loaded(tmp_path):
    model = Router(
        {"query": [static(1.0)], "document": [static(2.0), Dense(2, 4)]},
        default_route="document",
        route_mappings={("query", "text"): "query", (None, ("text", "image")): "document"},
    )
    model.save(str(tmp_path))

    loaded = Router.load(str(tmp_path))

    assert loaded.route_mappings == model.route_mappings
    for task in ("query", "document", None):
        assert torch.equal(embed(loaded, ["a b"], task=task), embed(model, ["a b"], task=task))


def test_a_shared_module_is_stored_once_and_stays_shared(tmp_path):
    shared = static()
    Router.for_query_document([shared], [shared, Normalize()]).save(str(tmp_path))

    loaded = Router.load(str(tmp_path))

    assert loaded.sub_modules["query"][0] is loaded.sub_modules["document"][0]
    assert not (tmp_path / "document_0_StaticEmbedding").exists()


def test_a_router_within_a_router_is_saved_and_loaded(tmp_path):
    model = Router(
        {"x": [Router({"query": [static(1.0)], "document": [static(2.0)]})]}, route_mappings={(None, None): "x"}
    )
    model.save(str(tmp_path))

    loaded = Router.load(str(tmp_path))

    assert embed(loaded, ["a"], task="document").tolist() == [[4.0, 6.0]]


def test_a_folder_of_asym_is_read(tmp_path):
    sub = tmp_path / "1234_StaticEmbedding"
    sub.mkdir()
    static().save(str(sub))
    settings = {
        "types": {"1234_StaticEmbedding": "sentence_transformers.models.StaticEmbedding"},
        "structure": {"query": ["1234_StaticEmbedding"], "doc": ["1234_StaticEmbedding"]},
        "parameters": {"allow_empty_key": False},
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))

    loaded = Router.load(str(tmp_path))

    assert (loaded.default_route, loaded.allow_empty_key) == (None, False)
    assert embed(loaded, [{"doc": "a"}]).tolist() == [[2.0, 3.0]]


@pytest.fixture
def folder(tmp_path):
    router().save(str(tmp_path))
    return tmp_path


def change(folder, edit) -> None:
    path = folder / "router_config.json"
    settings = json.loads(path.read_text())
    edit(settings)
    path.write_text(json.dumps(settings))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.pop("types"), "the key 'types' is missing"),
        (lambda s: s.pop("structure"), "the key 'structure' is missing"),
        (lambda s: s.update(structure={}), "'structure' is {}"),
        (lambda s: s.update(structure={"query": "x"}), "'query' is 'x'"),
        (lambda s: s.update(structure={"query": ["x"]}), "the key 'x' is missing"),
        (lambda s: s.update(structure={"q/../x": []}), "the name of the route"),
        (lambda s: s["types"].update(query_0_StaticEmbedding=3), "'query_0_StaticEmbedding' is 3"),
        (lambda s: s["types"].update(query_0_StaticEmbedding="os.system"), "os.system"),
        (lambda s: s["types"].update(query_0_StaticEmbedding="sentence_transformers.os.system"), "there is no module"),
        (lambda s: s["parameters"].update(default_route="x"), "there is no route 'x'"),
        (lambda s: s["parameters"].update(default_route=3), "'default_route' is 3"),
        (lambda s: s["parameters"].update(allow_empty_key="yes"), "'allow_empty_key' is 'yes'"),
        (lambda s: s["parameters"].update(route_mappings={"x": "query"}), "the route mapping 'x'"),
        (lambda s: s["parameters"].update(route_mappings={"('a', 'b')": "x"}), "there is no route 'x'"),
        (lambda s: s.update(parameters=[]), r"'parameters' is \[\]"),
    ],
)
def test_damaged_settings(folder, edit, message):
    change(folder, edit)

    with pytest.raises(CheckpointError, match=message):
        Router.load(str(folder))


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/tmp", "a/b"])
def test_an_id_must_be_the_name_of_a_folder(folder, name):
    def edit(settings):
        settings["types"][name] = "sentence_transformers.models.Router"
        settings["structure"]["query"] = [name]

    change(folder, edit)

    with pytest.raises(CheckpointError, match="is no name of a folder"):
        Router.load(str(folder))


def test_a_link_that_leads_back_is_refused(folder):
    (folder / "loop").symlink_to(folder, target_is_directory=True)

    def edit(settings):
        settings["types"]["loop"] = "sentence_transformers.models.Router"
        settings["structure"]["query"] = ["loop"]

    change(folder, edit)

    with pytest.raises(CheckpointError, match="is a link"):
        Router.load(str(folder))


def test_deep_nesting_is_refused(tmp_path):
    deepest = tmp_path
    for _ in range(12):
        settings = {"types": {"r": "sentence_transformers.models.Router"}, "structure": {"query": ["r"]}}
        (deepest / "router_config.json").write_text(json.dumps(settings))
        deepest = deepest / "r"
        deepest.mkdir()

    with pytest.raises(CheckpointError, match="nested deeper than"):
        Router.load(str(tmp_path))


def test_any_damaged_value_ends_in_our_error(folder):
    whole = json.loads((folder / "router_config.json").read_text())
    for key in whole:
        for inner in [None, *whole[key]]:
            for value in (None, 3, [], {}, "x", [3], {"a": 1}):
                damaged = json.loads(json.dumps(whole))
                if inner is None:
                    damaged[key] = value
                else:
                    damaged[key][inner] = value
                (folder / "router_config.json").write_text(json.dumps(damaged))
                try:
                    outcome: object = Router.load(str(folder))
                except LikewiseError as error:
                    outcome = error
                assert isinstance(outcome, Router | LikewiseError)


def test_load_module_opens_every_spelling(folder):
    from likewise.hub.folder import ModelFolder

    for spelling in ("sentence_transformers.models.Router", "sentence_transformers.base.modules.router.Router"):
        assert isinstance(load_module(spelling, ModelFolder(folder), LoadContext()), Router)


def test_save_module_writes_a_router(tmp_path):
    save_module(router(), tmp_path)

    assert (tmp_path / "router_config.json").is_file()


def test_it_reads_what_its_routes_read():
    class Sees(StaticEmbedding):
        modalities: ClassVar = ["image", "text"]

    assert router().modalities == ["text"]
    seeing = Sees(static().tokenizer, embedding_dim=2)
    assert Router({"text": [static()], "image": [seeing]}).modalities == ["text", "image"]
