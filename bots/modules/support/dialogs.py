"""What a shopper writes to the shop, and whether a ready answer was enough."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bots.modules.support import faq, intake
from bots.modules.support.intake import HELPED, OTHER, SEND, WRITTEN
from bots.modules.support.screens import Support
from bots.modules.support.settings import SupportSettings
from bots.sdk.answers import Written
from bots.sdk.dialogs import Dialogs
from bots.sdk.updates import number_of

dialogs = Dialogs[SupportSettings]()
_DAY = timedelta(days=1)


@dialogs.ask("question", kind=WRITTEN, timeout=_DAY)
async def question(context: Support, answer: Written, data: Mapping[str, Any]) -> None:
    await intake.consider(context, answer, data.get("order"))


@dialogs.ask("more", kind=WRITTEN, timeout=_DAY)
async def more(context: Support, answer: Written, data: Mapping[str, Any]) -> None:
    await intake.take(context, answer, ticket_id=data["ticket"])


@dialogs.ask("decide", kind=WRITTEN, timeout=_DAY)
async def decide(context: Support, answer: Written | str, data: Mapping[str, Any]) -> None:
    """A button was pressed, or more was written: then all of it goes to the shop."""
    shown = data["shown"]
    if answer == HELPED:
        await intake.helped(context, shown)
    elif isinstance(answer, str) and answer.startswith(OTHER):
        await _other(context, number_of(answer.removeprefix(OTHER)) or 0, data)
    else:
        intake.did_not_help(context, shown)
        if isinstance(answer, Written):
            text = "\n\n".join(filter(None, (data["text"], answer.text)))
            written = Written(text=text, file=answer.file)
        else:
            assert answer == SEND  # there are no other choices
            written = Written(text=data["text"])
        await intake.pass_on(context, written, data)


async def _other(context: Support, question_id: int, data: Mapping[str, Any]) -> None:
    """Another of the answers that were found; the first is a choice then."""
    known = {each.id: each for each in await faq.of_bot(context.connection, context.bot_id)}
    found = [known[each] for each in data["found"] if each in known]
    chosen = known.get(question_id)
    if chosen is None:  # taken away in the meantime
        await intake.pass_on(context, Written(text=data["text"]), data)
        return
    others = [each for each in found if each.id != question_id]
    await intake.suggest(context, chosen, others, data)
