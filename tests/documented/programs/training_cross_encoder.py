"""Cross-encoders: the older `fit` with its evaluators, the trainer with each kind of data, distillation."""

import os

from datasets import Dataset
from sentence_transformers import InputExample
from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments
from sentence_transformers.cross_encoder.evaluation import (
    CEBinaryClassificationEvaluator,
    CECorrelationEvaluator,
    CERerankingEvaluator,
    CESoftmaxAccuracyEvaluator,
    CrossEncoderCorrelationEvaluator,
    CrossEncoderRerankingEvaluator,
)
from sentence_transformers.cross_encoder.losses import (
    BinaryCrossEntropyLoss,
    CrossEntropyLoss,
    LambdaLoss,
    MSELoss,
    MultipleNegativesRankingLoss,
)
from torch.utils.data import DataLoader

os.environ["ACCELERATE_USE_CPU"] = "true"
texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie"]
others = ["a cat sat", "the dog ran", "a red fox", "the blue movie"]
examples = [InputExample(texts=[a, b], label=1.0) for a, b in zip(texts, others, strict=True)]
examples += [
    InputExample(texts=[a, b], label=0.0)
    for a, b in zip(texts, ["hello world", "une chaise", "hello", "chaise"], strict=True)
]

model = CrossEncoder("toy-reranker", num_labels=1)
evaluator = CECorrelationEvaluator.from_input_examples(examples, name="dev")
before = evaluator(model)
loader = DataLoader(examples, shuffle=True, batch_size=8)
model.fit(
    loader,
    evaluator=evaluator,
    epochs=15,
    warmup_steps=2,
    optimizer_params={"lr": 2e-3},
    output_path="ce",
    show_progress_bar=False,
)
assert evaluator(model) > max(before, 0.5)
assert isinstance(CEBinaryClassificationEvaluator.from_input_examples(examples)(model), float)
samples = [{"query": a, "positive": [b], "negative": others} for a, b in zip(texts, others, strict=True)]
samples = [{**row, "negative": [each for each in others if each not in row["positive"]]} for row in samples]
assert 0 < CERerankingEvaluator(samples, name="dev")(model) <= 1
assert (
    CrossEncoderCorrelationEvaluator([each.texts for each in examples], [each.label for each in examples])(model)[
        "spearman"
    ]
    > 0.5
)

nli = CrossEncoder("toy-nli", num_labels=3)
entailment = [InputExample(texts=each.texts, label=at % 3) for at, each in enumerate(examples)]
nli.fit(DataLoader(entailment, batch_size=4), epochs=1, show_progress_bar=False)
assert 0 <= CESoftmaxAccuracyEvaluator.from_input_examples(entailment)(nli) <= 1

KINDS = [
    ("toy-reranker", {"query": texts, "answer": others, "label": [1, 0, 1, 0]}, BinaryCrossEntropyLoss),
    ("toy-reranker", {"query": texts, "answer": others, "label": [0.3, -0.5, 1.2, 0.0]}, MSELoss),
    ("toy-reranker", {"anchor": texts, "positive": others}, MultipleNegativesRankingLoss),
    ("toy-reranker", {"query": texts, "docs": [others] * 4, "labels": [[1, 0, 0, 0]] * 4}, LambdaLoss),
    ("toy-nli", {"premise": texts, "hypothesis": others, "label": [0, 1, 2, 0]}, CrossEntropyLoss),
]
for name, columns, loss in KINDS:
    model = CrossEncoder(name)
    args = CrossEncoderTrainingArguments(
        "ce-trainer",
        max_steps=1,
        learning_rate=1e-3,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = CrossEncoderTrainer(model, args, train_dataset=Dataset.from_dict(columns), loss=loss(model))
    trainer.train()
    assert len([entry for entry in trainer.state.log_history if "loss" in entry]) == 1, loss

reranking = CrossEncoderRerankingEvaluator(samples, at_k=3, name="dev")
assert 0 < reranking(CrossEncoder("ce"))["dev_ndcg@3"] <= 1
CrossEncoder("ce").save_pretrained("ce-again")
assert abs(CrossEncoder("ce-again").predict(examples[0].texts) - CrossEncoder("ce").predict(examples[0].texts)) < 1e-6
