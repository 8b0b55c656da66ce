"""The family of the browser or program that a request comes from, as it calls itself."""

import re
from functools import lru_cache

# The first that fits: most browsers also call themselves Chrome or Safari.
_PROGRAMS = (
    ("Telegram", r"telegram"),
    ("Yandex Browser", r"yabrowser|yasearch"),
    ("Edge", r"edga?/|edgios/"),
    ("Opera", r"opr/|opera|opios/|opt/"),
    ("Samsung Internet", r"samsungbrowser"),
    ("Vivaldi", r"vivaldi"),
    ("MIUI Browser", r"miuibrowser"),
    ("Firefox", r"firefox/|fxios/"),
    ("Chrome", r"chrome/|crios/|chromium"),
    ("Safari", r"safari/"),
    ("curl", r"^curl/"),
    ("Wget", r"^wget/"),
    ("Python", r"python|aiohttp|httpx"),
    ("Go", r"^go-http-client"),
    ("Java", r"^java|okhttp|apache-httpclient"),
    ("Node", r"^node|axios|undici"),
    ("Postman", r"postman"),
)
_SYSTEMS = (
    ("iOS", r"iphone|ipad|ipod"),
    ("Android", r"android"),
    ("Windows", r"windows"),
    ("macOS", r"mac os x|macintosh"),
    ("ChromeOS", r"\bcros\b"),
    ("Linux", r"linux|x11"),
)
_LONGEST = 1000  # characters of a header that are looked at


@lru_cache(maxsize=4096)
def family(user_agent: str) -> str:
    """Like `Firefox, Linux`, without versions, so that an update is no new device; `other` for what
    is not known, and empty without the header."""
    text = user_agent[:_LONGEST].lower()
    if not text:
        return ""
    program = next((name for name, pattern in _PROGRAMS if re.search(pattern, text)), "other")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, text)), "")
    return f"{program}, {system}" if system else program
