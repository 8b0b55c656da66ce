"""A bot's modules: which are on, in which order, and their settings; each change with who and when.

A person's change is checked against the version that they saw; workers are notified of every change
when its transaction commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.errors import ChangedMeanwhile, Conflict
from core.module_settings import Vault, changed, read
from core.modules import Manifest, ModuleNotFound, Modules
from core.postgres import Connection
from core.shop import bots, files
from core.shop.files import Use

Action = Literal["begun", "switched_on", "switched_off", "settings", "restored"]


class ModuleNeeded(Conflict):
    """Other modules that are on require it."""

    code = "module_needed"


class ModuleNeeds(Conflict):
    """It requires other modules that are not on."""

    code = "module_needs"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something: a link of the panel, or the platform itself."""

    label: str = ""
    link_id: int | None = None


class BotModule(BaseModel):
    """A module that is or was on for a bot; `settings` as stored, with sealed secrets: never to be
    shown."""

    model_config = ConfigDict(frozen=True)

    module: str
    enabled: bool
    position: int
    settings: dict[str, Any]
    notice: str | None
    version: int
    updated_at: datetime


class Change(BaseModel):
    """One change; `changed_by` is the link's label, or empty for the platform itself."""

    model_config = ConfigDict(frozen=True)

    version: int
    action: Action
    restored_version: int | None
    changed_by: str
    changed_at: datetime


_COLUMNS = "module, enabled, position, settings, notice, version, updated_at"
_RECORD = """
INSERT INTO bot_module_changes
    (bot_id, module, version, action, settings, restored_version, link_id, changed_by)
SELECT bot_id, module, version, $3, settings, $4, $5, $6 FROM bot_modules
WHERE bot_id = $1 AND module = $2
ON CONFLICT (bot_id, module, version) DO NOTHING
"""


async def of_bot(connection: Connection, bot_id: int) -> list[BotModule]:
    """The modules that are or were on for the bot, in its order."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM bot_modules WHERE bot_id = $1 ORDER BY position, module", bot_id
    )
    return [BotModule(**row) for row in rows]


async def get(
    connection: Connection, bot_id: int, module: str, *, lock: bool = False
) -> BotModule | None:
    """None if it was never on for the bot. With `lock`, nobody else can change it until the
    transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM bot_modules WHERE bot_id = $1 AND module = $2 "
        f"{'FOR UPDATE' if lock else ''}",
        bot_id,
        module,
    )
    return None if row is None else BotModule(**row)


async def is_on(connection: Connection, bot_id: int, module: str) -> bool:
    """Whether the module is on for the bot."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM bot_modules WHERE bot_id = $1 AND module = $2 AND enabled)",
        bot_id,
        module,
    )
    return found


async def _lock(connection: Connection, bot_id: int) -> list[BotModule]:
    """The bot's modules, locked against changes by others."""
    await connection.fetchval("SELECT id FROM bots WHERE id = $1 FOR NO KEY UPDATE", bot_id)
    return await of_bot(connection, bot_id)


async def switch_on(
    connection: Connection,
    known: Modules,
    bot_id: int,
    module: str,
    author: Author,
    *,
    with_required: bool = False,
) -> list[str]:
    """Switches a module on, after those that are on; returns the modules that were switched on:
    this one and, with `with_required`, those that it requires.

    Raises ModuleNotFound, ModuleNeeds.
    """
    if module not in known.manifests:
        raise ModuleNotFound(f"there is no module {module!r:.80}")
    rows = await _lock(connection, bot_id)
    on = {row.module for row in rows if row.enabled}
    missing = [key for key in known.needed_by(module) if key not in on]
    if missing and not with_required:
        raise ModuleNeeds(f"{module} needs {', '.join(missing)}: switch on those as well")
    wanted = [key for key in (*missing, module) if key not in on]
    behind = max((row.position for row in rows), default=-1) + 1
    for position, key in enumerate(wanted, start=behind):
        await _begin(connection, bot_id, key, position)
        await connection.execute(
            "UPDATE bot_modules SET enabled = true, notice = NULL, version = version + 1, "
            "updated_at = now() WHERE bot_id = $1 AND module = $2",
            bot_id,
            key,
        )
        await _record(connection, bot_id, key, "switched_on", author)
    await bots.announce(connection, bot_id)
    return wanted


async def switch_off(
    connection: Connection,
    known: Modules,
    bot_id: int,
    module: str,
    author: Author,
    *,
    with_requiring: bool = False,
) -> list[str]:
    """Switches a module off and keeps its settings and data; returns the modules that were switched
    off: this one and, with `with_requiring`, those that require it.

    Raises ModuleNotFound, ModuleNeeded.
    """
    rows = await _lock(connection, bot_id)
    on = [row.module for row in rows if row.enabled]
    if module not in {row.module for row in rows} and module not in known.manifests:
        raise ModuleNotFound(f"there is no module {module!r:.80}")
    needing = known.needing(module, on)
    if needing and not with_requiring:
        raise ModuleNeeded(f"{', '.join(needing)} cannot work without {module}: switch off both")
    going = [key for key in (*needing, module) if key in on]
    for key in going:
        await switch_off_one(connection, bot_id, key, author)
    await bots.announce(connection, bot_id)
    return going


async def switch_off_one(
    connection: Connection, bot_id: int, module: str, author: Author, *, notice: str | None = None
) -> None:
    """Switches one module off, even if others require it; `notice` says why the platform did so."""
    await _record(connection, bot_id, module, "begun", Author())
    await connection.execute(
        "UPDATE bot_modules SET enabled = false, notice = $3, version = version + 1, "
        "updated_at = now() WHERE bot_id = $1 AND module = $2",
        bot_id,
        module,
        notice,
    )
    await _record(connection, bot_id, module, "switched_off", author)


