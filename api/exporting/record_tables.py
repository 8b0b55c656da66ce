"""What an owner and the staff have noted and decided, as tables for export: costs of links, the
fraud filter's verdicts, what was decided about them and what it did, who did what, webhooks."""

from api.exporting.columns import column
from api.exporting.tables import ExportTable
from bots.sdk.exporting import exact, within
from core.events import Bilingual

_SHOP = column("shop_id", "whole", "Магазин №", "Shop no.", "o.shop_id")
_BUYER = column("buyer_no", "whole", "Покупатель №", "Customer no.", "o.buyer_no")
_ABUSE = column("abuse", "text", "Вид злоупотребления", "Abuse", "o.abuse")

_SOURCE_COSTS = ExportTable(
    "source_costs",
    Bilingual("Расходы на ссылки", "Costs of links"),
    "postgres",
    "FROM asked JOIN sources AS s ON s.shop_id = asked.shop_id "
    "JOIN source_costs AS o ON o.source_id = s.id",
    "e.shop_id, e.day, e.source_id",
    (
        column("shop_id", "whole", "Магазин №", "Shop no.", "s.shop_id"),
        column("source_id", "whole", "Ссылка №", "Link no.", "s.id"),
        column("code", "text", "Код", "Code", "s.code"),
        column("day", "day", "День", "Day", "o.day"),
        column("amount", "decimal", "Сумма", "Amount", exact("o.amount_minor", "o.currency")),
        column("currency", "text", "Валюта", "Currency", "o.currency"),
        column("noted_at", "time", "Записано", "Noted", "o.noted_at"),
    ),
    has_days=False,
)
_FRAUD_VERDICTS = ExportTable(
    "fraud_verdicts",
    Bilingual("Решения фильтра мошенничества", "Verdicts of the fraud filter"),
    "postgres",
    "FROM asked JOIN fraud_verdicts AS o ON o.shop_id = asked.shop_id",
    "e.shop_id, e.buyer_no, e.abuse",
    (
        _SHOP,
        _BUYER,
        _ABUSE,
        column("score", "number", "Оценка", "Score", "o.score"),
        column("outcome", "text", "Решение", "Outcome", "o.outcome"),
        column("seen_at", "time", "Замечено", "Last seen", "o.seen_at"),
        column("published_at", "time", "Изменено", "Changed", "o.published_at"),
    ),
    has_days=False,
)
_FRAUD_DECISIONS = ExportTable(
    "fraud_decisions",
    Bilingual("Решения людей о подозрениях", "People's decisions about suspicions"),
    "postgres",
    "FROM asked JOIN fraud_decisions AS o ON o.shop_id = asked.shop_id AND "
    + within("o.decided_at"),
    "e.shop_id, e.decision_id",
    (
        _SHOP,
        column("decision_id", "whole", "Решение №", "Decision no.", "o.id"),
        _BUYER,
        _ABUSE,
        column("decision", "text", "Решение", "Decision", "o.decision"),
        column("score", "number", "Оценка тогда", "Score then", "o.score"),
        column("note", "text", "Заметка", "Note", "o.note", personal=True),
        column("decided_by", "text", "Кто решил", "Decided by", "o.decided_by", personal=True),
        column("decided_at", "time", "Решено", "Decided", "o.decided_at"),
        column("undone_at", "time", "Отменено", "Taken back", "o.undone_at"),
    ),
)
_FRAUD_ACTIONS = ExportTable(
    "fraud_actions",
    Bilingual("Что сделал фильтр мошенничества", "What the fraud filter did"),
    "postgres",
    "FROM asked JOIN fraud_actions AS o ON o.shop_id = asked.shop_id AND " + within("o.last_at"),
    "e.shop_id, e.action_id",
    (
        _SHOP,
        column("action_id", "whole", "Действие №", "Action no.", "o.id"),
        column("bot_id", "whole", "Бот", "Bot", "o.bot_id"),
        _BUYER,
        _ABUSE,
        column("action", "text", "Действие", "Action", "o.action"),
        column("is_shadow", "truth", "Только отмечено", "Only noted", "o.is_shadow"),
        column("score", "number", "Оценка", "Score", "o.score"),
        column(
            *("order_no", "whole", "Заказ №", "Order no."),
            "(SELECT order_no FROM orders WHERE id = o.order_id)",
        ),
        column("times", "whole", "Раз", "Times", "o.times"),
        column("first_at", "time", "Впервые", "First", "o.first_at"),
        column("last_at", "time", "Последний раз", "Last", "o.last_at"),
    ),
)
_WEBHOOK_DELIVERIES = ExportTable(
    "webhook_deliveries",
    Bilingual("Отправленные уведомления (webhooks)", "Deliveries of webhooks"),
    "postgres",
    "FROM asked JOIN webhook_deliveries AS o ON o.shop_id = asked.shop_id AND "
    + within("o.occurred_at"),
    "e.shop_id, e.delivery_id",
    (
        _SHOP,
        column("delivery_id", "whole", "Отправка №", "Delivery no.", "o.id"),
        column("endpoint_id", "whole", "Адрес №", "Endpoint no.", "o.endpoint_id"),
        column("event", "text", "Событие", "Event", "o.event"),
        column(
            *("order_no", "whole", "Заказ №", "Order no."),
            "(SELECT order_no FROM orders WHERE id = o.order_id)",
        ),
        column("state", "text", "Состояние", "State", "o.state"),
        column("attempts", "whole", "Попыток", "Attempts", "o.attempts"),
        column("occurred_at", "time", "Произошло", "Occurred", "o.occurred_at"),
    ),
    owners_only=True,
)
_STAFF_ACTIONS = ExportTable(
    "staff_actions",
    Bilingual("Действия сотрудников", "What staff did"),
    "postgres",
    "FROM asked JOIN staff_actions AS o ON o.shop_id = asked.shop_id AND " + within("o.done_at"),
    "e.shop_id, e.action_id",
    (
        _SHOP,
        column("action_id", "whole", "Действие №", "Action no.", "o.id"),
        column("bot_id", "whole", "Бот", "Bot", "o.bot_id"),
        column("actor", "text", "Кто", "Who", "o.actor", personal=True),
        column("action", "text", "Действие", "Action", "o.action"),
        column("subject", "text", "С чем", "About", "o.subject"),
        column("outcome", "text", "Итог", "Outcome", "o.outcome"),
        column("done_at", "time", "Когда", "When", "o.done_at"),
    ),
    owners_only=True,
)

TABLES = (
    _SOURCE_COSTS,
    _FRAUD_VERDICTS,
    _FRAUD_DECISIONS,
    _FRAUD_ACTIONS,
    _STAFF_ACTIONS,
    _WEBHOOK_DELIVERIES,
)
