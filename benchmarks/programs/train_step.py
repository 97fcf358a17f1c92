"""A few training steps with MultipleNegativesRankingLoss on pairs, `train_step.py SIDE MODEL FILE BATCH STEPS`.

The loop is plain PyTorch and the same for both packages. Prints the CPU seconds of the steps after the first.
"""

from __future__ import annotations

import json
import sys
import time

import torch

side, folder, path, batch, steps = sys.argv[1:4] + [int(value) for value in sys.argv[4:6]]
torch.set_num_threads(1)
torch.manual_seed(0)
if side == "likewise":
    from likewise import SentenceTransformer
    from likewise.losses import MultipleNegativesRankingLoss
else:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.losses import MultipleNegativesRankingLoss

model = SentenceTransformer(folder, device="cpu")
model.max_seq_length = 256
loss = MultipleNegativesRankingLoss(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
model.train()
with open(path, encoding="utf-8") as file:
    pairs = [line.rstrip("\n").split("\t") for line in file][: batch * (steps + 1)]
values, start = [], 0.0
for step, rows in enumerate(pairs[at : at + batch] for at in range(0, len(pairs), batch)):
    if step == 1:
        start = time.process_time()
    features = [model.tokenize(list(column)) for column in zip(*rows, strict=True)]
    optimizer.zero_grad()
    value = loss(features, None)
    value.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    values.append(float(value.detach()))
print(json.dumps({"steps_s": time.process_time() - start, "losses": values}))
