"""What an owner sets of bookings: when the shop works, and how its times are booked."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual

_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*[-–—]\s*(\d{1,2}):([0-5]\d)")
_DAY_MINUTES = 24 * 60


def spans(hours: str) -> list[tuple[int, int]]:
    """From when to when, in minutes since midnight; none for a closed day. Raises ValueError."""
    found: list[tuple[int, int]] = []
    for part in hours.split(",") if hours.strip() else []:
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError("write it like 10:00-14:00, 15:00-19:00; empty: closed")
        begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
        begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
        if not (found[-1][1] if found else 0) <= begin < end <= _DAY_MINUTES:
            raise ValueError("times go from early to late within one day, at most to 24:00")
        found.append((begin, end))
    return found


def _checked(hours: str) -> str:
    spans(hours)
    return hours


Hours: TypeAlias = Annotated[str, Field(max_length=100), AfterValidator(_checked)]


def _words(ru: str, en: str, about_ru: str, about_en: str) -> dict[str, Any]:
    return labelled(Bilingual(ru, en), Bilingual(about_ru, about_en))


def _day(ru: str, en: str, hours: str) -> Any:
    return Field(
        default=hours,
        json_schema_extra=_words(
            ru,
            en,
            "Часы работы, например 10:00-14:00, 15:00-19:00. Пусто — выходной.",
            "Working hours, like 10:00-14:00, 15:00-19:00. Empty: closed.",
        ),
    )


class BookingsSettings(ModuleSettings):
    """Hours are by the clock of the shop's time zone."""

    monday: Hours = _day("Понедельник", "Monday", "10:00-19:00")
    tuesday: Hours = _day("Вторник", "Tuesday", "10:00-19:00")
    wednesday: Hours = _day("Среда", "Wednesday", "10:00-19:00")
    thursday: Hours = _day("Четверг", "Thursday", "10:00-19:00")
    friday: Hours = _day("Пятница", "Friday", "10:00-19:00")
    saturday: Hours = _day("Суббота", "Saturday", "11:00-16:00")
    sunday: Hours = _day("Воскресенье", "Sunday", "")
    all_products: bool = Field(
        default=False,
        json_schema_extra=_words(
            "Запись на всё, что продаётся",
            "Book whatever is sold",
            "Выключено: на время записывают только услуги.",
            "Off: only services are booked for a time.",
        ),
    )
    step_minutes: int = Field(
        default=30,
        ge=5,
        le=480,
        json_schema_extra=_words(
            "Шаг времени, минут",
            "Step of times, minutes",
            "Через сколько минут предлагать следующее время начала.",
            "After how many minutes the next time to begin is offered.",
        ),
    )
    minutes: int = Field(
        default=60,
        ge=5,
        le=_DAY_MINUTES,
        json_schema_extra=_words(
            "Длительность услуги, минут",
            "How long a service takes, minutes",
            "Если у услуги не указана своя.",
            "Where a service has none of its own.",
        ),
    )
    places: int = Field(
        default=1,
        ge=1,
        le=500,
        json_schema_extra=_words(
            "Сколько человек сразу",
            "How many at a time",
            "Сколько записей магазин принимает на одно время: например, сколько мастеров. "
            "У групповой услуги может быть своё число мест.",
            "How many bookings the shop takes for one time: how many masters work, say. "
            "A class may have places of its own.",
        ),
    )
    ahead_days: int = Field(
        default=14,
        ge=1,
        le=90,
        json_schema_extra=_words(
            "Запись вперёд, дней",
            "How far ahead, days",
            "На сколько дней вперёд можно записаться.",
            "For how many days ahead times can be booked.",
        ),
    )
    notice_hours: int = Field(
        default=2,
        ge=0,
        le=720,
        json_schema_extra=_words(
            "Не позже чем за, часов",
            "Notice, hours",
            "За сколько часов до начала запись закрывается.",
            "How many hours before it begins a time can no longer be booked.",
        ),
    )
    hold_minutes: int = Field(
        default=20,
        ge=5,
        le=240,
        json_schema_extra=_words(
            "Держать выбранное время, минут",
            "Keep a chosen time, minutes",
            "Сколько время ждёт, пока покупатель оформляет заказ. Дальше — пока заказ ждёт оплаты.",
            "While the shopper makes the order. Then for as long as the order waits to be paid.",
        ),
    )
    confirms: Literal["payment", "staff"] = Field(
        default="payment",
        json_schema_extra=_words(
            "Кто подтверждает запись",
            "What confirms a booking",
            "payment — оплата заказа; staff — вы или сотрудник, кнопкой в чате или в панели.",
            "payment: the order's payment; staff: you or your staff, in the group or the panel.",
        ),
    )
    remind_hours: int = Field(
        default=24,
        ge=0,
        le=168,
        json_schema_extra=_words(
            "Напомнить за, часов",
            "Remind before, hours",
            "За сколько часов до начала напомнить покупателю. 0 — не напоминать.",
            "How many hours before it begins the shopper is reminded. 0: never.",
        ),
    )
    cancel_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        json_schema_extra=_words(
            "Отмена не позже чем за, часов",
            "Cancelled at least before, hours",
            "За сколько часов до начала покупатель ещё может отменить запись сам.",
            "How many hours before it begins a shopper can still cancel by themselves.",
        ),
    )
    refunds: bool = Field(
        default=True,
        json_schema_extra=_words(
            "Возвращать деньги при отмене",
            "Give the money back when cancelled",
            "Если в заказе только эта запись, возврат начнётся сам. Иначе решаете вы.",
            "If the order is this booking alone, its refund begins by itself. Else you decide.",
        ),
    )

    def open_on(self, day: date) -> Sequence[tuple[int, int]]:
        """From when to when, in minutes since midnight, by that day of the week."""
        hours = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return spans(hours[day.weekday()])
