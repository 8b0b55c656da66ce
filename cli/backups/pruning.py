"""Deletes old backups, and no file that a newer one refers to."""

from cli.backups import manifest
from cli.backups.places import Place


def prune(place: Place, keep: int) -> list[str]:
    """Deletes all but the newest `keep` backups, whatever their keys; returns the deleted ids."""
    found = manifest.complete(place)
    gone, kept = found[:-keep], found[-keep:]
    needed = {
        contents.path for backup in kept for contents in manifest.unproven(place, backup).contents()
    }
    for backup in gone:
        place.delete([f"{backup}/{manifest.FILE}"])  # first: what is left is no backup
        place.delete([path for path in place.files(backup) if path not in needed])
    for folder in place.folders():  # what a later one needed until now
        if manifest.is_id(folder) and folder < kept[0] and folder not in gone:
            place.delete([path for path in place.files(folder) if path not in needed])
    return gone
