"""A model as something stored: saved to a folder, pushed to the hub, and given adapters, which are stored apart.

Knows neither what a model computes nor what its settings mean; the family says what is written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from likewise.errors import ConfigError
from likewise.hub.card import SentenceTransformerModelCardData
from likewise.hub.card_page import CardPage, make_card
from likewise.hub.folder import ModelFolder
from likewise.hub.resolve import resolve_folder
from likewise.models import adapter_control, adapters
from likewise.models.module_traits import RunsPacked
from likewise.models.sequence import ModuleSequence
from likewise.sentence_transformer.old_upload import full_repo_id, save_to_hub_args_decorator, warn_old_upload
from likewise.sentence_transformer.publishing import push_model
from likewise.sentence_transformer.saving import FolderSettings, save_model


class StoredModel(ModuleSequence, ABC):
    """A chain of modules that can be saved, pushed and adapted; the base of every model family.

    Args:
        modules: As in `ModuleSequence`.
        forward_kwargs: As in `ModuleSequence`.
    """

    model_card_data: SentenceTransformerModelCardData
    loaded_card: str
    prompts: dict[str, str]

    @abstractmethod
    def _current_settings(self) -> FolderSettings:
        """What the folder says about the model as a whole."""

    @abstractmethod
    def _card_page(self) -> CardPage:
        """What the README says of the model."""

    def _card_text(self, model_id: str | None, train_datasets: list[str] | None) -> str:
        return make_card(
            self.model_card_data,
            self._card_page(),
            loaded_text=self.loaded_card,
            model_id=model_id,
            train_datasets=train_datasets,
        )

    def save(
        self,
        path: str | Path,
        model_name: str | None = None,
        create_model_card: bool = True,
        train_datasets: list[str] | None = None,
        safe_serialization: bool = True,
    ) -> None:
        """Save the model; a kill at any moment leaves the old folder or the new one.

        Args:
            path: The folder to write; if it cannot be, the old one is intact and an OutputError says why.
            model_name: Name for the README.
            create_model_card: Whether to write a README.
            train_datasets: Names of data sets for the README.
            safe_serialization: Whether weights are safetensors; False writes pickles of tensors.
        """
        save_model(
            path,
            dict(self._chain()),
            self._current_settings(),
            forward_kwargs=self._forward_kwargs,
            card_text=self._card_text(model_name, train_datasets) if create_model_card else None,
            safe_serialization=safe_serialization,
        )

    save_pretrained = save

    def push_to_hub(
        self,
        repo_id: str,
        token: str | None = None,
        private: bool | None = None,
        safe_serialization: bool = True,
        commit_message: str | None = None,
        local_model_path: str | None = None,
        exist_ok: bool = False,
        replace_model_card: bool = False,
        train_datasets: list[str] | None = None,
        revision: str | None = None,
        create_pr: bool = False,
    ) -> str:
        """Upload the model to the hub and return the address; `publishing.push_model` documents the arguments."""
        return push_model(
            self,
            repo_id,
            local_model_path=local_model_path,
            safe_serialization=safe_serialization,
            train_datasets=train_datasets,
            token=token,
            private=private,
            commit_message=commit_message,
            exist_ok=exist_ok,
            replace_model_card=replace_model_card,
            revision=revision,
            create_pr=create_pr,
        )

    @save_to_hub_args_decorator
    def save_to_hub(
        self,
        repo_id: str,
        organization: str | None = None,
        token: str | None = None,
        private: bool | None = None,
        safe_serialization: bool = True,
        commit_message: str = "Add new SentenceTransformer model.",
        local_model_path: str | None = None,
        exist_ok: bool = False,
        replace_model_card: bool = False,
        train_datasets: list[str] | None = None,
    ) -> str:
        """Upload the model: the older form of `push_to_hub`, which warns and calls it."""
        warn_old_upload()
        return self.push_to_hub(
            repo_id=full_repo_id(repo_id, organization),
            token=token,
            private=private,
            safe_serialization=safe_serialization,
            commit_message=commit_message,
            local_model_path=local_model_path,
            exist_ok=exist_ok,
            replace_model_card=replace_model_card,
            train_datasets=train_datasets,
        )

    def has_peft_compatible_model(self) -> bool:
        """Whether the model has a Transformer module, which adapters can be put into."""
        return any(isinstance(module, RunsPacked) for module in self.modules())

    def check_peft_compatible_model(self) -> None:
        """Raise a ConfigError if adapters cannot be put into the model."""
        if not self.has_peft_compatible_model():
            names = [type(module).__name__ for module in self]
            raise ConfigError(f"a model of {names} cannot take adapters", accepted="a model with a Transformer module")

    def _adapted(self) -> Any:
        self.check_peft_compatible_model()
        return self.transformers_model

    def add_adapter(self, adapter_config: Any, adapter_name: str = "default") -> None:
        """Put a new adapter into the transformers model and make it the active one.

        Args:
            adapter_config: Such as `peft.LoraConfig(...)`.
            adapter_name: Its name.
        """
        adapters.add_adapter(self._adapted(), adapter_config, adapter_name)

    def load_adapter(
        self,
        peft_model_id: str | Path,
        adapter_name: str = "default",
        revision: str | None = None,
        token: str | bool | None = None,
        *,
        cache_folder: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        """Load an adapter from a folder or the hub, and make it the active one.

        Args:
            peft_model_id: Folder or hub id.
            adapter_name: Its name in this model.
            revision: Branch, tag or commit on the hub.
            token: Token for the hub.
            cache_folder: Where the hub cache lies.
            local_files_only: Whether the network is out of bounds.
        """
        body = self._adapted()
        root = resolve_folder(
            peft_model_id, token=token, cache_folder=cache_folder, revision=revision, local_files_only=local_files_only
        )
        adapters.put_adapter(body, ModelFolder(root), adapter_name)

    def set_adapter(self, adapter_name: str | list[str]) -> None:
        """Make an adapter, or several, the active ones."""
        names = [adapter_name] if isinstance(adapter_name, str) else adapter_name
        adapter_control.activate(self._adapted(), names)

    def enable_adapters(self) -> None:
        """Let the active adapters count again."""
        adapter_control.switch(self._adapted(), on=True)

    def disable_adapters(self) -> None:
        """Let the base model compute without its adapters."""
        adapter_control.switch(self._adapted(), on=False)

    def active_adapters(self) -> list[str]:
        """Names of the active adapters."""
        return adapter_control.active_names(self._adapted())

    def active_adapter(self) -> str:
        """Name of the first active adapter; `active_adapters` names all."""
        return self.active_adapters()[0]

    def get_adapter_state_dict(
        self, adapter_name: str | None = None, state_dict: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """The weights of one adapter.

        Args:
            adapter_name: Which; None is the active one.
            state_dict: Weights to take it from, instead of the model's.

        Returns:
            Name to tensor.
        """
        body = self._adapted()
        return adapters.adapter_state(body, adapter_name or adapter_control.only_active(body), state_dict)

    def delete_adapter(self, adapter_names: str | list[str]) -> None:
        """Take an adapter, or several, out of the model."""
        for name in [adapter_names] if isinstance(adapter_names, str) else adapter_names:
            adapter_control.remove(self._adapted(), name)
