"""One epoch of duplicate-free batches, `no_duplicates.py SIDE ROWS BATCH`: CPU seconds from sampler to last batch.

A tenth of the anchors stand several times, as questions do that have several answers.
"""

from __future__ import annotations

import json
import random
import sys
import time

from datasets import Dataset

side, rows, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if side == "likewise":
    from likewise.training.samplers import NoDuplicatesBatchSampler
else:
    from sentence_transformers.sampler import NoDuplicatesBatchSampler

draw = random.Random(0)
anchors = [
    f"question {draw.randrange(rows // 50) if draw.random() < 0.1 else n} about some topic of interest"
    for n in range(rows)
]
data = Dataset.from_dict({"anchor": anchors, "positive": [f"answer {n} which is a bit longer" for n in range(rows)]})
start = time.process_time()
sampler = NoDuplicatesBatchSampler(data, batch_size=size, drop_last=False)
count = sum(len(batch) for batch in sampler)
print(json.dumps({"epoch_s": time.process_time() - start, "rows": count}))
