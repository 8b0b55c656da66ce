"""The truth of a crowd, for a test that waits for what is to happen."""

from pathlib import Path

from simulator.crowd import truth
from simulator.crowd.truth import Truth

Records = list[truth.AnyRecord]


class KeptTruth(Truth):
    """Remembers what it writes, so that nobody reads all of it again and again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.records: Records = []

    def write(self, record: truth.AnyRecord) -> None:
        super().write(record)
        self.records.append(record)
