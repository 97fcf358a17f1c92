"""Wrapping losses, TSDAE and contrastive tension give the peer's values and gradients."""

import pytest
import torch

pytest.importorskip("sentence_transformers", reason="extra parity")
pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

import sentence_transformers  # noqa: E402
from sentence_transformers.sentence_transformer import losses as peer_losses  # noqa: E402

import likewise  # noqa: E402
from likewise import losses  # noqa: E402

ANCHORS = ["the cat sat", "a dog ran over the mat", "good movie", "hello"]
POSITIVES = ["cat on a mat", "dog", "bad plot was good", "hello world"]
LABELS = torch.tensor([0.1, 0.9, 0.4, 0.6])


@pytest.fixture(scope="module")
def models(tmp_path_factory, toy_bert_folder):
    folder = str(toy_bert_folder(tmp_path_factory.mktemp("toy") / "model", layers=3))
    ours = likewise.SentenceTransformer(folder, device="cpu").eval()
    theirs = sentence_transformers.SentenceTransformer(folder, device="cpu").eval()
    return ours, theirs


def run(model, loss, labels=LABELS, columns=(ANCHORS, POSITIVES)):
    """Value, and gradient by name of parameter."""
    model.zero_grad()
    loss.eval()
    value = loss([model.tokenize(list(each)) for each in columns], labels)
    value.backward()
    grads = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            grads[name.split(".", 2)[2]] = parameter.grad.clone()
    return value.item(), grads


def agree(ours, theirs, tolerance=1e-5):
    (value, gradient), (peer_value, peer_gradient) = ours, theirs
    assert value == pytest.approx(peer_value, rel=tolerance)
    whole = torch.sqrt(sum(each.square().sum() for each in peer_gradient.values()))
    for name, expected in peer_gradient.items():
        mine = gradient.get(name, torch.zeros_like(expected))
        assert (mine - expected).norm() <= tolerance * whole, name


@pytest.mark.parametrize("inner", ["MultipleNegativesRankingLoss", "CachedMultipleNegativesRankingLoss"])
def test_matryoshka(models, inner):
    results = [
        run(model, library.MatryoshkaLoss(model, getattr(library, inner)(model), [4, 16, 8], [1, 2, 3]), None)
        for model, library in zip(models, (losses, peer_losses), strict=True)
    ]
    agree(*results)


@pytest.mark.parametrize("weighting", ["uniform", "log", "linear", lambda layer: layer + 0.5])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 0.0])
def test_adaptive_layer(models, weighting, temperature):
    settings = {
        "n_layers_per_step": -1,
        "last_layer_weight": 0.7,
        "prior_layers_weight": 1.3,
        "kl_div_weight": 0.4,
        "kl_temperature": temperature,
        "layer_weighting": weighting,
    }
    results = [
        run(model, library.AdaptiveLayerLoss(model, library.MultipleNegativesRankingLoss(model), **settings), None)
        for model, library in zip(models, (losses, peer_losses), strict=True)
    ]
    agree(*results)


def test_matryoshka_2d(models):
    results = [
        run(
            model,
            library.Matryoshka2dLoss(
                model,
                library.MultipleNegativesRankingLoss(model),
                [16, 4],
                n_layers_per_step=-1,
                n_dims_per_step=-1,
            ),
            None,
        )
        for model, library in zip(models, (losses, peer_losses), strict=True)
    ]
    agree(*results)


def test_contrastive_tension(models):
    results = []
    for model, library in zip(models, (losses, peer_losses), strict=True):
        results.append(run(model, library.ContrastiveTensionLoss(model), torch.tensor([1, 0, 0, 1])))
    agree(*results)


def test_denoising_auto_encoder(models, tmp_path):
    """The peer puts the decoder's parameters into the encoder, so that all are compared by name there."""
    ours, theirs = (type(model)(model[0].auto_model.name_or_path, device="cpu").eval() for model in models)
    mine, peer = losses.DenoisingAutoEncoderLoss(ours), peer_losses.DenoisingAutoEncoderLoss(theirs)
    new = {name: value for name, value in peer.decoder.state_dict().items() if "cross" in name or "cls" in name}
    mine.decoder.load_state_dict(new, strict=False)
    results = [run(ours, mine, None), run(theirs, peer, None)]
    agree(*results)
    for name, parameter in peer.decoder.named_parameters():
        if "cross" in name:
            expected, found = parameter.grad, mine.decoder.get_parameter(name).grad
            assert torch.allclose(found, expected, atol=1e-5 * float(expected.norm()) + 1e-9), name


@pytest.mark.parametrize(
    "name",
    [
        "MatryoshkaLoss",
        "Matryoshka2dLoss",
        "AdaptiveLayerLoss",
        "DenoisingAutoEncoderLoss",
        "ContrastiveTensionLoss",
    ],
)
def test_same_arguments_and_defaults(name):
    import inspect

    def arguments(loss):
        return {each.name: each.default for each in inspect.signature(loss.__init__).parameters.values()}

    assert arguments(getattr(losses, name)) == arguments(getattr(peer_losses, name))


@pytest.mark.parametrize(
    ("name", "extra"),
    [("MatryoshkaLoss", ([16, 8],)), ("Matryoshka2dLoss", ([16, 8],)), ("AdaptiveLayerLoss", ())],
)
def test_same_settings_on_the_card(models, name, extra):
    mine, peer = (
        getattr(library, name)(model, library.MultipleNegativesRankingLoss(model), *extra).get_config_dict()
        for model, library in zip(models, (losses, peer_losses), strict=True)
    )
    assert mine == peer
