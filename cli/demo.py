"""The demo's shops: what the simulator's bots sell."""

from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from bots.sdk.shop_templates import ShopTemplate, ShopTemplates, TemplateModule, apply
from cli.demo_goods import cost_of, fill_store, furnish, give_codes
from cli.demo_support import advertise, announce, employ, write_answers
from core import postgres
from core.module_settings import BilingualText
from core.modules import Modules
from core.money import STARS, exponent
from core.postgres import Connection
from core.secrets import KeyRing
from core.settings import Settings
from core.shop import bots, catalogue, shops
from core.shop.bot_modules import Author
from core.shop.catalogue import ProductDraft
from core.shop.imprint import ImprintDraft
from core.shop.pricing import ProductKind
from core.shop.shops import ShopDraft
from simulator.demo import DEMO_BOTS, DemoBot, fleet

_TEA = [
    ("Улун «Те Гуань Инь»", "Светлый улун, 50 г. Сирень, мёд и сливки.", 450),
    ("Шу пуэр, 2016 год", "Прессованный блин, 100 г. Земля, орех, чернослив.", 620),
    ("Габа улун", "Тайваньский, 50 г. Яблоко и корица.", 540),
    ("Иван-чай с чабрецом", "Ферментированный, 75 г.", 190),
    ("Матча церемониальная", "Япония, 30 г.", 980),
    ("Гайвань фарфоровая", "120 мл, белая.", 1250),
    ("Набор на пробу", "Пять чаёв по 7 г.", 330),
]
_BOOKS = [
    ("The Art of Tea", "An e-book about tea and the people who grow it.", 250),
    ("Small Shops, Big Data", "Metrics that a shop of one can act on.", 400),
    ("Letters from Kyoto", "A novel in letters.", 180),
    ("Telegram for Sellers", "A field guide, second edition.", 350),
    ("The Honest Funnel", "How to count without fooling yourself.", 290),
    ("Night Trains", "Short stories.", 120),
]
# The templates of the demo's two shops, and what their owners have set besides. Things are sold for
# money, as Telegram has it: Stars pay for what is digital.
_TEMPLATES = ("physical", "digital")
_ROUBLES = "RUB"
_SET: dict[str, dict[str, dict[str, Any]]] = {
    "physical": {
        "cart": {
            "shipping": [
                {
                    "title": {"ru": "Курьер", "en": "Courier"},
                    "currency": _ROUBLES,
                    "price_minor": 150_00,
                    "free_from_minor": 1500_00,
                },
                {
                    "title": {"ru": "Самовывоз", "en": "Pick-up"},
                    "currency": _ROUBLES,
                    "needs_address": False,
                },
            ],
            "tax_bp": 500,
            "tax_is_included": False,
            "pay_minutes": 10,
            "reminder_hours": 1,
        },
        "transfer": {
            "requisites": {"ru": "Демо-банк, счёт 0000", "en": "Demo bank, account 0000"},
            "currencies": [_ROUBLES],
        },
    },
    "digital": {"cart": {"pay_minutes": 10, "reminder_hours": 1}},
}
# What templates leave to an owner because it gives money away, or tells it in a chat of theirs.
_BESIDES = (
    TemplateModule(key="loyalty"),
    TemplateModule(key="referral", settings={"hold_days": 0}),
    TemplateModule(key="digest"),
)
# Cards, whose provider is the simulator's, and wallets, which there are none of in Stars.
_FOR_MONEY = (
    TemplateModule(key="provider", settings={"token": "390540012:TEST:12345"}),
    TemplateModule(key="wallet"),
)
# Broadcasts go out at any hour: nobody who tries the demo waits for the morning.
_ALWAYS = {"from_hour": 0, "until_hour": 24}
_GATES: dict[str, dict[str, Any]] = {
    "physical": {
        "rules": {
            "ru": "Чай надлежащего качества можно вернуть за 14 дней.",
            "en": "Tea of good quality can be returned within 14 days.",
        }
    },
    "digital": {"captcha": True},
}
_KINDS: dict[str, ProductKind] = {"digital": "digital", "services": "service"}
# The stock of each second product of the numbered shops: some can run out.
_STOCK = 500


