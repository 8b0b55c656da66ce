"""The question for a sum that is on no button."""

from collections.abc import Mapping
from typing import Any

from bots.modules.wallet import topping_up
from bots.modules.wallet.screens import WalletContext
from bots.modules.wallet.settings import WalletSettings
from bots.sdk.answers import NumberAnswer, WrongAnswer
from bots.sdk.dialogs import Dialogs

dialogs = Dialogs[WalletSettings]()


@dialogs.ask("sum", kind=NumberAnswer(minimum=1))
async def written(context: WalletContext, answer: int, data: Mapping[str, Any]) -> None:
    currency = str(data["currency"])
    amount = topping_up.sum_of(context, f"{currency}.{answer}")
    if amount is None:
        raise WrongAnswer(text=topping_up.limits(context, currency))
    await topping_up.choose(context, amount, answer)
