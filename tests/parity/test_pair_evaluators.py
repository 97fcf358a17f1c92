"""The same metrics as the peer package's evaluators, on the same model and the same data."""

import warnings

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

from likewise import evaluation  # noqa: E402

FUNCTIONS = ["cosine", "dot", "euclidean", "manhattan"]
PAIRS = 120


@pytest.fixture(scope="module")
def peer():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers.evaluation

    return sentence_transformers.evaluation


@pytest.fixture(scope="module")
def model(toy_bert_folder, tmp_path_factory):
    """One model for both: the peer's own."""
    import sentence_transformers

    folder = toy_bert_folder(tmp_path_factory.mktemp("model"), dimension=24)
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu")


@pytest.fixture(scope="module")
def texts():
    words = ["a", "the", "cat", "dog", "sat", "on", "mat", "ran", "over", "red", "blue", "fox", "hello", "good", "plot"]
    random = np.random.default_rng(7)
    return [[" ".join(random.choice(words, random.integers(2, 9))) for _ in range(PAIRS)] for _ in range(3)]


@pytest.fixture(scope="module")
def gold():
    return np.random.default_rng(8).choice([0, 0.5, 1, 2.5, 4], PAIRS).tolist()


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(9).integers(0, 2, PAIRS).tolist()


def compare(ours, theirs, model, tmp_path):
    """Both evaluators give the same metrics, primary metric, text, settings and columns of the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs(model, str(tmp_path / "theirs"), 1, 10)
    found = ours(model, str(tmp_path / "ours"), 1, 10)

    assert list(found) == list(expected)
    assert found == pytest.approx(expected, abs=1e-6, rel=1e-6)
    assert ours.primary_metric == theirs.primary_metric
    assert ours.greater_is_better == theirs.greater_is_better
    assert ours.description == theirs.description
    assert ours.get_config_dict().keys() == theirs.get_config_dict().keys()
    for file in (tmp_path / "theirs").glob("*.csv"):
        own = (tmp_path / "ours" / file.name).read_text().splitlines()
        lines = file.read_text().splitlines()
        assert own[0] == lines[0]
        assert [float(x) for x in own[1].split(",")] == pytest.approx([float(x) for x in lines[1].split(",")], abs=1e-5)
    return found


@pytest.fixture(autouse=True)
def folders(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()


@pytest.mark.parametrize("truncate_dim", [None, 8])
@pytest.mark.parametrize("names", [None, ["dot"], FUNCTIONS], ids=["model's", "dot", "all"])
def test_embedding_similarity(peer, model, texts, gold, names, truncate_dim, tmp_path):
    options = {"similarity_fn_names": names, "truncate_dim": truncate_dim, "name": "dev"}

    ours = evaluation.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)
    theirs = peer.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)

    compare(ours, theirs, model, tmp_path)


@pytest.mark.parametrize("precision", ["float32", "int8", "uint8"])
def test_embedding_similarity_of_quantized_embeddings(peer, model, texts, gold, precision, tmp_path):
    options = {"similarity_fn_names": FUNCTIONS, "precision": precision, "main_similarity": "cosine"}

    ours = evaluation.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)
    theirs = peer.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)

    compare(ours, theirs, model, tmp_path)


@pytest.mark.parametrize("precision", ["binary", "ubinary"])
def test_the_order_of_equal_cosines_of_bits_is_rounding_in_the_peer_and_a_tie_here(peer, model, texts, gold, precision):
    from scipy.stats import spearmanr

    options = {"similarity_fn_names": FUNCTIONS, "precision": precision, "main_similarity": "cosine"}
    found = evaluation.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)(model)
    expected = peer.EmbeddingSimilarityEvaluator(*texts[:2], gold, **options)(model)
    first, second = (np.asarray(model.encode(each)) > 0 for each in texts[:2])
    # Whole numbers whose order is that of the cosines: (a and b)^2 / (a b), by the least common multiple.
    both, ones = (first & second).sum(1).astype(object), [each.sum(1).astype(object) for each in (first, second)]
    exact = both**2 * int(np.lcm.reduce((ones[0] * ones[1]).astype(np.int64))) // (ones[0] * ones[1])
    by_definition = spearmanr([int(each) for each in np.unique(exact, return_inverse=True)[1]], gold).statistic

    assert found["spearman_cosine"] == pytest.approx(by_definition, abs=1e-9)
    assert expected["spearman_cosine"] != pytest.approx(by_definition, abs=1e-6)
    for metrics in (found, expected):
        del metrics["spearman_cosine"]
    assert found == pytest.approx(expected, abs=1e-6, rel=1e-6)


def test_embedding_similarity_by_a_main_function_alone(peer, model, texts, gold, tmp_path):
    ours = evaluation.EmbeddingSimilarityEvaluator(*texts[:2], gold, main_similarity="dot")
    theirs = peer.EmbeddingSimilarityEvaluator(*texts[:2], gold, main_similarity="dot")

    assert list(compare(ours, theirs, model, tmp_path)) == ["pearson_dot", "spearman_dot"]


def test_constant_gold_scores_give_the_peer_a_nan_and_us_an_error(peer, model, texts):
    from likewise.errors import InputError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = peer.EmbeddingSimilarityEvaluator(*texts[:2], [1.0] * PAIRS)(model)

    assert np.isnan(theirs["spearman_cosine"])
    with pytest.raises(InputError, match="at least two different"):
        evaluation.EmbeddingSimilarityEvaluator(*texts[:2], [1.0] * PAIRS)


@pytest.mark.parametrize("names", [None, ["manhattan"], FUNCTIONS], ids=["model's", "manhattan", "all"])
@pytest.mark.parametrize("truncate_dim", [None, 8])
def test_binary_classification(peer, model, texts, labels, names, truncate_dim, tmp_path):
    options = {"similarity_fn_names": names, "truncate_dim": truncate_dim, "name": "q"}

    ours = evaluation.BinaryClassificationEvaluator(*texts[:2], labels, **options)
    theirs = peer.BinaryClassificationEvaluator(*texts[:2], labels, **options)

    compare(ours, theirs, model, tmp_path)


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("values", [3, 20, 10_000], ids=["many ties", "ties", "no ties"])
def test_the_static_methods_find_the_same_thresholds(peer, values, higher):
    random = np.random.default_rng(values)
    scores, labels = random.integers(0, values, 200) / values, random.integers(0, 2, 200)
    ours, theirs = evaluation.BinaryClassificationEvaluator, peer.BinaryClassificationEvaluator

    for method in ("find_best_acc_and_threshold", "find_best_f1_and_threshold"):
        expected = getattr(theirs, method)(scores, labels, higher)
        assert getattr(ours, method)(scores, labels, higher) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("names", [None, FUNCTIONS], ids=["model's", "all"])
@pytest.mark.parametrize("margin", [None, 0.02, {"cosine": 0.01, "manhattan": 0.5}], ids=["none", "one", "each"])
def test_triplets(peer, model, texts, names, margin, tmp_path):
    options = {"similarity_fn_names": names, "margin": margin, "name": "t"}

    ours = evaluation.TripletEvaluator(*texts, **options)
    theirs = peer.TripletEvaluator(*texts, **options)

    compare(ours, theirs, model, tmp_path)


@pytest.mark.parametrize("truncate_dim", [None, 8])
def test_mse(peer, model, texts, truncate_dim, tmp_path):
    options = {"teacher_model": model, "truncate_dim": truncate_dim, "name": "n"}

    ours = evaluation.MSEEvaluator(*texts[:2], **options)
    theirs = peer.MSEEvaluator(*texts[:2], **options)

    compare(ours, theirs, model, tmp_path)


def test_mse_from_a_dataframe(peer, model, texts, tmp_path):
    rows = [{"en": en, "de": de, "fr": fr} for en, de, fr in zip(*texts, strict=True)]
    rows[3]["de"], rows[4]["en"], rows[5]["fr"] = "", " ", ""
    pairs = [("en", "de"), ("en", "fr")]

    ours = evaluation.MSEEvaluatorFromDataFrame(rows, model, pairs, name="n")
    theirs = peer.MSEEvaluatorFromDataFrame(rows, model, pairs, name="n")

    compare(ours, theirs, model, tmp_path)


def test_translation(peer, model, texts, tmp_path):
    ours = evaluation.TranslationEvaluator(*texts[:2], name="n")
    theirs = peer.TranslationEvaluator(*texts[:2], name="n")

    compare(ours, theirs, model, tmp_path)


def test_label_accuracy(peer, model, texts, tmp_path):
    from sentence_transformers import InputExample, losses
    from torch.utils.data import DataLoader

    random = np.random.default_rng(3)
    examples = [InputExample(texts=[a, b], label=int(random.integers(3))) for a, b in zip(*texts[:2], strict=True)]
    head = losses.SoftmaxLoss(model, 24, 3)

    ours = evaluation.LabelAccuracyEvaluator(DataLoader(examples, batch_size=16), "n", head)
    theirs = peer.LabelAccuracyEvaluator(DataLoader(examples, batch_size=16), "n", head)

    compare(ours, theirs, model, tmp_path)


def test_sequential(peer, model, texts, gold, tmp_path):
    def both(package):
        parts = [
            package.TripletEvaluator(*texts, name="a"),
            package.EmbeddingSimilarityEvaluator(*texts[:2], gold, name="b"),
        ]
        return package.SequentialEvaluator(parts, main_score_function=lambda scores: sum(scores) / len(scores))

    compare(both(evaluation), both(peer), model, tmp_path)
