"""Points as a file."""

from bots.sdk.exporting import BUYER, ORDER_NO, SHOP, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "loyalty_points",
        Bilingual("Баллы", "Points"),
        "FROM asked JOIN loyalty_lots AS o ON o.shop_id = asked.shop_id AND "
        + within("o.created_at"),
        "e.shop_id, e.lot_id",
        (
            SHOP,
            column("lot_id", "whole", "Начисление №", "Entry no.", "o.id"),
            BUYER,
            ORDER_NO,
            column("points", "whole", "Баллы", "Points"),
            column(
                *("spent", "whole", "Потрачено", "Spent"),
                "coalesce((SELECT sum(points) FROM loyalty_spends WHERE lot_id = o.id), 0)::bigint",
            ),
            column("reason", "text", "Причина", "Reason", personal=True),
            column("made_by", "text", "Кто начислил", "Made by", personal=True),
            column("created_at", "time", "Начислены", "Made"),
            column("usable_at", "time", "Доступны", "Usable"),
            column("expires_at", "time", "Сгорают", "Expire"),
        ),
        lists=("/lots",),
    ),
)
