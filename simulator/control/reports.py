"""The control port's reports about the scripted people and about conversations."""

from typing import Any

from simulator.control import transcript
from simulator.control.requests import Audit, LetIn, Report, Transcript
from simulator.simulator import Simulator


def make(simulator: Simulator, request: Report) -> Any:
    """Raises RpcError, LookupError if the simulator has no scripted people."""
    if isinstance(request, Transcript):
        return transcript.answer(simulator.world, request)
    crowd = simulator.crowd
    if crowd is None:
        raise LookupError("this simulator has no scripted people: start it with shoppers")
    match request:
        case Audit():
            return crowd.audit(payers=request.payers).model_dump(mode="json")
        case LetIn():
            crowd.let_in(request.open)
            return crowd.visiting
