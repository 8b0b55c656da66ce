"""What an owner asks of people before they are let in."""

import hashlib
from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import Self

from bots.sdk.settings import BilingualText, ModuleSettings, TextLimit, labelled
from core.events import Bilingual


def _words(ru: str, en: str, about_ru: str, about_en: str) -> dict[str, Any]:
    return labelled(Bilingual(ru, en), Bilingual(about_ru, about_en))


class Channel(ModuleSettings):
    """A channel or group that shoppers subscribe to."""

    chat: str = Field(
        default="@channel",
        pattern=r"^(@[A-Za-z][A-Za-z0-9_]{3,31}|-100\d{4,15})$",
        json_schema_extra=_words(
            "Канал или группа",
            "Channel or group",
            "@имя, а закрытый — его номер, вида -1001234567890. Сделайте бота администратором: "
            "иначе Telegram не скажет, кто подписан.",
            "@name, or of a private one its number, like -1001234567890. Make the bot an "
            "administrator: Telegram does not tell others who is subscribed.",
        ),
    )
    title: Annotated[BilingualText, TextLimit(40)] = Field(
        default=BilingualText(),
        json_schema_extra=_words(
            "Надпись на кнопке", "What the button says", "Например: «Наш канал».", "Our channel."
        ),
    )
    link: str = Field(
        default="",
        max_length=200,
        pattern=r"^(https://t\.me/\S+)?$",
        json_schema_extra=_words(
            "Ссылка-приглашение",
            "Invitation link",
            "Нужна закрытому каналу: https://t.me/+…",
            "A private channel needs one: https://t.me/+…",
        ),
    )

    @model_validator(mode="after")
    def _can_be_joined(self) -> Self:
        if self.chat.startswith("-") and not self.link:
            raise ValueError("link: a private channel needs its invitation link")
        return self

    @property
    def address(self) -> str:
        """Where people subscribe."""
        return self.link or f"https://t.me/{self.chat.removeprefix('@')}"


class GatesSettings(ModuleSettings):
    """Asked in this order: captcha, age, rules, subscription. Staff is asked nothing."""

    captcha: bool = Field(
        default=False,
        json_schema_extra=_words(
            "Капча",
            "Captcha",
            "Нажать названную картинку. Один раз; купивших не спрашиваем.",
            "To press the picture that is named. Once; who has bought is not asked.",
        ),
    )
    age: int = Field(
        default=0,
        ge=0,
        le=99,
        json_schema_extra=_words(
            "Возраст",
            "Age",
            "Не младше стольких лет, со слов покупателя; 0 — не спрашивать.",
            "At least so many years, as the shopper says; 0: it is not asked.",
        ),
    )
    rules: Annotated[BilingualText, TextLimit(3000)] = Field(
        default=BilingualText(),
        json_schema_extra=_words(
            "Правила",
            "Rules",
            "С чем соглашаются перед покупками; пусто — не спрашивать. После правки спросим снова.",
            "What people agree to before they buy; empty: nothing. Changed rules are asked again.",
        ),
    )
    channels: tuple[Channel, ...] = Field(
        default=(),
        max_length=5,
        json_schema_extra=_words(
            "Подписка",
            "Subscription",
            "На какие каналы и группы подписаться.",
            "The channels and groups to subscribe to.",
        ),
    )
    recheck_hours: int = Field(
        default=24,
        ge=1,
        le=720,
        json_schema_extra=_words(
            "Проверять подписку раз в, часов",
            "Check the subscription every (hours)",
            "Об ушедших Telegram сообщает боту-администратору сразу; это на случай, если нет.",
            "Telegram tells an administrator at once who has left; this is for when it does not.",
        ),
    )

    @property
    def rules_version(self) -> str:
        """The same for the same rules."""
        return hashlib.sha256(f"{self.rules.ru}|{self.rules.en}".encode()).hexdigest()[:12]
