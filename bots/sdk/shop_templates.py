"""Shop templates: the modules with which a kind of shop begins, their settings and texts.

Each is a file of `bots/shop_templates/`; adding one edits nothing else. A template is a starting
point: its owner may change everything afterwards, and apply another one at any time.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bots.sdk.contact import require_contact
from bots.sdk.loading import load
from core.errors import Refused
from core.module_settings import BilingualText, Vault, read
from core.modules import Modules
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bot_modules, bots, module_texts
from core.shop.bot_modules import Author
from core.shop.bots import Bot, BotMode
from core.shop.shops import Language

PACKAGE = "bots.shop_templates"
_AUTHOR = "template:"  # in a module's texts, in place of a link's label


class TemplateUnknown(Refused):
    code = "template_unknown"


class TemplateModule(BaseModel):
    """A module of a template. `settings` and `texts` are those that differ from the module's
    own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    settings: dict[str, Any] = {}
    texts: dict[Language, dict[str, str]] = {}


class ShopTemplate(BaseModel):
    """A kind of shop; `modules` in the order in which their offers are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    order: int
    title: BilingualText
    summary: BilingualText
    mode: BotMode = "hosted"
    modules: tuple[TemplateModule, ...] = ()


@dataclass(frozen=True)
class ShopTemplates:
    """Every template, by key, in the order in which owners see them."""

    by_key: Mapping[str, ShopTemplate]

    @classmethod
    def discover(cls, folder: Traversable | None = None) -> "ShopTemplates":
        """Reads `*.toml` of a folder; raises pydantic's ValidationError or TOMLDecodeError."""
        files = (folder or resources.files(PACKAGE)).iterdir()
        found = [
            ShopTemplate.model_validate(
                {"key": file.name.removesuffix(".toml"), **tomllib.loads(file.read_text("utf-8"))}
            )
            for file in files
            if file.name.endswith(".toml")
        ]
        return cls({each.key: each for each in sorted(found, key=lambda each: each.order)})

    def get(self, key: str) -> ShopTemplate:
        """Raises TemplateUnknown."""
        if key not in self.by_key:
            raise TemplateUnknown(
                f"there is no template {key!r:.80}; there are {', '.join(self.by_key)}"
            )
        return self.by_key[key]


def modules_of(template: ShopTemplate, known: Modules) -> list[str]:
    """The installed ones, each after those that it requires."""
    ordered: list[str] = []
    for key in (each.key for each in template.modules if each.key in known.manifests):
        for wanted in (*known.needed_by(key), key):
            if wanted not in ordered:
                ordered.append(wanted)
    return ordered


async def apply(
    connection: Connection,
    known: Modules,
    keys: KeyRing,
    bot_id: int,
    template: ShopTemplate,
    author: Author,
) -> Bot:
    """Makes a connected bot what the template says; running workers follow within seconds.

    Modules that it does not name are switched off, their settings and data kept. Settings that it
    names take the place of what was set, which stays in the module's history and can be brought
    back; words that an owner wrote stay, those of an earlier template go. Raises NotFound, and
    ContactMissing if it begins to take money while the shop names no contact.
    """
    await bots.set_mode(connection, bot_id, template.mode)
    wanted = modules_of(template, known)
    on = [each.module for each in await bot_modules.of_bot(connection, bot_id) if each.enabled]
    for key in on:
        if key not in wanted:
            await bot_modules.switch_off_one(connection, bot_id, key, author)
    switched: list[str] = []
    for key in wanted:
        switched += await bot_modules.switch_on(
            connection, known, bot_id, key, author, with_required=True
        )
    await require_contact(connection, bot_id, load(known, switched).values())
    await bot_modules.order(connection, bot_id, wanted)
    for part in template.modules:
        if part.settings and part.key in wanted:
            vault = Vault(bot_id, part.key, keys)
            await _set(connection, known, vault, part.settings, author)
    await _word(connection, bot_id, template, wanted)
    return await bots.get(connection, bot_id)


async def _set(
    connection: Connection,
    known: Modules,
    vault: Vault,
    settings: Mapping[str, Any],
    author: Author,
) -> None:
    """Sets the fields that the template names, and leaves the others as they are."""
    manifest = known.manifests[vault.module]
    row = await bot_modules.get(connection, vault.bot_id, vault.module, lock=True)
    assert row is not None  # it has just been switched on
    try:
        stored = read(manifest.settings, row.settings, vault)
    except ValidationError:  # from an older version of the module: its history has them
        before: dict[str, Any] = {}
    else:
        before = stored.model_dump(mode="json", exclude_unset=True)
    if before | dict(settings) != before:
        draft = before | dict(settings)
        await bot_modules.write_settings(
            connection, manifest, vault, draft, author, seen_version=row.version
        )


async def _word(
    connection: Connection, bot_id: int, template: ShopTemplate, wanted: list[str]
) -> None:
    """Sets the template's texts where the owner has none, replacing those of an earlier
    template."""
    own = set()
    for text in await module_texts.of_bot(connection, bot_id):
        place = (text.module, text.language, text.text_key)
        if text.changed_by.startswith(_AUTHOR):
            await module_texts.reset(connection, bot_id, *place)
        else:
            own.add(place)
    for part in template.modules:
        for language, texts in part.texts.items():
            for text_key, words in texts.items():
                if part.key in wanted and (part.key, language, text_key) not in own:
                    await module_texts.write(
                        connection,
                        bot_id,
                        part.key,
                        language,
                        text_key,
                        words,
                        changed_by=f"{_AUTHOR}{template.key}",
                    )
