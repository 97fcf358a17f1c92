"""Every documented module path below `sentence_transformers`, and where its names are in likewise.

The one table that the alias reads: a path to a `Place`. A place names modules of ours, whose public names all count,
and single names that we keep elsewhere. Paths of v2 to v4 are one file for each class (`losses.CoSENTLoss`), those of
v5 and v6 one file for each concept (`sentence_transformer.losses.cosent`); both give what their package gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ALIAS: Final = "sentence_transformers"
# What a program is told that it has: the newest version whose features are all here or listed in `missing`.
VERSION: Final = "5.3.0"
HUB_ORGANIZATION: Final = "sentence-transformers"


@dataclass(frozen=True)
class Place:
    """Where the names of one documented module are.

    Args:
        modules: Modules of ours, below `likewise` ("" for `likewise` itself); their public names are the place's.
        names: Further documented names, each as "module:name" below `likewise`.

    Example:
        >>> Place(("sampler",), {"BatchSamplers": "training.samplers:BatchSamplers"}).modules
        ('sampler',)
    """

    modules: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def _place(*modules: str, **names: str) -> Place:
    return Place(modules, MappingProxyType(names))


_TOP = _place(
    "",
    __version__="compat.table:VERSION",
    __MODEL_HUB_ORGANIZATION__="compat.table:HUB_ORGANIZATION",
    DefaultBatchSampler="sampler:DefaultBatchSampler",
    MultiDatasetDefaultBatchSampler="sampler:MultiDatasetDefaultBatchSampler",
    mine_hard_negatives="util:mine_hard_negatives",
)
_MODEL = _place(
    SentenceTransformer=":SentenceTransformer",
    SentenceTransformerModelCardData=":SentenceTransformerModelCardData",
    SimilarityFunction=":SimilarityFunction",
)
_SAMPLERS = _place(
    "sampler",
    BatchSamplers="training_args:BatchSamplers",
    MultiDatasetBatchSamplers="training_args:MultiDatasetBatchSamplers",
)
_EVALUATION = _place("evaluation", BaseEvaluator="evaluation:SentenceEvaluator")
_CROSS_ENCODER = _place("cross_encoder")
_LOGGING = _place(LoggingHandler="logging_handler:LoggingHandler", install_logger="logging_handler:install_logger")
_CE_CARD = _place("cross_encoder.model_card", CrossEncoderModelCardCallback="training:ModelCardCallback")
_UTIL = _place(
    "util", **{name: f"quantization:{name}" for name in ("semantic_search_faiss", "semantic_search_usearch")}
)
_FAMILY = _place(
    SentenceTransformer=":SentenceTransformer",
    SentenceTransformerDataCollator="data_collator:SentenceTransformerDataCollator",
    SentenceTransformerModelCardData=":SentenceTransformerModelCardData",
    SentenceTransformerTrainer=":SentenceTransformerTrainer",
    SentenceTransformerTrainingArguments=":SentenceTransformerTrainingArguments",
)
# What v5.4 made the common base of its families. Ours of that rank are shared or the ones for embeddings.
_BASE = _place(
    "sampler",
    BaseDataCollator="data_collator:SentenceTransformerDataCollator",
    BaseModel="sentence_transformer.stored_model:StoredModel",
    BaseModelCardCallback="training:ModelCardCallback",
    BaseModelCardData=":SentenceTransformerModelCardData",
    BaseTrainer="training.column_trainer:ColumnTrainer",
    BaseTrainingArguments=":SentenceTransformerTrainingArguments",
    BatchSamplers="training_args:BatchSamplers",
    MultiDatasetBatchSamplers="training_args:MultiDatasetBatchSamplers",
)

# Paths that are not a file within a package of the same names.
_PATHS: dict[str, Place] = {
    "": _TOP,
    "LoggingHandler": _LOGGING,
    "SentenceTransformer": _MODEL,
    "base": _BASE,
    "base.data_collator": _BASE,
    "base.evaluation": _EVALUATION,
    "base.model": _BASE,
    "base.model_card": _BASE,
    "base.modules": _place("models"),
    "base.sampler": _SAMPLERS,
    "base.trainer": _BASE,
    "base.training_args": _BASE,
    "cross_encoder": _CROSS_ENCODER,
    "cross_encoder.CrossEncoder": _CROSS_ENCODER,
    "cross_encoder.data_collator": _CROSS_ENCODER,
    "cross_encoder.evaluation": _place("cross_encoder.evaluation"),
    "cross_encoder.losses": _place("cross_encoder.losses"),
    "cross_encoder.model": _CROSS_ENCODER,
    "cross_encoder.model_card": _CE_CARD,
    "cross_encoder.modules": _place("models"),
    "cross_encoder.trainer": _CROSS_ENCODER,
    "cross_encoder.training_args": _CROSS_ENCODER,
    "data_collator": _place("data_collator"),
    "datasets": _place("datasets"),
    "evaluation": _EVALUATION,
    "losses": _place("losses"),
    "model_card": _place("model_card"),
    "models": _place("models"),
    "models.tokenizer": _place("models.tokenizer"),
    "quantization": _place("quantization"),
    "readers": _place("readers"),
    "sampler": _SAMPLERS,
    "sentence_transformer": _FAMILY,
    "sentence_transformer.data_collator": _place("data_collator"),
    "sentence_transformer.datasets": _place("datasets"),
    "sentence_transformer.evaluation": _EVALUATION,
    "sentence_transformer.losses": _place("losses"),
    "sentence_transformer.model": _MODEL,
    "sentence_transformer.model_card": _place("model_card"),
    "sentence_transformer.modules": _place("models"),
    "sentence_transformer.modules.tokenizer": _place("models.tokenizer"),
    "sentence_transformer.readers": _place("readers"),
    "sentence_transformer.trainer": _place("trainer"),
    "sentence_transformer.training_args": _place("training_args"),
    "similarity_functions": _place(SimilarityFunction="similarity_functions:SimilarityFunction"),
    "sparse_encoder": _place("sparse_encoder"),
    "sparse_encoder.SparseEncoder": _place("sparse_encoder"),
    "sparse_encoder.model": _place("sparse_encoder"),
    "sparse_encoder.model_card": _place("sparse_encoder", SparseEncoderModelCardCallback="training:ModelCardCallback"),
    "sparse_encoder.models": _place("models"),
    "sparse_encoder.modules": _place("models"),
    "trainer": _place("trainer"),
    "training_args": _place("training_args"),
    "util": _UTIL,
}

# Packages whose files give what the package gives, by the file's name.
_FILES: dict[str, str] = {
    "base.evaluation": "evaluator sequential",
    "base.modules": "dense input_module module normalize router transformer",
    "cross_encoder.evaluation": "CEBinaryAccuracyEvaluator CEBinaryClassificationEvaluator "
    "CECorrelationEvaluator CEF1Evaluator CERerankingEvaluator CESoftmaxAccuracyEvaluator classification correlation "
    "deprecated nano_beir reranking",
    "cross_encoder.losses": "BinaryCrossEntropyLoss CachedMultipleNegativesRankingLoss CrossEntropyLoss "
    "LambdaLoss ListMLELoss ListNetLoss MSELoss MarginMSELoss MultipleNegativesRankingLoss PListMLELoss RankNetLoss "
    "adr_mse binary_cross_entropy cached_multiple_negatives_ranking cross_entropy lambda_loss list_mle list_net "
    "margin_mse mse multiple_negatives_ranking plist_mle rank_net",
    "cross_encoder.modules": "logit_score",
    "datasets": "DenoisingAutoEncoderDataset NoDuplicatesDataLoader ParallelSentencesDataset "
    "SentenceLabelDataset SentencesDataset",
    "evaluation": "BinaryClassificationEvaluator EmbeddingSimilarityEvaluator InformationRetrievalEvaluator "
    "LabelAccuracyEvaluator MSEEvaluator MSEEvaluatorFromDataFrame NanoBEIREvaluator ParaphraseMiningEvaluator "
    "RerankingEvaluator SentenceEvaluator SequentialEvaluator SimilarityFunction TranslationEvaluator "
    "TripletEvaluator",
    "losses": "AdaptiveLayerLoss AnglELoss BatchAllTripletLoss BatchHardSoftMarginTripletLoss "
    "BatchHardTripletLoss BatchSemiHardTripletLoss CachedGISTEmbedLoss CachedMultipleNegativesRankingLoss "
    "CachedMultipleNegativesSymmetricRankingLoss CoSENTLoss ContrastiveLoss ContrastiveTensionLoss "
    "CosineSimilarityLoss DenoisingAutoEncoderLoss DistillKLDivLoss GISTEmbedLoss MSELoss MarginMSELoss "
    "Matryoshka2dLoss MatryoshkaLoss MegaBatchMarginLoss MultipleNegativesRankingLoss "
    "MultipleNegativesSymmetricRankingLoss OnlineContrastiveLoss SoftmaxLoss TripletLoss",
    "models": "Asym BoW CLIPModel CNN Dense Dropout InputModule LSTM LayerNorm Module Normalize Pooling Router "
    "StaticEmbedding Transformer WeightedLayerPooling WordEmbeddings WordWeights",
    "models.tokenizer": "PhraseTokenizer WhitespaceTokenizer WordTokenizer",
    "readers": "InputExample LabelSentenceReader NLIDataReader PairedFilesReader STSDataReader TripletReader",
    "sentence_transformer.datasets": "denoising_auto_encoder no_duplicates_dataloader parallel_sentences "
    "sentence_label sentences",
    "sentence_transformer.evaluation": "binary_classification embedding_similarity information_retrieval "
    "label_accuracy mse mse_from_dataframe nano_beir paraphrase_mining reranking translation triplet",
    "sentence_transformer.losses": "adaptive_layer angle batch_all_triplet batch_hard_soft_margin_triplet "
    "batch_hard_triplet batch_semi_hard_triplet cached_gist_embed cached_multiple_negatives_ranking "
    "cached_multiple_negatives_symmetric_ranking contrastive contrastive_tension cosent cosine_similarity "
    "denoising_auto_encoder distill_kl_div embed_distill gist_embed global_orthogonal_regularization margin_mse "
    "matryoshka matryoshka_2d mega_batch_margin mse multiple_negatives_ranking multiple_negatives_symmetric_ranking "
    "online_contrastive softmax triplet",
    "sentence_transformer.modules": "bow clip_model cnn dropout layer_norm lstm pooling static_embedding "
    "weighted_layer_pooling word_embeddings word_weights",
    "sentence_transformer.modules.tokenizer": "phrase whitespace word",
    "sentence_transformer.readers": "input_example label_sentence nli_data paired_files sts_data triplet",
    "sparse_encoder.models": "MLMTransformer SparseAutoEncoder SparseStaticEmbedding SpladePooling",
    "sparse_encoder.modules": "mlm_transformer sparse_auto_encoder sparse_static_embedding splade_pooling",
    "util": "environment file_io hard_negatives logging misc quantization retrieval similarity tensor",
}

TABLE: Final[Mapping[str, Place]] = MappingProxyType(
    _PATHS | {f"{package}.{file}": _PATHS[package] for package, files in _FILES.items() for file in files.split()}
)
