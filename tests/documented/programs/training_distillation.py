"""Distillation: of vectors, of margins, by fewer dimensions; teacher and student in two languages."""

import gzip

import torch
from datasets import Dataset
from sentence_transformers import (
    InputExample,
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
    losses,
    models,
)
from sentence_transformers.datasets import ParallelSentencesDataset
from sentence_transformers.evaluation import MSEEvaluator, SequentialEvaluator, TranslationEvaluator
from sklearn.decomposition import PCA
from torch.utils.data import DataLoader

texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie", "hello world", "the bad plot"] * 2
teacher = SentenceTransformer("toy-bert")
student = SentenceTransformer("toy-bert")
for parameter in student.parameters():
    parameter.data += 0.05 * torch.randn_like(parameter)
args = SentenceTransformerTrainingArguments(
    "distilled", max_steps=8, learning_rate=1e-3, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True
)

# A student learns the teacher's vectors.
evaluator = MSEEvaluator(texts, texts, teacher_model=teacher, name="dev")
before = evaluator(student)["dev_negative_mse"]
dataset = Dataset.from_dict({"sentence": texts, "label": teacher.encode(texts).tolist()})
SentenceTransformerTrainer(student, args, train_dataset=dataset, loss=losses.MSELoss(student)).train()
assert evaluator(student)["dev_negative_mse"] > before

# Margins of a teacher's scores, as for MS MARCO.
margins = Dataset.from_dict(
    {"query": texts, "positive": texts[1:] + texts[:1], "negative": texts[2:] + texts[:2], "label": [1.0] * 12}
)
SentenceTransformerTrainer(student, args, train_dataset=margins, loss=losses.MarginMSELoss(student)).train()

# Fewer dimensions: the principal components become a Dense module.
vectors = teacher.encode(texts[:6])
components = PCA(n_components=4).fit(vectors).components_
dense = models.Dense(16, 4, bias=False, activation_function=torch.nn.Identity())
dense.linear.weight = torch.nn.Parameter(torch.tensor(components, dtype=torch.float32))
reduced = SentenceTransformer("toy-bert")
reduced.add_module("dense", dense)
assert abs(reduced.encode(texts[:6]) - vectors @ components.T).max() < 1e-4

# Teacher and student: a translation gets the vector of the original.
english, german = ["the red fox", "a blue chair"], ["un renard rouge", "une chaise bleue"]
with gzip.open("parallel.tsv.gz", "wt", encoding="utf-8") as file:
    file.writelines(f"{a}\t{b}\n" for a, b in zip(english, german, strict=True))
student = SentenceTransformer("toy-bert")
data = ParallelSentencesDataset(student_model=student, teacher_model=teacher, batch_size=2)
data.load_data("parallel.tsv.gz", max_sentences=10)
assert isinstance(next(iter(data)), InputExample)
student.fit(
    [(DataLoader(data, batch_size=4), losses.MSELoss(student))],
    epochs=30,
    warmup_steps=0,
    optimizer_params={"lr": 1e-2},
    show_progress_bar=False,
)
both = SequentialEvaluator(
    [
        MSEEvaluator(english, german, teacher_model=teacher, name="en-fr"),
        TranslationEvaluator(english, german, name="en-fr"),
    ],
    main_score_function=lambda scores: scores[-1],
)
results = student.evaluate(both)
assert results["en-fr_negative_mse"] > SentenceTransformer("toy-bert").evaluate(both)["en-fr_negative_mse"] / 2
assert results["en-fr_mean_accuracy"] == 1
