"""A stand-in for what gives rewards, as `wallet` and `promo` do."""

from dataclasses import dataclass, field
from typing import Any

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import Reward, RewardWay
from core.errors import Refused
from core.money import Money
from tests.bots.sdk.modules import NoteSettings, switched_on


@dataclass
class Prizes:
    """What was given: by whose number, how much."""

    key: str = "prizes"
    order: int = 10
    refuses: bool = False
    given: list[tuple[int, Money]] = field(default_factory=list)

    def module(self) -> EnabledModule:
        offers = Offers[NoteSettings]()

        @offers.provide(RewardWay)
        def way(_: Scope[NoteSettings], __: Money) -> list[RewardWay]:
            return [RewardWay(key=self.key, give=self._give, order=self.order)]

        return switched_on(self.key, offers=offers)

    async def _give(self, scope: Scope[Any], reward: Reward) -> None:
        assert scope.customer is not None and reward.reason
        if self.refuses:
            raise Refused("nothing is left")
        self.given.append((scope.customer.buyer_no, reward.amount))
