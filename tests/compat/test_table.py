"""The table of documented paths: everything in it exists, and is the same object under every path."""

import json

import pytest

from likewise.compat.missing import MISSING
from likewise.compat.places import ABSENT, find, names_of
from likewise.compat.table import TABLE

# Documented for v3.4 (and v5 where clients ask for it): path -> names.
DOCUMENTED = {
    "": "CrossEncoder CrossEncoderModelCardData CrossEncoderTrainer CrossEncoderTrainingArguments InputExample "
    "LoggingHandler SentenceTransformer SentenceTransformerModelCardData SentenceTransformerTrainer "
    "SentenceTransformerTrainingArguments SentencesDataset ParallelSentencesDataset SimilarityFunction SparseEncoder "
    "SparseEncoderModelCardData DefaultBatchSampler MultiDatasetDefaultBatchSampler quantize_embeddings "
    "mine_hard_negatives __version__ __MODEL_HUB_ORGANIZATION__",
    "LoggingHandler": "LoggingHandler install_logger",
    "SentenceTransformer": "SentenceTransformer",
    "cross_encoder": "CrossEncoder CrossEncoderTrainer CrossEncoderTrainingArguments CrossEncoderModelCardData "
    "CrossEncoderDataCollator",
    "cross_encoder.CrossEncoder": "CrossEncoder",
    "cross_encoder.evaluation": "CEBinaryAccuracyEvaluator CEBinaryClassificationEvaluator "
    "CECorrelationEvaluator CEF1Evaluator CESoftmaxAccuracyEvaluator CERerankingEvaluator "
    "CrossEncoderClassificationEvaluator CrossEncoderCorrelationEvaluator CrossEncoderRerankingEvaluator "
    "CrossEncoderNanoBEIREvaluator",
    "cross_encoder.losses": "BinaryCrossEntropyLoss CrossEntropyLoss MultipleNegativesRankingLoss "
    "CachedMultipleNegativesRankingLoss MSELoss MarginMSELoss LambdaLoss NoWeightingScheme NDCGLoss1Scheme "
    "NDCGLoss2Scheme LambdaRankScheme NDCGLoss2PPScheme ListNetLoss PListMLELoss PListMLELambdaWeight ListMLELoss "
    "RankNetLoss ADRMSELoss",
    "data_collator": "SentenceTransformerDataCollator",
    "datasets": "DenoisingAutoEncoderDataset NoDuplicatesDataLoader ParallelSentencesDataset SentencesDataset "
    "SentenceLabelDataset",
    "evaluation": "SentenceEvaluator SimilarityFunction BinaryClassificationEvaluator "
    "EmbeddingSimilarityEvaluator InformationRetrievalEvaluator LabelAccuracyEvaluator MSEEvaluator "
    "MSEEvaluatorFromDataFrame NanoBEIREvaluator ParaphraseMiningEvaluator SequentialEvaluator TranslationEvaluator "
    "TripletEvaluator RerankingEvaluator",
    "evaluation.SentenceEvaluator": "SentenceEvaluator",
    "losses": "AdaptiveLayerLoss CosineSimilarityLoss SoftmaxLoss MultipleNegativesRankingLoss "
    "MultipleNegativesSymmetricRankingLoss TripletLoss TripletDistanceMetric MarginMSELoss MatryoshkaLoss "
    "Matryoshka2dLoss MSELoss ContrastiveLoss SiameseDistanceMetric CachedGISTEmbedLoss "
    "CachedMultipleNegativesRankingLoss CachedMultipleNegativesSymmetricRankingLoss ContrastiveTensionLoss "
    "ContrastiveTensionLossInBatchNegatives ContrastiveTensionDataLoader CoSENTLoss AnglELoss OnlineContrastiveLoss "
    "MegaBatchMarginLoss DenoisingAutoEncoderLoss GISTEmbedLoss BatchHardTripletLoss "
    "BatchHardTripletLossDistanceFunction BatchHardSoftMarginTripletLoss BatchSemiHardTripletLoss "
    "BatchAllTripletLoss DistillKLDivLoss EmbedDistillLoss GlobalOrthogonalRegularizationLoss",
    "losses.BatchHardTripletLoss": "BatchHardTripletLoss BatchHardTripletLossDistanceFunction",
    "model_card": "ModelCardCallback SentenceTransformerModelCardCallback SentenceTransformerModelCardData",
    "models": "Transformer Pooling Dense Normalize LayerNorm Dropout LSTM CNN BoW WordWeights WordEmbeddings "
    "WeightedLayerPooling StaticEmbedding CLIPModel Asym Router Module InputModule",
    "models.tokenizer": "WordTokenizer WhitespaceTokenizer PhraseTokenizer ENGLISH_STOP_WORDS",
    "quantization": "quantize_embeddings semantic_search_faiss semantic_search_usearch",
    "readers": "InputExample LabelSentenceReader NLIDataReader PairedFilesReader STSBenchmarkDataReader "
    "STSDataReader TripletReader",
    "sampler": "DefaultBatchSampler NoDuplicatesBatchSampler GroupByLabelBatchSampler RoundRobinBatchSampler "
    "ProportionalBatchSampler SetEpochMixin MultiDatasetDefaultBatchSampler",
    "sentence_transformer.losses": "BatchAllTripletLoss BatchHardTripletLossDistanceFunction",
    "sentence_transformer.model_card": "SentenceTransformerModelCardCallback",
    "sentence_transformer.modules": "Dense",
    "sentence_transformer.training_args": "BatchSamplers SentenceTransformerTrainingArguments",
    "similarity_functions": "SimilarityFunction",
    "sparse_encoder": "SparseEncoder",
    "sparse_encoder.models": "MLMTransformer SpladePooling SparseAutoEncoder SparseStaticEmbedding",
    "trainer": "SentenceTransformerTrainer",
    "training_args": "SentenceTransformerTrainingArguments BatchSamplers MultiDatasetBatchSamplers",
    "util": "cos_sim pytorch_cos_sim dot_score euclidean_sim manhattan_sim pairwise_cos_sim pairwise_dot_score "
    "pairwise_euclidean_sim pairwise_manhattan_sim pairwise_angle_sim normalize_embeddings truncate_embeddings "
    "semantic_search information_retrieval paraphrase_mining paraphrase_mining_embeddings community_detection "
    "mine_hard_negatives http_get batch_to_device fullname import_from_string get_device_name "
    "is_sentence_transformer_model load_file_path load_dir_path is_datasets_available is_accelerate_available "
    "is_training_available check_package_availability disable_logging disabled_tqdm save_to_hub_args_decorator "
    "disable_datasets_caching",
}

