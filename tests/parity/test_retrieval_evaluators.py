"""The same metrics as the peer package's retrieval evaluators, on the same model and the same data.

Where the peer differs, a test derives from the definition which is right.
"""

import json
import warnings

import numpy as np
import pytest
import torch

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = pytest.mark.parity

from likewise import evaluation, util  # noqa: E402

TEXT = "a the cat dog sat on mat ran over red blue fox hello good plot world bad movie was not query document"
WORDS = TEXT.split()


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
    """Different texts: where embeddings are equal, the peer has no order."""
    random = np.random.default_rng(7)
    drawn = (" ".join(random.choice(WORDS, random.integers(3, 10))) for _ in range(400))
    return list(dict.fromkeys(drawn))[:240]


@pytest.fixture(scope="module")
def task(texts):
    """30 queries, 200 documents; some queries have many relevant documents, some of which the corpus lacks."""
    random = np.random.default_rng(8)
    queries = {f"q{number}": text for number, text in enumerate(texts[:30])}
    corpus = {f"d{number}": text for number, text in enumerate(texts[30:230])}
    ids = [*corpus, "not in the corpus"]
    relevant = {query: set(random.choice(ids, random.choice([1, 3, 30]), replace=False).tolist()) for query in queries}
    del relevant["q3"]
    return queries, corpus, relevant


def compare(ours, theirs, model, tmp_path):
    """Both evaluators give the same metrics, primary metric, text, settings and files."""
    results = {}
    for name, evaluator in (("ours", ours), ("theirs", theirs)):
        (tmp_path / name).mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results[name] = evaluator(model, str(tmp_path / name), 1, 10)

    assert list(results["ours"]) == list(results["theirs"])
    assert results["ours"] == pytest.approx(results["theirs"], abs=1e-6)
    assert ours.primary_metric == theirs.primary_metric
    assert ours.description == theirs.description
    assert ours.get_config_dict() == theirs.get_config_dict()
    files = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("ours", "theirs")]
    assert files[0] == files[1]
    for name in files[0]:
        compare_files(tmp_path / "ours" / name, tmp_path / "theirs" / name)
    return results["ours"]


def compare_files(ours, theirs):
    left, right = (path.read_text(encoding="utf-8").splitlines() for path in (ours, theirs))
    assert len(left) == len(right)
    if ours.suffix == ".csv":
        assert left[0] == right[0]
        assert [float(cell) for cell in left[1].split(",")] == pytest.approx(
            [float(cell) for cell in right[1].split(",")], abs=1e-6
        )
        return
    for mine, other in zip(map(json.loads, left), map(json.loads, right), strict=True):
        assert (mine["query_id"], mine["query"]) == (other["query_id"], other["query"])
        same_ranking(*([(hit["corpus_id"], hit["score"]) for hit in line["results"]] for line in (mine, other)))


def same_ranking(ours, theirs):
    """The same, but for the order of what differs by no more than the rounding error of float32."""
    assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-5)
    for one, other in ((ours, theirs), (theirs, ours)):
        scores = dict(other)
        lowest = min(scores.values())
        assert all(scores.get(name, lowest) == pytest.approx(score, abs=1e-5) for name, score in one)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"name": "dev", "write_predictions": True},
        {"corpus_chunk_size": 7, "truncate_dim": 8},
        {"mrr_at_k": [1, 5], "ndcg_at_k": [3, 20], "accuracy_at_k": [2], "precision_recall_at_k": [4], "map_at_k": [5]},
        {"query_prompt": "query : ", "corpus_prompt": "document : "},
        {"map_at_k": [300]},
    ],
    ids=["plain", "predictions", "chunks", "ranks", "prompts", "more places than documents"],
)
def test_information_retrieval(peer, model, task, arguments, tmp_path):
    compare(
        evaluation.InformationRetrievalEvaluator(*task, **arguments),
        peer.InformationRetrievalEvaluator(*task, **arguments),
        model,
        tmp_path,
    )


