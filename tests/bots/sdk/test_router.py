from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.context import Context
from bots.sdk.router import Router
from bots.sdk.settings import ModuleSettings
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    Start,
    Unblocked,
    Update,
)

WHEN: dict[str, Any] = {"chat_id": 1, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
MONEY: dict[str, Any] = {"amount_minor": 1, "currency": "XTR"}
UPDATES: dict[str, Update] = {
    "start": Start(code="x", **WHEN),
    "message": Message(kind="photo", **WHEN),
    "command": Command(name="help", **WHEN),
    "button": Button(action="product", argument="1", query_id=1, message_id=1, **WHEN),
    "pre_checkout": PreCheckout(query_id=1, payload="order:1", **MONEY, **WHEN),
    "payment": PaymentReceived(payload="order:1", charge_id="c", **MONEY, **WHEN),
    "refund": PaymentRefunded(payload="order:1", charge_id="c", **MONEY, **WHEN),
    "blocked": Blocked(**WHEN),
    "unblocked": Unblocked(**WHEN),
}
SUBJECTS = {
    "command": "help",
    "button": "product",
    "pre_checkout": "order",
    "payment": "order",
    "refund": "order",
}


async def handler(_: Context[ModuleSettings], __: Any) -> None:
    """Stands for any."""


def registered(kind: str, subject: str | None) -> Router[ModuleSettings]:
    router = Router[ModuleSettings]()
    decorator = getattr(router, kind)
    (decorator(subject) if subject else decorator)(handler)
    return router


@pytest.mark.parametrize("kind", UPDATES)
def test_a_handler_takes_its_kind_and_no_other(kind: str) -> None:
    router = registered(kind, SUBJECTS.get(kind))
    taken = [name for name, update in UPDATES.items() if router.find(update)]
    assert taken == [kind]


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_handler_takes_its_subject_and_no_other(kind: str) -> None:
    assert registered(kind, "another").find(UPDATES[kind]) == ()


@pytest.mark.parametrize("kind", UPDATES)
def test_a_module_has_one_handler_for_one_thing(kind: str) -> None:
    router = registered(kind, SUBJECTS.get(kind))
    decorator = getattr(router, kind)
    with pytest.raises(ValueError, match="two handlers"):
        (decorator(SUBJECTS[kind]) if kind in SUBJECTS else decorator)(handler)


def test_a_router_says_which_buttons_it_answers() -> None:
    router = registered("button", "buy")
    router.command("help")(handler)
    assert router.subjects(Button) == {"buy"}
