"""The script that makes the bundled model: small runs with a random teacher, and its parts one by one."""

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from likewise.hub.folder import ModelFolder
from likewise.models.module import LoadContext
from likewise.models.static_embedding import StaticEmbedding

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def parts():
    """The modules of the script."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import make_likewise_mini as script
        from mini import evaluation, grammar, student, teacher, texts
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return {
        "script": script,
        "evaluation": evaluation,
        "grammar": grammar,
        "student": student,
        "teacher": teacher,
        "texts": texts,
    }


@pytest.fixture
def one_thread(monkeypatch):
    """The script sets the number of threads of its process: put it back."""
    before = torch.get_num_threads()
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    yield
    torch.set_num_threads(before)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
def test_a_small_run_gives_a_model_and_the_same_one_again(tmp_path, toy_bert_folder, parts, one_thread):
    """With a random teacher: the folder loads, the card is filled in, and a second run writes the same bytes."""
    teacher = toy_bert_folder(tmp_path / "teacher", positions=128)
    options = ["--teacher", str(teacher), "--data", str(DATA), "--cache", str(tmp_path / "cache")]
    options += ["--limit", "10", "--epochs", "2", "--dimensions", "8"]

    results = [parts["script"].main([*options, "--output", str(tmp_path / f"model{at}")]) for at in range(2)]

    assert results == [0, 0]
    model = StaticEmbedding.from_folder(ModelFolder(tmp_path / "model0"), LoadContext())
    assert model.get_sentence_embedding_dimension() == 8
    readme = (tmp_path / "model0" / "README.md").read_text()
    assert "STS-B dev" in readme
    assert "CC BY-SA 4.0" in readme
    for path in sorted((tmp_path / "model0").iterdir()):
        assert path.read_bytes() == (tmp_path / "model1" / path.name).read_bytes(), path.name


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
def test_every_set_states_a_licence_in_the_data_folder(parts):
    """No text comes from a set without a stated licence, or of one for research alone."""
    table = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    licences = {line.split("|")[1].strip(): line.split("|")[6] for line in table if line.count("|") >= 7}
    for source in parts["texts"].SOURCES:
        if source.file:
            stated = licences[source.name]
            assert "(stated" in stated or "public domain" in stated, source.name
            assert not any(word in stated for word in ("NC", "research", "non-commercial")), source.name


def test_choice_leaves_out_sentences_of_the_evaluation(parts, tmp_path, monkeypatch):
    """A sentence of a development set is not chosen, whatever its capitals and punctuation; nor is one twice."""
    texts = parts["texts"]
    rows = {
        "stsb/stsb-dev.tsv.gz": "score\tsentence1\tsentence2\n1\tA cat sits there.\tx\n",
        "sick/sick-dev.tsv.gz": "score\tsentence1\tsentence2\n1\ty\tz\n",
        "own/own.tsv.gz": "text\na CAT sits there\nA dog runs fast.\na dog runs fast\ntoo short\n",
    }
    for name, content in rows.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress(content.encode()))
    source = texts.Source(name="own", origin="", licence="", limit=5, file="own.tsv.gz", columns=("text",))
    monkeypatch.setattr(texts, "SOURCES", (source,))

    assert [text.lower().rstrip(".") for text in texts.choose(tmp_path)[source]] == ["a dog runs fast"]


def test_generated_sentences_are_plain_and_repeatable(parts):
    """Captions and headlines have no gaps left, and come out the same every time."""
    for make in (parts["grammar"].captions, parts["grammar"].headlines):
        sentences = list(make(300))
        assert sentences == list(make(300))
        assert len(set(sentences)) > 250
        assert not any("{" in text or "|" in text or "  " in text or " -" in text for text in sentences)


def test_ranks_share_the_mean_where_values_are_equal(parts):
    """As Spearman's correlation needs them."""
    from scipy.stats import rankdata

    values = np.array([3.0, 1.0, 3.0, 2.0, 3.0])
    np.testing.assert_array_equal(parts["evaluation"].ranks(values), rankdata(values))


def test_batches_of_the_teacher_hold_each_text_once(parts):
    """Sorted by length, within the budget of tokens, a text longer than the budget alone."""
    sizes = [5, 900, 3, 400, 400, 5]
    batches = list(parts["teacher"].batches(sizes))

    assert sorted(at for batch in batches for at in batch) == list(range(6))
    assert all(len(batch) == 1 or len(batch) * max(sizes[at] for at in batch) <= 768 for batch in batches)


def test_bags_take_texts_in_any_order(parts):
    """Texts are picked in order, an empty one included."""
    bags = parts["student"].Bags(np.array([1, 2, 3, 4, 5]), np.array([0, 2, 2, 5]))

    taken = bags.take(np.array([2, 1, 0]))
    assert taken.ids.tolist() == [3, 4, 5, 1, 2]
    assert taken.offsets.tolist() == [0, 3, 3, 5]


def test_alignment_finds_a_linear_map(parts):
    """Where the teacher's vectors are a linear map of the means, regression finds it."""
    student = parts["student"]
    random = np.random.default_rng(0)
    table = torch.from_numpy(random.normal(size=(30, 6)).astype(np.float32))
    bags = student.Bags(random.integers(0, 30, 400), np.arange(0, 401, 4))
    wanted = torch.from_numpy(random.normal(size=(6, 3)).astype(np.float32))

    aligned = student.align(table, bags, bags.mean(table) @ wanted, ridge=1e-9)

    torch.testing.assert_close(aligned, table @ wanted, rtol=1e-3, atol=1e-3)


def test_training_brings_similarities_closer_to_the_teacher(parts):
    """On made-up texts the loss falls, and the same seed gives the same table."""
    student = parts["student"]
    random = np.random.default_rng(0)
    bags = student.Bags(random.integers(0, 50, 1200), np.arange(0, 1201, 4))
    truth = torch.from_numpy(random.normal(size=(50, 16)).astype(np.float32))
    vectors = torch.nn.functional.normalize(bags.mean(truth)).numpy()
    targets = torch.nn.functional.normalize(torch.from_numpy(vectors) @ student.principal_directions(vectors, 8))
    start = torch.from_numpy(random.normal(size=(50, 8)).astype(np.float32))
    recipe = student.Recipe(dimensions=8, epochs=20, batch_size=32, learning_rate=0.05, cell=8)

    def error(table):
        own = torch.nn.functional.normalize(bags.mean(table))
        return float((own @ own.T - torch.from_numpy(vectors @ vectors.T)).square().mean())

    def last():
        *_, table = student.train(start, bags, vectors, targets, recipe)
        return table

    assert error(last()) < 0.4 * error(start)
    assert torch.equal(last(), last())
