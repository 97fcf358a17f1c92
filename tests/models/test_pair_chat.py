from pathlib import Path

import pytest
from transformers import AutoTokenizer

from likewise.errors import CheckpointError, InputError, InputTypeError
from likewise.hub.config_reader import ConfigReader
from likewise.models.pair_chat import PairChat

PARTS = (
    "{% for m in messages %}<{{ m['role'] }}>{% for part in m['content'] %}{{ part['text'] }}{% endfor %}"
    "{% endfor %}<end>"
)


def read(**settings):
    return PairChat.read(ConfigReader(settings, Path("sentence_bert_config.json")))


@pytest.fixture(scope="module")
def tokenizer(toy_causal_folder, tmp_path_factory):
    return AutoTokenizer.from_pretrained(toy_causal_folder(tmp_path_factory.mktemp("chat")))


@pytest.fixture
def of_template(tokenizer):
    def build(template):
        import copy

        changed = copy.deepcopy(tokenizer)
        changed.chat_template = template
        return changed

    return build


def test_a_pair_is_told_by_role_and_white_space_stays(tokenizer):
    chat = PairChat.of(tokenizer)

    assert chat.render(tokenizer, (" a cat", "dog "), "") == "<query> a cat\n<document>dog \n"
    assert chat.render(tokenizer, ("a", "b"), "Judge.") == "<system>Judge.\n<query>a\n<document>b\n"
    assert PairChat(variables={"add_generation_prompt": True}).render(tokenizer, ("a", "b"), "").endswith("<assistant>")


def test_templates_that_read_parts_are_found_out(of_template):
    tokenizer = of_template(PARTS)

    chat = PairChat.of(tokenizer)

    assert chat.flat is False
    assert chat.render(tokenizer, ("a", "b"), "") == "<query>a<document>b<end>"
    assert chat.tail(tokenizer, "") == "<end>"


def test_without_a_template_there_is_no_form(of_template):
    assert PairChat.of(of_template(None)) is None


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
        "{{ raise_exception('no such role') }}",
    ],
    ids=["left out", "refused"],
)
def test_a_template_of_another_kind_of_model_is_refused(of_template, template):
    with pytest.raises(CheckpointError, match="leaves out messages of the roles 'query' and 'document'"):
        PairChat.of(of_template(template))


def test_what_stands_after_the_document_stays_when_a_pair_is_cut(tokenizer):
    chat = PairChat(variables={"add_generation_prompt": True})
    (whole,), (was_cut,) = chat.encode(tokenizer, [("a cat", "dog ran over " * 4)], "", None)
    tail = tokenizer(chat.tail(tokenizer, ""), add_special_tokens=False)["input_ids"]

    rows, cut = chat.encode(tokenizer, [("a cat", "dog ran over " * 4), ("a", "b")], "", 40)

    (plain,), _ = PairChat(variables={**chat.variables, "restore_suffix": False}).encode(
        tokenizer, [("a cat", "dog ran over " * 4)], "", 40
    )
    assert plain == whole[:40]
    assert not was_cut
    assert cut == [True, False]
    assert rows[0] == [*whole[: 40 - len(tail)], *tail]
    assert len(rows[1]) < 40
    with pytest.raises(InputError, match="stand after the document"):
        chat.encode(tokenizer, [("a cat", "dog")], "", len(tail))


def test_bad_pairs(tokenizer):
    chat = PairChat()

    with pytest.raises(InputTypeError, match="a pair of texts"):
        chat.encode(tokenizer, ["one text"], "", None)
    with pytest.raises(InputError, match="input 1 holds a lone surrogate"):
        chat.encode(tokenizer, [("a", "b"), ("a", "\ud800")], "", None)


def test_settings_are_read_and_what_is_dangerous_is_dropped(caplog):
    message = {"method": "forward", "method_output_name": "logits", "format": "structured"}
    given = {"add_generation_prompt": True, "tokenize": True, "tools": [{}], "chat_template": "x", "style": "short"}

    chat = read(
        modality_config={"text": {}, "message": message},
        processing_kwargs={"chat_template": given, "text": {"max_length": 3}},
    )

    assert chat == PairChat(flat=False, variables={"add_generation_prompt": True, "style": "short"})
    assert chat.to_config() == message
    for name in ("'text'", "chat_template.tokenize", "chat_template.tools", "chat_template.chat_template"):
        assert name in caplog.text


def test_settings_without_messages_read_texts_as_they_are():
    assert read() is None
    assert read(modality_config={"text": {"method": "forward"}}) is None
    with pytest.raises(CheckpointError, match="format"):
        read(modality_config={"message": {"format": "poem"}})
