"""What may stand in the place of a transformers model until somebody asks for that one."""

from __future__ import annotations

from typing import TypeAlias

from likewise.models.direct_body import DirectBody
from likewise.models.direct_classifier import DirectClassifier
from likewise.models.direct_masked_lm import DirectMaskedLM

DirectModel: TypeAlias = DirectBody | DirectClassifier | DirectMaskedLM
