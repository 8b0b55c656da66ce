"""The rules of the fraud filter: each one's signal, abuse type, range of values and weight.

Rows, signals and thresholds are those of docs/fraud.md; the weights were set on simulated traffic:
two signals that agree are enough for a review, a single one that an honest person may cause is not.
A shop may override a rule (`fraud_rules`); a change of what a rule measures raises its version.
"""

from dataclasses import dataclass
from typing import Literal

from core.events import Bilingual

AbuseType = Literal["traffic", "promo", "stock", "payment", "refund", "goods", "flood", "scrape"]
# Where money or goods are at stake, a person decides: nothing irreversible depends on a score
# alone.
HELD: frozenset[str] = frozenset({"promo", "stock", "payment", "refund", "goods"})
REVIEW, BLOCK = 65.0, 75.0

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """One signal. Its strength x is 0 up to `start`, 1 from `threshold` on, and linear in between.

    `row` is that of docs/fraud.md. `start` is a share of the threshold, so it moves with it.
    """

    key: str
    abuse: AbuseType
    row: int
    weight: float
    threshold: float
    window_seconds: int
    title: Bilingual
    start: float = 0.5
    is_shadow: bool = False
    version: int = 1

    @property
    def is_share(self) -> bool:
        """Whether it measures a share of one."""
        return self.threshold < 1


def _rule(  # pylint: disable=too-many-arguments  # the columns of a table
    key: str,
    abuse: AbuseType,
    row: int,
    weight: float,
    threshold: float,
    window_seconds: int,
    ru: str,
    en: str,
    *,
    start: float = 0.5,
    is_shadow: bool = False,
) -> Rule:
    title = Bilingual(ru, en)
    return Rule(key, abuse, row, weight, threshold, window_seconds, title, start, is_shadow)


RULES: tuple[Rule, ...] = (
    _rule(
        "source_burst",
        "traffic",
        1,
        0.6,
        6,
        _HOUR,
        "Всплеск стартов с этой ссылки, и почти никто ничего не сделал",
        "A burst of starts by this link, and hardly anyone did anything",
    ),
    _rule(
        "source_unengaged",
        "traffic",
        2,
        0.4,
        0.5,
        _HOUR,
        "С этой ссылки приходят те, кто ничего не делает",
        "This link brings people who do nothing",
        start=0,
    ),
    _rule(
        "source_robots",
        "traffic",
        3,
        0.25,
        0.3,
        _HOUR,
        "Много пришедших с этой ссылки действуют с точностью машины",
        "Many who came by this link act with a machine's timing",
    ),
    _rule(
        "robot_timing",
        "traffic",
        3,
        0.25,
        1,
        _HOUR,
        "Первое действие быстрее 2 секунд или ровные паузы",
        "A first action within 2 seconds, or even gaps",
        start=0,
    ),
    _rule(
        "odd_ids",
        "traffic",
        4,
        0.35,
        0.6,
        _HOUR,
        "Номера аккаунтов подряд или совсем новые, как у большинства с этой ссылки",
        "An account number in a row or quite new, as of most who came by this link",
    ),
    _rule(
        "thin_profile",
        "traffic",
        5,
        0.2,
        2,
        _HOUR,
        "Пустой профиль: нет имени пользователя и языка",
        "An empty profile: no username, no language",
        start=0.25,
    ),
    _rule(
        "promo_guesses",
        "promo",
        7,
        0.8,
        5,
        300,
        "Подбор промокодов: неверные коды за 5 минут",
        "Promo codes guessed: wrong codes in 5 minutes",
    ),
    _rule(
        "promo_stacking",
        "promo",
        8,
        0.7,
        6,
        _DAY,
        "Слишком много промокодов за сутки",
        "Too many promo codes in a day",
    ),
    _rule(
        "open_orders",
        "stock",
        9,
        0.8,
        2,
        _DAY,
        "Товар отложен перед оплатой и не оплачен: заказы за сутки",
        "Stock was kept for a payment that did not come: orders in a day",
        start=0.75,
    ),
    _rule(
        "expired_orders",
        "stock",
        9,
        0.6,
        3,
        _DAY,
        "Истёкшие заказы за сутки",
        "Expired orders in a day",
        start=0.4,
    ),
    _rule(
        "mismatched_payments",
        "payment",
        11,
        0.9,
        1,
        _DAY,
        "Оплата не сходится с заказом: сумма, валюта, заказ или плательщик",
        "A payment that is not the order's: amount, currency, order or payer",
        start=0,
    ),
    _rule(
        "rejected_proofs",
        "payment",
        10,
        0.7,
        2,
        _DAY,
        "Отклонённые чеки об оплате за сутки",
        "Rejected payment proofs in a day",
    ),
    _rule(
        "refused_checks",
        "payment",
        11,
        0.3,
        3,
        _DAY,
        "Попытки оплатить то, что оплатить нельзя, за сутки",
        "Attempts at paying what may not be paid, in a day",
    ),
    _rule(
        "unknown_buttons",
        "payment",
        11,
        0.8,
        2,
        _DAY,
        "Нажатия кнопок, которых бот не показывал, за сутки",
        "Presses of buttons that the bot never showed, in a day",
    ),
    _rule(
        "refund_share",
        "refund",
        12,
        0.8,
        0.3,
        90 * _DAY,
        "Большая доля возвратов за 90 дней, не меньше трёх",
        "A large share of refunds in 90 days, at least three",
    ),
    _rule(
        "repeated_deliveries",
        "goods",
        13,
        0.8,
        6,
        _DAY,
        "Один заказ выдан снова и снова за сутки",
        "One order delivered again and again in a day",
    ),
    _rule(
        "flood",
        "flood",
        14,
        0.6,
        30,
        _MINUTE,
        "Слишком много действий за минуту",
        "Too many actions in a minute",
    ),
    _rule(
        "long_flood",
        "flood",
        14,
        0.7,
        150,
        600,
        "Действия без остановки: половина минутного порога все 10 минут",
        "Actions without a pause: half the minute's limit, kept up for 10 minutes",
    ),
    _rule(
        "start_flood",
        "flood",
        14,
        0.5,
        5,
        _MINUTE,
        "Повторные «Старт» с паузой меньше половины секунды",
        "Start again and again, less than half a second apart",
    ),
    _rule(
        "same_texts",
        "flood",
        15,
        0.6,
        3,
        _HOUR,
        "Один и тот же текст за час",
        "The same text in an hour",
    ),
    _rule(
        "links",
        "flood",
        15,
        0.5,
        3,
        _HOUR,
        "Сообщения со ссылками за час",
        "Messages with links in an hour",
    ),
    _rule(
        "catalogue_reach",
        "scrape",
        16,
        0.5,
        1,
        600,
        "Почти весь каталог за 10 минут без покупки",
        "Nearly all of the catalogue in 10 minutes without buying",
    ),
    _rule(
        "catalogue_pace",
        "scrape",
        16,
        0.6,
        4,
        _HOUR,
        "Товары открываются один за другим быстрее секунды",
        "Products opened one after another, each within a second",
        start=0.75,
    ),
)
BY_KEY = {rule.key: rule for rule in RULES}
