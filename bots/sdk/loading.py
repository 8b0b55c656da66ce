"""Loading modules' code, and choosing those that are on for a bot."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from bots.sdk.conflicts import conflicts
from bots.sdk.dialogs import Dialogs
from bots.sdk.jobs import Jobs
from bots.sdk.offers import Offers
from bots.sdk.points import Gate, PaymentMethod
from bots.sdk.reactions import Reactions
from bots.sdk.router import Router
from bots.sdk.staffing import StaffDesk
from bots.sdk.texts import Texts, load_texts, with_own
from bots.sdk.updates import PaymentReceived
from core.module_settings import Vault, read
from core.modules import Manifest, Modules
from core.secrets import KeyRing
from core.shop.bots import ModuleChoice
from core.shop.module_texts import OwnText
from core.shop.shops import Language

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A module's code and texts; a module without a file has an empty one."""

    manifest: Manifest
    router: Router[Any]
    reactions: Reactions[Any]
    texts: Mapping[Language, Texts]
    dialogs: Dialogs[Any] = field(default_factory=Dialogs)
    offers: Offers[Any] = field(default_factory=Offers)
    jobs: Jobs[Any] = field(default_factory=Jobs)
    desk: StaffDesk[Any] = field(default_factory=StaffDesk)

    @property
    def takes_money(self) -> bool:
        """Whether shoppers pay through it."""
        return PaymentMethod in self.offers.points or bool(self.router.subjects(PaymentReceived))

    @property
    def answers(self) -> bool:
        """Whether it answers any message or button of a shopper."""
        return self.router.answers or self.has_gate

    @property
    def has_gate(self) -> bool:
        """Whether it may keep shoppers out."""
        return Gate in self.offers.points


@dataclass(frozen=True, slots=True)
class EnabledModule:
    """A module that is on for a bot, with its validated settings and the owner's own texts."""

    module: LoadedModule
    settings: BaseModel
    texts: Mapping[Language, Texts]
    secrets: KeyRing | None = field(default=None, repr=False)  # seals what it stores

    @property
    def key(self) -> str:
        return self.module.manifest.key


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a module cannot be on; `notice` is for the panel."""

    module: str
    notice: str


def load(modules: Modules, keys: Iterable[str] | None = None) -> dict[str, LoadedModule]:
    """Imports what some modules, or all, have for a bot (`handlers.py`, `reactions.py`,
    `dialogs.py`, `offers.py`, `jobs.py`), and reads their texts.

    Loading again gives what Python has imported before. Raises KeyError for a key that does not
    exist, and whatever a module raises when it is imported.
    """
    wanted = sorted(modules.manifests) if keys is None else keys
    return {key: _load(modules, key) for key in wanted}


def _load(modules: Modules, key: str) -> LoadedModule:
    package = f"{modules.package}.{key}"
    return LoadedModule(
        manifest=modules.manifests[key],
        router=_attribute(package, "handlers", "router") or Router[Any](),
        reactions=_attribute(package, "reactions", "reactions") or Reactions[Any](),
        texts=load_texts(modules.folder / key / "texts"),
        dialogs=_attribute(package, "dialogs", "dialogs") or Dialogs[Any](),
        offers=_attribute(package, "offers", "offers") or Offers[Any](),
        jobs=_attribute(package, "jobs", "jobs") or Jobs[Any](),
        desk=_attribute(package, "staff", "desk") or StaffDesk[Any](),
    )


def _attribute(package: str, file: str, attribute: str) -> Any:
    name = f"{package}.{file}"
    if importlib.util.find_spec(name) is None:
        return None
    return getattr(importlib.import_module(name), attribute)


def enable(
    loaded: Mapping[str, LoadedModule],
    choices: Sequence[ModuleChoice],
    keys: KeyRing | None = None,
    *,
    own_texts: Sequence[OwnText] = (),
) -> tuple[list[EnabledModule], list[Problem]]:
    """The modules that are on for a bot, in the order in which they are asked, and those that
    cannot be, with why.

    A module whose stored settings do not validate, that is not installed, that requires one which
    is not on, or that another one leaves nothing to answer, never takes the bot down. The settings'
    secrets open with `keys`.
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
            enabled.append(EnabledModule(module, settings, _worded(module, own_texts), keys))
    enabled.sort(key=lambda item: item.module.manifest.place)
    clashes = conflicts([item.module for item in enabled])
    problems += [
        Problem(clash.second, f"conflicts_with: {clash.first} ({clash.notice.en})")
        for clash in clashes
    ]
    shadowed = {clash.second for clash in clashes}
    enabled = [item for item in enabled if item.key not in shadowed]
    return _without_unmet(enabled, problems), problems


def _worded(module: LoadedModule, own_texts: Sequence[OwnText]) -> Mapping[Language, Texts]:
    """The module's texts, with the owner's in place of its own."""
    own: dict[Language, dict[str, str]] = {}
    for text in own_texts:
        if text.module == module.manifest.key:
            own.setdefault(text.language, {})[text.text_key] = text.template
    return {
        language: with_own(texts, own.get(language, _NOTHING)) if own else texts
        for language, texts in module.texts.items()
    }


def _without_unmet(enabled: list[EnabledModule], problems: list[Problem]) -> list[EnabledModule]:
    """Removes modules that require one that is not on, until none is left."""
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
