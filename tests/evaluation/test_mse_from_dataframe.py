import pandas
import pytest

from likewise.errors import InputError, InputTypeError
from likewise.evaluation import MSEEvaluatorFromDataFrame

ROWS = [{"en": "one", "de": "eins", "fr": "un"}, {"en": "two", "de": "zwei", "fr": ""}]
PAIRS = [("en", "de"), ("en", "fr")]


@pytest.fixture
def teacher(table_model):
    return table_model({"one": [0.0], "two": [0.0]})


@pytest.fixture
def student(table_model):
    return table_model({"eins": [1.0], "zwei": [3.0], "un": [2.0]})


def test_the_metric_is_the_mean_over_the_pairs_of_languages(teacher, student, tmp_path):
    evaluator = MSEEvaluatorFromDataFrame(ROWS, teacher, PAIRS)

    found = evaluator(student, str(tmp_path))

    assert found == {"negative_mse": -(500 + 400) / 2}
    assert (tmp_path / "mse_evaluation_results.csv").read_text() == "epoch,steps,en-de,en-fr\n-1,-1,500.0,400.0\n"


def test_a_text_of_several_pairs_is_encoded_once(teacher, student):
    MSEEvaluatorFromDataFrame(ROWS, teacher, PAIRS)(student)

    assert [texts for _, texts, _ in teacher.calls] == [["one", "two"]]
    assert [texts for _, texts, _ in student.calls] == [["eins", "zwei", "un"]]


def test_a_frame_is_as_good_as_rows_and_missing_cells_are_left_out(teacher, student):
    frame = pandas.DataFrame(ROWS)
    frame.loc[1, "fr"] = None

    evaluator = MSEEvaluatorFromDataFrame(frame, teacher, PAIRS)

    assert evaluator(student) == {"negative_mse": -450.0}
    assert evaluator.describe().sizes == {"pairs en-de": 2, "pairs en-fr": 1}


def test_intervals_draw_within_each_pair_of_languages(teacher, student):
    interval = MSEEvaluatorFromDataFrame(ROWS, teacher, PAIRS).confidence_intervals(student)["negative_mse"]

    # English and German: 100 and 900, drawn twice; English and French: always 400.
    assert (interval.low, interval.value, interval.high) == pytest.approx((-650, -450, -250))


def test_bad_rows_are_refused(teacher):
    with pytest.raises(InputTypeError, match="row 1 of the dataframe is str"):
        MSEEvaluatorFromDataFrame([ROWS[0], "two"], teacher, PAIRS)
    with pytest.raises(InputTypeError, match="dataframe is int"):
        MSEEvaluatorFromDataFrame(3, teacher, PAIRS)
    with pytest.raises(InputError, match="no column 'es'"):
        MSEEvaluatorFromDataFrame(ROWS, teacher, [("en", "es")])
