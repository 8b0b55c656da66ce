"""Who may call which route, declared here and found in the router: both must agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api import access, module_routes
from api.key_access import PATH_KEY

# What needs no session, and why.
PUBLIC = {
    "POST /api/v1/enter": "opens one",
    "POST /api/v1/enter/telegram": "opens one, by what Telegram signed",
    "POST /api/v1/leave": "harmless without one",
    "GET /api/v1/health": "for whoever watches the process",
    "GET /api/v1/ready": "for whoever watches the process",
    "GET /api/v1/currencies": "ISO 4217",
}
# What owners alone may call.
OWNERS = """
DELETE /api/v1/attention/claims/{bot_id}
DELETE /api/v1/attention/jobs/{bot_id}/{job_id}
POST /api/v1/attention/jobs/{bot_id}/{job_id}/retry
DELETE /api/v1/attention/notices/{bot_id}/{notice_id}
POST /api/v1/bots
DELETE /api/v1/bots/{bot_id}
PUT /api/v1/bots/{bot_id}/token
POST /api/v1/shops
PUT /api/v1/shops/{shop_id}/calendar
POST /api/v1/shops/{shop_id}/calendar/preview
PUT /api/v1/shops/{shop_id}/imprint
PUT /api/v1/shops/{shop_id}/rates
DELETE /api/v1/shops/{shop_id}/rates/{currency}/{valid_from}
PUT /api/v1/shops/{shop_id}/retention
GET /api/v1/shops/{shop_id}/write-keys
POST /api/v1/shops/{shop_id}/write-keys
DELETE /api/v1/shops/{shop_id}/write-keys/{key_id}
GET /api/v1/access/alerts
POST /api/v1/access/alerts/{alert_id}/answer
GET /api/v1/access/links
POST /api/v1/access/links
DELETE /api/v1/access/links/{link_id}
POST /api/v1/access/links/{link_id}/rotate
GET /api/v1/access/log
GET /api/v1/access/owner-chats
POST /api/v1/access/owner-chats/codes
DELETE /api/v1/access/owner-chats/{bot_id}/{telegram_id}
GET /api/v1/access/log.csv
GET /api/v1/analysts/keys
POST /api/v1/analysts/keys
DELETE /api/v1/analysts/keys/{key_id}
POST /api/v1/analysts/keys/{key_id}/rotate
PUT /api/v1/bots/{bot_id}/modules-order
PUT /api/v1/bots/{bot_id}/pause
DELETE /api/v1/bots/{bot_id}/pause
PUT /api/v1/bots/{bot_id}/shop
POST /api/v1/bots/preview
GET /api/v1/exports/schedules
POST /api/v1/exports/schedules
DELETE /api/v1/exports/schedules/{schedule_id}
POST /api/v1/exports/schedules/{schedule_id}/run
PUT /api/v1/bots/{bot_id}/modules/{key}
GET /api/v1/bots/{bot_id}/modules/{key}/history
GET /api/v1/bots/{bot_id}/modules/{key}/history/{version}
GET /api/v1/bots/{bot_id}/modules/{key}/history/{version}/difference
POST /api/v1/bots/{bot_id}/modules/{key}/history/{version}/restore
GET /api/v1/bots/{bot_id}/modules/{key}/hook
POST /api/v1/bots/{bot_id}/modules/{key}/hook
GET /api/v1/bots/{bot_id}/modules/{key}/settings
PUT /api/v1/bots/{bot_id}/modules/{key}/settings
GET /api/v1/bots/{bot_id}/modules/{key}/texts
DELETE /api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}
PUT /api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}
POST /api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}/preview
GET /api/v1/bots/{bot_id}/staff
GET /api/v1/bots/{bot_id}/staff/actions
DELETE /api/v1/bots/{bot_id}/staff/chats/{chat_id}
PUT /api/v1/bots/{bot_id}/staff/chats/{chat_id}
POST /api/v1/bots/{bot_id}/staff/codes
DELETE /api/v1/bots/{bot_id}/staff/members/{telegram_id}
PUT /api/v1/bots/{bot_id}/staff/members/{telegram_id}
PUT /api/v1/bots/{bot_id}/template
DELETE /api/v1/shops/{shop_id}
POST /api/v1/shops/{shop_id}/archive
PUT /api/v1/shops/{shop_id}/language
PUT /api/v1/shops/{shop_id}/name
POST /api/v1/shops/{shop_id}/restore
POST /api/v1/shops/{shop_id}/sources
PUT /api/v1/shops/{shop_id}/sources/{source_id}
PUT /api/v1/shops/{shop_id}/sources/{source_id}/costs/{day}
DELETE /api/v1/shops/{shop_id}/sources/{source_id}/costs/{day}
GET /api/v1/shops/{shop_id}/customers/{buyer_no}/erasure
POST /api/v1/shops/{shop_id}/customers/{buyer_no}/erasure
POST /api/v1/shops/{shop_id}/catalogue.csv
POST /api/v1/shops/{shop_id}/categories
PUT /api/v1/shops/{shop_id}/categories-order
DELETE /api/v1/shops/{shop_id}/categories/{number}
PUT /api/v1/shops/{shop_id}/categories/{number}
POST /api/v1/shops/{shop_id}/files
PUT /api/v1/shops/{shop_id}/fraud/limits
DELETE /api/v1/shops/{shop_id}/fraud/rules/{rule}
PUT /api/v1/shops/{shop_id}/fraud/rules/{rule}
POST /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/decisions
GET /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes
PUT /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes/{rule}
DELETE /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes/{rule}
DELETE /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/decisions/{decision_id}
POST /api/v1/shops/{shop_id}/products
PUT /api/v1/shops/{shop_id}/products-order
PUT /api/v1/shops/{shop_id}/products/{number}
PUT /api/v1/shops/{shop_id}/products/{number}/archived
PUT /api/v1/shops/{shop_id}/products/{number}/photos
PUT /api/v1/shops/{shop_id}/products/{number}/stock
POST /api/v1/shops/{shop_id}/products/{number}/variants
PUT /api/v1/shops/{shop_id}/products/{number}/variants-order
DELETE /api/v1/shops/{shop_id}/products/{number}/variants/{variant}
PUT /api/v1/shops/{shop_id}/products/{number}/variants/{variant}
POST /api/v1/shops/{shop_id}/sent-files/{number}
GET /api/v1/shops/{shop_id}/webhooks
POST /api/v1/shops/{shop_id}/webhooks
GET /api/v1/api-keys
POST /api/v1/api-keys
DELETE /api/v1/api-keys/{key_id}
GET /api/v1/shops/{shop_id}/webhooks/{endpoint_id}
PUT /api/v1/shops/{shop_id}/webhooks/{endpoint_id}
DELETE /api/v1/shops/{shop_id}/webhooks/{endpoint_id}
POST /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/secret
POST /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/test
GET /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries
GET /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}
POST /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay
POST /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/replay
DELETE /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/parked
"""
# What a key in its address alone opens.
KEYED = """
GET /api/v1/sheets/{sheet_key}/metrics.{file_format}
"""
# Of these, what a key of the scope `figures` opens.
OF_FIGURES = """
GET /api/v1/exports/{table}.{file_format}
GET /api/v1/metrics
GET /api/v1/metrics/query
GET /api/v1/metrics/query.{file_format}
GET /api/v1/shops/{shop_id}/cohorts
GET /api/v1/shops/{shop_id}/funnel
"""
# What changes an archived shop nevertheless: it ends something, or only shows what would be.
OF_ARCHIVED = """
DELETE /api/v1/attention/claims/{bot_id}
DELETE /api/v1/attention/jobs/{bot_id}/{job_id}
DELETE /api/v1/attention/notices/{bot_id}/{notice_id}
DELETE /api/v1/bots/{bot_id}
DELETE /api/v1/shops/{shop_id}/write-keys/{key_id}
DELETE /api/v1/access/owner-chats/{bot_id}/{telegram_id}
DELETE /api/v1/bots/{bot_id}/staff/chats/{chat_id}
DELETE /api/v1/bots/{bot_id}/staff/members/{telegram_id}
DELETE /api/v1/shops/{shop_id}
DELETE /api/v1/shops/{shop_id}/webhooks/{endpoint_id}
DELETE /api/v1/shops/{shop_id}/webhooks/{endpoint_id}/parked
POST /api/v1/shops/{shop_id}/calendar/preview
POST /api/v1/bots/{bot_id}/modules/broadcasts/broadcasts/{broadcast_id}/cancel
POST /api/v1/bots/{bot_id}/modules/{key}/texts/{language}/{text_key}/preview
POST /api/v1/shops/{shop_id}/customers/{buyer_no}/erasure
POST /api/v1/shops/{shop_id}/restore
"""
# Changes that name no version of what they change, and why the last word may hold.
LAST_WORD_HOLDS = {
    "PUT /api/v1/bots/{bot_id}/modules-order": "places are dealt among those that are named",
    "PUT /api/v1/bots/{bot_id}/modules/{key}": "a switch, with a history",
    "PUT /api/v1/bots/{bot_id}/modules/bookings/days-off/{day}": "one value, under its own day",
    "PUT /api/v1/bots/{bot_id}/pause": "a switch, with its sentence",
    "PUT /api/v1/bots/{bot_id}/shop": "a move, which the owner confirms",
    "PUT /api/v1/bots/{bot_id}/template": "a deed: what was set before is in the history",
    "PUT /api/v1/bots/{bot_id}/token": "nobody can read what it replaces",
    "PUT /api/v1/shops/{shop_id}/categories-order": "places are dealt among those that are named",
    "PUT /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/snoozes/{rule}": "a switch, for days",
    "PUT /api/v1/shops/{shop_id}/products-order": "places are dealt among those that are named",
    "PUT /api/v1/shops/{shop_id}/products/{number}/archived": "a switch",
    "PUT /api/v1/shops/{shop_id}/rates": "one value, under its own currency and day",
    "PUT /api/v1/shops/{shop_id}/sources/{source_id}/costs/{day}": "one value, under its own day",
}
# Everybody who is in, for the shops that they see.
VISITORS = """
GET /api/v1/attention
GET /api/v1/bots/{bot_id}/photo
GET /api/v1/data-health
GET /api/v1/dictionary
GET /api/v1/dictionary/events
GET /api/v1/live
GET /api/v1/live/bots
GET /api/v1/live/overview
GET /api/v1/me
GET /api/v1/modules
GET /api/v1/overview
GET /api/v1/shops
GET /api/v1/shops/{shop_id}/imprint
GET /api/v1/shops/{shop_id}/rates
GET /api/v1/storage
GET /api/v1/access/confirmations/{confirmation_id}
GET /api/v1/access/devices
GET /api/v1/access/sessions
POST /api/v1/access/sessions/end-others
GET /api/v1/access/sessions/history
DELETE /api/v1/access/sessions/{session_id}
GET /api/v1/bots/{bot_id}/modules
GET /api/v1/exports
GET /api/v1/exports/jobs
POST /api/v1/exports/jobs
DELETE /api/v1/exports/jobs/{export_id}
GET /api/v1/exports/jobs/{export_id}
GET /api/v1/exports/jobs/{export_id}/files/{part}
GET /api/v1/exports/jobs/{export_id}/manifest
GET /api/v1/exports/{table}/estimate
GET /api/v1/exports/{table}.{file_format}
GET /api/v1/metrics
GET /api/v1/metrics/query
GET /api/v1/metrics/query.{file_format}
GET /api/v1/shops/{shop_id}/catalogue.csv
GET /api/v1/shops/{shop_id}/categories
GET /api/v1/shops/{shop_id}/cohorts
GET /api/v1/shops/{shop_id}/funnel
GET /api/v1/shops/{shop_id}/segments
GET /api/v1/shops/{shop_id}/segments/{segment}/customers
GET /api/v1/shops/{shop_id}/customers
GET /api/v1/shops/{shop_id}/customers/{buyer_no}
GET /api/v1/shops/{shop_id}/customers/{buyer_no}/history
GET /api/v1/shops/{shop_id}/files/{sha256}
GET /api/v1/shops/{shop_id}/fraud/actions
GET /api/v1/shops/{shop_id}/fraud/allowed
GET /api/v1/shops/{shop_id}/fraud/denied
GET /api/v1/shops/{shop_id}/fraud/limits/preview
GET /api/v1/shops/{shop_id}/fraud/queue
GET /api/v1/shops/{shop_id}/fraud/rules
GET /api/v1/shops/{shop_id}/fraud/rules/{rule}/preview
GET /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}
GET /api/v1/shops/{shop_id}/products
GET /api/v1/shops/{shop_id}/products/{number}
GET /api/v1/shops/{shop_id}/sources
GET /api/v1/shops/{shop_id}/sources/figures
GET /api/v1/shops/{shop_id}/sources/{source_id}
GET /api/v1/shops/{shop_id}/sources/{source_id}/costs
GET /api/v1/shops/{shop_id}/sources/{source_id}/qr.{picture}
GET /api/v1/fleet
GET /api/v1/status
GET /api/v1/templates
"""


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a path. `rule`: public, visitor, owner or key. A route of a module needs an owner
    for whatever changes something, and may ask for one to read."""

    method: str
    path: str
    rule: str
    is_of_module: bool
    is_of_shops: bool  # those that the query names, or all that the visitor sees
    path_format: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_of_one(self) -> bool:
        """Of one shop or one bot, named in the path."""
        return "{shop_id}" in self.path or "{bot_id}" in self.path


def calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from calls(each)


def _names(dependant: Dependant) -> frozenset[str]:
    return frozenset(f"{call.__module__}.{call.__qualname__}" for call in calls(dependant))


def routes(app: FastAPI) -> list[Route]:
    """Every route below /api, with the rule that its dependencies hold it to."""
    found = []
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if not isinstance(route.original_route, APIRoute) or not path.startswith("/api/"):
            continue
        names = _names(route.dependant)
        is_of_module = any(name.startswith(f"{module_routes.__name__}._opened") for name in names)
        for method in sorted(route.methods or ()):
            is_owners = f"{access.__name__}._owner" in names or (
                is_of_module and method not in ("GET", "HEAD", "OPTIONS")
            )
            is_known = f"{access.__name__}._visitor" in names
            rule = "owner" if is_owners else "visitor" if is_known else "public"
            if f"{{{PATH_KEY}}}" in path:
                rule = "key"
            is_of_shops = f"{access.__name__}._chosen_shops" in names
            described = route.path_format or path
            found.append(Route(method, path, rule, is_of_module, is_of_shops, described))
    return found