@pytest.mark.parametrize("main", [None, "dot"])
def test_information_retrieval_with_all_similarity_functions(peer, model, task, main, tmp_path):
    names = {"cosine": "cos_sim", "dot": "dot_score", "euclidean": "euclidean_sim", "manhattan": "manhattan_sim"}
    import sentence_transformers.util as theirs

    compare(
        evaluation.InformationRetrievalEvaluator(
            *task,
            score_functions={name: getattr(util, value) for name, value in names.items()},
            main_score_function=main,
        ),
        peer.InformationRetrievalEvaluator(
            *task,
            score_functions={name: getattr(theirs, value) for name, value in names.items()},
            main_score_function=main,
        ),
        model,
        tmp_path,
    )


def test_all_metrics_have_the_documented_form(peer, model, task):
    functions = {"cosine": util.cos_sim}

    ours = evaluation.InformationRetrievalEvaluator(*task, score_functions=functions).compute_metrices(model)

    theirs = peer.InformationRetrievalEvaluator(*task, score_functions=functions).compute_metrices(model)
    assert list(ours["cosine"]) == list(theirs["cosine"])
    for metric, values in theirs["cosine"].items():
        assert ours["cosine"][metric] == pytest.approx(values, abs=1e-6)


def test_a_document_that_is_named_twice_counts_once(peer, model, task):
    """By definition: recall is the share of the relevant documents, which a repetition does not add to."""
    queries, corpus, _ = task
    once, twice = {"q0": ["d0"]}, {"q0": ["d0", "d0"]}

    ours = evaluation.InformationRetrievalEvaluator(queries, corpus, twice, precision_recall_at_k=[200])(model)
    theirs = peer.InformationRetrievalEvaluator(queries, corpus, twice, precision_recall_at_k=[200])(model)

    assert theirs["cosine_recall@200"] == 0.5
    assert ours["cosine_recall@200"] == 1.0
    assert ours == evaluation.InformationRetrievalEvaluator(queries, corpus, once, precision_recall_at_k=[200])(model)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"name": "dev", "at_k": 3}, {"use_batched_encoding": False, "truncate_dim": 8}],
    ids=["plain", "named", "one by one"],
)
def test_reranking(peer, model, texts, arguments, tmp_path):
    random = np.random.default_rng(9)
    samples = []
    for query in texts[:20]:
        positives, negatives = random.integers(1, 4), random.integers(1, 15)
        chosen = random.choice(texts[20:], positives + negatives, replace=False).tolist()
        samples.append({"query": query, "positive": chosen[:positives], "negative": chosen[positives:]})
    samples += [{"query": "none", "positive": [], "negative": ["a cat"]}]

    compare(
        evaluation.RerankingEvaluator(samples, **arguments),
        peer.RerankingEvaluator(samples, **arguments),
        model,
        tmp_path,
    )


def test_a_model_that_knows_nothing_has_no_perfect_reciprocal_rank(peer):
    """By definition: with all scores equal and one of four candidates relevant, its expected rank is one of 1 to 4."""
    samples = [{"query": "q", "positive": ["a"], "negative": ["b", "c", "d"]}]

    class Constant:
        similarity_fn_name = "cosine"
        model_card_data = type("Card", (), {"set_evaluation_metrics": lambda *arguments: None})()

        def encode(self, sentences, **kwargs):
            return torch.ones(len(sentences), 2)

        encode_query = encode_document = encode

    assert peer.RerankingEvaluator(samples)(Constant())["mrr@10"] == 1.0
    assert evaluation.RerankingEvaluator(samples)(Constant())["mrr@10"] == pytest.approx(
        np.mean([1, 1 / 2, 1 / 3, 1 / 4])
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"name": "dev", "add_transitive_closure": True},
        {"top_k": 2, "max_pairs": 50, "query_chunk_size": 11, "corpus_chunk_size": 17},
        {"truncate_dim": 6},
    ],
    ids=["plain", "closed", "few", "truncated"],
)
def test_paraphrase_mining(peer, model, texts, arguments, tmp_path):
    random = np.random.default_rng(10)
    sentences = {f"s{number}": text for number, text in enumerate(texts[:90])}
    pairs = [tuple(random.choice(list(sentences), 2, replace=False).tolist()) for _ in range(60)]

    compare(
        evaluation.ParaphraseMiningEvaluator(sentences, pairs, **arguments),
        peer.ParaphraseMiningEvaluator(sentences, pairs, **arguments),
        model,
        tmp_path,
    )


