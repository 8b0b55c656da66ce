"""What a shopper of each template does, from Start to having what they came for."""

from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO

from PIL import Image

from bots.modules.bookings import course
from bots.modules.delivery import store as delivery
from bots.modules.orders import actions
from bots.modules.orders.actions import ParcelDraft
from bots.modules.promo import owned_codes
from bots.modules.promo.codes import PromoDraft
from bots.modules.support import conversation, faq
from bots.modules.support.faq import QuestionDraft
from bots.modules.transfer import review
from bots.sdk.settings import BilingualText
from core.postgres import Connection
from core.shop import catalogue, categories
from core.shop.catalogue import ProductDraft, VariantDraft
from core.shop.categories import CategoryDraft
from core.shop.staff import Doer
from tests.factories import KEYS
from tests.transcripts.scene import Scene

OWNER = Doer("Olga")
KEY = "TEA-2049-7QX4"


async def stock_digital(scene: Scene) -> None:
    async with scene.stage.pool.acquire() as connection, connection.transaction():
        for title, about, price in (
            (
                scene.say("Курс «Чай дома»", "Course “Tea at home”"),
                scene.say("Двенадцать уроков: вода, посуда, проливы.", "Twelve lessons."),
                450,
            ),
            (scene.say("Атлас чая, PDF", "The atlas of tea, PDF"), "", 120),
        ):
            draft = ProductDraft(
                title=title, description=about, price_minor=price, currency="XTR", kind="digital"
            )
            product = await catalogue.add(connection, scene.shop.id, draft)
            await delivery.add_keys(
                connection,
                KEYS,
                shop_id=scene.shop.id,
                product_id=product.id,
                variant_id=None,
                keys=[KEY, "TEA-2049-8RR1"],
            )
        await write_faq(scene, connection)


async def write_faq(scene: Scene, connection: Connection) -> None:
    """What the owner has answered before."""
    draft = QuestionDraft(
        question=BilingualText(ru="Как получить ключ?", en="How do I get the key?"),
        answer=BilingualText(
            ru="Ключ приходит в этот чат сразу после оплаты; он есть и в «Моих заказах».",
            en="The key comes into this chat with the payment, and is in “My orders”.",
        ),
    )
    await faq.add(connection, scene.bot.id, draft)


async def buy_digital(scene: Scene) -> None:
    visitor = scene.visitor
    visitor.start()
    await scene.press("catalogue")
    await scene.press("product", scene.say("Курс", "Course"))
    await scene.press("buy")
    await scene.pay()
    await visitor.hears(KEY)
    await scene.press("goods")
    await visitor.hears(KEY)
    visitor.write(scene.say("где мой заказ?", "where is my order?"))
    await ask_about_it(scene)
    await scene.press("menu")
    await visitor.until(lambda: visitor.buttons() or None, "the menu")


async def ask_about_it(scene: Scene) -> None:
    """A ready answer that is not enough, the shop's own, and what the shopper thinks of it."""
    await scene.press("support_order")
    await scene.answer(scene.say("Как активировать ключ?", "How do I activate the key?"))
    await scene.press("choose", scene.say("спросить", "ask the shop"))
    await scene.visitor.until(lambda: scene.visitor.buttons() or None, "a word of the question")
    answers = scene.say("Магазин отвечает на вопрос", "The shop answers the question")
    async with scene.owner("support", answers) as of:
        ticket_id = await of.connection.fetchval(
            "SELECT id FROM support_tickets WHERE order_id = $1", await order_id(scene)
        )
        words = scene.say(
            "Ключ вводят на сайте курса, в разделе «Доступ».",
            "The key goes into “Access” on the course's site.",
        )
        await conversation.answer(of, ticket_id, OWNER, words)
    await scene.press("support_done")
    await scene.press("support_rate", "5")


async def stock_physical(scene: Scene) -> None:
    async with scene.stage.pool.acquire() as connection, connection.transaction():
        for title in (scene.say("Чай", "Tea"), scene.say("Посуда", "Ware")):
            await categories.add(connection, scene.shop.id, CategoryDraft(title=title))
        tea, ware = await categories.of_shop(connection, scene.shop.id)
        puer = await catalogue.add(
            connection,
            scene.shop.id,
            ProductDraft(
                title=scene.say("Шу пуэр", "Shu puer"),
                description=scene.say(
                    "Мягкий, с нотами ореха. Юньнань, 2019 год.", "Soft and nutty. Yunnan, 2019."
                ),
                price_minor=90000,
                currency="RUB",
                category_id=tea.id,
            ),
        )
        for grams, price, left in ((50, 90000, 12), (200, 300000, 3)):
            variant = VariantDraft(
                title=scene.say(f"{grams} г", f"{grams} g"), price_minor=price, stock=left
            )
            await catalogue.add_variant(connection, scene.shop.id, puer.id, variant)
        await catalogue.add(
            connection,
            scene.shop.id,
            ProductDraft(
                title=scene.say("Гайвань", "Gaiwan"),
                price_minor=150000,
                currency="RUB",
                category_id=ware.id,
                stock=4,
            ),
        )
        ways = [
            ("Курьер по Москве", "Courier in Moscow", 35000, True),
            ("Самовывоз, Покровка 7", "Pick-up, Pokrovka 7", 0, False),
        ]
        shipping = [
            {
                "title": {"ru": ru, "en": en},
                "currency": "RUB",
                "price_minor": price,
                "needs_address": needs_address,
            }
            for ru, en, price, needs_address in ways
        ]
        await scene.set(connection, "cart", shipping=shipping)
        await owned_codes.add(connection, scene.shop.id, TEN_OFF)
        await scene.set(connection, "transfer", requisites=REQUISITES)


