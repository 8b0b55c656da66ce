"""Welcome and menu, who sells and how to reach them, and an answer to what nobody understood."""

from bots.modules.menu.offers import entries, rows_of
from bots.modules.menu.settings import MenuSettings
from bots.sdk.context import Context
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard, link
from bots.sdk.points import Helpline
from bots.sdk.replies import SendText, StoredFile, Text
from bots.sdk.router import Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, Command, Message, Start

router = Router[MenuSettings]()

Menu = Context[MenuSettings]
# The argument of the button that leaves its own message as it is: see `bots.sdk.points.Home`.
_BELOW = "below"


@router.start
async def start(context: Menu, _: Start) -> None:
    await _show_menu(context)


@router.command("menu")
async def command(context: Menu, _: Command) -> None:
    await _show_menu(context)


@router.button("menu")
async def pressed(context: Menu, update: Button) -> None:
    await _show_menu(context, below=update.argument == _BELOW)


async def _show_menu(context: Menu, *, below: bool = False) -> None:
    shown = await entries(context)
    rows = rows_of(shown, context.settings.columns)
    # What the menu itself adds is nothing that a shop is there for.
    is_empty = all(entry.is_hidden or entry.module == context.item.key for entry in shown)
    text, photo = _welcome(context, is_empty), _picture(context)
    if not below:
        context.edit(text, keyboard(*rows), photo=photo)
    elif photo is not None:
        context.reply_photo(photo, text, keyboard(*rows))
    else:
        context.reply(text, keyboard(*rows))


def _welcome(context: Menu, is_empty: bool) -> Text:
    texts = context.texts
    own = {"ru": context.settings.welcome.ru, "en": context.settings.welcome.en}[texts.language]
    if own:
        return Text(plain=own)
    about = context.shop.imprint.about.get(texts.language)
    return paragraphs(
        texts.get("welcome", shop=context.shop.name),
        about or texts.get("what_it_is"),
        texts.get("being_set_up") if is_empty else texts.get("choose"),
    )


def _picture(context: Menu) -> StoredFile | None:
    sha256 = context.settings.picture
    return StoredFile(sha256=sha256) if sha256 else None


@router.command("help")
async def help_asked(context: Menu, _: Command) -> None:
    context.reply(await _help(context), await _ways_out(context))


@router.button("help")
async def help_pressed(context: Menu, _: Button) -> None:
    context.edit(await _help(context), await _ways_out(context))


async def _help(context: Menu) -> Text:
    texts, imprint = context.texts, context.shop.imprint
    commands = [
        (each.name, each.text.ru if texts.language == "ru" else each.text.en)
        for item in context.transaction.enabled
        for each in item.module.manifest.commands
        if each.name != "help"
    ]
    return paragraphs(
        texts.get("help", shop=context.shop.name),
        imprint.about.get(texts.language),
        "\n".join(f"/{name} — {words}" for name, words in commands),
        _seller(context),
        texts.get("contact", contact=imprint.contact) if imprint.contact else None,
        await _here_or_nobody(context),
    )


async def _here_or_nobody(context: Menu) -> Text | None:
    """That the shop can be asked in this chat; if it cannot, and has no contact, that."""
    if await context.offered(Helpline):
        return context.texts.get("ask_here")
    return None if context.shop.imprint.contact else context.texts.get("nobody")


@router.command("terms")
async def terms(context: Menu, _: Command) -> None:
    texts = context.texts
    stated = context.shop.imprint.terms.get(texts.language)
    context.reply(
        paragraphs(
            texts.get("terms", shop=context.shop.name),
            _seller(context),
            stated or texts.get("terms_not_stated"),
            texts.get("terms_questions"),
        ),
        await _ways_out(context),
    )


@router.command("paysupport")
async def paysupport(context: Menu, _: Command) -> None:
    texts, contact = context.texts, context.shop.imprint.contact
    context.reply(
        paragraphs(
            texts.get("paysupport"),
            _seller(context),
            texts.get("paysupport_contact", contact=contact) if contact else None,
            await _here_or_nobody(context),
        ),
        await _ways_out(context),
    )


def _seller(context: Menu) -> Text | None:
    seller = context.shop.imprint.seller
    return context.texts.get("seller", seller=seller) if seller else None


@router.message
async def hint(context: Menu, update: Message) -> None:
    texts, contact = context.texts, context.shop.imprint.contact
    if update.kind != "text":
        said = texts.get("not_read")
    elif update.text.startswith("/"):
        said = texts.get("no_such_command")
    else:
        said = texts.get("not_understood")
    shown = await entries(context)
    text = paragraphs(said, texts.get("contact", contact=contact) if contact else None)
    menu = keyboard(*rows_of(shown, context.settings.columns), _write_to(context))
    if update.album_id:  # its pictures come one by one: one answer is enough
        answer = SendText(text=text, keyboard=menu)
        await context.send_durably("hint", answer, f"album:{update.album_id}")
    else:
        context.reply(text, menu)


async def _ways_out(context: Menu) -> Keyboard | None:
    helplines = [each.button for each in (await context.offered(Helpline))[:1]]
    return keyboard(helplines, _write_to(context), [_to_menu(context)])


def _to_menu(context: Menu) -> AnyButton:
    return button(context.texts.label("to_menu"), "menu")


def _write_to(context: Menu) -> list[AnyButton]:
    url = context.shop.imprint.link
    return [link(context.texts.label("write_to"), url)] if url else []
