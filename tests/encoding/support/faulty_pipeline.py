"""Pipelines that fail on demand. A module of its own, so that worker processes can import it."""

import os
import signal
import time
from dataclasses import dataclass, field

import torch

from likewise.encoding.in_memory import HashPipeline


@dataclass(frozen=True)
class FaultyPipeline:
    """A `HashPipeline` that does what a text starting with "!" tells it to."""

    inner: HashPipeline = field(default_factory=HashPipeline)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    weights: torch.Tensor = field(default_factory=lambda: torch.zeros(1))

    def prepare(self, inputs, *, prompt, task):
        for text in inputs:
            if text == "!kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif text == "!exit":
                os._exit(3)
            elif text == "!raise":
                raise RuntimeError("the model broke")
            elif text == "!wait":
                time.sleep(60)
        return self.inner.prepare(inputs, prompt=prompt, task=task)

    def collate(self, prepared, indices):
        return self.inner.collate(prepared, indices)

    def forward(self, features, **kwargs):
        unsendable = kwargs.pop("unsendable", False)
        features = self.inner.forward(features, **kwargs)
        if unsendable:
            features["callback"] = lambda: None
        return features

    def accepts(self, value):
        return self.inner.accepts(value)

    def to(self, device):
        pass

    @property
    def max_length(self):
        return self.inner.max_length


@dataclass(frozen=True)
class UnloadablePipeline(FaultyPipeline):
    """Pickles here, and cannot be unpickled anywhere."""

    def __reduce__(self):
        return import_what_is_missing, ()


def import_what_is_missing():
    import a_module_that_does_not_exist  # noqa: F401


class UnsendableText(str):
    """A text that does not pickle."""

    def __reduce__(self):
        raise TypeError("this text stays where it is")


class UnreceivableText(str):
    """A text that pickles here and does not unpickle there."""

    def __reduce__(self):
        return import_what_is_missing, ()
