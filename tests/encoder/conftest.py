"""Small random transformers models of every packed architecture."""

import logging

import pytest
import torch

COMMON = {
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "intermediate_size": 48,
    "vocab_size": 60,
    "max_position_embeddings": 48,
    "pad_token_id": 1,
}
SPECIAL = {"bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
DISTIL = {"dim": 32, "n_heads": 4, "n_layers": 3, "hidden_dim": 48, "vocab_size": 60, "max_position_embeddings": 48}
FAMILIES = {
    "bert": ("Bert", COMMON),
    "roberta": ("Roberta", COMMON),
    "xlm-roberta": ("XLMRoberta", COMMON),
    "camembert": ("Camembert", COMMON),
    "electra": ("Electra", {**COMMON, "embedding_size": 16}),
    "mpnet": ("MPNet", COMMON),
    "distilbert": ("DistilBert", DISTIL),
    "albert": ("Albert", {**COMMON, "embedding_size": 16, "num_hidden_groups": 1}),
    "modernbert": ("ModernBert", {**COMMON, **SPECIAL, "local_attention": 8, "num_hidden_layers": 4}),
    "nomic_bert": ("NomicBert", COMMON),
    "gte": ("Gte", COMMON),
}


@pytest.fixture(scope="session")
def build_model():
    """A function `(family, **changes)` to a random transformers model in evaluation mode."""
    import transformers

    logging.getLogger("transformers").setLevel(logging.ERROR)

    def build(family, **changes):
        name, settings = FAMILIES[family]
        config = getattr(transformers, f"{name}Config")(**{**settings, **changes})
        torch.manual_seed(0)
        model = getattr(transformers, f"{name}Model")(config).eval()
        for parameter in model.parameters():
            # The usual initialisation (0.02) hides errors behind nearly constant outputs.
            torch.nn.init.normal_(parameter, mean=float(parameter.ndim == 1), std=0.2)
        return model

    return build
