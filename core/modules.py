"""Modules: each feature that an owner can switch on is a folder, found here by its manifest."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from core.errors import NotFound
from core.events import Bilingual, EventType
from core.migrations import Migration, scripts
from core.people import Declaration

# The order of handling: a gate decides whether a shopper may enter, a fallback takes what no other
# module has handled.
Phase = Literal["gate", "normal", "fallback"]
PHASES: tuple[Phase, ...] = ("gate", "normal", "fallback")


class ModuleNotFound(NotFound):
    """The module is not installed, or was never on for this bot."""

    code = "module_not_found"


@dataclass(frozen=True, slots=True)
class BotCommand:
    """`/name`, in lower case without the slash, as Telegram's list of commands shows it."""

    name: str
    text: Bilingual


@dataclass(frozen=True)
class Manifest:
    """What can be known about a module without loading its handlers.

    `key` is the folder's name. `settings` is a frozen pydantic model with a default for each field;
    its JSON Schema draws the panel's form. `events` are the types that it emits: its own, and those
    of the platform's taxonomy, which several modules may emit. `requires` are the keys of modules
    that must be on as well. Modules handle an update in the order of `phase`, then `order`, then
    key. `commands` are those of its commands that shoppers see.
    """

    key: str
    title: Bilingual
    summary: Bilingual
    settings: type[BaseModel]
    events: tuple[EventType, ...] = ()
    requires: tuple[str, ...] = ()
    default_on: bool = False
    phase: Phase = "normal"
    order: int = 100
    commands: tuple[BotCommand, ...] = ()

    @property
    def place(self) -> tuple[int, int, str]:
        """The module's place in the order of handling."""
        return PHASES.index(self.phase), self.order, self.key


@dataclass(frozen=True)
class Modules:
    """Every module found in a package, by key."""

    package: str
    manifests: dict[str, Manifest]

    @classmethod
    def discover(cls, package: str = "bots.modules") -> "Modules":
        """Imports each folder's `manifest.py`, and nothing else in it.

        A module that requires a missing one cannot be switched on, but does not affect the others.
        Raises ValueError if a key is not its folder's name.
        """
        parent = importlib.import_module(package)
        manifests: dict[str, Manifest] = {}
        for entry in pkgutil.iter_modules(parent.__path__):
            if not entry.ispkg:
                continue
            manifest = importlib.import_module(f"{package}.{entry.name}.manifest").MANIFEST
            if not isinstance(manifest, Manifest) or manifest.key != entry.name:
                raise ValueError(f"{package}.{entry.name}: the manifest's key is not the folder's")
            manifests[manifest.key] = manifest
        return cls(package, manifests)

    @cached_property
    def folder(self) -> Path:
        return Path(importlib.import_module(self.package).__path__[0])

    def needing(self, module: str, keys: Sequence[str]) -> list[str]:
        """Those among `keys` that need the module, directly or through another, in their order."""
        needing = {module}
        while True:
            more = {
                key
                for key in keys
                if key in self.manifests and needing & set(self.manifests[key].requires)
            } - needing
            if not more:
                return [key for key in keys if key in needing and key != module]
            needing |= more

    def needed_by(self, module: str) -> list[str]:
        """What the module needs, directly or through another, each after what it needs itself.

        Raises ModuleNotFound for what is not installed.
        """
        ordered: list[str] = []

        def add(key: str) -> None:
            if key not in self.manifests:
                raise ModuleNotFound(f"{module} needs {key}, which is not installed")
            for need in self.manifests[key].requires:
                if need not in ordered:
                    add(need)
                    ordered.append(need)

        add(module)
        return ordered

    def migrations(self) -> list[Migration]:
        """The modules' migration scripts, each under its module's key.

        Raises ConfigurationError if a script is where nothing would run it.
        """
        return [
            script
            for key in sorted(self.manifests)
            for script in scripts(key, self.folder / key / "migrations", whole=self.folder / key)
        ]

    def people(self) -> tuple[Declaration, ...]:
        """The rows in modules' tables that belong to people: `PEOPLE` of each `people.py`."""
        found: list[Declaration] = []
        for key in sorted(self.manifests):
            name = f"{self.package}.{key}.people"
            if importlib.util.find_spec(name) is not None:
                found += importlib.import_module(name).PEOPLE
        return tuple(found)
