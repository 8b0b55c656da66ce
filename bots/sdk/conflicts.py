"""Modules that cannot be on together: one would never be asked, or two answer the same thing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    ShippingQuery,
    StaffCommand,
    StaffPress,
    StaffReply,
    Start,
    Unblocked,
)
from core.events import Bilingual

if TYPE_CHECKING:  # loading asks it which modules can be on
    from bots.sdk.loading import LoadedModule

_WHAT: Mapping[type, Bilingual] = {
    Start: Bilingual("«Старт»", "Start"),
    Message: Bilingual("любое сообщение", "any message"),
    Command: Bilingual("команду /{}", "the command /{}"),
    Button: Bilingual("кнопку {}", "the button {}"),
    ShippingQuery: Bilingual("вопрос о доставке {}", "the shipping query {}"),
    PreCheckout: Bilingual("проверку перед оплатой {}", "the check before the payment {}"),
    PaymentReceived: Bilingual("оплату {}", "the payment {}"),
    PaymentRefunded: Bilingual("возврат {}", "the refund {}"),
    Blocked: Bilingual("блокировку бота", "a blocked bot"),
    StaffCommand: Bilingual("команду сотрудников /{}", "the staff's command /{}"),
    StaffPress: Bilingual("кнопку сотрудников {}", "the staff's button {}"),
    StaffReply: Bilingual("ответы сотрудников на {}", "the staff's replies to {}"),
    Unblocked: Bilingual("разблокировку бота", "an unblocked bot"),
}
# Updates that every module may handle and none takes.
_HEARD = (Blocked, Unblocked)


@dataclass(frozen=True, slots=True)
class Conflict:
    """`second` would never be asked because `first` comes before it; both are keys of modules."""

    first: str
    second: str
    notice: Bilingual


def conflicts(modules: "Sequence[LoadedModule]") -> list[Conflict]:
    """The conflicts among modules that are to be on for one bot; empty if there are none."""
    found: list[Conflict] = []
    taken: "dict[tuple[type, str], LoadedModule]" = {}
    for module in sorted(modules, key=lambda each: each.manifest.place):
        own: dict[tuple[type, str], bool] = {}
        for handled in module.router.handled():
            own[handled.kind, handled.subject] = handled.may_pass
        own.update(dict.fromkeys(module.desk.takers, False))
        for (kind, subject), may_pass in own.items():
            if kind in _HEARD:
                continue
            before = taken.get((kind, subject))
            if before is not None:
                found.append(_conflict(before, module, kind, subject))
            elif subject or not may_pass:
                taken[kind, subject] = module
    return found


def _conflict(first: "LoadedModule", second: "LoadedModule", kind: type, subject: str) -> Conflict:
    what = _WHAT[kind]
    one, other = first.manifest.title, second.manifest.title
    return Conflict(
        first.manifest.key,
        second.manifest.key,
        Bilingual(
            f"«{one.ru}» ({first.manifest.key}) и «{other.ru}» ({second.manifest.key}) вместе "
            f"не работают: оба берут {what.ru.format(subject)}. Оставьте один из них.",
            f"“{one.en}” ({first.manifest.key}) and “{other.en}” ({second.manifest.key}) do not "
            f"work together: both take {what.en.format(subject)}. Keep one of them.",
        ),
    )
