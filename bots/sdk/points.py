"""The extension points of a shop: each is a value that a module offers and others show.

Texts for a shopper are in the shopper's language (`scope.texts`); texts for an owner or a staff
member are in both.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from bots.sdk.keyboards import ActionButton, Keyboard, button
from bots.sdk.offers import Offer
from bots.sdk.replies import Text
from core.events import Bilingual
from core.money import Money
from core.shop.catalogue import Product
from core.shop.customers import Customer
from core.shop.orders import Detail, Order
from core.shop.pricing import Item, Rule, Shipping

VITAL_SECONDS = 5.0
"""What a price, or a step of the checkout, may wait for: for others who buy the last of it, too."""
BELOW = "below"
"""In a button under what must stay in the chat: what it opens comes below."""


@dataclass(frozen=True, kw_only=True)
class _Button(Offer):
    """A button of the module that offers it: that module's `@router.button(action)` handles the
    press."""

    label: str
    action: str
    argument: str | int | None = None

    @property
    def button(self) -> ActionButton:
        return button(self.label, self.action, self.argument)


@dataclass(frozen=True, kw_only=True)
class MenuEntry(_Button):
    """A line of the menu."""


@dataclass(frozen=True, kw_only=True)
class Home(_Button):
    """The way back to a shopper's starting point: `button` shows it in place of the screen it
    stands under, `below` as a new message, under messages that must stay: a receipt, a delivery."""

    @property
    def below(self) -> ActionButton:
        return button(self.label, self.action, BELOW)


@dataclass(frozen=True, kw_only=True)
class ProductAction(_Button):
    """An action on a product, shown under its card."""

    about: ClassVar[type | None] = Product


@dataclass(frozen=True, kw_only=True)
class ProductPage(_Button):
    """The way to a product's card, in place of the screen that it stands under."""

    about: ClassVar[type | None] = Product


@dataclass(frozen=True, kw_only=True)
class OrderAction(_Button):
    """A shopper's action on an order of theirs, shown under its page and its receipt."""

    about: ClassVar[type | None] = Order


@dataclass(frozen=True, kw_only=True)
class OrderPage(_Button):
    """The way to an order's page, for whatever tells a shopper of their order: `button` and `below`
    as of `Home`."""

    about: ClassVar[type | None] = Order

    @property
    def below(self) -> ActionButton:
        return button(self.label, self.action, f"{self.argument}.{BELOW}")


@dataclass(frozen=True, kw_only=True)
class Helpline(_Button):
    """The way to ask the shop a question in this very chat, wherever a shopper reads how to reach
    it."""


@dataclass(frozen=True, kw_only=True)
class OrderQuestion(_Button):
    """The way to ask about an order in this very chat: `button` and `below` as of `OrderPage`."""

    about: ClassVar[type | None] = Order

    @property
    def below(self) -> ActionButton:
        return button(self.label, self.action, f"{self.argument}.{BELOW}")


@dataclass(frozen=True, kw_only=True)
class PaymentMethod(Offer):
    """A way to pay a total. `ask` says how, with a bill, a link or requisites: it is given a
    context of the module that offers it (`context.of(method)`). `min_minor` and `max_minor` are of
    the total's currency. Whoever asks tells `checkout_started` once the shopper has it. With
    `asks_shipping` its bill asks for the address and the way itself, of an order that has none."""

    about: ClassVar[type | None] = Money

    key: str
    label: str
    currencies: frozenset[str]
    ask: Callable[[Any, Order], Awaitable[None]] = field(compare=False)
    min_minor: int = 1
    max_minor: int | None = None
    asks_shipping: bool = False

    def takes(self, total: Money) -> bool:
        """Whether this amount can be paid with it."""
        most = self.max_minor if self.max_minor is not None else total.amount_minor
        return total.currency in self.currencies and self.min_minor <= total.amount_minor <= most


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What a shopper is given for something. `key` names the cause: what has the same is given
    once; `reason` says it to the shopper, in their language."""

    amount: Money
    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RewardWay(Offer):
    """A way to give a shopper what is worth an amount: into a wallet, say, or as a promo code.

    `give` takes a scope of the module that offers it, with the shopper as its customer
    (`scope.of(way)`), and tells the shopper. It raises `core.errors.Refused` if it cannot.
    """

    about: ClassVar[type | None] = Money

    key: str
    give: Callable[[Any, Reward], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What a price is computed for: an existing order or (`order_id` 0) one to be made.

    `fields` are what the checkout knows besides: the chosen `shipping`, and what the shopper has
    answered (`name`, `phone`, `email`, `address`, `comment`). `is_firm`: an order
    is made or paid at this price now, so whoever limits a rule reserves it until the transaction
    ends. `is_checkout`: the shopper has begun to order, and is not in the cart any more.
    """

    items: tuple[Item, ...]
    currency: str
    customer: Customer
    order_id: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    is_firm: bool = False
    is_checkout: bool = False

    @property
    def goods(self) -> Money:
        """Before discounts and additions."""
        return Money(sum(item.gross_minor for item in self.items), self.currency)


