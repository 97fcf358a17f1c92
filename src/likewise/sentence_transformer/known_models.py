"""Settings that published models need and their folders do not state. Knows names, loads nothing."""

from __future__ import annotations

import logging

from likewise.models.module_traits import HasIncludePrompt
from likewise.models.sequence import ModuleSequence

logger = logging.getLogger(__name__)

# Their prompts instruct the model and do not count in pooling; their folders were made before there was a setting.
INSTRUCTOR = frozenset({"hkunlp/instructor-base", "hkunlp/instructor-large", "hkunlp/instructor-xl"})


def apply_known_settings(model: ModuleSequence, name: str) -> None:
    """Complete the settings of a model that is known by its name.

    Args:
        model: The model; changed.
        name: Its id on the hub, or the name that it was loaded by.
    """
    if name in INSTRUCTOR:
        model.set_pooling_include_prompt(False)
    elif "instructor" in name.lower() and _counts_prompts(model):
        logger.warning(
            "%s looks like an INSTRUCTOR model, whose prompts do not count in pooling; here they do. "
            "If it is one: model.set_pooling_include_prompt(False)",
            name,
        )


def _counts_prompts(model: ModuleSequence) -> bool:
    return any(isinstance(module, HasIncludePrompt) and module.include_prompt for module in model.modules())
