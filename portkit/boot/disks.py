"""The files that `--disk` names: what has to hold for each before anything is built or run.

The simulator opens them when a scenario puts them behind an adapter, and waits there until no other run has them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from portkit.errors import PortkitError

BLOCK = 512             # bytes; a disk is a whole number of them
MAX_DISKS = 64          # luns of an adapter


def check_disks(disks: Sequence[Path]) -> list[Path]:
    """The files, as absolute paths.  PortkitError for the first that cannot be a disk."""
    if len(disks) > MAX_DISKS:
        raise PortkitError(f"--disk is given {len(disks)} times", hint=f"an adapter has room for {MAX_DISKS} disks")
    seen: dict[tuple[int, int], Path] = {}
    for disk in disks:
        found = _status(disk)
        twin = seen.setdefault((found.st_dev, found.st_ino), disk)
        if twin is not disk:
            also = "" if twin == disk else f", also as {twin}"
            raise PortkitError(f"the same disk image is given twice{also}", file=disk,
                               hint="two disks on one file would overwrite one another")
    return [disk.resolve() for disk in disks]


def _status(disk: Path) -> os.stat_result:
    try:
        found = disk.stat()
    except FileNotFoundError:
        raise PortkitError("no such disk image", file=disk,
                           hint="--disk takes a file with the disk's content; truncate -s 64M FILE makes one") from None
    except OSError as error:
        raise PortkitError(f"cannot be used as a disk: {error.strerror}", file=disk) from None
    if stat.S_ISDIR(found.st_mode):
        raise PortkitError("is a directory, not a disk image", file=disk,
                           hint="--disk takes a file with the disk's content")
    if not stat.S_ISREG(found.st_mode):
        raise PortkitError("is no regular file", file=disk, hint="--disk takes a file, no device")
    if found.st_size == 0:
        raise PortkitError("the disk image is empty", file=disk, hint=f"truncate -s 64M {disk} makes it a blank disk")
    if found.st_size % BLOCK:
        raise PortkitError(f"the disk image is truncated: {found.st_size} bytes are no multiple of {BLOCK}, the block",
                           file=disk, hint=f"the last block has {found.st_size % BLOCK} bytes")
    # Whoever may write everywhere is told by the mode that this file is to stay as it is.
    if not (os.access(disk, os.R_OK | os.W_OK) and found.st_mode & 0o222):
        raise PortkitError("the disk image cannot be written", file=disk,
                           hint="a disk is read and written; make it writable, or give a copy")
    return found
