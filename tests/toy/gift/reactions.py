from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import Event
from tests.toy.gift.events import GIFT_GIVEN
from tests.toy.gift.settings import GiftSettings

reactions = Reactions[GiftSettings]()


@reactions.on(GIFT_GIVEN)
async def hint(scope: Scope[GiftSettings], event: Event) -> None:
    await scope.connection.execute(
        "INSERT INTO gift_hints (shop_id, buyer_no, gift) VALUES ($1, $2, $3)",
        scope.shop.id,
        scope.actor.buyer_no,
        (event.props or {})["gift"],
    )
