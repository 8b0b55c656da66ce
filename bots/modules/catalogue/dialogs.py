"""What a shopper looks for."""

from collections.abc import Mapping
from typing import Any

from bots.modules.catalogue import finding
from bots.modules.catalogue.listing import Browsing
from bots.modules.catalogue.settings import CatalogueSettings
from bots.sdk.answers import TextAnswer
from bots.sdk.dialogs import Dialogs
from core.shop.catalogue_search import QUERY_CHARACTERS

dialogs = Dialogs[CatalogueSettings]()


@dialogs.ask("search", kind=TextAnswer(max_length=QUERY_CHARACTERS))
async def search(context: Browsing, said: str, _: Mapping[str, Any]) -> None:
    await finding.show_found(context, said)
