"""Messages about inputs name the options of the command line."""

import pytest


@pytest.mark.parametrize(
    ("name", "content", "options", "fix"),
    [
        ("notes.log", "a\n", [], "Fix: --format txt"),
        ("notes.txt", "a\n", ["--column", "body"], "Fix: --format csv"),
        ("notes.csv", "id,body\n1,one\n", [], "Fix: --column id"),
        ("folder/notes.txt", "a\n", ["--format", "csv"], "--format csv for a folder"),
    ],
)
def test_messages_name_options(likewise, write, name, content, options, fix):
    path = write(name, content)

    outcome = likewise("cluster", path.parent if "/" in name else path, *options)

    assert outcome.code == 1
    assert fix in outcome.err


def test_the_corpus_of_negatives_has_its_own_option(likewise, write):
    pytest.importorskip("datasets")
    pairs, corpus = write("pairs.csv", "a,b\n1,2\n"), write("corpus.csv", "id,body\n1,one\n")

    outcome = likewise("mine", "hard-negatives", pairs, "--corpus", corpus, "-o", pairs.with_name("out.jsonl"))

    assert "Fix: --corpus-column id" in outcome.err