@dataclass(frozen=True, kw_only=True)
class PriceRule(Offer):
    """A change of a basket's price: `core.shop.pricing` states the order of the rules.

    A price without it would be wrong, so its provider must not fail.
    """

    about: ClassVar[type | None] = Basket
    is_vital: ClassVar[bool] = True
    seconds: ClassVar[float] = VITAL_SECONDS

    rule: Rule


@dataclass(frozen=True, kw_only=True)
class ShippingOption(Offer):
    """A way to bring a basket's goods. The checkout puts the chosen `key` into the basket's
    `fields["shipping"]`; whoever offers the option then offers its `rule` as a `PriceRule`, with
    the key as its `reference`."""

    about: ClassVar[type | None] = Basket

    key: str
    label: str
    rule: Shipping
    needs_address: bool = True


@dataclass(frozen=True, kw_only=True)
class CheckoutStep(Offer):
    """What has to be known of a basket before its bill: the time of a booking, say. While it is not
    done the checkout has it asked (`await step.ask(context.of(step))`), and goes on once the module
    that asks calls `bots.sdk.ordering.go_on`. `details` are kept with the order; `change` answers
    anew. An order without it would be wrong, so its provider must not fail."""

    about: ClassVar[type | None] = Basket
    is_vital: ClassVar[bool] = True
    seconds: ClassVar[float] = VITAL_SECONDS

    is_done: bool
    ask: Callable[[Any], Awaitable[None]] = field(compare=False)
    details: tuple[Detail, ...] = ()
    change: ActionButton | None = None


@dataclass(frozen=True, kw_only=True)
class BasketAction(_Button):
    """An action on a basket before it is bought, shown in the cart and, if `is_checkout`, with the
    bill; `note` is said above the total. `bots.sdk.ordering` leads back to where it was pressed."""

    about: ClassVar[type | None] = Basket

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Checkout(Offer):
    """The module that leads a shopper through cart and checkout: see `bots.sdk.ordering`. Both
    show a notice above their screen."""

    go_on: Callable[[Any, Text | None], Awaitable[None]] = field(compare=False)
    show_cart: Callable[[Any, Text | None], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class OrderRenewal(Offer):
    """The module that makes a new bill for an order whose prices have changed: see
    `bots.sdk.prices.renew`."""

    renew: Callable[[Any, Order], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Fulfilment(Offer):
    """How an order's line comes to the shopper; `opens` is the button that opens what has come.
    `text` says it; if it says anew what a detail of the order said when it was made, `detail` is
    that detail's field, which is not shown then."""

    about: ClassVar[type | None] = Order

    line: int
    state: Literal["waiting", "delivered", "failed"]
    text: str = ""
    detail: str = ""
    opens: ActionButton | None = None


@dataclass(frozen=True, kw_only=True)
class Gate(Offer):
    """Offered while a shopper is not let in: they read this instead of an answer, until nobody
    offers it any more. The module's own buttons go on working; see `Context.proceed`."""

    text: Text
    keyboard: Keyboard | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The kind of thing that a staff card or a customer's page is about, identified by core's own
    number."""

    kind: Literal["order", "customer", "ticket"]
    id: int


@dataclass(frozen=True, kw_only=True)
class Segment(Offer):
    """A group of the shop's customers whom a module knows: those who left a cart, say. `members`
    are their numbers (`buyer_no`) as of now; `key` is unique within the module."""

    key: str
    title: Bilingual
    members: Callable[[], Awaitable[Sequence[int]]] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class StaffCard(Offer):
    """A part of what staff are shown about something, with an action on it: the action's name, its
    argument, and its label."""

    about: ClassVar[type | None] = Subject

    text: Bilingual
    actions: tuple[tuple[str, str, Bilingual], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CustomerRow(Offer):
    """A row on a customer's page in the panel."""

    about: ClassVar[type | None] = Customer

    title: Bilingual
    value: Bilingual
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class NeedsYou(Offer):
    """Something that an owner has to do; `link` is a path of the panel below the bot's module."""

    kind: str
    title: Bilingual
    text: Bilingual
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    count: int = 1
    link: str = ""
