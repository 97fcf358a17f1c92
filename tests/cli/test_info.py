"""`likewise info`: facts from files alone, of good folders and of wrong ones."""

import json
import struct
import subprocess
import sys

import pytest

PREFIX = "sentence_transformers.models."


def safetensors(shapes, dtype="F32"):
    """A file with zeros of these shapes."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + b"\0" * offset


@pytest.fixture
def model(write, tmp_path):
    """Write a model folder: modules as (kind, files); returns its path."""

    def build(*modules, settings=None, card=None):
        entries = []
        for index, (kind, files) in enumerate(modules):
            path = "" if index == 0 else f"{index}_{kind}"
            entries.append(
                {"idx": index, "name": str(index), "path": path, "type": kind if "." in kind else PREFIX + kind}
            )
            for name, content in files.items():
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                write(f"model/{path}/{name}" if path else f"model/{name}", data)
        write("model/modules.json", json.dumps(entries))
        if settings is not None:
            write("model/config_sentence_transformers.json", json.dumps(settings))
        if card is not None:
            write("model/README.md", card)
        return tmp_path / "model"

    return build


BERT = {
    "config.json": {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "max_position_embeddings": 512},
    "sentence_bert_config.json": {"max_seq_length": 128},
    "model.safetensors": safetensors({"embeddings.weight": [10, 8], "layer.bias": [8]}),
}
POOLING = {"config.json": {"word_embedding_dimension": 8, "pooling_mode_cls_token": True}}
STATIC = {"model.safetensors": safetensors({"embedding.weight": [100, 16]}), "tokenizer.json": {}}


def facts(outcome):
    return json.loads(outcome.out)


def test_a_transformer_with_pooling_and_dense(likewise, model):
    dense = {
        "config.json": {
            "in_features": 16,
            "out_features": 4,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
        "model.safetensors": safetensors({"linear.weight": [4, 16], "linear.bias": [4]}),
    }
    settings = {"prompts": {"query": "query: "}, "default_prompt_name": "query", "similarity_fn_name": "dot"}
    folder = model(("Transformer", BERT), ("Pooling", POOLING), ("Dense", dense), settings=settings)

    outcome = likewise("info", folder, "--json")

    found = facts(outcome)
    assert outcome.code == 0
    assert found["embedding_dimension"] == 4
    assert found["max_seq_length"] == 128
    assert found["parameters"] == 10 * 8 + 8 + 4 * 16 + 4
    assert found["prompts"] == {"query": "query: "}
    assert found["default_prompt_name"] == "query"
    assert found["similarity_fn_name"] == "dot"
    assert [module["detail"] for module in found["modules"]] == ["bert, 2 layers", "cls+mean", "Tanh"]
    assert "transformers" in found["runs"]


HEADS = {"num_attention_heads": 2, "vocab_size": 10, "intermediate_size": 16}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (HEADS, "packed: no padding"),
        ({"model_type": "t5"}, "padded, through transformers: architecture 't5' has no packed form"),
        ({**HEADS, "is_decoder": True}, "padded, through transformers: is_decoder is True"),
    ],
)
def test_how_a_transformer_will_run_is_told_from_its_configuration(likewise, model, config, said):
    body = {**BERT, "config.json": {**BERT["config.json"], **config}}

    outcome = likewise("info", model(("Transformer", body), ("Pooling", POOLING)))

    assert outcome.code == 0
    assert said in outcome.out


@pytest.mark.parametrize("kind", ["modernbert", "nomic_bert", "gte"])
@pytest.mark.parametrize("folder", ["toy_encoder_folder", "toy_classifier_folder"])
def test_what_a_configuration_of_an_older_transformers_leaves_out_does_not_matter(
    request, likewise, tmp_path, kind, folder
):
    from likewise import CrossEncoder, SentenceTransformer

    path = request.getfixturevalue(folder)(tmp_path / "model", kind)
    said = json.loads((path / "config.json").read_text())
    raw = {key: value for key, value in said.items() if key not in ("layer_types", "rope_parameters")}
    (path / "config.json").write_text(json.dumps(raw))

    outcome = likewise("info", path)

    assert "packed: no padding" in outcome.out
    family = SentenceTransformer if folder == "toy_encoder_folder" else CrossEncoder
    assert family(str(path), device="cpu").describe().bodies[0].packed


def test_an_adapter_without_its_base_model_is_no_problem(likewise, model):
    adapter = {
        "adapter_config.json": {"base_model_name_or_path": "someone/base", "peft_type": "LORA"},
        "adapter_model.safetensors": safetensors({"base_model.model.query.lora_A.weight": [4, 6]}),
        "sentence_bert_config.json": {"max_seq_length": 77},
    }

    found = facts(likewise("info", model(("Transformer", adapter)), "--json"))

    assert found["problems"] == []
    assert found["max_seq_length"] == 77
    assert found["parameters"] == 24
    assert found["runs"].endswith("padded, through transformers: it carries an adapter")
    assert found["modules"][0]["detail"] == "adapter of someone/base"


def test_an_adapter_is_said_to_run_padded(likewise, model):
    body = {**BERT, "config.json": {**BERT["config.json"], **HEADS}, "adapter_config.json": {}}

    found = facts(likewise("info", model(("Transformer", body)), "--json"))

    assert found["runs"].endswith("padded, through transformers: it carries an adapter")


def test_a_static_model_has_no_limit_and_needs_no_transformers(likewise, model):
    outcome = likewise("info", model(("StaticEmbedding", STATIC), ("Normalize", {})))

    assert outcome.code == 0
    assert "embedding   16 numbers" in outcome.out
    assert "max length  no limit" in outcome.out
    assert "transformers is not needed" in outcome.out
    assert "parameters  1,600 (F32)" in outcome.out


def test_truncation_in_the_settings_narrows_the_embedding(likewise, model):
    found = facts(likewise("info", model(("StaticEmbedding", STATIC), settings={"truncate_dim": 5}), "--json"))

    assert found["embedding_dimension"] == 5


def test_later_spellings_are_read(likewise, model):
    pooling = {"config.json": {"embedding_dimension": 8, "pooling_mode": ["mean", "max", "lasttoken"]}}
    kind = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"

    found = facts(likewise("info", model(("Transformer", BERT), (kind, pooling)), "--json"))

    assert found["embedding_dimension"] == 24
    assert found["modules"][1]["kind"] == "Pooling"


@pytest.mark.parametrize(
    ("kind", "files", "width"),
    [
        ("LSTM", {"lstm_config.json": {"word_embedding_dimension": 8, "hidden_dim": 5}}, 10),
        ("LSTM", {"lstm_config.json": {"hidden_dim": 5, "bidirectional": False}}, 5),
        ("CNN", {"cnn_config.json": {"in_word_embedding_dimension": 8, "out_channels": 6, "kernel_sizes": [1, 3]}}, 12),
        ("LayerNorm", {"config.json": {"dimension": 8}}, 8),
    ],
)
def test_the_width_of_a_module_is_told_from_its_settings(likewise, model, kind, files, width):
    files = {**files, "model.safetensors": safetensors({"weight": [2]})}

    found = facts(likewise("info", model(("Transformer", BERT), (kind, files)), "--json"))

    assert found["modules"][1]["embedding_dimension"] == width
    assert found["problems"] == []


def test_licence_and_base_model_come_from_the_front_matter(likewise, model):
    card = "---\nlanguage: en\nlicense: apache-2.0\nbase_model:\n- org/base\n---\n# Title\nlicense: not this\n"

    found = facts(likewise("info", model(("StaticEmbedding", STATIC), card=card), "--json"))

    assert (found["license"], found["base_model"]) == ("apache-2.0", "org/base")


@pytest.mark.parametrize("card", ["# no front matter\nlicense: mit\n", "---\nlicense: mit\nnever closed\n", ""])
def test_a_readme_without_front_matter_states_no_licence(likewise, model, card):
    assert facts(likewise("info", model(("StaticEmbedding", STATIC), card=card), "--json"))["license"] is None


def test_foreign_code_is_named_and_not_run(likewise, model, write, tmp_path):
    write("model/evil.py", f"open({str(tmp_path / 'ran')!r}, 'w')")

    outcome = likewise("info", model(("StaticEmbedding", STATIC), ("evil.Module", {})))

    assert outcome.code == 0
    assert "custom code" in outcome.out
    assert "evil.Module" in outcome.out
    assert "--trust-remote-code" in outcome.out
    assert not (tmp_path / "ran").exists()


def test_pickled_weights_are_not_opened(likewise, model):
    files = {**BERT, "pytorch_model.bin": b"cos\nsystem\n(S'false'\ntR."}
    del files["model.safetensors"]

    outcome = likewise("info", model(("Transformer", files), ("Pooling", POOLING)), "--json")

    assert facts(outcome)["parameters"] is None
    assert "pickles" in facts(outcome)["notes"][0]


def test_a_plain_transformers_folder_says_how_it_is_pooled(likewise, write, tmp_path):
    for name, content in BERT.items():
        write(f"plain/{name}", content if isinstance(content, bytes) else json.dumps(content))

    outcome = likewise("info", tmp_path / "plain")

    assert outcome.code == 0
    assert "it is used with mean pooling" in outcome.out


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"tokenizer.json": {}}, "no weights"),
        ({"model.safetensors": STATIC["model.safetensors"][:-7]}, "damaged or cut short"),
        ({"model.safetensors": b"nothing"}, "not a safetensors file"),
    ],
)
def test_damaged_weights_are_a_problem_and_exit_code_1(likewise, model, files, problem):
    outcome = likewise("info", model(("StaticEmbedding", files)))

    assert outcome.code == 1
    assert problem in outcome.out


def test_a_wrong_value_in_the_settings_is_a_problem(likewise, model):
    files = {**BERT, "config.json": {"model_type": "bert", "hidden_size": "eight"}}

    outcome = likewise("info", model(("Transformer", files)))

    assert outcome.code == 1
    assert "'hidden_size' is 'eight'" in outcome.out


def test_a_path_out_of_the_folder_is_refused(likewise, write, tmp_path):
    write("model/modules.json", json.dumps([{"name": "0", "path": "../other", "type": PREFIX + "Pooling"}]))

    outcome = likewise("info", tmp_path / "model")

    assert outcome.code == 1
    assert "leads out of the model folder" in outcome.err


def test_a_folder_that_is_no_model_is_refused(likewise, tmp_path):
    outcome = likewise("info", tmp_path)

    assert outcome.code == 1
    assert "holds neither modules.json nor config.json" in outcome.err


def test_an_unknown_model_is_an_error(likewise):
    outcome = likewise("info", "no/such-model-anywhere", "--offline")

    assert outcome.code == 1
    assert "no/such-model-anywhere" in outcome.err


def test_torch_is_not_imported(model):
    folder = model(("StaticEmbedding", STATIC))
    code = (
        "import sys; from likewise.cli.main import main; "
        f"main(['info', {str(folder)!r}]); print('torch' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "False"


@pytest.mark.real_weights
def test_the_facts_of_a_real_model(likewise, minilm_folder):
    found = facts(likewise("info", minilm_folder, "--json"))

    assert found["embedding_dimension"] == 384
    assert found["max_seq_length"] == 256
    assert found["parameters"] == 22_713_216
    assert found["license"] == "apache-2.0"


HEAD = {"classifier.weight": [1, 8], "classifier.bias": [1]}


@pytest.fixture
def ranker(write, tmp_path):
    """Write a plain folder of a BERT with a classification head; returns its path."""

    def build(**settings):
        config = {**BERT["config.json"], **HEADS, "architectures": ["BertForSequenceClassification"], **settings}
        write("ranker/config.json", json.dumps(config))
        write("ranker/model.safetensors", safetensors({"embeddings.weight": [10, 8], **HEAD}))
        return tmp_path / "ranker"

    return build


def test_a_reranker_is_said_to_score_pairs(likewise, ranker):
    outcome = likewise("info", ranker(id2label={"0": "LABEL_0"}))

    assert outcome.code == 0
    assert "used as     a re-ranker: CrossEncoder, likewise search --rerank" in outcome.out
    assert "scores      1 for each pair of texts, through Sigmoid" in outcome.out
    assert "packed: no padding" in outcome.out
    assert "SequenceClassifier" in outcome.out
    assert "embedding" not in outcome.out
    assert "similarity" not in outcome.out
    assert "a SentenceTransformer would use its encoder alone, with mean pooling" in outcome.out


def test_the_json_of_a_reranker_has_labels_and_activation(likewise, ranker):
    activation = {"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}

    found = facts(likewise("info", ranker(id2label={"0": "LABEL_0"}, **activation), "--json"))

    assert (found["family"], found["num_labels"], found["activation_fn"]) == ("CrossEncoder", 1, "Identity")
    assert found["embedding_dimension"] is None
    assert found["similarity_fn_name"] is None


@pytest.mark.parametrize(("settings", "labels"), [({}, 2), ({"num_labels": 4}, 4)])
def test_a_classifier_of_pairs_is_no_reranker(likewise, ranker, settings, labels):
    outcome = likewise("info", ranker(**settings))

    assert f"scores      {labels} for each pair of texts, through Identity" in outcome.out
    assert "used as     CrossEncoder\n" in outcome.out


def test_a_head_without_a_packed_form_is_said(likewise, ranker):
    rotations = {"full_attention": {"rope_type": "default", "rope_theta": 10000.0}}
    kind = {"model_type": "modernbert", "layer_types": ["full_attention"] * 2, "rope_parameters": rotations}
    head = {"architectures": ["ModernBertForSequenceClassification"], "classifier_activation": "mish"}
    folder = ranker(**kind, **head, local_attention=16)

    assert "padded, through transformers: the head has no packed form" in likewise("info", folder).out


def test_a_model_of_embeddings_is_none(likewise, model):
    found = facts(likewise("info", model(("Transformer", BERT), ("Pooling", POOLING)), "--json"))

    assert (found["family"], found["num_labels"], found["activation_fn"]) == ("SentenceTransformer", None, None)


def test_the_facts_of_a_saved_cross_encoder(likewise, toy_classifier_folder, tmp_path):
    from likewise import CrossEncoder

    model = CrossEncoder(str(toy_classifier_folder(tmp_path / "plain", labels=3)), device="cpu")
    model.save(str(tmp_path / "saved"))

    found = facts(likewise("info", tmp_path / "saved", "--json"))

    assert (found["family"], found["num_labels"], found["activation_fn"]) == ("CrossEncoder", 3, "Identity")
    assert found["modules"][0]["kind"] == "SequenceClassifier"
    assert found["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    assert found["problems"] == []


def test_the_facts_of_a_generative_reranker(likewise, toy_causal_folder, tmp_path):
    from likewise import CrossEncoder

    CrossEncoder(toy_causal_folder(tmp_path / "plain"), device="cpu").save(str(tmp_path / "saved"))

    found, shown = facts(likewise("info", tmp_path / "saved", "--json")), likewise("info", tmp_path / "saved")

    assert (found["family"], found["num_labels"], found["activation_fn"]) == ("CrossEncoder", 1, "Sigmoid")
    assert "architecture 'qwen3' has no packed form" in shown.out
    assert "LogitScore" in shown.out
