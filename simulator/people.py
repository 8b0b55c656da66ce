"""The people of the demo world: who they are and what they are up to."""

from dataclasses import dataclass
from enum import Enum
from random import Random

RUSSIAN_NAMES = (
    ("Анна", "Иванова"),
    ("Мария", "Смирнова"),
    ("Елена", "Кузнецова"),
    ("Ольга", "Попова"),
    ("Дарья", "Соколова"),
    ("Ирина", "Лебедева"),
    ("Алексей", "Козлов"),
    ("Дмитрий", "Новиков"),
    ("Сергей", "Морозов"),
    ("Иван", "Петров"),
    ("Павел", "Волков"),
    ("Никита", "Зайцев"),
)
ENGLISH_NAMES = (
    ("Emma", "Clarke"),
    ("Olivia", "Hughes"),
    ("Grace", "Turner"),
    ("Sophie", "Walker"),
    ("Alice", "Bennett"),
    ("Lucy", "Morgan"),
    ("James", "Cooper"),
    ("Oliver", "Ward"),
    ("Thomas", "Reed"),
    ("Henry", "Foster"),
    ("Jack", "Murray"),
    ("Daniel", "Shaw"),
)

RUSSIAN_SHARE = 0.6
PREMIUM_SHARE = 0.15
SURNAME_SHARE = 0.7
# Start codes (the links people came by) and how often; no code: they found the bot by its name.
SOURCES = {"ig": 4, "vk": 3, "": 2, "blog": 1}


class Intent(Enum):
    """How far a visit goes."""

    LOOK_IN = "look in"
    WINDOW_SHOP = "window-shop"
    BUY = "buy"
    BLOCK = "block"


# Three in ten buy.
INTENTS = {Intent.LOOK_IN: 20, Intent.WINDOW_SHOP: 47, Intent.BUY: 30, Intent.BLOCK: 3}


@dataclass(frozen=True, slots=True)
class Persona:
    first_name: str
    last_name: str | None
    language: str
    premium: bool
    source: str
    """The start code of the first visit."""


def make_persona(random: Random) -> Persona:
    russian = random.random() < RUSSIAN_SHARE
    first_name, last_name = random.choice(RUSSIAN_NAMES if russian else ENGLISH_NAMES)
    return Persona(
        first_name=first_name,
        last_name=last_name if random.random() < SURNAME_SHARE else None,
        language="ru" if russian else "en",
        premium=random.random() < PREMIUM_SHARE,
        source=random.choices(list(SOURCES), list(SOURCES.values()))[0],
    )


def choose_intent(random: Random) -> Intent:
    return random.choices(list(INTENTS), list(INTENTS.values()))[0]
