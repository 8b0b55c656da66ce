"""The people: names, languages, ids, roles."""

from dataclasses import dataclass, replace
from random import Random

from simulator.crowd.options import Abuse, CrowdOptions, Role

# First name, surname, and the beginning of their username.
RUSSIAN_NAMES = (
    ("Анна", "Иванова", "anna"),
    ("Мария", "Смирнова", "masha"),
    ("Елена", "Кузнецова", "lena"),
    ("Ольга", "Попова", "olga"),
    ("Дарья", "Соколова", "dasha"),
    ("Ирина", "Лебедева", "irina"),
    ("Алексей", "Козлов", "alexey"),
    ("Дмитрий", "Новиков", "dima"),
    ("Сергей", "Морозов", "sergey"),
    ("Иван", "Петров", "ivan"),
    ("Павел", "Волков", "pavel"),
    ("Никита", "Зайцев", "nikita"),
)
ENGLISH_NAMES = (
    ("Emma", "Clarke", "emma"),
    ("Olivia", "Hughes", "olivia"),
    ("Grace", "Turner", "grace"),
    ("Sophie", "Walker", "sophie"),
    ("Alice", "Bennett", "alice"),
    ("Lucy", "Morgan", "lucy"),
    ("James", "Cooper", "james"),
    ("Oliver", "Ward", "oliver"),
    ("Thomas", "Reed", "thomas"),
    ("Henry", "Foster", "henry"),
    ("Jack", "Murray", "jack"),
    ("Daniel", "Shaw", "daniel"),
)

RUSSIAN_SHARE = 0.6
PREMIUM_SHARE = 0.15
SURNAME_SHARE = 0.7
USERNAME_SHARE = 0.75
# Start codes (the links that brought people) and how often; no code: they found the bot by its
# name.
SOURCES = {"ig": 4, "vk": 3, "": 2, "blog": 1}
# Links that sell traffic; a seller uses one of them.
BOUGHT_SOURCES = ("ads1", "ads2", "promo-tg")

# Telegram's ids grow with time: honest accounts are of all ages, bought ones are new, in a row.
USUAL_IDS = (2_100_000_000, 6_500_000_000)
FRESH_IDS = (6_600_000_000, 6_990_000_000)

STREETS = (
    "Тверь, Набережная",
    "Казань, Баумана",
    "Пермь, Садовая",
    "Самара, Лесная",
    "Омск, Мира",
    "Тула, Чайная",
    "York, Mill Lane",
    "Leeds, Park Row",
)
HOUSES, FLATS = 150, 400


def address_of(home: int) -> str:
    """The same for the same number, another one for every other."""
    rest, flat = divmod(home, FLATS)
    rest, house = divmod(rest, HOUSES)
    block, street = divmod(rest, len(STREETS))
    return f"{STREETS[street]} {house + 1}/{block + 1}, {flat + 1}"


@dataclass(frozen=True, slots=True)
class Persona:
    role: Role
    abuse: Abuse | None
    first_name: str
    last_name: str | None
    username: str | None
    language: str | None
    premium: bool
    source: str
    """The start code of the first visit."""
    telegram_id: int
    """A preference: another one if it is taken."""
    home: int | None = None
    """The number of the address of somebody with whom they live; None: they have one of their
    own."""


def make_persona(random: Random, options: CrowdOptions) -> Persona:
    """A random person of the mix."""
    if random.random() < options.abuse_share:
        abuse = random.choices(list(options.abuses), list(options.abuses.values()))[0]
        return _person(random, Role.ABUSER, abuse)
    role = random.choices(list(options.roles), list(options.roles.values()))[0]
    return _person(random, role, None)


def _person(random: Random, role: Role, abuse: Abuse | None) -> Persona:
    russian = random.random() < RUSSIAN_SHARE
    first_name, last_name, nick = random.choice(RUSSIAN_NAMES if russian else ENGLISH_NAMES)
    return Persona(
        role=role,
        abuse=abuse,
        first_name=first_name,
        last_name=last_name if random.random() < SURNAME_SHARE else None,
        username=f"{nick}_{random.getrandbits(40):010x}"
        if random.random() < USERNAME_SHARE
        else None,
        language="ru" if russian else "en",
        premium=random.random() < PREMIUM_SHARE,
        source=random.choices(list(SOURCES), list(SOURCES.values()))[0],
        telegram_id=random.randrange(*USUAL_IDS),
    )


def make_ring(random: Random, count: int, code: str, home: int) -> list[Persona]:
    """Accounts of one person, who come by their own link."""
    people = (_person(random, Role.ABUSER, Abuse.RING) for _ in range(count))
    return [replace(each, source=code, home=home) for each in people]


def make_bought(random: Random, count: int) -> list[Persona]:
    """The accounts of one burst of bought traffic: no profile, ids nearly in a row, one link."""
    source = random.choice(BOUGHT_SOURCES)
    telegram_id = random.randrange(*FRESH_IDS)
    bought = []
    for _ in range(count):
        telegram_id += random.randint(1, 3)
        name = f"user{random.randrange(10**6)}"
        bought.append(
            Persona(
                role=Role.ABUSER,
                abuse=Abuse.TRAFFIC,
                first_name=name,
                last_name=None,
                username=None,
                language=None,
                premium=False,
                source=source,
                telegram_id=telegram_id,
            )
        )
    return bought
