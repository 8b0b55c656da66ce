"""What support counts."""

from typing import Literal

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType
from core.taxonomy import TAXONOMY

# `order_id`, if it is about one.
TICKET_OPENED = TAXONOMY["ticket_opened"]
# By the shop. `outcome` first: the ticket's first, `latency_us` after it was opened; else next.
TICKET_REPLIED = TAXONOMY["ticket_replied"]
# `outcome`: who closed it, shop, shopper or time.
TICKET_CLOSED = TAXONOMY["ticket_closed"]
CSAT_GIVEN = TAXONOMY["csat_given"]


class Ticket(BaseModel):
    """Which ticket it is about."""

    ticket: int = Field(description="Its id")


class Limited(BaseModel):
    """What there was too much of."""

    reason: Literal["messages", "tickets"] = Field(
        description="messages: written within an hour; tickets: opened within a day"
    )


class QuestionRated(BaseModel):
    """What a shopper said of a ready answer."""

    question: int = Field(description="The id of the owner's question")
    helped: bool = Field(description="Whether it helped; if not, they wrote to the shop")


TICKET_REOPENED = EventType(
    "ticket_reopened",
    "service",
    Bilingual("Обращения, открытые снова", "Tickets reopened"),
    props=Ticket,
)
TICKET_LIMITED = EventType(
    "ticket_limited",
    "service",
    Bilingual("Остановленный поток обращений", "Floods of questions stopped"),
    props=Limited,
)
TICKET_UNREACHED = EventType(
    "ticket_unreached",
    "service",
    Bilingual("Ответы, которые не дошли", "Answers that did not arrive"),
    props=Ticket,
)
FAQ_RATED = EventType(
    "faq_rated",
    "service",
    Bilingual("Оценки готовых ответов", "Ready answers rated"),
    props=QuestionRated,
)
