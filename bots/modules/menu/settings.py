"""What an owner sets of the menu."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bots.sdk.settings import BilingualText, ModuleSettings, Picture, TextLimit, labelled
from core.events import Bilingual

# The key of an entry: the data of its button, or link:<number> for an owner's own.
EntryKey = Annotated[str, Field(min_length=1, max_length=64)]


def _address(value: object) -> object:
    """A link as people write it: t.me/name, or a @name of Telegram."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    if value.startswith("@"):
        return f"https://t.me/{value[1:]}"
    return f"https://{value}" if value.lower().startswith("t.me/") else value


def _named(text: BilingualText) -> BilingualText:
    if not text:
        raise ValueError("a button needs its words, in one language at least")
    return text


class MenuLink(ModuleSettings):
    """A button of the owner's own that opens a page, a channel or a chat."""

    label: Annotated[BilingualText, TextLimit(64), AfterValidator(_named)] = Field(
        json_schema_extra=labelled(
            Bilingual("Надпись", "Words"),
            Bilingual("Что написано на кнопке.", "What stands on the button."),
        ),
    )
    url: Annotated[str, BeforeValidator(_address)] = Field(
        pattern=r"^(https?|tg)://[^\s/?#]\S*$",
        max_length=512,
        json_schema_extra=labelled(
            Bilingual("Ссылка", "Link"),
            Bilingual(
                "Куда она ведёт: https://…, t.me/… или @имя.",
                "Where it leads: https://…, t.me/… or @name.",
            ),
        ),
    )


class MenuSettings(ModuleSettings):
    """The welcome, and the entries of the menu."""

    welcome: Annotated[BilingualText, TextLimit(1000)] = Field(
        default=BilingualText(),
        json_schema_extra=labelled(
            Bilingual("Приветствие", "Welcome"),
            Bilingual(
                "Обычный текст вместо нашего. Пусто: наше, с названием и описанием магазина.",
                "Plain text instead of ours. Empty: ours, with the shop's name and description.",
            ),
        ),
    )
    picture: Picture = Field(
        default="",
        json_schema_extra=labelled(
            Bilingual("Картинка", "Picture"),
            Bilingual("Показывается над приветствием.", "Stands above the welcome."),
        ),
    )
    columns: int = Field(
        default=1,
        ge=1,
        le=3,
        json_schema_extra=labelled(
            Bilingual("Кнопок в ряду", "Buttons in a row"),
            Bilingual("Сколько кнопок меню стоит рядом.", "How many of the menu stand abreast."),
        ),
    )
    links: tuple[MenuLink, ...] = Field(
        default=(),
        max_length=10,
        json_schema_extra=labelled(
            Bilingual("Свои кнопки", "Buttons of your own"),
            Bilingual(
                "Ссылки на сайт, канал или отзывы; стоят в меню после остальных.",
                "Links to a site, a channel or reviews; they stand behind the others.",
            ),
        ),
    )
    order: tuple[EntryKey, ...] = Field(
        default=(),
        max_length=50,
        json_schema_extra=labelled(
            Bilingual("Порядок", "Order"),
            Bilingual(
                "Какие кнопки стоят первыми; остальные — за ними, как обычно.",
                "Which buttons stand first; the others follow as usual.",
            ),
        ),
    )
    hidden: tuple[EntryKey, ...] = Field(
        default=(),
        max_length=50,
        json_schema_extra=labelled(
            Bilingual("Скрытые кнопки", "Hidden buttons"),
            Bilingual(
                "Кнопки, которых в меню нет. Команды продолжают работать.",
                "Buttons that do not stand in the menu. Commands go on working.",
            ),
        ),
    )
