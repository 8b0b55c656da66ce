"""What transfers offer: a way to pay, what is to be reviewed, and where."""

from bots.modules.transfer import store
from bots.modules.transfer.handlers import ask
from bots.modules.transfer.settings import TransferSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou, OrderAction, PaymentMethod, StaffCard, Subject
from core.events import Bilingual
from core.money import Money
from core.shop.orders import Order

offers = Offers[TransferSettings]()


@offers.provide(PaymentMethod)
def method(scope: Scope[TransferSettings], total: Money) -> list[PaymentMethod]:
    if not scope.settings.requisites:
        return []
    way = PaymentMethod(
        key="transfer",
        label=scope.texts.label("method"),
        currencies=scope.settings.accepted,
        ask=ask,
        order=30,
    )
    return [way] if way.takes(total) else []


@offers.provide(OrderAction)
def pay(scope: Scope[TransferSettings], order: Order) -> list[OrderAction]:
    if order.status != "created" or order.method != "transfer":
        return []
    label = scope.texts.label("requisites")
    return [OrderAction(label=label, action="transfer", argument=order.id, order=10)]


@offers.provide(StaffCard)
async def waiting(scope: Scope[TransferSettings], subject: Subject) -> list[StaffCard]:
    """In an order's card: the proofs that staff may decide on."""
    if subject.kind != "order":
        return []
    found = await store.listed(scope.connection, scope.bot_id, "waiting", order_id=subject.id)
    ru, en = scope.item.texts["ru"], scope.item.texts["en"]
    return [
        StaffCard(
            text=Bilingual(ru.label("proof_waiting_card"), en.label("proof_waiting_card")),
            actions=tuple(
                (action, str(proof.id), Bilingual(ru.label(key), en.label(key)))
                for action, key in (
                    ("transfer_confirm", "do_confirm"),
                    ("transfer_decline", "do_decline"),
                )
            ),
        )
        for proof in found[:1]
    ]


@offers.provide(NeedsYou)
async def reviews(scope: Scope[TransferSettings]) -> list[NeedsYou]:
    found = []
    if not scope.settings.requisites:
        found.append(
            NeedsYou(
                kind="transfer_without_requisites",
                title=Bilingual("Нет реквизитов", "No requisites"),
                text=Bilingual(
                    "Оплата переводом включена, но реквизиты не заполнены: покупателям её не "
                    "предлагают. Заполните их в настройках модуля.",
                    "Payment by transfer is on, but its requisites are empty, so shoppers are not "
                    "offered it. Fill them in in the module's settings.",
                ),
                link="settings",
            )
        )
    count, since = await store.waiting(scope.connection, scope.bot_id)
    if since is not None:
        found.append(
            NeedsYou(
                kind="transfer_proofs",
                title=Bilingual("Чеки ждут проверки", "Proofs to review"),
                text=Bilingual(
                    "Посмотрите, пришли ли деньги, и подтвердите или отклоните чек.",
                    "See whether the money has come, and confirm or decline the proof.",
                ),
                at=since,
                count=count,
                link="proofs",
            )
        )
    return found
