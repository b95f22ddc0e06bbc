"""What tests ask about a standby."""

import psutil

from imdb_core.runs import locks, standby_folder


def announced():
    """What the living standby is ready for; None if there is none."""
    place = standby_folder.folder()
    return standby_folder.ready(place) if locks.held(place / standby_folder.LOCK) else None


def is_over(facts):
    """Whether the standby's process has ended."""
    try:
        return psutil.Process(facts["pid"]).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
