"""Prompts: by name, as text, by default, and for queries and documents."""

import numpy as np
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("toy-bert", prompts={"search": "query : ", "passage": "document : "})
expected = model.encode("query : the red fox")

assert np.allclose(model.encode("the red fox", prompt_name="search"), expected, atol=1e-6)
assert np.allclose(model.encode("the red fox", prompt="query : "), expected, atol=1e-6)
assert not np.allclose(model.encode("the red fox"), expected, atol=1e-3)
assert np.allclose(model.encode_document("the red fox"), model.encode("document : the red fox"), atol=1e-6)
assert np.allclose(model.encode_query("the red fox"), model.encode("the red fox"), atol=1e-6)

model.default_prompt_name = "search"
assert np.allclose(model.encode(["the red fox"])[0], expected, atol=1e-6)

model.save_pretrained("with-prompts")
again = SentenceTransformer("with-prompts")
assert again.prompts["search"] == "query : "
assert np.allclose(again.encode("the red fox"), expected, atol=1e-6)

try:
    model.encode("the red fox", prompt_name="nonsense")
    said = ""
except ValueError as error:
    said = str(error)
assert "search" in said
