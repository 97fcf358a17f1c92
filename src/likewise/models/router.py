"""Several pipelines side by side, of which each input takes one: queries and documents, or texts and images.

Knows how a route is chosen and stored; does not know what the modules of a route do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from torch import nn

from likewise.errors import CheckpointError, ConfigError, InputError
from likewise.hub.folder import ModelFolder
from likewise.models.module import Features, InputModule, LoadContext, Prepared
from likewise.models.route_folders import load_routes, save_routes
from likewise.models.route_table import (
    MODALITIES,
    Modality,
    RouteTable,
    mapping_key,
    modality_of,
    parse_mapping_key,
)
from likewise.models.routed_input import Part, Reader, collate_part, prepare_parts, split_key
from likewise.models.routes import build_routes, taken_kwargs
from likewise.models.sequence import ModuleSequence
from likewise.ops.packing import padded_features

CONFIG_FILE = "router_config.json"
ASYM_FILE = "config.json"


class Router(InputModule):
    """Sends each input through the modules of one of several routes.

    The route of an input is, in this order: that of a route mapping; the one named like the task (`encode_query` and
    `encode_document` set the tasks "query" and "document", `encode(..., task="...")` any); the one named like the
    input's modality; the default route, if there is no task. An input may name its task itself: {"query": "a text"}.

    Args:
        sub_modules: Route -> its modules, in order. A module may stand in several routes.
        default_route: Route of inputs without a task.
        allow_empty_key: Whether the first route is the default where none is given; if not, inputs must name a task.
        route_mappings: (task or None, modality or None) -> route. Modalities: "text", "image", or a tuple of several.

    Raises:
        ConfigError: If there are no routes, or a name is not that of a route.

    Example:
        >>> import torch
        >>> from tokenizers import Tokenizer, models
        >>> from likewise.models import StaticEmbedding
        >>> words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1}, unk_token="[UNK]"))
        >>> queries = StaticEmbedding(words, embedding_weights=[[0.0, 0.0], [1.0, 0.0]])
        >>> documents = StaticEmbedding(words, embedding_weights=[[0.0, 0.0], [0.0, 1.0]])
        >>> router = Router.for_query_document([queries], [documents])
        >>> router(router.tokenize(["cat"], task="query"))["sentence_embedding"].detach()
        tensor([[1., 0.]])
        >>> router(router.tokenize([{"document": "cat"}]))["sentence_embedding"].detach()
        tensor([[0., 1.]])
    """

    config_file_name: ClassVar[str] = CONFIG_FILE
    takes_packed: ClassVar[bool] = True

    def __init__(
        self,
        sub_modules: Mapping[str, Sequence[nn.Module]],
        default_route: str | None = None,
        allow_empty_key: bool = True,
        route_mappings: Mapping[tuple[str | None, Modality | None], str] | None = None,
    ) -> None:
        super().__init__()
        self.sub_modules = build_routes(sub_modules)
        if default_route is None and allow_empty_key:
            default_route = next(iter(sub_modules))
        self.allow_empty_key = allow_empty_key
        mappings = {mapping_key(*key): route for key, route in (route_mappings or {}).items()}
        self._table = RouteTable(tuple(sub_modules), default_route, mappings)
        # An instance of Router takes what its modules take.
        self.forward_kwargs = {"task"}.union(*map(taken_kwargs, self._routes()))  # type: ignore[misc]

    @classmethod
    def for_query_document(
        cls,
        query_modules: Sequence[nn.Module],
        document_modules: Sequence[nn.Module],
        default_route: str | None = "document",
        allow_empty_key: bool = True,
    ) -> Self:
        """Make a router with the routes "query" and "document".

        Args:
            query_modules: Modules for queries.
            document_modules: Modules for documents.
            default_route: Route of inputs without a task.
            allow_empty_key: As in the constructor.

        Returns:
            The router.
        """
        routes = {"query": query_modules, "document": document_modules}
        return cls(routes, default_route=default_route, allow_empty_key=allow_empty_key)

    @property
    def modalities(self) -> list[Any]:
        """What the routes read, taken together."""
        return list(dict.fromkeys(each for route in self._routes() if len(route) for each in route.modalities))

    @property
    def default_route(self) -> str | None:
        """Route of inputs without a task."""
        return self._table.default

    @property
    def route_mappings(self) -> dict[tuple[str | None, Modality | None], str]:
        """(task, modality) -> route."""
        return dict(self._table.mappings)

    def _routes(self) -> list[ModuleSequence]:
        return [route for route in self.sub_modules.values() if isinstance(route, ModuleSequence)]

    def _route(self, name: str) -> ModuleSequence:
        route = self.sub_modules[name]
        if not isinstance(route, ModuleSequence):
            raise ConfigError(f"the route {name!r} was replaced by a {type(route).__name__}")
        return route

    def _main_route(self) -> ModuleSequence:
        """The route that stands for all where one value is asked for."""
        return self._route(self.default_route or self._table.routes[0])

    def _reader(self, route: str) -> Reader:
        modules = list(self._route(route))
        if modules and isinstance(modules[0], Reader):
            return modules[0]
        what = type(modules[0]).__name__ if modules else "nothing"
        raise ConfigError(
            f"the route {route!r} starts with {what}, which reads no inputs",
            accepted="a route that starts with a Transformer, StaticEmbedding or another InputModule",
        )

    @property
    def tokenizer(self) -> Any:
        """Tokenizer of the default route, or of the first; setting it sets that of every route."""
        return self._main_route().tokenizer

    @tokenizer.setter
    def tokenizer(self, value: Any) -> None:
        for route in self._routes():
            route.tokenizer = value

    @property
    def max_seq_length(self) -> Any:
        """Most tokens that the default route, or the first, reads; setting it sets that of every route."""
        return self._main_route().max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, value: int | None) -> None:
        for route in self._routes():
            route.max_seq_length = value

    def accepts(self, value: object) -> bool:
        """Whether one input is of a kind that a route reads.

        Args:
            value: A text, a pair, what else a route's first module reads, or {task: such an input}.

        Returns:
            Whether it is.
        """
        inner = split_key(value)[1]
        readers = [module for route in self._routes() for module in list(route)[:1]]
        return any(
            isinstance(reader, Reader) and (reader.accepts(inner) or reader.accepts(value)) for reader in readers
        )

    def prepare(self, inputs: Sequence[Any], *, prompt: str = "", task: str | None = None) -> Prepared:
        """Tokenise inputs, each with the first module of its route.

        Args:
            inputs: Texts, or what else the routes read; or {task: such an input}. Tasks may be mixed.
            prompt: Text put before each input.
            task: Task of the inputs that do not name their own.

        Returns:
            The tokenised inputs, grouped by route and task.

        Raises:
            InputError: If an input fits no route, or names another task than the call.
        """
        parts: dict[tuple[str, str | None], Part] = {}
        for position, value in enumerate(inputs):
            own_task, modality, inner = self._read(value, task)
            route = self._table.choose(own_task, modality)
            part = parts.get((route, own_task))
            if part is None:
                part = Part(self._reader(route), own_task, None, {"task": own_task, "modality": modality})
                parts[route, own_task] = part
            if not part.reader.accepts(inner):
                raise InputError(f"input {position}, a {type(inner).__name__}, cannot be read by the route {route!r}")
            part.add(position, inner)
        return prepare_parts(list(parts.values()), prompt=prompt)

    def _read(self, value: Any, task: str | None) -> tuple[str | None, Modality, Any]:
        """(task, modality, the input without its key)."""
        key, inner = split_key(value)
        if key is None:
            return task, modality_of(value), value
        if not self._table.knows(key) and key in MODALITIES:
            return task, key, inner
        if task is not None and key != task:
            raise InputError(f"the input {{{key!r}: ...}} in a call with task={task!r}", accepted="one task")
        return key, modality_of(inner), inner

    def collate(self, prepared: Prepared, indices: Sequence[int]) -> Features:
        """Make the features of one batch.

        Args:
            prepared: What `prepare` gave.
            indices: Which inputs, all of one group.

        Returns:
            The features of the route's first module, `task` (a text or None) and `modality`.
        """
        return collate_part(prepared, indices)

    def tokenize(self, texts: Sequence[Any], task: str | None = None, **kwargs: Any) -> Features:
        """Turn inputs of one route into the documented, padded features of one batch.

        Args:
            texts: The inputs.
            task: Their task.
            **kwargs: `prompt` as in `prepare`; others are taken and not used.

        Returns:
            The features, on the CPU.
        """
        prepared = self.prepare(list(texts), prompt=kwargs.get("prompt") or "", task=task)
        return padded_features(self.collate(prepared, range(len(prepared))))

    def forward(self, features: Features, task: str | None = None, **kwargs: Any) -> Features:
        """Run the modules of the route that the features take.

        Args:
            features: The batch; `task` and `modality` in it choose the route.
            task: The task, where the features hold none.
            **kwargs: Keyword arguments for the modules that take them.

        Returns:
            The features with the results added.

        Raises:
            InputError: If there is no such route.
        """
        own_task = features.get("task")
        task = task if own_task is None else own_task
        route = self._table.choose(task, features.get("modality") or "text")
        result: Features = self._route(route)(features, task=task, **kwargs)
        return result

    def embedding_dimension(self) -> int | None:
        """Width of what the default route makes, or the first."""
        return self._main_route().output_dimension()

    def get_sentence_embedding_dimension(self) -> int | None:
        """Width of what the default route makes, or the first."""
        return self.embedding_dimension()

    def get_embedding_dimension(self) -> int | None:
        """The later name of `get_sentence_embedding_dimension`."""
        return self.embedding_dimension()

    def save(self, output_path: str | Path, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write each module into a folder `<route>_<place>_<Class>`, and `router_config.json`.

        Args:
            output_path: An existing directory.
            *args: Taken and not used.
            safe_serialization: Whether weights are safetensors.
            **kwargs: Taken and not used.
        """
        del args, kwargs
        parameters: dict[str, Any] = {"default_route": self.default_route, "allow_empty_key": self.allow_empty_key}
        if self._table.mappings:
            parameters["route_mappings"] = {repr(key): route for key, route in self._table.mappings.items()}
        save_routes(
            {name: list(self._route(name)) for name in self._table.routes},
            lambda route, place, _, module: f"{route}_{place}_{type(module).__name__}",
            parameters,
            Path(output_path),
            file_name=CONFIG_FILE,
            safe_serialization=safe_serialization,
        )

    @classmethod
    def from_folder(cls, folder: ModelFolder, context: LoadContext) -> Self:
        """Load all routes from a folder of Router or of its predecessor Asym.

        Args:
            folder: The folder.
            context: What the caller decided.

        Returns:
            The router.

        Raises:
            CheckpointError: If the settings or a module's folder are wrong.
        """
        config = folder.config(CONFIG_FILE, ASYM_FILE)
        parameters = config.object("parameters", default=None)
        routes = load_routes(config, folder, context)
        if parameters is None:
            return cls(routes)
        stored = parameters.object("route_mappings", default=None)
        try:
            return cls(
                routes,
                default_route=parameters.text("default_route", default=None),
                allow_empty_key=parameters.boolean("allow_empty_key", default=True),
                route_mappings={} if stored is None else {parse_mapping_key(k): stored.text(k) for k in stored.data},
            )
        except ConfigError as error:
            raise CheckpointError(f"{config.where}: {error}") from error
