"""Loading modules' code, and choosing those that are on for a bot."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from bots.sdk.reactions import Reactions
from bots.sdk.router import Router
from bots.sdk.texts import Texts, load_texts
from core.module_settings import Vault, read
from core.modules import Manifest, Modules
from core.secrets import KeyRing
from core.shop.bots import ModuleChoice
from core.shop.shops import Language


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A module's code and texts; a module without a file has an empty one."""

    manifest: Manifest
    router: Router[Any]
    reactions: Reactions[Any]
    texts: Mapping[Language, Texts]


@dataclass(frozen=True, slots=True)
class EnabledModule:
    """A module that is on for a bot, with its settings validated."""

    module: LoadedModule
    settings: BaseModel

    @property
    def key(self) -> str:
        return self.module.manifest.key


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a module cannot be on; `notice` is for the panel."""

    module: str
    notice: str


def load(modules: Modules, keys: Iterable[str] | None = None) -> dict[str, LoadedModule]:
    """Imports `handlers.py` and `reactions.py` of some modules, or of all, and reads their texts.

    Loading again gives what Python has imported before. Raises KeyError for a key that does not
    exist, and whatever a module raises when it is imported.
    """
    wanted = sorted(modules.manifests) if keys is None else keys
    return {key: _load(modules, key) for key in wanted}


def _load(modules: Modules, key: str) -> LoadedModule:
    manifest = modules.manifests[key]
    package = f"{modules.package}.{key}"
    router = _attribute(f"{package}.handlers", "router") or Router[Any]()
    reactions = _attribute(f"{package}.reactions", "reactions") or Reactions[Any]()
    return LoadedModule(manifest, router, reactions, load_texts(modules.folder / key / "texts"))


def _attribute(name: str, attribute: str) -> Any:
    if importlib.util.find_spec(name) is None:
        return None
    return getattr(importlib.import_module(name), attribute)


def enable(
    loaded: Mapping[str, LoadedModule],
    choices: Sequence[ModuleChoice],
    keys: KeyRing | None = None,
) -> tuple[list[EnabledModule], list[Problem]]:
    """The modules that are on for a bot, in its order, and those that cannot be, with why.

    A module whose stored settings do not validate, that is not installed, or that requires one
    which is not on, never takes the bot down. The settings' secrets open with `keys`.
    """
    enabled: list[EnabledModule] = []
    problems: list[Problem] = []
    for choice in choices:
        module = loaded.get(choice.module)
        if module is None:
            problems.append(Problem(choice.module, "not_installed"))
            continue
        try:
            vault = Vault(choice.bot_id, choice.module, keys)
            settings = read(module.manifest.settings, choice.settings, vault)
        except ValidationError as error:
            fields = ", ".join(
                ".".join(str(part) for part in item["loc"]) + f" ({item['msg']})"
                for item in error.errors()
            )
            problems.append(Problem(choice.module, f"settings_invalid: {fields}"))
        else:
            enabled.append(EnabledModule(module, settings))
    return _without_unmet(enabled, problems), problems


def _without_unmet(enabled: list[EnabledModule], problems: list[Problem]) -> list[EnabledModule]:
    """Drops what requires a module that is not on, until nothing more falls."""
    while True:
        keys = {item.key for item in enabled}
        unmet = {
            item.key: [need for need in item.module.manifest.requires if need not in keys]
            for item in enabled
        }
        if not any(unmet.values()):
            return enabled
        problems += [
            Problem(key, f"requires: {', '.join(needs)}") for key, needs in unmet.items() if needs
        ]
        enabled = [item for item in enabled if not unmet[item.key]]
