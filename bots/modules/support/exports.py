"""Tickets, and what was written in them, as files."""

from bots.sdk.exporting import BOT, BUYER, ORDER_NO, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "support_tickets",
        Bilingual("Обращения", "Tickets"),
        "FROM asked JOIN support_tickets AS o ON o.shop_id = asked.shop_id AND "
        + within("o.opened_at"),
        "e.shop_id, e.ticket_no",
        (
            SHOP,
            column("ticket_no", "whole", "Обращение №", "Ticket no."),
            BOT,
            BUYER,
            ORDER_NO,
            STATE,
            column("assignee", "text", "Кто отвечает", "Who answers", personal=True),
            column("opened_at", "time", "Открыто", "Opened"),
            column("first_reply_at", "time", "Первый ответ", "First answer"),
            column("last_at", "time", "Последнее сообщение", "Last words"),
            column("closed_at", "time", "Закрыто", "Closed"),
            column("closed_by", "text", "Кем закрыто", "Closed by"),
            column("rating", "whole", "Оценка", "Rating"),
        ),
        lists=("/tickets",),
    ),
    ModuleTable(
        "support_messages",
        Bilingual("Сообщения обращений", "Messages of tickets"),
        "FROM asked JOIN support_messages AS o ON o.shop_id = asked.shop_id AND "
        + within("o.sent_at")
        + " JOIN support_tickets AS t ON t.id = o.ticket_id",
        "e.shop_id, e.ticket_no, e.message_id",
        (
            SHOP,
            column("ticket_no", "whole", "Обращение №", "Ticket no.", "t.ticket_no"),
            column("message_id", "whole", "Сообщение №", "Message no.", "o.id"),
            BUYER,
            column("author", "text", "Сторона", "Side"),
            column("said_by", "text", "Кто от магазина", "Who of the shop", personal=True),
            column("body", "text", "Текст", "Text", personal=True),
            column("file_name", "text", "Файл", "File", personal=True),
            column("sent_at", "time", "Отправлено", "Sent"),
        ),
        lists=(),
    ),
)
