"""The alias as programs meet it. Each program runs in a process of its own."""

import json
import pickle
import re

LOOKS = """
    import json, sys
    heavy = [name for name in ("torch", "transformers", "numpy") if name in sys.modules]
    import importlib.metadata, importlib.util
    import sentence_transformers
    heavy += [name for name in ("torch", "transformers") if name in sys.modules]
    spec = importlib.util.find_spec("sentence_transformers")
    install()
    print(json.dumps({
        "heavy": heavy,
        "version": sentence_transformers.__version__,
        "installed": importlib.metadata.version("sentence-transformers"),
        "underscore": importlib.metadata.version("sentence_transformers"),
        "provides": importlib.metadata.packages_distributions()["sentence_transformers"][0],
        "spec": spec.name,
        "inner": importlib.util.find_spec("sentence_transformers.losses").name,
        "finders": [type(each).__name__ for each in sys.meta_path].count("AliasFinder"),
        "listed": "losses" in dir(sentence_transformers) and "SentenceTransformer" in dir(sentence_transformers),
    }))
"""

CLASSES = """
    import json, pickle, sys
    import likewise
    import sentence_transformers as st
    from sentence_transformers import SentenceTransformer, losses, models
    from sentence_transformers.losses import CosineSimilarityLoss
    from sentence_transformers.losses.CosineSimilarityLoss import CosineSimilarityLoss as filed
    import sentence_transformers.losses.MSELoss
    from sentence_transformers.SentenceTransformer import SentenceTransformer as from_file
    from sentence_transformers.sentence_transformer.modules import Dense
    names = {}
    exec("from sentence_transformers.readers import *", names)
    model = SentenceTransformer(modules=[models.BoW(["red", "fox"])], device="cpu")
    with open(sys.argv[1], "wb") as file:
        pickle.dump([model, likewise.InputExample(texts=["a"]), SentenceTransformer], file)
    print(json.dumps({
        "same": SentenceTransformer is from_file is likewise.SentenceTransformer,
        "filed": filed is CosineSimilarityLoss is losses.CosineSimilarityLoss is st.losses.CosineSimilarityLoss,
        "kept": isinstance(losses.MSELoss, type),
        "dense": Dense is models.Dense is likewise.models.Dense,
        "star": sorted(name for name in names if name.endswith("Reader")),
        "shown": str(type(model)),
        "cross_encoder": likewise.CrossEncoder.__module__,
        "mteb": type(model).__module__.startswith("sentence_transformers"),
    }))
"""

# What a program asks for -> words of the error.
MISSING = {
    "from sentence_transformers import MultiVectorEncoder": "MultiVectorEncoder is not part.*token_embeddings",
    "import sentence_transformers.nonsense": "sentence_transformers.nonsense is not part of likewise",
    "from sentence_transformers.util import cos_simm": "did you mean sentence_transformers.util.cos_sim",
    "from sentence_transformers.losses.CosineSimilarityLos import x": "did you mean .*losses.CosineSimilarityLoss",
    "import sentence_transformers as st; st.SentenceTransfomer": "mean sentence_transformers.SentenceTransformer",
    "from sentence_transformers.backend import load_onnx_model": "backend is not part.*quantize_int8",
}


def test_what_a_program_sees_and_what_it_costs(aliased):
    seen = json.loads(aliased(LOOKS))

    assert seen.pop("heavy") == []
    assert {seen.pop("version"), seen.pop("installed"), seen.pop("underscore")} == {"5.3.0"}
    expected = {
        "provides": "sentence-transformers",
        "spec": "sentence_transformers",
        "inner": "sentence_transformers.losses",
    }
    assert seen == {**expected, "finders": 1, "listed": True}