TEN_OFF = PromoDraft(code="TEA10", kind="percent", share_bp=1000)
REQUISITES = {
    "ru": "Карта 2200 0000 0000 0004, Ольга К.",
    "en": "Card 2200 0000 0000 0004, Olga K.",
}


async def buy_physical(scene: Scene) -> None:
    visitor = scene.visitor
    visitor.start()
    await scene.press("catalogue")
    await scene.press("category", scene.say("Чай", "Tea"))
    await scene.press("product", scene.say("Шу пуэр", "Shu puer"))
    await scene.press("cart_add")
    await scene.press("cart_add", "50")
    await scene.press("cart_set", "+")
    await scene.press("cart_checkout")
    await scene.press("checkout_ship", scene.say("Курьер", "Courier"))
    await scene.answer(scene.say("Анна Петрова", "Anna Petrova"))
    await scene.asked()
    visitor.share_contact("79990000001")
    await scene.answer(scene.say("Москва, Тверская 1, кв. 2", "Moscow, Tverskaya 1, flat 2"))
    await scene.press("promo")
    await scene.answer("tea1")
    await scene.answer("tea10")
    await scene.press("checkout_pay")
    await pay_by_transfer(scene)
    ships = scene.say("Продавец отправляет заказ", "The seller sends the order")
    async with scene.owner("orders", ships) as of:
        draft = ParcelDraft(carrier=scene.say("СДЭК", "CDEK"), tracking_number="1402233445")
        await actions.add_parcel(of, OWNER, await order_id(scene), draft)
    await visitor.hears("1402233445")
    brought = scene.say("Заказ доставлен", "The order is delivered")
    await visitor.until(lambda: visitor.buttons() or None, "a word of the parcel")
    async with scene.owner("orders", brought) as of:
        await actions.move(of, OWNER, await order_id(scene), "delivered")
    await scene.press("order")
    await scene.press("menu")
    await visitor.until(lambda: visitor.buttons() or None, "the menu")


async def pay_by_transfer(scene: Scene) -> None:
    """The proof, and the owner's yes."""
    await scene.press("transfer_paid")
    await scene.asked()
    scene.visitor.send_photo(proof())
    await scene.visitor.until(lambda: scene.visitor.buttons() or None, "a word of thanks")
    confirms = scene.say("Продавец видит деньги и подтверждает", "The seller confirms the payment")
    async with scene.owner("transfer", confirms) as of:
        proof_id = await of.connection.fetchval(
            "SELECT id FROM transfer_proofs WHERE order_id = $1", await order_id(scene)
        )
        await review.confirm(of, proof_id, OWNER)
    await scene.visitor.until(lambda: scene.visitor.buttons() or None, "the receipt")


def proof() -> bytes:
    """A picture of a receipt."""
    file = BytesIO()
    Image.new("RGB", (200, 400), "white").save(file, "JPEG")
    return file.getvalue()


async def order_id(scene: Scene) -> int:
    found: int = await scene.stage.pool.fetchval(
        "SELECT max(id) FROM orders WHERE shop_id = $1", scene.shop.id
    )
    return found


async def stock_services(scene: Scene) -> None:
    async with scene.stage.pool.acquire() as connection, connection.transaction():
        draft = ProductDraft(
            title=scene.say("Чайная церемония на двоих", "A tea ceremony for two"),
            description=scene.say(
                "Полтора часа с мастером, шесть сортов чая.",
                "An hour and a half with a master, six kinds of tea.",
            ),
            price_minor=400000,
            currency="RUB",
            kind="service",
        )
        await catalogue.add(connection, scene.shop.id, draft)
        await scene.set(connection, "transfer", requisites=REQUISITES)
        # Every day alike, so that it is the same on whichever it is looked at.
        await scene.set(connection, "bookings", **dict.fromkeys(WEEK, "12:00-20:00"))


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


async def buy_services(scene: Scene) -> None:
    visitor = scene.visitor
    visitor.start()
    await scene.press("catalogue")
    await scene.press("product")
    await scene.press("buy")
    await scene.press("booking_day", last=True)  # a whole day, whatever o'clock it is now
    await scene.press("booking_time", "15:00")
    await scene.answer(scene.say("Анна Петрова", "Anna Petrova"))
    await scene.asked()
    visitor.share_contact("79990000001")
    await scene.press("checkout_pay")
    await pay_by_transfer(scene)
    confirms = scene.say("Продавец подтверждает запись", "The seller confirms the booking")
    async with scene.owner("bookings", confirms) as of:
        booking_id = await of.connection.fetchval(
            "SELECT id FROM bookings WHERE order_id = $1", await order_id(scene)
        )
        await course.confirm(of, booking_id, OWNER)
    await visitor.until(lambda: visitor.seen[0] if visitor.seen else None, "a word of the time")
    held = scene.say("Услуга оказана", "The service is done")
    async with scene.owner("orders", held) as of:
        await actions.move(of, OWNER, await order_id(scene), "delivered")
    await scene.press("order")
    await scene.press("menu")
    await visitor.until(lambda: visitor.buttons() or None, "the menu")


async def stock_nothing(_: Scene) -> None:
    """There is nothing to sell where nobody answers."""


async def only_counted(scene: Scene) -> None:
    """The bot's own program answers; here nothing does."""
    scene.visitor.start()
    scene.visitor.write(scene.say("Здравствуйте!", "Hello!"))


Step = Callable[[Scene], Awaitable[None]]
# Of each template: what is on sale, and what the shopper does.
STORIES: Mapping[str, tuple[Step, Step]] = {
    "digital": (stock_digital, buy_digital),
    "physical": (stock_physical, buy_physical),
    "services": (stock_services, buy_services),
    "statistics": (stock_nothing, only_counted),
}
