"""photos.*: profile photos."""

from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import media, profiles
from simulator.world.accounts import Account
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import account_of

MAX_PHOTOS = 100


def methods() -> Methods:
    group = Methods()

    @group.on(functions.photos.UploadProfilePhoto)
    async def upload(call: Call, query: functions.photos.UploadProfilePhoto) -> Object:
        account = bot_of(call, query.bot)
        if query.file is None:
            raise RpcError(400, "PHOTO_FILE_MISSING")
        data = media.uploaded(call.world, call.account.id, query.file)
        with call.world.change() as change:
            photo = profiles.add_photo(change, account.id, data)
        users = call.world.users(call.account.id, (account.id,))
        return types.photos.Photo(photo=photo, users=users)

    @group.on(functions.photos.GetUserPhotos)
    async def get_photos(call: Call, query: functions.photos.GetUserPhotos) -> Object:
        account = account_of(call, query.user_id)
        limit = min(query.limit or MAX_PHOTOS, MAX_PHOTOS)
        photos = profiles.photos(call.world.db, account.id, skip=query.offset, limit=limit)
        users = call.world.users(call.account.id, (account.id,))
        return types.photos.Photos(photos=list(photos), users=users)

    return group


def bot_of(call: Call, peer: Any) -> Account:
    """The account whose profile is changed: the caller's, or one of their bots'. Raises
    RpcError."""
    if peer is None:
        return call.account
    account = account_of(call, peer)
    if account.id not in (call.account.id, *profiles.bots_of(call.world.db, call.account.id)):
        raise RpcError(400, "BOT_INVALID")
    return account
