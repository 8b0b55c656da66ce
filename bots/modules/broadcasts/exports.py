"""Broadcasts as a file."""

from bots.sdk.exporting import BOT, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual


def _people(state: str) -> str:
    """Of the recipients, or of the texts' results once those are no longer kept."""
    chosen = f" AND {state}" if state else ""
    return f"(SELECT count(*) FROM broadcast_recipients AS r WHERE r.broadcast_id = o.id{chosen})"


def _count(name: str, state: str) -> str:
    texts = "jsonb_array_elements(o.result -> 'texts') AS t"
    kept = f"(SELECT sum((t ->> '{name}')::bigint) FROM {texts})"
    return f"coalesce({kept}, {_people(state)})::bigint"


TABLES = (
    ModuleTable(
        "broadcasts",
        Bilingual("Рассылки", "Broadcasts"),
        "FROM asked JOIN broadcasts AS o ON o.shop_id = asked.shop_id AND "
        + within("o.created_at"),
        "e.shop_id, e.broadcast_id",
        (
            SHOP,
            column("broadcast_id", "whole", "Рассылка №", "Broadcast no.", "o.id"),
            BOT,
            column("title", "text", "Название", "Title", "o.draft ->> 'title'"),
            STATE,
            column("people", "whole", "Получатели", "Recipients", _count("people", "")),
            column(
                *("delivered", "whole", "Доставлено", "Delivered"),
                _count("delivered", "r.state = 'delivered'"),
            ),
            column(
                *("clicked", "whole", "Нажали", "Pressed"),
                _count("clicked", "r.clicked_at IS NOT NULL"),
            ),
            column("created_by", "text", "Кто создал", "Made by", personal=True),
            column("created_at", "time", "Создана", "Made"),
            column("started_at", "time", "Начата", "Begun"),
            column("ended_at", "time", "Закончена", "Ended"),
        ),
        lists=("/broadcasts",),
    ),
)
