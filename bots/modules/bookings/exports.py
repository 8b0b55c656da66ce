"""What the owner's calendar holds, as files."""

from bots.sdk.exporting import BOT, BUYER, ORDER_NO, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "bookings",
        Bilingual("Записи", "Bookings"),
        "FROM asked JOIN bookings AS o ON o.shop_id = asked.shop_id AND " + within("o.starts_at"),
        "e.shop_id, e.starts_at, e.booking_id",
        (
            SHOP,
            column("booking_id", "whole", "Запись №", "Booking no.", "o.id"),
            BOT,
            BUYER,
            ORDER_NO,
            column("product_id", "whole", "Товар №", "Product no."),
            column("title", "text", "Название", "Title"),
            column("places", "whole", "Места", "Places"),
            column("starts_at", "time", "Начало", "Begins"),
            column("ends_at", "time", "Конец", "Ends"),
            STATE,
            column("reason", "text", "Причина", "Reason", personal=True),
            column("decided_by", "text", "Кто решил", "Decided by", personal=True),
            column("created_at", "time", "Создана", "Made"),
        ),
        lists=("/bookings",),
    ),
    ModuleTable(
        "booking_days_off",
        Bilingual("Выходные дни записи", "Days off of bookings"),
        "FROM asked JOIN booking_days_off AS o ON o.shop_id = asked.shop_id",
        "e.shop_id, e.day",
        (
            SHOP,
            column("day", "day", "День", "Day"),
            column("note", "text", "Заметка", "Note", personal=True),
        ),
        lists=("/days-off",),
        has_days=False,
    ),
)
