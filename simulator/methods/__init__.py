"""The API's methods, one file a namespace of Telegram's."""

from collections.abc import Callable

from simulator.keys import KeyStore
from simulator.methods import (
    auth,
    bots,
    contacts,
    messages,
    payments,
    service,
    updates,
    upload,
    users,
)
from simulator.rpc import Methods


def all_methods(keys: KeyStore, host: str, port: Callable[[], int]) -> Methods:
    """Every method the server knows; `host` and `port` are what help.getConfig tells clients.

    The port is known only once the socket is bound.
    """
    methods = Methods()
    for each in (
        auth.methods(keys),
        bots.methods(),
        contacts.methods(),
        messages.methods(),
        payments.methods(),
        service.methods(host, port),
        updates.methods(),
        upload.methods(),
        users.methods(),
    ):
        methods.include(each)
    return methods
