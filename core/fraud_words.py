"""Why a shopper was flagged, in words that an owner reads. Pure."""

from collections.abc import Sequence

from core.events import Bilingual
from core.fraud_rules import BY_KEY

ABUSES: dict[str, Bilingual] = {
    "traffic": Bilingual("Купленные переходы", "Bought traffic"),
    "promo": Bilingual("Злоупотребление промокодами", "Abuse of promo codes"),
    "stock": Bilingual("Товар откладывают и не оплачивают", "Stock is kept and not paid for"),
    "payment": Bilingual("Подозрительные оплаты", "Doubtful payments"),
    "refund": Bilingual("Злоупотребление возвратами", "Abuse of refunds"),
    "goods": Bilingual("Кража цифровых товаров", "Theft of digital goods"),
    "flood": Bilingual("Флуд и спам", "Floods and spam"),
    "scrape": Bilingual("Сбор каталога роботом", "The catalogue is scraped"),
}
ACTION_WORDS: dict[str, Bilingual] = {
    "drop": Bilingual("Бот не отвечал", "The bot did not answer"),
    "mute": Bilingual("Бот не отвечал на сообщения", "The bot did not answer messages"),
    "slow": Bilingual("Бот отвечал медленно", "The bot answered slowly"),
    "lock": Bilingual("Промокоды не принимались", "No promo codes were taken"),
    "prepay": Bilingual("Товар отложен на 15 минут", "Stock was kept for 15 minutes"),
    "hold": Bilingual("Оплата ждёт вашего решения", "The payment waits for you to decide"),
    "by_hand": Bilingual("Товар ждёт выдачи вручную", "The goods wait to be handed over by hand"),
    "stop": Bilingual("Повторная выдача остановлена", "Nothing was delivered again"),
}
_UNITS = ((86_400, "дн.", "d"), (3600, "ч", "h"), (60, "мин", "min"), (1, "с", "s"))


def reason_words(
    rule: str,
    value: float,
    threshold: float,
    window_seconds: int,
    features: Sequence[tuple[str, float]] = (),
) -> Bilingual:
    """What a rule measured against its threshold: "…: 7, the limit is 5 in 5 min". Of a model also
    the `features` (rules' keys and values) that made it say so, the most important first."""
    known = BY_KEY.get(rule)
    title = known.title if known else Bilingual(rule, rule)
    is_share = known is not None and known.is_share
    measured, limit = _number(value, is_share), _number(threshold, is_share)
    seconds, ru_unit, en_unit = next(each for each in _UNITS if window_seconds % each[0] == 0)
    length = window_seconds // seconds
    why = _because(features)
    return Bilingual(
        f"{title.ru}: {measured.replace('.', ',')}, порог {limit.replace('.', ',')} "
        f"за {length} {ru_unit}{why.ru}",
        f"{title.en}: {measured}, the limit is {limit} in {length} {en_unit}{why.en}",
    )


def _because(features: Sequence[tuple[str, float]]) -> Bilingual:
    rules = [(BY_KEY[name], value) for name, value in features if name in BY_KEY]
    if not rules:
        return Bilingual("", "")
    told = [(rule.title, _number(value, rule.is_share)) for rule, value in rules]
    ru = "; ".join(f"{title.ru}: {number.replace('.', ',')}" for title, number in told)
    en = "; ".join(f"{title.en}: {number}" for title, number in told)
    return Bilingual(f"; прежде всего: {ru}", f"; above all: {en}")


def _number(value: float, is_share: bool) -> str:
    return f"{100 * value:.0f} %" if is_share else f"{value:.4g}"