async def order(connection: Connection, bot_id: int, modules: Sequence[str]) -> None:
    """Puts the bot's modules in this order; modules that are not named follow in their former
    order."""
    rows = await _lock(connection, bot_id)
    known = [row.module for row in rows]
    for key in modules:
        if key not in known:
            raise ModuleNotFound(f"the bot has no module {key!r:.80}")
    wanted = [*dict.fromkeys(modules), *(key for key in known if key not in modules)]
    await connection.executemany(
        "UPDATE bot_modules SET position = $3 WHERE bot_id = $1 AND module = $2",
        [(bot_id, key, position) for position, key in enumerate(wanted)],
    )
    await bots.announce(connection, bot_id)


async def write_settings(
    connection: Connection,
    manifest: Manifest,
    vault: Vault,
    draft: Mapping[str, Any],
    author: Author,
    *,
    seen_version: int,
) -> BotModule:
    """Stores a person's draft: see `core.module_settings.changed`.

    `seen_version` is the version of the settings that the person saw; 0 if the module was never on.
    Raises ChangedMeanwhile, or pydantic's ValidationError.
    """
    row = await _seen(connection, vault, seen_version)
    stored = changed(manifest.settings, row.settings, draft, vault)
    return await _put(connection, vault, stored, "settings", author)


async def restore(
    connection: Connection,
    manifest: Manifest,
    vault: Vault,
    version: int,
    author: Author,
    *,
    seen_version: int,
) -> BotModule:
    """Stores the settings of an earlier version again, as a new version.

    Raises ChangedMeanwhile, ModuleNotFound if there is no such version, or pydantic's
    ValidationError if they no longer fit the module.
    """
    await _seen(connection, vault, seen_version)
    earlier = await settings_of(connection, vault.bot_id, vault.module, version)
    read(manifest.settings, earlier, vault)
    return await _put(connection, vault, earlier, "restored", author, restored_version=version)


async def history(connection: Connection, bot_id: int, module: str) -> list[Change]:
    """The newest first, at most a hundred."""
    rows = await connection.fetch(
        "SELECT version, action, restored_version, changed_by, changed_at FROM bot_module_changes "
        "WHERE bot_id = $1 AND module = $2 ORDER BY version DESC LIMIT 100",
        bot_id,
        module,
    )
    return [Change(**row) for row in rows]


async def settings_of(
    connection: Connection, bot_id: int, module: str, version: int
) -> dict[str, Any]:
    """The settings of a version as stored; raises ModuleNotFound."""
    found: dict[str, Any] | None = await connection.fetchval(
        "SELECT settings FROM bot_module_changes "
        "WHERE bot_id = $1 AND module = $2 AND version = $3",
        bot_id,
        module,
        version,
    )
    if found is None:
        raise ModuleNotFound(f"{module} has no version {version}")
    return found


async def _begin(connection: Connection, bot_id: int, module: str, position: int) -> None:
    """Ensures that there is a row, and a record of its state before the first change."""
    await connection.execute(
        "INSERT INTO bot_modules (bot_id, module, enabled, position) VALUES ($1, $2, false, $3) "
        "ON CONFLICT (bot_id, module) DO NOTHING",
        bot_id,
        module,
        position,
    )
    await _record(connection, bot_id, module, "begun", Author())


async def _seen(connection: Connection, vault: Vault, seen_version: int) -> BotModule:
    """The module's row, locked; raises ChangedMeanwhile if its version is another one by now."""
    rows = {row.module: row for row in await _lock(connection, vault.bot_id)}
    row = rows.get(vault.module)
    current = row.version if row else 0
    if seen_version != current:
        raise ChangedMeanwhile(
            "somebody else has changed these settings meanwhile: read them again, then change",
            str(current),
        )
    await _begin(connection, vault.bot_id, vault.module, len(rows))
    begun = await get(connection, vault.bot_id, vault.module, lock=True)
    assert begun is not None  # _begin has made it if it was missing
    return begun


async def _put(
    connection: Connection,
    vault: Vault,
    settings: Mapping[str, Any],
    action: Action,
    author: Author,
    *,
    restored_version: int | None = None,
) -> BotModule:
    await _hold_pictures(connection, vault, settings)
    row = await connection.fetchrow(
        "UPDATE bot_modules SET settings = $3, version = version + 1, updated_at = now() "
        f"WHERE bot_id = $1 AND module = $2 RETURNING {_COLUMNS}",
        vault.bot_id,
        vault.module,
        dict(settings),
    )
    assert row is not None  # locked by the caller
    await _record(
        connection, vault.bot_id, vault.module, action, author, restored_version=restored_version
    )
    await bots.announce(connection, vault.bot_id)
    return BotModule(**row)


async def _hold_pictures(connection: Connection, vault: Vault, settings: Mapping[str, Any]) -> None:
    """Keeps the files that any version of the settings uses; raises FileNotFound."""
    for sha256 in sorted(set(_digests(settings))):
        shop_id = await connection.fetchval("SELECT shop_id FROM bots WHERE id = $1", vault.bot_id)
        use = Use(vault.module, f"settings:{vault.bot_id}")
        await files.add_use(connection, shop_id, sha256, use)


def _digests(value: Any) -> Iterator[str]:
    match value:
        case str() if files.is_digest(value):
            yield value
        case Mapping():
            for each in value.values():
                yield from _digests(each)
        case list():
            for each in value:
                yield from _digests(each)
        case _:
            pass


async def _record(
    connection: Connection,
    bot_id: int,
    module: str,
    action: Action,
    author: Author,
    *,
    restored_version: int | None = None,
) -> None:
    await connection.execute(
        _RECORD, bot_id, module, action, restored_version, author.link_id, author.label
    )
