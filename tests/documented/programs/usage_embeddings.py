"""Computing embeddings: one text, many texts, as arrays, as tensors, as lists; lengths and dimensions."""

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("likewise-mini")
sentences = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]

embeddings = model.encode(sentences)
assert embeddings.shape == (3, model.get_sentence_embedding_dimension())
assert embeddings.dtype == np.float32

one = model.encode("The weather is lovely today.")
assert one.shape == embeddings[0].shape
assert np.allclose(one, embeddings[0], atol=1e-6)

tensor = model.encode(sentences, convert_to_tensor=True)
assert torch.is_tensor(tensor)
assert torch.allclose(tensor.cpu(), torch.from_numpy(embeddings), atol=1e-6)

rows = model.encode(sentences, convert_to_numpy=False)
assert isinstance(rows, list)
assert all(torch.is_tensor(row) for row in rows)

unit = model.encode(sentences, normalize_embeddings=True, batch_size=2, show_progress_bar=False)
assert np.allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-5)

similarities = model.similarity(embeddings, embeddings)
assert similarities.shape == (3, 3)
assert similarities[0, 1] > similarities[0, 2]
assert torch.allclose(similarities, torch.from_numpy(unit @ unit.T), atol=1e-5)

shorter = SentenceTransformer("likewise-mini", truncate_dim=32)
assert shorter.encode(sentences).shape == (3, 32)
assert np.allclose(shorter.encode(sentences), embeddings[:, :32], atol=1e-6)

bert = SentenceTransformer("toy-bert", device="cpu")
assert bert.max_seq_length == 64
tokens = bert.encode(["the cat sat", "the cat sat on the mat"], output_value="token_embeddings")
assert [len(each) for each in tokens] == [5, 8]
bert.max_seq_length = 5
long, cut = bert.encode(["the cat sat on the mat", "the cat sat"])
assert np.allclose(long, cut, atol=1e-6)
features = bert.tokenize(["the cat sat"])
assert features["input_ids"].shape == (1, 5)
assert bert(features)["sentence_embedding"].shape == (1, 16)
