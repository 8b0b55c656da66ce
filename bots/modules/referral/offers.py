"""What invitations offer: an entry of the menu, a discount on the first order of whoever was
invited, a row about them."""

from bots.modules.referral import store
from bots.modules.referral.earning import ReferralScope
from bots.modules.referral.settings import ReferralSettings
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, CustomerRow, MenuEntry, NeedsYou, PriceRule, RewardWay
from core.events import Bilingual
from core.money import Money
from core.shop.customers import Customer
from core.shop.pricing import Discount

offers = Offers[ReferralSettings]()


@offers.provide(MenuEntry)
def entry(scope: ReferralScope) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("entry"), action="referral", order=60)]


@offers.provide(PriceRule)
async def welcome(scope: ReferralScope, basket: Basket) -> list[PriceRule]:
    """Of two orders that are made at once, one has the discount."""
    percent, customer = scope.settings.welcome_percent, basket.customer
    if not percent:
        return []
    found = await store.invitation_of(
        scope.connection, scope.shop.id, customer.buyer_no, lock=basket.is_firm
    )
    if found is None or not await store.may_welcome(scope.connection, customer, basket.order_id):
        return []
    label = scope.texts.label("in_bill")
    rule = Discount("referral", label, scope.manifest.key, share_bp=percent * 100)
    return [PriceRule(rule=rule)]


@offers.provide(CustomerRow)
async def row(scope: ReferralScope, customer: Customer) -> list[CustomerRow]:
    found = await store.invitation_of(scope.connection, scope.shop.id, customer.buyer_no)
    if found is None:
        return []
    number = f"№ {found.inviter_no}" if found.inviter_no else "—"
    return [
        CustomerRow(title=Bilingual("Кто пригласил", "Invited by"), value=Bilingual(number, number))
    ]


@offers.provide(NeedsYou)
async def no_way(scope: ReferralScope) -> list[NeedsYou]:
    if await scope.offered(RewardWay, Money(1, scope.shop.currency)):
        return []
    return [
        NeedsYou(
            kind="referral_without_reward",
            title=Bilingual("Награды не во что выдать", "There is no way to give rewards"),
            text=Bilingual(
                "Включите «Кошелёк» или «Промокоды»: до тех пор награды за приглашения ждут.",
                "Switch on “Wallet” or “Promo codes”: until then rewards for invitations wait.",
            ),
        )
    ]
