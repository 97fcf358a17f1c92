"""Image search: pictures and texts in one space."""

import numpy as np
from PIL import Image
from sentence_transformers import SentenceTransformer, models

model = SentenceTransformer(modules=[models.CLIPModel("toy-clip")])
red, blue = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
images = model.encode([red, blue])
texts = model.encode(["a cat", "two dogs"])
assert images.shape == texts.shape == (2, 8)
assert not np.allclose(images[0], images[1], atol=1e-3)
assert model.similarity(images, texts).shape == (2, 2)
assert np.allclose(model.encode(red), images[0], atol=1e-5)
