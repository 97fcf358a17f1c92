"""Training data out of texts and a model: hard negatives for pairs of anchors and positives.

Here: `mine_hard_negatives` (the documented function), `find_negatives` (the same for texts that may be on disk), and a
file for each of its steps: `pairs`, `text_numbers` and `picked_texts` (what a data set says), `embeddings` and
`embedding_cache`, `candidates` and `faiss_candidates` (what may be a negative), `rescoring` (a second opinion),
`filters`, `sampling`, `rows` (the result) and `report`.
Not here: model classes, and mining that only needs vectors (`likewise.search`).
"""

from __future__ import annotations

from likewise.mining.hard_negatives import mine_hard_negatives

__all__ = ["mine_hard_negatives"]
