"""Reviews as a file."""

from bots.sdk.exporting import BOT, BUYER, ORDER_NO, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "reviews",
        Bilingual("Отзывы", "Reviews"),
        "FROM asked JOIN reviews AS o ON o.shop_id = asked.shop_id AND " + within("o.created_at"),
        "e.shop_id, e.review_id",
        (
            SHOP,
            column("review_id", "whole", "Отзыв №", "Review no.", "o.id"),
            BOT,
            BUYER,
            ORDER_NO,
            column("line", "whole", "Строка", "Line"),
            column("product_id", "whole", "Товар №", "Product no."),
            column("rating", "whole", "Оценка", "Rating"),
            STATE,
            column("body", "text", "Отзыв", "Review", personal=True),
            column("answer", "text", "Ответ", "Answer"),
            column("moderated_by", "text", "Кто проверил", "Looked through by", personal=True),
            column("created_at", "time", "Написан", "Written"),
            column("changed_at", "time", "Изменён", "Changed"),
        ),
        lists=("/reviews", "/ratings"),
    ),
)
