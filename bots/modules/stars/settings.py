"""What an owner sets of payments in Stars."""

from bots.sdk.settings import ModuleSettings


class StarsSettings(ModuleSettings):
    """Nothing: the receipt is the orders' module's."""
