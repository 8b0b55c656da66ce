"""Whether somebody asks where their order is, in Russian or English."""

import re

_MOST_WORDS = 25  # a longer message is about something else, and a person reads it

_THING = (
    r"заказ\w{0,3}|посыл\w{2,4}|доставк\w{1,2}|товар\w{0,3}|покупк\w{1,2}|бандерол\w{1,2}"
    r"|orders?|parcels?|packages?|deliver(?:y|ies)|shipments?|purchases?"
)
_ASKING = (
    r"где|когда|куда|статус\w{0,2}|отслед\w*|трек\w*|долго|дошл[оаи]|дойд[её]т|прид[её]т"
    r"|приш[её]л|пришл[оаи]|приход\w*|получ\w*|жд[уё]\w{0,2}|что с|как там"
    r"|мо[йияеёю]|моего|моей|мои"
    r"|where|when|status|track\w*|arriv\w*|late|lost|receiv\w*|wait\w*|my|got|get|come|came"
)
_ABOUT = re.compile(rf"\b(?:{_THING})\b", re.IGNORECASE)
_ASKED = re.compile(rf"\b(?:{_ASKING})\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:заказ\w{0,2}|order)\s*(?:номер|no\.?|number|№|#)?\s*(\d{1,9})\b", re.IGNORECASE
)
_NOT_NOW = re.compile(
    r"\b(?:хочу|хотел\w*|можно|как|сделать|оформить|отменить|вернуть|want|would|how|place|make|"
    r"cancel|return)\b",
    re.IGNORECASE,
)
_PLAINLY = re.compile(r"\b(?:где|where|статус|status|как там)\b", re.IGNORECASE)


def asks_for_order(text: str) -> bool:
    """Where is it, when does it come, the status, "my order"; not how to make or cancel one."""
    if len(text.split()) > _MOST_WORDS or _ABOUT.search(text) is None:
        return False
    if number_in(text) is not None:
        return _NOT_NOW.search(text) is None
    if _ASKED.search(text) is None:
        return False
    is_other = _NOT_NOW.search(text) is not None
    return (
        not is_other
        or re.search(r"\b(?:где|where|статус|status|как там)\b", text, re.I) is not None
    )


def number_in(text: str) -> int | None:
    """The number of the order that is asked about."""
    found = _NUMBER.search(text)
    return int(found[1]) if found else None
