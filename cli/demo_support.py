"""Who answers in the demo's shops, and what their owners have answered before."""

from datetime import UTC, datetime, timedelta

from bots.modules.broadcasts import store as broadcasts
from bots.modules.broadcasts.drafts import BroadcastDraft
from bots.modules.support import canned, faq
from bots.modules.support.canned import AnswerDraft
from bots.modules.support.faq import QuestionDraft
from core.module_settings import BilingualText
from core.money import exponent
from core.postgres import Connection
from core.shop import bots, source_costs, sources, staff
from core.shop.shops import Shop
from core.shop.source_costs import CostDraft
from core.shop.sources import SourceDraft
from core.zones import day_of
from simulator.demo import CLERK_NAME, DemoBot

_QUESTIONS = (
    (
        ("Сколько идёт доставка?", "How long does delivery take?"),
        ("Два-три дня по России, неделю за границу.", "Two or three days, a week abroad."),
    ),
    (
        ("Можно ли вернуть покупку?", "Can I return what I have bought?"),
        ("Да, в течение 14 дней: напишите нам.", "Yes, within 14 days: write to us."),
    ),
    (
        ("Где мой ключ или файл?", "Where is my key or file?"),
        (
            "В «Моих заказах»: откройте заказ и нажмите «Открыть покупку».",
            "In “My orders”: open the order, and what you have bought is there.",
        ),
    ),
)
_READY = (
    ("Здравствуйте", "Здравствуйте, {name}! Сейчас посмотрим.", "Hello {name}! We are looking."),
    ("Отправлено", "Заказ № {order} уже в пути.", "Order No. {order} is on its way."),
)
_ADVERTISED = {"ig": 3000, "vk": 2000, "blog": 500}
_NEWS_AFTER = timedelta(minutes=10)
_NEWS = (
    BilingualText(
        ru="{name}, на этой неделе всё с промокодом TEA10 дешевле.",
        en="{name}, this week everything is cheaper with the code TEA10.",
    ),
    BilingualText(ru="{name}, у нас новинки, загляните!", en="{name}, we have news, drop in!"),
)


async def write_answers(connection: Connection, bot_id: int) -> None:
    """What the owner has ready."""
    for position, (question, answer) in enumerate(_QUESTIONS):
        draft = QuestionDraft(
            question=BilingualText(ru=question[0], en=question[1]),
            answer=BilingualText(ru=answer[0], en=answer[1]),
            position=position,
        )
        await faq.add(connection, bot_id, draft)
    for position, (title, ru, en) in enumerate(_READY):
        ready = AnswerDraft(title=title, text=BilingualText(ru=ru, en=en), position=position)
        await canned.add(connection, bot_id, ready)


async def advertise(connection: Connection, shop: Shop) -> None:
    """The links by which the demo's people come, and what they cost today."""
    now = datetime.now(UTC)
    for code, price in _ADVERTISED.items():
        made = await sources.create(connection, shop, SourceDraft(code=code, label=code))
        cost = CostDraft(amount_minor=price * 10 ** exponent(shop.currency), currency=shop.currency)
        today = day_of(now, shop.timezone)
        await source_costs.set_cost(connection, shop, made.id, today, cost, now)


async def announce(connection: Connection, shop_id: int, bot_id: int) -> None:
    """A broadcast to whoever is there by then."""
    draft = BroadcastDraft(title="The first people of the demo", texts=_NEWS)
    made = await broadcasts.create(connection, shop_id, bot_id, draft, "demo")
    await broadcasts.schedule(connection, made, datetime.now(UTC) + _NEWS_AFTER)


async def employ(connection: Connection, bot: DemoBot) -> None:
    """Binds the group that the simulator has for the bot, with its clerk."""
    code, _ = await staff.create_code(connection, bot.id, "demo")
    await staff.bind(
        connection,
        await bots.origin_of(connection, bot.id),
        code,
        chat_id=-bot.staff_group,
        title=f"{bot.name}: staff",
        has_topics=False,
        telegram_id=bot.clerk,
        name=CLERK_NAME,
    )
