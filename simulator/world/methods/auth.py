"""auth.*: a bot signs in with its token, a person with a phone number and LOGIN_CODE."""

from hashlib import sha256

from pyrogram.raw import functions, types

from simulator.wire.keys import KeyStore
from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import accounts
from simulator.world.accounts import Account
from simulator.world.calls import Call, Methods

LOGIN_CODE = "22222"
"""The code that any phone number signs in with; a number nobody has yet makes a new person."""

MIN_PHONE_DIGITS = 5


def _code_hash(phone: str) -> str:
    return sha256(phone.encode()).hexdigest()[:18]


def _phone(text: str) -> str:
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < MIN_PHONE_DIGITS:
        raise RpcError(400, "PHONE_NUMBER_INVALID")
    return digits


def methods(keys: KeyStore) -> Methods:
    group = Methods()

    def sign_in(call: Call, account: Account) -> types.auth.Authorization:
        with call.world.journal.transaction() as db:
            keys.bind(db, call.session.key, account.id)
        return types.auth.Authorization(user=account.seen_by(account.id))

    @group.on(functions.auth.ImportBotAuthorization)
    async def import_bot(call: Call, query: functions.auth.ImportBotAuthorization) -> Object:
        bot = accounts.by_token(call.world.db, query.bot_auth_token)
        if bot is None:
            raise RpcError(400, "ACCESS_TOKEN_INVALID")
        home = call.world.homes.of(bot.id)
        if call.session.data_centre != home:
            raise RpcError(303, f"USER_MIGRATE_{home}")
        return sign_in(call, bot)

    @group.on(functions.auth.SendCode)
    async def send_code(_call: Call, query: functions.auth.SendCode) -> Object:
        return types.auth.SentCode(
            type=types.auth.SentCodeTypeApp(length=len(LOGIN_CODE)),
            phone_code_hash=_code_hash(_phone(query.phone_number)),
        )

    @group.on(functions.auth.SignIn)
    async def sign_in_person(call: Call, query: functions.auth.SignIn) -> Object:
        phone = _phone(query.phone_number)
        if query.phone_code_hash != _code_hash(phone):
            raise RpcError(400, "PHONE_CODE_EXPIRED")
        if query.phone_code != LOGIN_CODE:
            raise RpcError(400, "PHONE_CODE_INVALID")
        with call.world.change() as change:
            person = accounts.by_phone(change.db, phone) or accounts.add_person(
                change.db,
                first_name=f"Person {phone[-4:]}",
                phone=phone,
                language=call.session.language,
            )
        return sign_in(call, person)

    @group.on(functions.auth.LogOut)
    async def log_out(call: Call, _query: functions.auth.LogOut) -> Object:
        with call.world.journal.transaction() as db:
            keys.bind(db, call.session.key, None)
        return types.auth.LoggedOut()

    return group
