"""Who comes, how often and what they do: stated, so that figures can be checked against it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simulator.demo import PROMO_CODES


class Role(StrEnum):
    """A person's kind of behaviour, the same in all their visits."""

    VISITOR = "visitor"
    """Looks in and leaves."""
    WINDOW_SHOPPER = "window_shopper"
    """Looks at some products, buys nothing."""
    BUYER = "buyer"
    RETURNING_BUYER = "returning_buyer"
    """Buys, and comes back more often than others."""
    BLOCKER = "blocker"
    """Blocks the bot; back again, presses Restart."""
    IMPATIENT = "impatient"
    """Presses everything twice, payment too."""
    ABUSER = "abuser"


class Abuse(StrEnum):
    """The abusers of docs/fraud.md that the bots' modules make possible, with its rows in brackets.

    Nobody stacks promo codes (8) or downloads too much (13).
    """

    TRAFFIC = "traffic"
    """Bought starts (1-5): a burst by one link, empty profiles with ids in a row, robot timing."""
    FLOOD = "flood"
    """Many /start within seconds (14)."""
    SPAM = "spam"
    """The same text with a link again and again (15)."""
    SCRAPE = "scrape"
    """Opens every product of every page, at an even pace (16)."""
    HOARD = "hoard"
    """Reserves by checking out and never pays (9)."""
    FORGERY = "forgery"
    """Pays twice for one order, pays a paid invoice, presses buttons that were never shown, claims
    in writing to have paid (10, 11)."""
    GUESS = "guess"
    """Tries one promo code after another (7)."""
    REFUND = "refund"
    """Buys and takes the Stars back, three times a visit (12)."""
    RING = "ring"
    """Invites accounts of their own, which come within seconds, buy, and have one telephone (6)."""


SEEN_ONCE = frozenset((Abuse.TRAFFIC, Abuse.RING))
"""Accounts that never come back."""


Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class CrowdOptions(BaseModel):
    """How people behave. The rate is separate: visitors a minute, or a number of shoppers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: dict[Role, Weight] = {
        Role.VISITOR: 20,
        Role.WINDOW_SHOPPER: 42,
        Role.BUYER: 20,
        Role.RETURNING_BUYER: 10,
        Role.BLOCKER: 4,
        Role.IMPATIENT: 4,
    }
    """Weights of the honest roles."""
    abuses: dict[Abuse, Weight] = dict.fromkeys(Abuse, 1.0)
    """Weights of the kinds of abuse."""
    abuse_share: Share = 0.01
    """Share of abusers among the people who come; each one who sells traffic brings `burst_people`
    at once."""
    return_share: Share = 0.25
    """Share of visits paid by someone who has been there before, if people arrive at a rate."""
    pay_share: Share = 0.85
    """Share of bills that honest buyers pay."""
    decline_share: Share = 0.03
    """Share of the payments of honest buyers that fail after the bot has approved them: a card that
    is declined, too few Stars. They let the order run out."""
    refund_share: Share = 0.01
    """Share of purchases that honest buyers get refunded."""
    cart_share: Share = 0.4
    """Share of purchases with a cart, where a shop has one; the others are of one product at
    once."""
    leave_cart_share: Share = 0.25
    """Share of carts that are abandoned; the shopper continues with it when they come back."""
    cancel_share: Share = 0.3
    """Share of unpaid orders that are cancelled explicitly; the others expire."""
    promo_share: Share = 0.35
    """Share of the bills shown before the payment at which somebody tries a promo code, where a
    shop takes any."""
    promo_codes: tuple[str, ...] = PROMO_CODES
    """The codes that people know, some of which work."""
    open_share: Share = 0.4
    """Share of purchases that are opened again, where there is something to open."""
    review_share: Share = 0.25
    """Share of purchases that are reviewed, where the goods are there at once and a shop takes
    reviews."""
    points_share: Share = 0.6
    """Share of the last looks before the payment at which somebody uses their points, where there
    are any."""
    top_up_share: Share = 0.2
    """Share of the purchases of people without money in their wallet before which they put some
    into it, where a shop has wallets."""
    wallet_share: Share = 0.8
    """Share of the payments in which somebody who has done so chooses the wallet, whole or in
    part, if there is something in it."""
    invite_share: Share = 0.3
    """Share of the visits of people who have bought in which they pass on their own link for the
    first time, where a shop gives them one."""
    invited_share: Share = 0.15
    """Share of new people who come by such a link, once any was passed on."""
    ask_share: Share = 0.05
    """Share of visits in which somebody who has not asked yet asks the shop, where it takes
    questions."""
    household_share: Share = 0.1
    """Share of new honest people who live with somebody who came before and lived alone: nobody
    shares an address with more than one."""
    rate_share: Share = 0.7
    """Share of answers that are rated."""
    answer_seconds: float = Field(default=15.0, gt=0)
    """How long people wait for the answer before they leave; they find it when they come back."""
    clerk_seconds: float = Field(default=4.0, gt=0)
    """How long it takes the shop's clerk to answer: the mean, with much variation."""
    clerk_closes_share: Share = 0.3
    """Share of the questions that the clerk closes after answering."""
    clerk_refunds_share: Share = 0.02
    """Share of the paid orders whose money the clerk gives back."""
    search_share: Share = 0.2
    """Share of visits that begin with a search, where a shop has one."""
    favourite_share: Share = 0.15
    """Share of the products looked at that are marked as favourites."""
    wait_share: Share = 0.5
    """Share of sold-out products about which somebody asks to be notified."""
    thinking_seconds: float = Field(default=0.8, gt=0)
    """How long people look at what they see before they act: the mean, with much variation."""
    press_again_seconds: float = Field(default=5.0, gt=0)
    """A press without any result is repeated after this time."""
    patience_seconds: float = Field(default=20.0, gt=0)
    """After this time without the expected result people give up."""
    click_share: Share = 0.3
    """Share of the broadcasts that somebody who comes back opens."""
    leave_channel_share: Share = 0.05
    """Share of the visits of people who come back in which they leave the channels that the shop
    wants them in, where there are any; they are asked to subscribe again."""
    stop_share: Share = 0.05
    """Share of those after which somebody wants no more."""
    ring_people: int = Field(default=3, ge=2)
    """How many accounts of one person come by their own link."""
    burst_people: int = Field(default=40, ge=1)
    burst_seconds: float = Field(default=20.0, gt=0)
    most_visits: int = Field(default=200, ge=1)
    """The most visits at once, if people arrive at a rate: they must not pile up while a bot is
    away."""

    @field_validator("roles")
    @classmethod
    def _honest(cls, roles: dict[Role, float]) -> dict[Role, float]:
        if Role.ABUSER in roles:
            raise ValueError("abusers are stated by abuse_share and abuses")
        return roles

    @field_validator("roles", "abuses")
    @classmethod
    def _somebody(cls, weights: dict[StrEnum, float]) -> dict[StrEnum, float]:
        if not any(weights.values()):
            raise ValueError("at least one weight must be above 0")
        return weights
