import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from likewise import InputExample, SentenceTransformer
from likewise.errors import InputError, InputTypeError
from likewise.evaluation import LabelAccuracyEvaluator
from likewise.losses import SoftmaxLoss

EXAMPLES = [InputExample(texts=["the cat sat", "a dog ran"], label=number % 3) for number in range(7)]


class Always(nn.Module):
    """Says one class of three, and notes its mode."""

    def __init__(self, label):
        super().__init__()
        self.label = label
        self.modes = []

    def forward(self, features, labels):
        self.modes.append(self.training)
        rows = len(features[0]["input_ids"])
        return None, nn.functional.one_hot(torch.full((rows,), self.label), 3).float()


@pytest.fixture(scope="module")
def model(toy_bert_folder, tmp_path_factory):
    folder = toy_bert_folder(tmp_path_factory.mktemp("model"), dimension=16)
    return SentenceTransformer(str(folder), device="cpu")


def test_accuracy_is_the_share_of_right_classes(model):
    loader = DataLoader(EXAMPLES, batch_size=3)

    found = [LabelAccuracyEvaluator(loader, "n", Always(label))(model) for label in range(3)]

    assert found == [{"n_accuracy": pytest.approx(share)} for share in (3 / 7, 2 / 7, 2 / 7)]


def test_the_loader_keeps_its_collate_function_and_modes_stay(model):
    loader = DataLoader(EXAMPLES, batch_size=3)
    before, head = loader.collate_fn, Always(0)
    model.train()

    LabelAccuracyEvaluator(loader, softmax_model=head)(model)

    assert loader.collate_fn is before
    assert head.modes == [False] * 3
    assert head.training
    assert model.training
    model.eval()


def test_the_classifier_of_softmax_loss_is_judged_by_its_largest_logit(model):
    torch.manual_seed(0)
    head = SoftmaxLoss(model, 16, 3)
    evaluator = LabelAccuracyEvaluator(DataLoader(EXAMPLES, batch_size=4), softmax_model=head)

    found = evaluator(model)["accuracy"]

    with torch.no_grad():
        _, logits = head([model.tokenize(["the cat sat"]), model.tokenize(["a dog ran"])], None)
    assert found == pytest.approx([3 / 7, 2 / 7, 2 / 7][int(logits.argmax())])


def test_features_that_are_tokenised_already(model):
    features = [model.tokenize(["the cat sat", "hello"]), model.tokenize(["a dog ran", "world"])]
    batches = [(features, torch.tensor([0, 1]))]

    evaluator = LabelAccuracyEvaluator(batches, softmax_model=Always(1))

    assert evaluator(model) == {"accuracy": 0.5}
    assert evaluator.describe().sizes == {"batches": 1}
    assert LabelAccuracyEvaluator(iter(batches), softmax_model=Always(1)).describe().sizes == {}


def test_bad_batches_and_logits_are_refused(model):
    with pytest.raises(InputTypeError, match="batch 0 is dict"):
        LabelAccuracyEvaluator([{"texts": []}], softmax_model=Always(1))(model)
    broken = Always(1)
    broken.forward = lambda features, labels: (None, torch.full((3, 3), torch.nan))
    with pytest.raises(InputError, match="NaN or infinity"):
        LabelAccuracyEvaluator(DataLoader(EXAMPLES[:3], batch_size=3), softmax_model=broken)(model)


def test_intervals_are_over_examples(model):
    evaluator = LabelAccuracyEvaluator(DataLoader(EXAMPLES, batch_size=3), softmax_model=Always(0))

    interval = evaluator.confidence_intervals(model, resamples=300)["accuracy"]

    assert interval.low < 3 / 7 < interval.high
