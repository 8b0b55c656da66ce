"""Who waits for what."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding(
        "stock_waits",
        BY_BUYER_NO,
        erase="delete",
        export=("product_id", "variant_id", "asked_at"),
    ),
)
