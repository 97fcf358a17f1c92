"""A tokenizer read without transformers gives the ids of the ordinary one, or is not read at all."""

import base64
import json
import pickle
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.hub.folder import ModelFolder
from likewise.models.direct_tokenizer import read_direct_tokenizer
from likewise.models.text_tokenizer import TextTokenizer

TEXTS = [
    "the cat sat", "", " The Cat [MASK] <mask> </s> <s> [SEP]x", "\u00dcn\u00efc\u00f6d\u00e9 \u5317\u4eac 1/2",
    "e\u0301 \ufb01 \u200b zero\u00a0nbsp\ttab\n", "a" * 300, ("the cat", "a dog [PAD] <pad>"), ("", "x"),
]  # fmt: skip
KINDS = ["bert", "roberta", "xlm-roberta"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory, toy_bert_folder, toy_encoder_folder):
    root = tmp_path_factory.mktemp("tokenizers")
    made = {kind: toy_encoder_folder(root / kind, kind) for kind in KINDS[1:]}
    return {"bert": toy_bert_folder(root / "bert", plain=True), **made}


@pytest.fixture
def folder(folders, tmp_path):
    return shutil.copytree(folders["bert"], tmp_path / "model")


def edit(folder, name, **changes):
    path = folder / name
    data = {**(json.loads(path.read_text()) if path.exists() else {}), **changes}
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}))


def read(folder, **options):
    return read_direct_tokenizer(ModelFolder(folder), options)


