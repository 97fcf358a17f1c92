"""Training with adapters."""

from datasets import Dataset
from peft import LoraConfig, TaskType
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import MultipleNegativesRankingLoss

model = SentenceTransformer("toy-bert")
plain = model.encode("the cat sat")
model.add_adapter(
    LoraConfig(task_type=TaskType.FEATURE_EXTRACTION, inference_mode=False, r=4, lora_alpha=8, lora_dropout=0.1)
)
trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
assert 0 < trainable < sum(parameter.numel() for parameter in model.parameters()) / 2
texts = ["the cat sat", "a dog ran", "the red fox", "a blue movie"]
dataset = Dataset.from_dict({"anchor": texts, "positive": [each.upper() + " on a mat" for each in texts]})
args = SentenceTransformerTrainingArguments(
    "peft", max_steps=4, learning_rate=1e-2, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True
)
SentenceTransformerTrainer(model, args, train_dataset=dataset, loss=MultipleNegativesRankingLoss(model)).train()
adapted = model.encode("the cat sat")
assert abs(adapted - plain).max() > 1e-4
model.save_pretrained("peft/adapter")
assert abs(SentenceTransformer("peft/adapter").encode("the cat sat") - adapted).max() < 1e-5

model.disable_adapters()
assert abs(model.encode("the cat sat") - plain).max() < 1e-5
model.enable_adapters()
assert model.active_adapters() == ["default"]
