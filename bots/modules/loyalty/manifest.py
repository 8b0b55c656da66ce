"""Points or money back for what is bought."""

from bots.modules.loyalty.events import LOYALTY_EARNED, LOYALTY_SPENT
from bots.modules.loyalty.settings import LoyaltySettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="loyalty",
    title=Bilingual("Лояльность", "Loyalty"),
    summary=Bilingual(
        "Баллы или деньги за покупки; больше — постоянным покупателям; баллы сгорают в срок и "
        "платят часть заказа.",
        "Points or money back for purchases; more for regulars; points expire in time and pay a "
        "part of an order.",
    ),
    settings=LoyaltySettings,
    events=(LOYALTY_EARNED, LOYALTY_SPENT),
    requires=("cart",),
    commands=(BotCommand("points", Bilingual("Мои баллы", "My points")),),
)
