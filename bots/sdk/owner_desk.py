"""What an owner does in his own chat with his bot: binds it (`/owner CODE`), asks for a link to the
panel (`/panel`), confirms what is dangerous, answers alerts. To anybody else these are unknown
commands."""

from collections.abc import Mapping
from uuid import UUID

from bots.sdk.asking import (
    ALERT_REVOKE,
    ALERT_WAS_ME,
    OWNER_CONFIRM,
    OWNER_DECLINE,
    platform_texts,
)
from bots.sdk.keyboards import AppButton, button, keyboard
from bots.sdk.replies import AnswerButton, EditText, SendText, Text
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Button, Command, Update
from core.errors import NotFound
from core.shop import access_alerts, confirmations, owner_chats
from core.shop.access import Place, Visitor
from core.shop.access_alerts import StoredAlert, named
from core.shop.confirmations import Confirmation, ConfirmationState, Deed
from core.shop.owner_chats import OwnerChat
from core.shop.shops import Language
from core.shop.webhooks import Endpoint

_ASKS: Mapping[Deed, str] = {
    "bot_token": "confirm_bot_token",
    "bot_removal": "confirm_bot_removal",
    "bot_silencing": "confirm_bot_silencing",
    "bot_move": "confirm_bot_move",
    "shop_archive": "confirm_shop_archive",
    "shop_deletion": "confirm_shop_deletion",
    "owner_link": "confirm_owner_link",
    "link_rotation": "confirm_link_rotation",
    "link_revocation": "confirm_link_revocation",
    "owner_chat": "confirm_owner_chat",
    "chat_unbinding": "confirm_chat_unbinding",
    "erasure": "confirm_erasure",
    "payout": "confirm_payout",
    "credit": "confirm_credit",
    "export": "confirm_export",
    "export_release": "confirm_export_release",
    "export_delivery": "confirm_export_delivery",
    "analyst_key": "confirm_analyst_key",
    "api_key": "confirm_api_key",
}

_ANSWERED: Mapping[ConfirmationState | None, str] = {
    "confirmed": "owner_confirmed",
    "waiting": "owner_agreed",
    "declined": "owner_declined",
}


async def take(transaction: Transaction, update: Update, language: Language, name: str) -> bool:
    """Acts on what is for the owner alone; whether there is nothing left for the modules to do.
    `name` is that of the person."""
    match update:
        case Command(name="owner"):
            return await _bind(transaction, update, language, name)
        case Command(name="panel"):
            return await _hand_out_link(transaction, update, language)
        case Button() if update.action in (OWNER_CONFIRM, OWNER_DECLINE):
            return await _answer(transaction, update, language)
        case Button() if update.action in (ALERT_REVOKE, ALERT_WAS_ME):
            return await _answer_alert(transaction, update, language)
        case _:
            return False


async def _bind(transaction: Transaction, update: Command, language: Language, name: str) -> bool:
    is_bound = await owner_chats.bind(
        transaction.connection,
        transaction.origin.bot_id,
        update.argument,
        telegram_id=update.chat_id,
        name=name or str(update.chat_id),
    )
    if is_bound:
        transaction.replies.append(SendText(text=platform_texts()[language].get("owner_bound")))
    return is_bound


async def _chat(transaction: Transaction, telegram_id: int) -> OwnerChat | None:
    bot_id = transaction.origin.bot_id
    return await owner_chats.of_person(transaction.connection, bot_id, telegram_id)


