"""The columns of the catalogue's file, and the names by which they are recognised."""

PRODUCT_COLUMNS = (
    *("title", "description", "category", "price", "currency", "cost", "stock", "low_stock"),
    *("kind", "hidden", "archived", "on_sale_from", "on_sale_until", "position", "photos"),
)
# A variant's row has these of its own; the others are its product's.
VARIANT_COLUMNS = (
    *("variant_id", "parent", "sku", "variant", "price", "cost", "stock", "archived"),
    "position",
)
COLUMNS = (
    *("id", "variant_id", "parent", "sku", "category", "title", "variant", "description"),
    *("price", "currency", "cost", "stock", "low_stock", "kind", "hidden", "archived"),
    *("on_sale_from", "on_sale_until", "position", "photos"),
)
KEYS = ("id", "sku", "title", "variant_id")  # one of them identifies the product

_RUSSIAN = {
    "id": "номер",
    "variant_id": "номер варианта",
    "parent": "артикул товара",
    "sku": "артикул",
    "category": "категория",
    "title": "название",
    "variant": "вариант",
    "description": "описание",
    "price": "цена",
    "currency": "валюта",
    "cost": "себестоимость",
    "stock": "остаток",
    "low_stock": "мало",
    "kind": "вид",
    "hidden": "скрыт",
    "archived": "в архиве",
    "on_sale_from": "продаётся с",
    "on_sale_until": "продаётся до",
    "position": "порядок",
    "photos": "фото",
}
_ALSO = {"name": "title", "parent_sku": "parent", "наименование": "title", "количество": "stock"}
# Every name that a header may have, with its column.
NAMES = (
    {name: name for name in COLUMNS} | {russian: name for name, russian in _RUSSIAN.items()} | _ALSO
)
