"""Modules made up for a test."""

from typing import Any

from bots.sdk.loading import EnabledModule, LoadedModule
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
    events: tuple[EventType, ...] = (),
    requires: tuple[str, ...] = (),
) -> LoadedModule:
    name = Bilingual(key, key)
    return LoadedModule(
        Manifest(key, name, name, NoteSettings, events=events, requires=requires),
        router or Router[Any](),
        reactions or Reactions[Any](),
        {language: Texts(language, {"hello": f"hello {language}"}) for language in LANGUAGES},
    )


def switched_on(key: str, **parts: Any) -> EnabledModule:
    return EnabledModule(made_up(key, **parts), NoteSettings())
