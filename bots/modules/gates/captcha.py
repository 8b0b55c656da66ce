"""Captchas of buttons: one of several pictures is named in words. No external service."""

import secrets
from datetime import datetime, timedelta
from math import ceil

from bots.modules.gates.store import Captcha

# The picture, and the text that names it.
PICTURES = {
    "🍎": "apple",
    "🚗": "car",
    "🐱": "cat",
    "🌞": "sun",
    "🏠": "house",
    "🌲": "tree",
    "⚽": "ball",
    "🐟": "fish",
    "📚": "books",
    "☂️": "umbrella",
    "🔑": "key",
    "🍞": "bread",
}
SHOWN = 6
TRIES = 3
LOCKED = timedelta(minutes=10)


def draw(tries: int = 0, locked_until: datetime | None = None) -> Captcha:
    """A new one, by chance."""
    dice = secrets.SystemRandom()
    choices = tuple(dice.sample(sorted(PICTURES), SHOWN))
    return Captcha(
        nonce=secrets.token_hex(4),
        choices=choices,
        answer=dice.randrange(SHOWN),
        tries=tries,
        locked_until=locked_until,
    )


def after_wrong(captcha: Captcha, now: datetime) -> Captcha:
    """Another one; after too many wrong answers in a row, for later."""
    tries = captcha.tries + 1
    return draw(0, now + LOCKED) if tries >= TRIES else draw(tries)


def minutes_left(captcha: Captcha, now: datetime) -> int:
    """In whole minutes, after which it is certain that they may; 0 if nothing is locked."""
    left = captcha.locked_until - now if captcha.locked_until is not None else timedelta()
    return max(ceil(left / timedelta(minutes=1)), 0)


def is_locked(captcha: Captcha, now: datetime) -> bool:
    return captcha.locked_until is not None and captcha.locked_until > now