WALK = """
import importlib, json, pickle
from likewise.compat.places import find, names_of
from likewise.compat.table import TABLE
wrong, seen = [], 0
for path, place in TABLE.items():
    module = importlib.import_module(f"sentence_transformers.{path}".rstrip("."))
    for name in names_of(place):
        seen += 1
        found = getattr(module, name)
        if found is not find(place, name) or type(found).__name__ == "AliasModule":
            wrong.append(f"{path}.{name}")
        if name not in dir(module):
            wrong.append(f"dir: {path}.{name}")
print(json.dumps([len(TABLE), seen, wrong]))
"""


def test_every_path_imports_and_every_name_is_the_object_of_ours(aliased):
    paths, seen, wrong = json.loads(aliased(WALK).splitlines()[-1])

    assert wrong == []
    assert paths > 200
    assert seen > 2000


@pytest.mark.parametrize("path", DOCUMENTED)
def test_documented_names_have_a_place(path):
    place = TABLE[path]

    assert [name for name in DOCUMENTED[path].split() if find(place, name) is ABSENT] == []


def test_every_documented_class_has_a_path_of_its_own():
    """As v2 to v4 spell it: one file for each class."""
    for package in ("losses", "models", "evaluation", "readers", "datasets"):
        for path in (path for path in TABLE if path.startswith(f"{package}.") and path.rpartition(".")[2][0].isupper()):
            assert find(TABLE[path], path.rpartition(".")[2]) is not ABSENT, path


def test_what_is_listed_as_missing_is_missing():
    """An entry that resolves is no longer missing: delete it."""
    for path in MISSING:
        parent, _, name = path.rpartition(".")
        assert path not in TABLE
        assert find(TABLE.get(parent, TABLE[""]), name) is ABSENT, path


def test_names_of_a_place_are_public():
    assert [name for name in names_of(TABLE["losses"]) if name.startswith("_")] == []
