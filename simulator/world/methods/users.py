"""users.*: who someone is."""

from pyrogram.raw import functions, types

from simulator.wire.tl import Object, vector
from simulator.world import accounts, profiles
from simulator.world.accounts import Account
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import account_of


def methods() -> Methods:
    group = Methods()

    @group.on(functions.users.GetUsers)
    async def get_users(call: Call, query: functions.users.GetUsers) -> Object:
        found = [account_of(call, each).id for each in query.id]
        return vector([call.world.seen_by(each, call.account.id) for each in found])

    @group.on(functions.users.GetFullUser)
    async def get_full_user(call: Call, query: functions.users.GetFullUser) -> Object:
        viewer, whom = call.account, account_of(call, query.id)
        photos = profiles.photos(call.world.db, whom.id, skip=0, limit=1)
        blocked = accounts.has_blocked(call.world.db, viewer.id, whom.id)
        full = types.UserFull(
            id=whom.id,
            settings=types.PeerSettings(),
            notify_settings=types.PeerNotifySettings(),
            common_chats_count=0,
            blocked=blocked or None,
            about=profiles.find(call.world.db, whom.id).about or None,
            profile_photo=photos[0] if photos else None,
            bot_info=_bot_info(call, whom) if whom.is_bot else None,
        )
        users = call.world.users(viewer.id, (whom.id,))
        return types.users.UserFull(full_user=full, chats=[], users=users)

    return group


def _bot_info(call: Call, bot: Account) -> types.BotInfo:
    profile = profiles.find(call.world.db, bot.id)
    return types.BotInfo(
        user_id=bot.id,
        description=profile.description or None,
        commands=profiles.commands_shown(call.world.db, bot.id, call.account.language),
        menu_button=profile.menu_button or types.BotMenuButtonDefault(),
    )
