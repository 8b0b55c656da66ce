"""What an address names below a shop or a bot is that shop's: another's number is not there, over
every route that the router has. A new kind of number needs a row in `one_of_each`."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from core.postgres import Connection
from tests.api.conftest import Panel
from tests.api.one_of_each import Furnished, furnish
from tests.api.route_rules import Route, routes
from tests.api.sample_requests import PARAMETERS, request_of
from tests.api.test_openapi import example_of
from tests.factories import create_shop

# What a parameter of this name is the number of; of `number` and `key_id`, by what is before it.
KINDS = {
    name: name.removesuffix("_id")
    for name in (
        *("job_id", "notice_id", "booking_id", "product_id", "broadcast_id", "order_id", "good_id"),
        *("parcel_id", "refund_id", "payment_id", "promo_id", "reward_id", "review_id", "proof_id"),
        *("answer_id", "question_id", "ticket_id", "wallet_id", "decision_id", "source_id"),
        *("endpoint_id", "delivery_id", "variant", "chat_id"),
    )
} | {"buyer_no": "buyer", "sha256": "file"}
BY_PLACE = {
    "categories/{number}": "category",
    "products/{number}": "product",
    "sent-files/{number}": "sent_file",
    "write-keys/{key_id}": "write_key",
}
# Of these there is one in every shop, or they are not a shop's: days, languages, people.
NATURAL = frozenset(
    "shop_id bot_id day key language text_key rule segment currency valid_from picture version "
    "telegram_id file_format table dataset".split()
)
# What answers with nothing, in place of 404: a list of another's, or how many of another's went.
_DELIVERY = "/api/v1/bots/{bot_id}/modules/delivery/products/{product_id}"
NOTHING = {f"GET {_DELIVERY}/goods": [], f"DELETE {_DELIVERY}/keys": 0}
# What says in other words that it is not there: another's decision is not the newest, and a notice
# is gone for whoever never had it.
OTHERWISE = {
    "DELETE /api/v1/shops/{shop_id}/fraud/shoppers/{buyer_no}/decisions/{decision_id}": 412,
    "DELETE /api/v1/attention/notices/{bot_id}/{notice_id}": 204,
}
# Whose bodies name numbers of their own, which the examples do not have.
_PRODUCT = "/api/v1/shops/{shop_id}/products/{number}"
NAMING = {
    f"PUT {_PRODUCT}/variants-order",
    f"PUT {_PRODUCT}/photos",
    f"POST {_DELIVERY}/goods",
    f"POST {_DELIVERY}/keys",
}
METHODS = ("GET", "PUT", "POST", "DELETE")


def kinds_of(route: Route) -> dict[str, str]:
    """The parameters of a route that are numbers of a shop's own, with their kinds."""
    found = {}
    for place, name in re.findall(r"([\w-]*)[/.]{(\w+)[^}]*}", route.path):
        kind = KINDS.get(name) or BY_PLACE.get(f"{place}/{{{name}}}")
        assert kind or name in NATURAL, f"{route.name}: what is {name}? See tests/api/one_of_each"
        if kind and name not in NATURAL:
            found[name] = kind
    return found


@dataclass(frozen=True)
class Stand:
    """Two shops with one of everything, and the owner of the first."""

    routes: list[Route]
    document: dict[str, Any]
    mine: Furnished
    other: Furnished
    owner: httpx.AsyncClient

    async def ask(self, route: Route, foreign: str | None) -> httpx.Response:
        """The route about what is mine, but for one number."""
        given = {"shop_id": self.mine.shop_id, "bot_id": self.mine.bot_id}
        for name, kind in kinds_of(route).items():
            given[name] = (self.other if name == foreign else self.mine).numbers[kind]
        path = re.sub(
            r"{(\w+)[^}]*}",
            lambda match: str(given.get(match[1], PARAMETERS.get(match[1], "1"))),
            route.path,
        )
        operation = self.document["paths"][route.path_format][route.method.lower()]
        request = request_of(operation, self.document, given)
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            example = example_of(content["application/json"]["schema"], self.document)
            request["json"] = example or request["json"]
        request["headers"]["if-match"] = '"1"'
        try:
            return await self.owner.request(route.method, path, **request)
        except httpx.RemoteProtocolError:  # an answer has begun: a file whose bytes are made up
            return httpx.Response(200)


@pytest.fixture(name="stand")
async def two_furnished_shops(panel: Panel, connection: Connection) -> AsyncIterator[Stand]:
    shops = [await create_shop(connection, currency="RUB") for _ in range(2)]
    mine, other = [
        await furnish(connection, shop, earlier_buyers=number) for number, shop in enumerate(shops)
    ]
    assert all(number != other.numbers[kind] for kind, number in mine.numbers.items())
    app = panel.server.config.app
    assert isinstance(app, FastAPI)
    found = [each for each in routes(app) if each.is_of_one and kinds_of(each)]
    found.sort(
        key=lambda each: ("erasure" in each.path, METHODS.index(each.method), -len(each.path))
    )
    async with panel.visitor("owner", [mine.shop_id]) as owner:
        yield Stand(found, app.openapi(), mine, other, owner)


async def test_what_is_another_shops_is_not_there(stand: Stand) -> None:
    """And what is one's own is: the same request, with nothing foreign in it."""
    wrong = []
    for foreign in (True, False):
        for route in stand.routes:
            for name in kinds_of(route) if foreign else [None]:
                response = await stand.ask(route, name)
                if foreign and response.is_success:
                    is_nothing = route.name in NOTHING and response.json() == NOTHING[route.name]
                    is_there = not is_nothing
                else:
                    is_there = response.status_code != 404
                if foreign and response.status_code == OTHERWISE.get(route.name):
                    is_there = False
                if not foreign and route.name in NAMING:
                    is_there = True
                if is_there is foreign:
                    wrong.append((route.name, name, response.status_code, response.text[:200]))
    assert not wrong, "\n".join(map(str, wrong))
    assert len(stand.routes) > 80