async def _hand_out_link(transaction: Transaction, update: Command, language: Language) -> bool:
    chat = await _chat(transaction, update.chat_id)
    if chat is None:
        return False
    link = await owner_chats.hand_out_link(transaction.connection, chat)
    minutes = int(owner_chats.LINK_LIVES.total_seconds() // 60)
    words = platform_texts()[language]
    text = words.get("owner_link", link=link, minutes=minutes)
    rows = []
    panel_url, _, _ = link.partition("/enter#")
    if panel_url.startswith("https://"):  # Telegram opens nothing else within itself
        address = f"{panel_url}/app?bot={chat.bot_id}"
        rows = [[AppButton(text=words.label("owner_app"), url=address)]]
    # Not durably: what is sent durably is stored, and this is a secret.
    transaction.replies.append(SendText(text=text, keyboard=keyboard(*rows)))
    return True


async def _answer(transaction: Transaction, update: Button, language: Language) -> bool:
    chat = await _chat(transaction, update.chat_id)
    confirmation_id = _uuid(update.argument)
    if chat is None or confirmation_id is None:
        return False
    is_confirmed = update.action == OWNER_CONFIRM
    state = await confirmations.answer(
        transaction.connection, chat, confirmation_id, is_confirmed=is_confirmed
    )
    text = platform_texts()[language].get(_ANSWERED.get(state, "owner_too_late"))
    transaction.replies += [
        AnswerButton(query_id=update.query_id),
        EditText(message_id=update.message_id, text=text, keyboard=None),
    ]
    return True


async def _answer_alert(transaction: Transaction, update: Button, language: Language) -> bool:
    chat = await _chat(transaction, update.chat_id)
    if chat is None or not (update.argument.isascii() and update.argument.isdigit()):
        return False
    owner = Visitor(link_id=chat.link_id, label=chat.label, role="owner", shop_ids=chat.shop_ids)
    said: access_alerts.Answer = "revoked" if update.action == ALERT_REVOKE else "was_me"
    text = "alert_revoked" if said == "revoked" else "alert_accepted"
    try:
        await access_alerts.answer(transaction.connection, owner, int(update.argument[:18]), said)
    except (NotFound, access_alerts.NothingToRevoke):  # answered in the panel, or by another owner
        text = "alert_gone"
    transaction.replies += [
        AnswerButton(query_id=update.query_id),
        EditText(
            message_id=update.message_id,
            text=platform_texts()[language].get(text),
            keyboard=None,
        ),
    ]
    return True


async def tell_of_alert(transaction: Transaction, chat: OwnerChat, alert: StoredAlert) -> None:
    """Tells an owner of an alert about access in his chat, durably and once, with the buttons that
    answer it."""
    words = platform_texts()[transaction.shop.language]
    what = named(alert.label or "", alert.link_id or 0)
    shown = {"link": what, "subject": alert.subject, "value": round(alert.value)}
    text: Text = words.get(f"alert_{alert.kind}", **shown)
    number = str(alert.id)
    rows = [[button(words.label("alert_was_me"), ALERT_WAS_ME, number)]]
    if alert.link_id is not None:
        rows.insert(0, [button(words.label("alert_revoke"), ALERT_REVOKE, number)])
    message = SendText(text=text, keyboard=keyboard(*rows))
    await transaction.queue("access_alert", message, number, chat.telegram_id)


async def tell_of_webhook(transaction: Transaction, chat: OwnerChat, endpoint: Endpoint) -> None:
    """Tells an owner in his chat that a web hook was switched off, durably and once."""
    words = platform_texts()[transaction.shop.language]
    shown = {"label": endpoint.label, "error": endpoint.last_error or "", "count": endpoint.parked}
    message = SendText(text=words.get("webhook_off", **shown))
    number = f"{endpoint.id}:{endpoint.version}"
    await transaction.queue("webhook_off", message, number, chat.telegram_id)


async def tell_of_entrance(
    transaction: Transaction, chat: OwnerChat, place: Place, mark: str
) -> None:
    """Tells an owner in his chat that the panel was opened within Telegram in his name, durably and
    once for each `mark`."""
    words = platform_texts()[transaction.shop.language]
    where = ", ".join(filter(None, (place.agent, str(place.address or ""), place.country)))
    message = SendText(text=words.get("owner_entered", where=where or "?"))
    await transaction.queue("owner_entered", message, mark, chat.telegram_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def ask(
    transaction: Transaction, chat: OwnerChat, asked: Confirmation, *, subject: str, who: str
) -> None:
    """Asks an owner in his chat, durably and once. `subject` is what it is about, `who` from where
    it was asked for."""
    words = platform_texts()[transaction.shop.language]
    what = words.get(_ASKS[asked.deed], subject=subject).plain
    minutes = int(confirmations.LIVES.total_seconds() // 60)
    text: Text = words.get("confirm_ask", what=what, who=who, minutes=minutes)
    buttons = keyboard(
        [button(words.label("confirm_yes"), OWNER_CONFIRM, str(asked.id))],
        [button(words.label("confirm_no"), OWNER_DECLINE, str(asked.id))],
    )
    message = SendText(text=text, keyboard=buttons)
    await transaction.queue("confirmation", message, str(asked.id), chat.telegram_id)