def ordinary(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def ids_of(source, texts):
    rows = [TextTokenizer(source).encode([text], 64).rows for text in texts]
    return [(row.ids.tolist(), None if row.type_ids is None else row.type_ids.tolist()) for row in rows]


def assert_same(direct, expected):
    assert direct is not None
    assert ids_of(direct, TEXTS) == ids_of(expected, TEXTS)
    for name in ("pad_token_id", "pad_token_type_id", "padding_side", "truncation_side"):
        assert getattr(direct, name) == getattr(expected, name)
    assert list(direct.model_input_names) == list(expected.model_input_names)
    assert min(direct.model_max_length, 10**20) == min(expected.model_max_length, 10**20)
    built = direct.build()
    assert type(built) is type(expected)
    assert built.backend_tokenizer.to_str() == expected.backend_tokenizer.to_str()


@pytest.mark.parametrize("kind", KINDS)
def test_ids_and_settings_are_those_of_the_ordinary_tokenizer(folders, kind):
    assert_same(read(folders[kind]), ordinary(folders[kind]))


def test_of_the_real_minilm_as_well(minilm_folder):
    assert_same(read(minilm_folder), ordinary(minilm_folder))


def write_sentence_piece(folder, *, scheme="always", mask=True):
    """Write the files of an XLM-R tokenizer beside a model's configuration."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [*special, *(f"\u2581{word}" for word in ("the", "cat", "sat")), *"abcdefst", "\u2581"]
    tokenizer = Tokenizer(models.Unigram([(piece, -float(at)) for at, piece in enumerate(pieces)], unk_id=3))
    spaces = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme=scheme)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), spaces])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=["<s>", "$A", "</s>"],
        pair=["<s>", "$A", "</s>", "</s>", "$B", "</s>"],
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.add_special_tokens([*special, *(["<mask>"] if mask else [])])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "XLMRobertaTokenizer"}')
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 99}
    (folder / "config.json").write_text(json.dumps({"model_type": "xlm-roberta", **sizes}))


def test_sentence_piece_tokenizers_are_read(tmp_path):
    write_sentence_piece(tmp_path)

    assert_same(read(tmp_path), ordinary(tmp_path))


@pytest.mark.parametrize("options", [{"scheme": "first"}, {"mask": False}])
def test_other_sentence_piece_tokenizers_are_left_to_transformers(tmp_path, options):
    write_sentence_piece(tmp_path, **options)

    assert read(tmp_path) is None


CAMEMBERT = ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>", "<mask>"]
ALBERT = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
# A map of characters that changes none: a tree of 256 empty nodes (its size, then the nodes) and no replacements.
CHARSMAP = base64.b64encode((1024).to_bytes(4, "little") + bytes(1024)).decode()


def sentence_piece_parts(kind):
    """Parts of `tokenizer.json` as transformers builds them for a class without settings."""
    words = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    special = ALBERT if kind == "albert" else CAMEMBERT
    pieces = [*special, *(f"\u2581{word}" for word in ("the", "cat", "sat")), *"abcdefst", "\u2581"]
    first, last = ("[CLS]", "[SEP]") if kind == "albert" else ("<s>", "</s>")
    ends = {token: {"id": token, "ids": [special.index(token)], "tokens": [token]} for token in (first, last)}

    def template(*tokens):
        second = "B" in tokens and kind == "albert"
        return [
            {"Sequence": {"id": token, "type_id": int(second and token == "B")}}
            if token in "AB"
            else {"SpecialToken": {"id": token, "type_id": int(second and at > tokens.index("B"))}}
            for at, token in enumerate(tokens)
        ]

    pair = (first, "A", last, "B", last) if kind == "albert" else (first, "A", last, last, "B", last)
    quotes = [{"type": "Replace", "pattern": {"String": each}, "content": '"'} for each in ("``", "''")]
    steps = [*quotes, {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": at, "content": token, **flags, "lstrip": token in ("<mask>", "[MASK]")}
            for at, token in enumerate(special)
        ],
        "normalizer": {"type": "Sequence", "normalizers": steps} if kind == "albert" else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, words]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template(first, "A", last),
            "pair": template(*pair),
            "special_tokens": dict(sorted(ends.items())),
        },
        "decoder": words,
        "model": {
            "type": "Unigram",
            "unk_id": special.index("<unk>"),
            "vocab": [[piece, -float(at)] for at, piece in enumerate(pieces)],
            "byte_fallback": False,
        },
    }


def write_parts(folder, kind, parts, **settings):
    name = {"albert": "AlbertTokenizer", "camembert": "CamembertTokenizer"}[kind]
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 99}
    (folder / "tokenizer.json").write_text(json.dumps(parts))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name, **settings}))
    (folder / "config.json").write_text(json.dumps({"model_type": kind, **sizes}))


@pytest.mark.parametrize("kind", ["albert", "camembert"])
@pytest.mark.parametrize("settings", [{}, {"model_max_length": 32, "padding_side": "left"}, {"tokenizer_class": None}])
def test_the_tokenizers_of_albert_and_camembert_are_read(tmp_path, kind, settings):
    write_parts(tmp_path, kind, sentence_piece_parts(kind), **settings)

    assert_same(read(tmp_path), ordinary(tmp_path))


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        ({"do_lower_case": False}, ["Lowercase"]),
        ({"keep_accents": True}, ["NFKD", "StripAccents"]),
        ({"do_lower_case": False, "keep_accents": True}, ["Lowercase", "NFKD", "StripAccents"]),
    ],
)
def test_albert_keeps_case_and_accents_where_its_settings_say_so(tmp_path, settings, left_out):
    parts = sentence_piece_parts("albert")
    write_parts(tmp_path, "albert", parts, **settings)
    assert read(tmp_path) is None

    steps = parts["normalizer"]["normalizers"]
    parts["normalizer"]["normalizers"] = [step for step in steps if step["type"] not in left_out]
    write_parts(tmp_path, "albert", parts, **settings)
    assert_same(read(tmp_path), ordinary(tmp_path))


def test_albert_without_a_space_in_front(tmp_path):
    parts = sentence_piece_parts("albert")
    for part in (parts["pre_tokenizer"]["pretokenizers"][1], parts["decoder"]):
        part["prepend_scheme"] = "never"
    write_parts(tmp_path, "albert", parts)
    assert read(tmp_path) is None

    write_parts(tmp_path, "albert", parts, add_prefix_space=False)
    assert_same(read(tmp_path), ordinary(tmp_path))


@pytest.mark.parametrize("kind", ["albert", "camembert"])
def test_a_map_of_characters_is_kept(tmp_path, kind):
    parts = sentence_piece_parts(kind)
    step = {"type": "Precompiled", "precompiled_charsmap": CHARSMAP}
    if kind == "albert":
        parts["normalizer"]["normalizers"].append(step)
    else:
        parts["normalizer"] = step
    write_parts(tmp_path, kind, parts)

    assert_same(read(tmp_path), ordinary(tmp_path))


@pytest.mark.parametrize("kind", ["albert", "camembert"])
@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}]}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"post_processor": None},
        {"added_tokens": []},
    ],
)
def test_other_parts_are_left_to_transformers(tmp_path, kind, change):
    write_parts(tmp_path, kind, {**sentence_piece_parts(kind), **change})

    assert read(tmp_path) is None


def test_unused_tokens_of_camembert_must_be_there(tmp_path):
    parts = sentence_piece_parts("camembert")
    parts["added_tokens"] = [token for token in parts["added_tokens"] if token["content"] != "<unk>NOTUSED"]
    write_parts(tmp_path, "camembert", parts)
    assert read(tmp_path) is None

    write_parts(tmp_path, "camembert", parts, additional_special_tokens=["<s>NOTUSED", "</s>NOTUSED"])
    assert_same(read(tmp_path), ordinary(tmp_path))


@pytest.mark.parametrize("kind", ["albert", "camembert"])
def test_what_transformers_saves_of_them_is_read(tmp_path, kind):
    write_parts(tmp_path, kind, sentence_piece_parts(kind))
    ordinary(tmp_path).save_pretrained(tmp_path)

    assert_same(read(tmp_path), ordinary(tmp_path))


def test_the_tokenizer_of_mpnet_is_read(folder):
    data = json.loads((folder / "tokenizer.json").read_text())
    known = list(data["model"]["vocab"])
    new = ["<s>", "<pad>", "</s>", "<mask>"]
    data["model"]["vocab"] |= {token: len(known) + at for at, token in enumerate(new)}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    data["added_tokens"] = [
        {"id": data["model"]["vocab"][token], "content": token, **flags, "lstrip": token == "<mask>"}
        for token in ("[UNK]", *new)
    ]
    ends = {name: [token, data["model"]["vocab"][token]] for name, token in (("sep", "</s>"), ("cls", "<s>"))}
    data["post_processor"] = {"type": "RobertaProcessing", **ends, "trim_offsets": True, "add_prefix_space": False}
    (folder / "tokenizer.json").write_text(json.dumps(data))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "MPNetTokenizer", "do_lower_case": true}')

    assert_same(read(folder), ordinary(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {"padding_side": "left", "truncation_side": "left"},
        {"model_max_length": None},
        {"model_input_names": ["input_ids", "attention_mask"]},
        {"tokenizer_class": None},
        {"tokenizer_class": "BertTokenizerFast"},
        {"tokenizer_class": "PreTrainedTokenizerFast"},
        {"mask_token": {"content": "[MASK]", "lstrip": False, "__type": "AddedToken"}},
        {"do_basic_tokenize": False, "never_split": None, "clean_up_tokenization_spaces": True},
    ],
)
def test_settings_that_change_no_token_are_read(folder, changes):
    edit(folder, "tokenizer_config.json", **changes)

    assert_same(read(folder), ordinary(folder))


def test_truncation_and_padding_of_the_file_are_kept_for_saving(folder, tmp_path):
    data = json.loads((folder / "tokenizer.json").read_text())
    cut = {"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
    pad = {"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0}
    data |= {"truncation": cut, "padding": {**pad, "pad_type_id": 0, "pad_token": "[PAD]"}}
    (folder / "tokenizer.json").write_text(json.dumps(data))

    direct = read(folder)
    direct.write(tmp_path)

    assert_same(direct, ordinary(folder))
    written = json.loads((tmp_path / "tokenizer.json").read_text())
    assert (written["truncation"], written["padding"]) == (data["truncation"], data["padding"])


@pytest.mark.parametrize(
    "changes",
    [
        {"do_lower_case": False},
        {"strip_accents": False},
        {"tokenize_chinese_chars": False},
        {"unk_token": "[MASK]"},
        {"cls_token": "cat"},
        {"eos_token": "the"},
        {"additional_special_tokens": ["<new>"]},
        {"extra_special_tokens": {"image_token": "<image>"}},
        {"added_tokens_decoder": {"0": {"content": "[PAD]", "lstrip": True, "special": True}}},
        {"split_special_tokens": True},
        {"tokenizer_class": "CamembertTokenizer"},
        {"tokenizer_class": "AlbertTokenizer"},
        {"tokenizer_class": "MPNetTokenizer"},
        {"auto_map": {"AutoTokenizer": ["a.B", None]}},
    ],
)
def test_settings_that_change_tokens_are_left_to_transformers(folder, changes):
    edit(folder, "tokenizer_config.json", **changes)

    assert read(folder) is None


def test_options_other_than_the_length_are_left_to_transformers(folder):
    assert read(folder, model_max_length=7).model_max_length == 7
    assert read(folder, do_lower_case=True) is None


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "config.json"])
def test_a_missing_file_is_left_to_transformers(folder, name):
    (folder / name).unlink()

    assert read(folder) is None


def test_it_pickles(folder):
    direct = read(folder)

    assert ids_of(pickle.loads(pickle.dumps(direct)), TEXTS) == ids_of(direct, TEXTS)


@pytest.mark.parametrize("kind", KINDS)
def test_random_texts_get_the_same_ids(folders, kind):
    direct, expected = TextTokenizer(read(folders[kind])), TextTokenizer(ordinary(folders[kind]))

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(4, 20))
    def check(text, length):
        one, two = (tokenizer.encode([text], length) for tokenizer in (direct, expected))
        assert one.rows.ids.tolist() == two.rows.ids.tolist()
        assert one.truncated.tolist() == two.truncated.tolist()

    check()
