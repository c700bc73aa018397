"""Put a set of files into a folder all at once, or not at all.

Whatever is in the folder that portkit did not write stays. A file that portkit wrote and a person changed
since is never overwritten: that is an error that names it. The new folder is made beside the old one and
exchanged with it in one step (renameat2(2) RENAME_EXCHANGE where the file system has it), so that an
interrupt leaves the old or the new one, whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Container, Iterable, Mapping, Set
from pathlib import Path

from portkit.errors import PortkitError

RECORD = "portkit.json"
OWN = ".portkit"            # the folder of OUT whose files are portkit's alone (portkit.resync.lock)
LEDGER = "portkit-sync.toml"        # people write into it, and portkit.resync.ledger sees to that
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def recorded(out: Path) -> dict[str, str]:
    """Files that portkit wrote into `out` -> their digests then; empty for a folder that it did not write."""
    record = out / RECORD
    if not record.exists():
        return {}
    try:
        data = json.loads(record.read_text(encoding="utf-8"))
        files = data["files"]
        return {str(name): str(value) for name, value in files.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise PortkitError("this is not a record that portkit wrote", file=record,
                           hint="move the folder away, or name another with -o") from error


def hand_edits(out: Path) -> list[str]:
    """Files that portkit wrote and that were changed or removed since."""
    edited = []
    for name, value in sorted(recorded(out).items()):
        path = out / name
        if not path.is_file() or digest(path.read_bytes()) != value:
            edited.append(name)
    return edited


def check_place(out: Path) -> None:
    """PortkitError when nothing can be written to `out`."""
    parent = out if out.is_dir() else out.parent
    if out.exists() and not out.is_dir():
        raise PortkitError("this is a file, not a folder", file=out, hint="name another folder with -o")
    while not parent.exists():
        parent = parent.parent
    if not os.access(parent, os.W_OK | os.X_OK) or (out.exists() and not os.access(out.parent, os.W_OK | os.X_OK)):
        raise PortkitError("cannot write here", file=out, hint="name a folder of yours with -o")


def check_writable(out: Path, names: Mapping[str, object] | None = None) -> None:
    """PortkitError when `out` cannot take a translation: not writable, or it holds a person's work."""
    check_place(out)
    known = recorded(out)
    edited = hand_edits(out)
    if edited:
        more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
        raise PortkitError(f"was edited by hand since portkit wrote it{more}", file=out / edited[0],
                           hint="keep the edits with `portkit diff`, or translate into another folder with -o")
    check_free(out, [name for name in names or () if not (known and (name in (RECORD, LEDGER) or _own(name)))], known)


def check_free(out: Path, names: Iterable[str], known: Container[str]) -> None:
    """PortkitError where something that portkit did not write is in the place of one of the files."""
    for name in names:
        if name in known:
            continue
        folder = out
        for part in Path(name).parts[:-1]:
            folder = folder / part
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise PortkitError("is in the way: a folder of the port goes here, and this is none", file=folder,
                                   hint="move it away, or name another folder with -o")
        if os.path.lexists(out / name):
            raise PortkitError("is there already, and portkit did not write it", file=out / name,
                               hint="move it away, or name another folder with -o")


def _own(name: str) -> bool:
    return name.startswith(f"{OWN}/")


def install(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `out` hold exactly `files` besides what portkit never wrote; all or nothing."""
    out = _real(out)
    recover(out)
    check_writable(out, files)
    replace(out, files, set(recorded(out)))


def _real(out: Path) -> Path:
    if out.is_symlink():
        out = out.resolve()
    return out if out.name else out.resolve()


def replace(out: Path, files: Mapping[str, bytes], gone: Set[str],
            unchanged: Callable[[], bool] = lambda: True) -> None:
    """Put `files` into `out`, take `gone` out of it, keep the rest; all or nothing.

    `unchanged` is asked at the last moment whether `out` still is what `files` were made from.
    """
    out = _real(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.portkit-{os.getpid()}-", dir=out.parent))
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=out, hint="name a folder of yours with -o") \
            from error
    try:
        if out.exists():
            _carry_over(out, stage, {*gone, *files})
            shutil.copymode(out, stage)
        else:
            os.chmod(stage, 0o777 & ~_umask())
        usual = 0o666 & ~_umask()
        modes = {name: _mode(out / name) for name in gone}
        for name in sorted(files):
            target = stage / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[name])
            mode = modes.get(name)
            if mode is not None and mode != usual:
                os.chmod(target, mode)
        if not unchanged():
            raise PortkitError("was changed while portkit worked on it", file=out, hint="run the command again")
        _exchange(stage, out)
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=out) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    for left in _leavings(out):
        shutil.rmtree(left, ignore_errors=True)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def recover(out: Path) -> None:
    """Where portkit was killed between two renames, and `out` is not there: undo the first of them."""
    for left in _leavings(out) if not out.exists() else ():
        if left.suffix == ".old" and not out.exists():
            with contextlib.suppress(OSError):
                os.rename(left, out)


def _leavings(out: Path) -> list[Path]:
    """What killed runs of portkit left beside `out`."""
    found = sorted(out.parent.glob(f".{glob.escape(out.name)}.portkit-*")) if out.parent.is_dir() else []
    names = [(left, re.fullmatch(r"portkit-(\d+)-\w+(\.old)?", left.name.removeprefix(f".{out.name}.")))
             for left in found]
    return [left for left, name in names if name is not None and not _runs(int(name.group(1)))]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _carry_over(out: Path, stage: Path, written: set[str]) -> None:
    """Link what portkit did not write into the new folder."""
    for folder, folders, names in os.walk(out):
        folders.sort()
        relative = Path(folder).relative_to(out)
        if not folders and not names:
            (stage / relative).mkdir(parents=True, exist_ok=True)
        for name in folders:
            if (Path(folder) / name).is_symlink():
                names.append(name)
        for name in sorted(names):
            path = relative / name
            if str(path) in written or _own(str(path)):
                continue
            target = stage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(out / path, target, follow_symlinks=False)
            except OSError:
                shutil.copy2(out / path, target, follow_symlinks=False)


def _exchange(stage: Path, out: Path) -> None:
    """Put `stage` in the place of `out`; what was there is then at `stage`."""
    if not out.exists():
        os.rename(stage, out)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        done = libc.renameat2(_AT_FDCWD, os.fsencode(stage), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE)
        if done == 0:
            return
    aside = stage.with_name(stage.name + ".old")
    os.rename(out, aside)
    try:
        os.rename(stage, out)
    except OSError:
        os.rename(aside, out)
        raise
    shutil.rmtree(aside, ignore_errors=True)
