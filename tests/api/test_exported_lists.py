"""Whatever the panel lists, a file has as well: the API's lists against the tables for export."""

from typing import Any

from api.app import create_app
from api.exporting import catalogue, module_tables
from api.module_routes import PREFIX
from core.settings import Settings
from tests.api.route_rules import routes

# Lists of the platform, and the tables that hold the same rows.
OF_PLATFORM = {
    "/bots/{bot_id}/modules/orders/orders": "orders",
    "/bots/{bot_id}/staff/actions": "staff_actions",
    "/shops/{shop_id}/customers": "customers",
    "/shops/{shop_id}/customers/{buyer_no}/history": "events",
    "/shops/{shop_id}/fraud/actions": "fraud_actions",
    "/shops/{shop_id}/fraud/allowed": "fraud_decisions",
    "/shops/{shop_id}/fraud/denied": "fraud_decisions",
    "/shops/{shop_id}/fraud/queue": "fraud_verdicts",
    "/shops/{shop_id}/products": "products",
    "/shops/{shop_id}/segments/{segment}/customers": "rfm_day",
    "/shops/{shop_id}/sources": "sources",
    "/shops/{shop_id}/sources/{source_id}/costs": "source_costs",
    "/shops/{shop_id}/webhooks/{endpoint_id}/deliveries": "webhook_deliveries",
}
_ACCESS = "who has access: no shop's data; the log of it has a file of its own"
_SET_UP = "how a shop is set up"
_KNOWN = "what the platform knows by itself"
_SUMMED = "sums of what is exported row by row"
WITHOUT_TABLE = {
    "/access/alerts": _ACCESS,
    "/access/devices": _ACCESS,
    "/access/links": _ACCESS,
    "/access/log": _ACCESS,
    "/access/owner-chats": _ACCESS,
    "/access/sessions": _ACCESS,
    "/access/sessions/history": _ACCESS,
    "/analysts/keys": _ACCESS,
    "/api-keys": _ACCESS,
    "/attention": "what is to be done now, of what is exported",
    "/bots/{bot_id}/modules/bookings/free-times": "what is left of what is booked",
    "/bots/{bot_id}/modules/bookings/services": _SET_UP,
    "/bots/{bot_id}/modules/cart/summary": _SUMMED,
    "/bots/{bot_id}/modules/delivery/products/{product_id}/goods": "sealed goods: never in a file",
    "/bots/{bot_id}/modules/menu/entries": _SET_UP,
    "/bots/{bot_id}/modules/orders/orders/{order_id}": "one order, of what is exported",
    "/bots/{bot_id}/modules/referral/sums": _SUMMED,
    "/bots/{bot_id}/modules/stock/low": "products, of what is exported",
    "/bots/{bot_id}/modules/support/answers": _SET_UP,
    "/bots/{bot_id}/modules/support/questions": _SET_UP,
    "/bots/{bot_id}/modules/support/questions/alike": _SET_UP,
    "/bots/{bot_id}/modules/wallet/owed": _SUMMED,
    "/bots/{bot_id}/modules/{key}/history": _SET_UP,
    "/bots/{bot_id}/modules/{key}/history/{version}/difference": _SET_UP,
    "/bots/{bot_id}/modules/{key}/texts": _SET_UP,
    "/dictionary": _KNOWN,
    "/dictionary/events": _KNOWN,
    "/exports": _KNOWN,
    "/exports/jobs": "files themselves",
    "/exports/schedules": _SET_UP,
    "/metrics": _KNOWN,
    "/modules": _KNOWN,
    "/shops": _SET_UP,
    "/shops/{shop_id}/categories": "in the catalogue's own file",
    "/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes": _SET_UP,
    "/shops/{shop_id}/rates": _SET_UP,
    "/shops/{shop_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}": "one of what is exported",
    "/shops/{shop_id}/write-keys": _ACCESS,
    "/templates": _KNOWN,
}


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"].get(name, schema)
    return found


def _is_list(operation: dict[str, Any], document: dict[str, Any]) -> bool:
    """Rows as they are, or a page of them."""
    content = operation["responses"].get("200", {}).get("content", {})
    schema = _resolved(content.get("application/json", {}).get("schema", {}), document)
    if schema.get("type") == "array":
        return "$ref" in schema["items"]
    properties = schema.get("properties", {})
    return any(name.startswith("next") for name in properties) and any(
        each.get("type") == "array" for each in properties.values()
    )


def _exported() -> dict[str, str]:
    of_modules = {
        f"{PREFIX}/{module}{path}": table.key
        for module, tables in module_tables.declared().items()
        for table in tables
        for path in table.lists
    }
    return OF_PLATFORM | of_modules


def test_every_list_of_the_panel_is_a_table_for_export(document: dict[str, Any]) -> None:
    lists = {
        path.removeprefix("/api/v1")
        for path, operations in document["paths"].items()
        if "get" in operations and _is_list(operations["get"], document)
    }
    exported = _exported()
    assert not set(exported.values()) - set(catalogue.TABLES)
    assert not set(exported) & set(WITHOUT_TABLE)
    assert lists == set(exported) | set(WITHOUT_TABLE)


def test_whoever_may_not_see_a_list_has_no_file_of_it() -> None:
    """What the panel gives to owners alone, no analyst takes away."""
    app = create_app(Settings.model_construct())
    of_owners = {each.path: each.rule == "owner" for each in routes(app) if each.method == "GET"}
    found = {path: of_owners[f"/api/v1{path}"] for path in _exported()}
    tables = catalogue.TABLES
    assert found == {path: tables[key].owners_only for path, key in _exported().items()}
    assert {key for key, each in tables.items() if each.owners_only} == {
        "staff_actions",
        "webhook_deliveries",
    }
