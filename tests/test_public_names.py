"""What `likewise` offers, and what importing it costs."""

import subprocess
import sys

import pytest

import likewise


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_public_names_are_these():
    """A name that appears or vanishes is a decision, not an accident."""
    assert set(likewise.__all__) == {
        "CrossEncoder",
        "CrossEncoderModelCardData",
        "CrossEncoderTrainer",
        "CrossEncoderTrainingArguments",
        "InputExample",
        "LoggingHandler",
        "ParallelSentencesDataset",
        "SentenceTransformer",
        "SentenceTransformerModelCardData",
        "SentenceTransformerTrainer",
        "SentenceTransformerTrainingArguments",
        "SentencesDataset",
        "SimilarityFunction",
        "SparseEncoder",
        "SparseEncoderModelCardData",
        "__version__",
        "quantize_embeddings",
    }


def test_every_public_name_exists():
    for name in likewise.__all__:
        assert getattr(likewise, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="SentenceTransfomer"):
        likewise.SentenceTransfomer  # noqa: B018


def test_import_loads_neither_torch_nor_transformers():
    heavy = "torch transformers tokenizers huggingface_hub numpy scipy sklearn PIL"
    code = f"import likewise, likewise.util, sys; print([n for n in {heavy!r}.split() if n in sys.modules])"

    loaded = run(code)

    assert "torch" not in loaded
    assert "transformers" not in loaded


def test_import_alone_loads_nothing_from_outside():
    code = "import likewise, sys; print(sorted({n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names)))"

    loaded = run(code)

    assert "numpy" not in loaded
    assert "likewise" in loaded


def test_the_class_loads_no_transformers_before_a_transformer_is_asked_for():
    code = "from likewise import SentenceTransformer; import sys; print('transformers' in sys.modules)"

    assert run(code) == "False"