def _shop(
    bot: DemoBot, number: int, kind: ProductKind, currency: str
) -> tuple[ShopDraft, list[ProductDraft]]:
    """What the bot sells; odd shops are Russian tea shops, even ones English book shops."""
    russian = number % 2 == 1
    unit = 10 ** exponent(currency)
    draft = ShopDraft(
        name=bot.name,
        timezone="Europe/Moscow" if russian else "Europe/London",
        language="ru" if russian else "en",
        currency=currency,
    )
    is_numbered = number > len(DEMO_BOTS)
    products = [
        ProductDraft(
            title=title,
            description=description,
            price_minor=price * unit,
            currency=currency,
            stock=_STOCK if is_numbered and place % 2 else None,
            kind=kind,
            cost_minor=cost_of(price * unit),
        )
        for place, (title, description, price) in enumerate(_TEA if russian else _BOOKS)
    ]
    return draft, products


def _imprint(number: int) -> ImprintDraft:
    """Who sells: demo shops have a contact, as real ones must."""
    return ImprintDraft(
        about=BilingualText(
            ru="Чай, который мы привозим сами." if number % 2 else "Книги о чае и торговле.",
            en="Tea that we bring ourselves." if number % 2 else "Books on tea and trade.",
        ),
        seller="Vitrina demo",
        contact="demo@vitrina.example",
    )


def _template(known: ShopTemplates, wanted: str, number: int) -> ShopTemplate | None:
    """The template that the shop follows; None: the modules that are on by default.

    Raises TemplateUnknown.
    """
    if wanted:
        return known.get(wanted)
    if number > len(_TEMPLATES):
        return None
    template = known.get(_TEMPLATES[number - 1])
    more = {"broadcasts": _ALWAYS} | _SET[template.key]
    parts = [
        part.model_copy(update={"settings": part.settings | more.get(part.key, {})})
        for part in template.modules
    ]
    gates = TemplateModule(key="gates", settings=_GATES[template.key])
    paid = _FOR_MONEY if template.key == "physical" else ()
    return template.model_copy(update={"modules": (*parts, *paid, *_BESIDES, gates)})


async def seed(
    settings: Settings,
    count: int = 2,
    template: str = "",
    watch: Callable[[str, int, int], None] = lambda shop, done, total: None,
    *,
    with_staff: bool = False,
) -> list[str]:
    """Makes each of so many demo shops whose bot is not connected yet; returns a line for each.

    `watch` is called with the current step, and how many of how many shops are done. The bots
    follow a template; without one, the two of the demo follow one each, and the numbered ones have
    the modules that are on by default. With `with_staff`, the two of the demo have the groups of
    staff that their simulator has.

    Raises TemplateUnknown.
    """
    templates = ShopTemplates.discover()
    known = Modules.discover()
    keys = KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)
    connection = await postgres.connect(settings.database_url.get_secret_value())
    lines = []
    try:
        for number, bot in enumerate(fleet(count), 1):
            wanted = _template(templates, template, number)
            watch(f"making {bot.name}", number - 1, count)
            if await connection.fetchval("SELECT 1 FROM bots WHERE id = $1", bot.id):
                lines.append(f"{bot.name}: already there")
                continue
            async with connection.transaction():
                products = await _open(connection, known, keys, bot, number, wanted)
                if with_staff and bot in DEMO_BOTS:
                    await employ(connection, bot)
            lines.append(f"{bot.name}: {products} products, @{bot.username}")
    finally:
        await connection.close()
    return lines


async def _open(
    connection: Connection,
    known: Modules,
    keys: KeyRing,
    bot: DemoBot,
    number: int,
    template: ShopTemplate | None,
) -> int:
    """Makes the shop and connects its bot; returns how many products it has outside of the
    categories."""
    kind = _KINDS.get(template.key, "physical") if template is not None else "physical"
    takes_cards = template is not None and _FOR_MONEY[0] in template.modules
    draft, products = _shop(bot, number, kind, _ROUBLES if takes_cards else STARS)
    shop = await shops.create(connection, draft)
    added = [await catalogue.add(connection, shop.id, each) for each in products]
    await furnish(connection, shop, added, kind)
    if template is not None:
        await give_codes(connection, shop, gift=added[-1])
    if kind == "digital":
        await fill_store(connection, keys, shop.id)
    await shops.set_imprint(connection, shop.id, _imprint(number))
    await bots.connect(
        connection,
        keys,
        shop_id=shop.id,
        token=SecretStr(bot.token),
        mode="hosted",
        modules=[m.key for m in known.manifests.values() if m.default_on],
    )
    if template is not None:
        await apply(connection, known, keys, bot.id, template, Author("demo"))
        if any(part.key == "support" for part in template.modules):
            await write_answers(connection, bot.id)
        if number <= len(_TEMPLATES):
            await announce(connection, shop.id, bot.id)
            await advertise(connection, shop)
    return len(products)
