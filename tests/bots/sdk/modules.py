"""Modules made up for a test."""

from typing import Any

from bots.sdk.dialogs import Dialogs
from bots.sdk.jobs import Jobs
from bots.sdk.loading import EnabledModule, LoadedModule
from bots.sdk.offers import Offers
from bots.sdk.reactions import Reactions
from bots.sdk.router import Router
from bots.sdk.settings import ModuleSettings
from bots.sdk.texts import LANGUAGES, Texts
from core.events import Bilingual, EventType
from core.modules import Manifest


class NoteSettings(ModuleSettings):
    limit: int = 3


def event_type(name: str) -> EventType:
    return EventType(name, "test", Bilingual(name, name))


def made_up(
    key: str,
    *,
    router: Router[Any] | None = None,
    reactions: Reactions[Any] | None = None,
    dialogs: Dialogs[Any] | None = None,
    offers: Offers[Any] | None = None,
    jobs: Jobs[Any] | None = None,
    **manifest: Any,
) -> LoadedModule:
    """`manifest`: its fields besides names and settings."""
    name = Bilingual(key, key)
    return LoadedModule(
        Manifest(key, name, name, NoteSettings, **manifest),
        router or Router[Any](),
        reactions or Reactions[Any](),
        {language: Texts(language, {"hello": f"hello {language}"}) for language in LANGUAGES},
        dialogs or Dialogs[Any](),
        offers or Offers[Any](),
        jobs or Jobs[Any](),
    )


def switched_on(key: str, **parts: Any) -> EnabledModule:
    module = made_up(key, **parts)
    return EnabledModule(module, NoteSettings(), module.texts)
