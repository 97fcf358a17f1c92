"""The documented class beside the installed peer package: the same arguments in order, the same small answers."""

import inspect

import numpy as np
import pytest

from likewise import SentenceTransformer, util
from likewise.models import BoW

peer = pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

# Training, and what is private to the other implementation.
TRAINING = {"fit", "old_fit", "smart_batching_collate"}
OTHER = {
    "SUPPORTED_SIMILARITY_FN_NAMES",
    "clear_placement_cache",
    "default_huggingface_organization",
    "merge",
    "model_card_data_class",
    "model_type",
}
METHODS = [
    "encode",
    "encode_query",
    "encode_document",
    "encode_multi_process",
    "start_multi_process_pool",
    "similarity",
    "similarity_pairwise",
    "truncate_sentence_embeddings",
    "truncate_embeddings",
    "evaluate",
    "save",
    "save_pretrained",
    "push_to_hub",
    "save_to_hub",
    "set_pooling_include_prompt",
    "gradient_checkpointing_enable",
    "supports",
    "is_singular_input",
]


@pytest.fixture(scope="module")
def both(toy_bert_folder, tmp_path_factory):
    folder = toy_bert_folder(tmp_path_factory.mktemp("surface") / "model")
    return SentenceTransformer(folder, device="cpu"), peer.SentenceTransformer(str(folder), device="cpu")


def positional(method):
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD,)
    names = [each.name for each in inspect.signature(method).parameters.values() if each.kind in kinds]
    return ["sentences" if name == "inputs" and at == 1 else name for at, name in enumerate(names)]


def test_every_public_member_for_inference_exists():
    theirs = {name for name in dir(peer.SentenceTransformer) if not name.startswith("_")}

    assert theirs - TRAINING - OTHER - set(dir(SentenceTransformer)) == set()


@pytest.mark.parametrize("name", METHODS)
def test_arguments_come_in_the_same_order(name):
    ours = positional(getattr(SentenceTransformer, name))
    theirs = positional(getattr(peer.SentenceTransformer, name))

    shared = min(len(ours), len(theirs))
    assert ours[:shared] == theirs[:shared]
    # What is there beyond is taken by name.
    accepted = inspect.signature(getattr(SentenceTransformer, name)).parameters
    assert set(theirs[shared:]) <= set(accepted) or "kwargs" in accepted


def test_the_constructor_takes_every_argument_by_name():
    theirs = set(inspect.signature(peer.SentenceTransformer.__init__).parameters)

    assert theirs <= set(inspect.signature(SentenceTransformer.__init__).parameters)


@pytest.mark.parametrize(
    "given", ["a", ["a"], ("a", "b"), {"query": "a"}, [("a", "b")], np.array("a"), np.array(["a"]), []], ids=repr
)
def test_one_input_or_many(both, given):
    ours, theirs = both

    assert ours.is_singular_input(given) is theirs.is_singular_input(given)


@pytest.mark.parametrize("modality", ["text", "image", "audio", ("text", "image"), "nonsense"], ids=str)
def test_what_is_read(both, modality):
    ours, theirs = both

    assert ours.modalities == theirs.modalities
    assert ours.supports(modality) is theirs.supports(modality)


def test_small_answers(both):
    ours, theirs = both

    for name in ("get_max_seq_length", "get_model_kwargs", "get_backend", "has_peft_compatible_model"):
        assert getattr(ours, name)() == getattr(theirs, name)(), name
    for name in ("prompts", "default_prompt_name", "similarity_fn_name", "truncate_dim", "device", "dtype"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert type(ours.config) is type(theirs.config)
    assert type(ours.tokenizer) is type(theirs.tokenizer)


def test_a_model_without_a_transformer():
    ours = SentenceTransformer(modules=[BoW(["a"])], device="cpu")
    theirs = peer.SentenceTransformer(modules=[peer.models.BoW(["a"])], device="cpu")

    for name in ("config", "transformers_model", "dtype", "max_seq_length", "modalities"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for model in (ours, theirs):
        with pytest.raises(ValueError, match=r"adapters|PEFT"):
            model.check_peft_compatible_model()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [(("me/model",), {}), (("model", "me"), {}), (("me/model", "me"), {}), (("model", "me", True), {})],
)
def test_the_old_upload_warns_in_the_same_words(both, monkeypatch, caplog, args, kwargs):
    def calls_of(model):
        caplog.clear()
        made = []
        monkeypatch.setattr(model, "push_to_hub", lambda **given: made.append(given), raising=False)
        model.save_to_hub(*args, **kwargs)
        del made[0]["commit_message"]
        return made, [record.message for record in caplog.records]

    ours, theirs = map(calls_of, both)

    assert ours == theirs


def test_helpers_have_the_same_names():
    from sentence_transformers import util as theirs

    documented = {
        "batch_to_device",
        "community_detection",
        "disable_datasets_caching",
        "information_retrieval",
        "mine_hard_negatives",
        "paraphrase_mining",
        "save_to_hub_args_decorator",
    }
    shared = set(util.__dir__()) & set(dir(theirs))

    assert documented <= shared
    for name in ("semantic_search", "http_get", "batch_to_device", "normalize_embeddings", "truncate_embeddings"):
        ours = list(inspect.signature(getattr(util, name)).parameters)
        assert ours == list(inspect.signature(getattr(theirs, name)).parameters)