def test_classes_are_the_same_and_pickles_open_without_the_alias(aliased, tmp_path):
    from likewise import InputExample, SentenceTransformer

    path = tmp_path / "pickled"
    code = CLASSES.replace("sys.argv[1]", repr(str(path)))
    seen = json.loads(aliased(code))

    assert "sentence_transformers" in seen.pop("shown")
    assert "sentence_transformers" in seen.pop("cross_encoder")
    assert seen.pop("mteb") is False  # it would look for what version 6 has
    assert seen.pop("star") == sorted(
        [
            "LabelSentenceReader",
            "NLIDataReader",
            "PairedFilesReader",
            "STSBenchmarkDataReader",
            "STSDataReader",
            "TripletReader",
        ]
    )
    assert seen == {"same": True, "filed": True, "kept": True, "dense": True}
    model, example, kind = pickle.loads(path.read_bytes())
    assert kind is SentenceTransformer
    assert type(model) is SentenceTransformer
    assert model.encode("red red fox").tolist() == [2, 1]
    assert type(example) is InputExample


def test_pickles_of_this_side_open_under_the_alias(aliased, tmp_path):
    from likewise import SentenceTransformer, models

    model = SentenceTransformer(modules=[models.BoW(["red", "fox"])], device="cpu")
    (tmp_path / "pickled").write_bytes(pickle.dumps(model))

    printed = aliased(
        """
        import pickle
        model = pickle.load(open("pickled", "rb"))
        from sentence_transformers import SentenceTransformer
        print(isinstance(model, SentenceTransformer), str(type(model)), model.encode("fox").tolist())
        """,
        cwd=tmp_path,
    )

    assert printed == "True <class 'likewise.compat.sentence_transformers.SentenceTransformer'> [0.0, 1.0]"


def test_a_class_that_was_imported_before_is_shown_too(python):
    code = (
        "from likewise import SentenceTransformer; from likewise.compat import install_as_sentence_transformers as i;"
        "print(SentenceTransformer); i(); print(SentenceTransformer)"
    )

    before, after = python("-c", code).splitlines()

    assert before == "<class 'likewise.sentence_transformer.model.SentenceTransformer'>"
    assert after == "<class 'likewise.compat.sentence_transformers.SentenceTransformer'>"


def test_what_is_missing_says_what_is_nearest(aliased):
    code = f"""
        import json
        said = []
        for line in {list(MISSING)!r}:
            try:
                exec(line)
            except (ImportError, AttributeError) as error:
                said.append([str(error), isinstance(error, ImportError)])
        import sentence_transformers
        print(json.dumps([said, hasattr(sentence_transformers, "MultiVectorEncoder")]))
    """

    said, has = json.loads(aliased(code))

    assert has is False
    for (message, is_import_error), (line, words) in zip(said, MISSING.items(), strict=True):
        assert re.search(words, message), message
        assert is_import_error is ("import sentence_transformers as st" not in line)


def test_the_real_package_imported_before(python, tmp_path):
    (tmp_path / "sentence_transformers.py").write_text("__version__ = '9.9'\n")
    code = "import sentence_transformers; from likewise.compat import install_as_sentence_transformers as i; i()"

    said = python("-c", code, path=tmp_path, fails=True)

    assert "sentence_transformers 9.9 from" in said
    assert "was imported before" in said
    assert "python -m likewise.compat" in said


def test_threads_that_import_at_once(aliased):
    code = """
        import importlib
        from concurrent.futures import ThreadPoolExecutor
        def look(name):
            return getattr(importlib.import_module(f"sentence_transformers.losses.{name}"), name)
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(look, ["CoSENTLoss", "MSELoss", "TripletLoss", "AnglELoss"] * 4))
        print(len(found), len(set(found)))
    """

    assert aliased(code) == "16 4"


def test_a_test_that_exchanges_a_name_gets_it_back(aliased):
    code = """
        from unittest.mock import patch
        import sentence_transformers
        with patch("sentence_transformers.SentenceTransformer", "other"):
            from sentence_transformers import SentenceTransformer as exchanged
        print(exchanged, sentence_transformers.SentenceTransformer.__name__)
    """

    assert aliased(code) == "other SentenceTransformer"