def test_a_plain_dict_of_duplicates_is_as_good_as_a_list(peer, model, texts):
    """The peer looks pairs up in it as if it were a defaultdict of defaultdicts."""
    sentences = {f"s{number}": text for number, text in enumerate(texts[:30])}
    plain = {"s0": {"s1": True}, "s4": {"s2": True, "s3": False}}

    with pytest.raises(KeyError):
        peer.ParaphraseMiningEvaluator(sentences, duplicates_dict=plain)(model)

    ours = evaluation.ParaphraseMiningEvaluator(sentences, duplicates_dict=plain)(model)
    expected = peer.ParaphraseMiningEvaluator(sentences, [("s0", "s1"), ("s4", "s2")])(model)
    assert ours == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("top_k", [1, 5, 500])
@pytest.mark.parametrize("max_pairs", [10, 10**6])
@pytest.mark.parametrize("function", ["cos_sim", "dot_score", "euclidean_sim"])
def test_mined_pairs(peer, top_k, max_pairs, function):
    import sentence_transformers.util as theirs

    rows = np.random.default_rng(0).standard_normal((150, 12)).astype(np.float32)
    limits = {"top_k": top_k, "max_pairs": max_pairs}

    ours = util.paraphrase_mining_embeddings(rows, score_function=getattr(util, function), **limits)
    expected = theirs.paraphrase_mining_embeddings(
        torch.from_numpy(rows), score_function=getattr(theirs, function), **limits
    )

    same_ranking(*([((first, second), score) for score, first, second in side] for side in (ours, expected)))


def test_mined_texts(model, texts):
    import sentence_transformers.util as theirs

    ours = util.paraphrase_mining(model, texts[:60], truncate_dim=8, prompt="query : ", top_k=3)

    expected = theirs.paraphrase_mining(model, texts[:60], truncate_dim=8, prompt="query : ", top_k=3)
    assert [pair[1:] for pair in ours] == [list(pair[1:]) for pair in expected]


@pytest.fixture
def nano(task, tmp_path, monkeypatch):
    """A folder with two sets in the form of NanoBEIR; one document has no text."""
    datasets = pytest.importorskip("datasets", reason="extra train")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    queries, corpus, relevant = task
    corpus = {**corpus, "d7": ""}
    sets, card = ("NanoMSMARCO", "NanoNFCorpus"), "---\nconfigs:\n"
    tables = {
        "corpus": [{"_id": name, "text": text} for name, text in corpus.items()],
        "queries": [{"_id": name, "text": text} for name, text in queries.items()],
        "qrels": [{"query-id": q, "corpus-id": d} for q, ids in relevant.items() for d in ids],
    }
    for part, rows in tables.items():
        (tmp_path / "nano" / part).mkdir(parents=True)
        card += f"- config_name: {part}\n  data_files:\n"
        for number, name in enumerate(sets):
            card += f"  - split: {name}\n    path: {part}/{name}.jsonl\n"
            kept = rows[number:]
            (tmp_path / "nano" / part / f"{name}.jsonl").write_text("\n".join(map(json.dumps, kept)) + "\n")
    (tmp_path / "nano" / "README.md").write_text(card + "---\n")
    return str(tmp_path / "nano")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"truncate_dim": 8, "query_prompts": "query : ", "corpus_prompts": {"msmarco": "a ", "nfcorpus": "the "}}],
    ids=["plain", "truncated with prompts"],
)
def test_nano_beir(peer, model, nano, arguments, tmp_path):
    arguments = {"dataset_names": ["msmarco", "nfcorpus"], "dataset_id": nano, **arguments}

    compare(evaluation.NanoBEIREvaluator(**arguments), peer.NanoBEIREvaluator(**arguments), model, tmp_path)
