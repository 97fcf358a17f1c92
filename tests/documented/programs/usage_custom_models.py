"""Models put together of modules, modules of one's own, lower precision, saving and loading."""

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, models, util
from torch import nn

transformer = models.Transformer("toy-bert", max_seq_length=32)
pooling = models.Pooling(transformer.get_word_embedding_dimension(), pooling_mode="mean")
dense = models.Dense(
    in_features=pooling.get_sentence_embedding_dimension(), out_features=8, activation_function=nn.Tanh()
)
model = SentenceTransformer(modules=[transformer, pooling, dense, models.Normalize()])
embeddings = model.encode(["the cat sat", "a red fox"])
assert embeddings.shape == (2, 8)
assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
assert model[0] is transformer
assert model._first_module() is transformer
assert isinstance(model._last_module(), models.Normalize)

model.save("custom")
again = SentenceTransformer("custom")
assert np.allclose(again.encode(["the cat sat", "a red fox"]), embeddings, atol=1e-6)
assert util.is_sentence_transformer_model("custom")


class Doubled(nn.Module):
    """A module of one's own: features in, features out."""

    def forward(self, features: dict[str, torch.Tensor], **kwargs) -> dict[str, torch.Tensor]:
        features["sentence_embedding"] = 2 * features["sentence_embedding"]
        return features


doubled = SentenceTransformer(modules=[transformer, pooling, Doubled()])
plain = SentenceTransformer(modules=[transformer, pooling])
assert np.allclose(doubled.encode("the cat sat"), 2 * plain.encode("the cat sat"), atol=1e-5)

low = SentenceTransformer("toy-bert", model_kwargs={"torch_dtype": "bfloat16"})
assert next(low.parameters()).dtype == torch.bfloat16
assert util.cos_sim(low.encode("the cat sat"), plain.encode("the cat sat")).item() > 0.99

bow = SentenceTransformer(modules=[models.BoW(vocab=["cat", "fox", "red"], word_weights={"red": 2.0})])
assert bow.encode("a red red fox").tolist() == [0, 1, 4]
