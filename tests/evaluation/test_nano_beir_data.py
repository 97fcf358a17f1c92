import pytest

from likewise.errors import InputError
from likewise.evaluation.nano_beir_data import DATASETS, checked_names, load_task


def test_all_sets_are_the_default():
    assert checked_names(None) == list(DATASETS)
    assert len(DATASETS) == 13


def test_names_are_known_in_any_case_and_with_nano_in_front():
    assert checked_names(["MSMARCO", "NanoNQ", "scifact"]) == ["MSMARCO", "NanoNQ", "scifact"]


@pytest.mark.parametrize(
    ("names", "message"),
    [([], "dataset_names is empty"), (["scifacts"], r"no NanoBEIR set 'scifacts'.*Fix: 'scifact'")],
)
def test_wrong_names_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        checked_names(names)


@pytest.mark.parametrize("own", [False, True], ids=["one data set with splits", "a data set for each set"])
def test_both_forms_are_read(nano_folder, own):
    task = load_task(str(nano_folder(["NanoNQ", "NanoFEVER"], own=own)), "nq")

    assert task.queries["q0"] == "NanoNQ query 0"
    assert task.corpus["d1"] == "NanoNQ document 1"
    assert len(task.relevant_docs["q0"]) == 2


def test_documents_without_text_are_left_out(nano_folder):
    folder = nano_folder(["NanoNQ"], corpus_lines=['{"_id": "d0", "text": ""}', '{"_id": "d1", "text": "a"}'])

    assert load_task(str(folder), "nq").corpus == {"d1": "a"}


def test_an_id_that_stands_twice_is_refused(nano_folder):
    folder = nano_folder(["NanoNQ"], corpus_lines=['{"_id": "d0", "text": "a"}', '{"_id": "d0", "text": "b"}'])

    with pytest.raises(InputError, match=r"corpus, NanoNQ: id 'd0' stands twice"):
        load_task(str(folder), "nq")


def test_a_column_that_is_lacking_is_named(nano_folder):
    folder = nano_folder(["NanoNQ"], corpus_lines=['{"id": "d0", "text": "a"}'])

    with pytest.raises(InputError, match=r"columns \['id', 'text'\].*\['_id', 'text'\]"):
        load_task(str(folder), "nq")


def test_a_set_that_is_not_there_is_named(nano_folder):
    with pytest.raises(InputError, match="no configuration 'corpus' with a split 'NanoSciFact'"):
        load_task(str(nano_folder(["NanoNQ"])), "scifact")
