"""An owner's own texts instead of a module's, for one bot and language."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop import bots
from core.shop.shops import Language

_LOCK = 0x74657874  # any number of ours


class OwnText(BaseModel):
    """A template that an owner wrote."""

    model_config = ConfigDict(frozen=True)

    module: str
    language: Language
    text_key: str
    template: str
    changed_by: str
    changed_at: datetime


async def of_bot(connection: Connection, bot_id: int) -> list[OwnText]:
    """All texts that the owner wrote for the bot, of any module."""
    rows = await connection.fetch(
        "SELECT module, language, text_key, template, changed_by, changed_at FROM module_texts "
        "WHERE bot_id = $1 ORDER BY module, language, text_key",
        bot_id,
    )
    return [OwnText(**row) for row in rows]


async def locked(
    connection: Connection, bot_id: int, module: str, language: Language, text_key: str
) -> str | None:
    """The owner's template, None without one; whoever asks so for the same text waits until the
    transaction ends."""
    name = f"{bot_id}/{module}/{language}/{text_key}"
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", name, _LOCK)
    template: str | None = await connection.fetchval(
        "SELECT template FROM module_texts "
        "WHERE bot_id = $1 AND module = $2 AND language = $3 AND text_key = $4",
        bot_id,
        module,
        language,
        text_key,
    )
    return template


async def write(
    connection: Connection,
    bot_id: int,
    module: str,
    language: Language,
    text_key: str,
    template: str,
    *,
    changed_by: str = "",
) -> None:
    """Stores a template that `bots.sdk.texts.check_own` has accepted; running workers use it when
    the transaction commits."""
    await connection.execute(
        "INSERT INTO module_texts (bot_id, module, language, text_key, template, changed_by) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bot_id, module, language, text_key) "
        "DO UPDATE SET template = $5, changed_by = $6, changed_at = now()",
        bot_id,
        module,
        language,
        text_key,
        template,
        changed_by,
    )
    await bots.announce(connection, bot_id)


async def reset(
    connection: Connection, bot_id: int, module: str, language: Language, text_key: str
) -> None:
    """Restores the module's own text."""
    await connection.execute(
        "DELETE FROM module_texts "
        "WHERE bot_id = $1 AND module = $2 AND language = $3 AND text_key = $4",
        bot_id,
        module,
        language,
        text_key,
    )
    await bots.announce(connection, bot_id)
