"""When a failing check becomes an alert, gets worse, and is over: told once, without flapping."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingestion.checkup.findings import Finding, State

BEGINS_AFTER = 2  # failures in a row
ENDS_AFTER = 4  # looks in a row without one


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that has begun or got worse, or is over, with what its check says now."""

    finding: Finding
    begins: bool

    @property
    def text(self) -> str:
        """For the operator."""
        found = self.finding
        if not self.begins:
            return f"✅ {found.check} is well again: {found.text}"
        mend = f"\nWhat to do: {found.mend}" if found.mend else ""
        return f"⚠️ {found.check}: {found.text}{mend}"


@dataclass(slots=True)
class Book:
    """The alerts that the operator was told of, with the worst state told; what was not told yet is
    a change again."""

    told: dict[str, State] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)
    _quiet: dict[str, int] = field(default_factory=dict)

    def look(self, findings: Iterable[Finding]) -> list[Change]:
        """What to tell after this look; a check that was not made says nothing."""
        changes = []
        for found in findings:
            if not found.is_made:
                continue
            fails, told = found.is_alarming, self.told.get(found.check)
            is_news = fails and (told is None or found.state > told)
            self._failures[found.check] = self._failures.get(found.check, 0) + 1 if is_news else 0
            self._quiet[found.check] = 0 if fails else self._quiet.get(found.check, 0) + 1
            if self._failures[found.check] >= BEGINS_AFTER:
                changes.append(Change(found, begins=True))
            elif told is not None and self._quiet[found.check] >= ENDS_AFTER:
                changes.append(Change(found, begins=False))
        return changes

    def note(self, changes: Sequence[Change]) -> None:
        """That the operator was told."""
        for change in changes:
            if change.begins:
                self.told[change.finding.check] = change.finding.state
            else:
                self.told.pop(change.finding.check, None)
