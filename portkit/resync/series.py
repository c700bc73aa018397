"""A port as a patch series for a gate: the import, then one patch for each upstream change that it took since.

The commits are made in a repository of their own that borrows the gate's objects, so the gate itself is only read.
"""

from __future__ import annotations

import calendar
import json
import os
import re
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from portkit import __version__
from portkit.errors import PortkitError
from portkit.illumos.conventions import Conventions
from portkit.illumos.gate_tree import GateTree, open_gate_tree, run_git
from portkit.illumos.modules import modules_from_portkit_json
from portkit.illumos.wiring import Delivery, modules_toml, refuse_in_the_way, wire
from portkit.output import RECORD
from portkit.port import find_port
from portkit.report.results import kept
from portkit.resync.ledger import APPLIED, LEDGER, PARTLY, Entry, Ledger, load_ledger
from portkit.resync.lock import LOCK, Lock, read_lock
from portkit.resync.steps import State, read_steps, states
from portkit.resync.textmerge import CONFLICT, THEIRS, lines, merge
from portkit.resync.walk import walk
from portkit.translate import port_places

_WIDTH = 72
_MARKER = re.compile(rb"^(?:<{7} |>{7} |\|{7} )", re.M)
_NOT_OURS = re.compile(r"(?:~|\.orig|\.rej|\.swp|\.o)$|(?:^|/)\.")
MODULES = "modules.toml"


@dataclass
class Commit:
    subject: str
    body: str
    date: int                           # seconds since 1970, UTC
    files: dict[str, bytes]             # all that differs from the gate, whole


@dataclass
class Series:
    """A series as it was written."""

    patches: list[str]                  # file names
    left: list[str] = field(default_factory=list)


def make_series(out: Path, gate: Path, series: Path, upstream: Path | None = None,
                progress: Callable[[str], None] = lambda text: None) -> Series:
    """Write the series of the port in `out` for `gate` into the folder `series`; all of it or nothing.

    `upstream` is the repository of the ledger's commits: with it, commits that were brought at once get a patch each.
    PortkitError for a gate that is not clean, has these modules already or has a shape that is not understood, a port
    with unresolved conflicts, and a folder that holds something.
    """
    _check_folder(series)
    modules_from_portkit_json(out)
    record = json.loads((out / RECORD).read_bytes())
    lock = read_lock(out) if (out / LOCK).exists() else None
    ledger = load_ledger(out / LEDGER, lock.base) if lock is not None else None
    tree = open_gate_tree(gate)
    conv = Conventions(tree)
    files = port_files(out, record)
    way, notes = _way(out, record, lock, ledger, files, upstream, progress)
    commits, left = _commits(out, conv, record, lock, ledger, way)
    left += notes
    refuse_untracked(tree, commits)
    return _write(tree, commits, series, _delivery(out, record, lock, record["modules"], files), left)


def _way(out: Path, record: Mapping[str, Any], lock: Lock | None, ledger: Ledger | None, files: dict[str, bytes],
         upstream: Path | None, progress: Callable[[str], None]) -> tuple[list[State], list[str]]:
    """The states that the series goes through, the last of which is OUT; and what a person should know of them."""
    modules = record["modules"]
    if lock is None or ledger is None:
        if upstream is not None:
            raise PortkitError("has no lock, so nothing tells which commits it took", file=out,
                               hint="leave --upstream out")
        return [State([], files, modules)], []
    if upstream is None:
        way = states(lock.emitted, modules, read_steps(out, lock.emitted))
        return hand_edited(way, lock.emitted, files, modules), []
    way = walk(lock, ledger, upstream, progress)
    last = way[-1].files
    more = sorted(path for path in {*last, *lock.emitted} if last.get(path) != lock.emitted.get(path))
    notes = []
    if more:
        rest = f" and {len(more) - 1} more files" if len(more) > 1 else ""
        notes.append(f"{more[0]}{rest}: the last patch changes more than its commit did, because other headers of "
                     "upstream's or portkit's rules changed as well")
    return hand_edited(way, lock.emitted, files, modules), notes


def _check_folder(series: Path) -> None:
    if series.is_dir() and not any(series.iterdir()):
        return
    if series.exists() or series.is_symlink():
        what = "the folder for the series is not empty" if series.is_dir() else "this is a file, not a folder"
        raise PortkitError(what, file=series, hint="remove it, or name another folder with --series")
    parent = series.absolute().parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise PortkitError("cannot be made: there is no such folder, or nothing can be written there",
                           file=series.parent, hint="name a folder of yours with --series")


def refuse_untracked(tree: GateTree, commits: Sequence[Commit]) -> None:
    """PortkitError where git am would meet a file that git does not know."""
    for path in sorted({path for commit in commits for path in commit.files}):
        if path not in tree and os.path.lexists(tree.root / path):
            raise PortkitError("is in the way: the series makes this file, and git does not track what is there",
                               file=tree.root / path, hint="move it away")


# -- the port ------------------------------------------------------------------------------------------------

def port_files(out: Path, record: Mapping[str, Any]) -> dict[str, bytes]:
    """What the port has for the gate's usr/: portkit's files as they are now, and those that were added to them.

    PortkitError for a file with an unresolved conflict, and for a port that nothing would be delivered of.
    """
    recorded = {name for name in record.get("files", {}) if str(name).startswith("usr/")}
    folders = {str(PurePosixPath(name).parent) for name in recorded}
    top = os.path.commonpath(folders) if folders else ""
    found: dict[str, bytes] = {}
    for path in sorted((out / top).rglob("*")) if top else []:
        name = path.relative_to(out).as_posix()
        if path.is_file() and not path.is_symlink() and (name in recorded or not _NOT_OURS.search(name)):
            found[name] = path.read_bytes()
    if not found:
        raise PortkitError("the port holds no source", file=out, hint="run portkit translate first")
    for name, data in found.items():
        marker = _MARKER.search(data)
        if marker:
            raise PortkitError("has an unresolved conflict", file=out / name,
                               line=data[:marker.start()].count(b"\n") + 1, hint="settle it, and make the series then")
    return found


def _delivery(out: Path, record: Mapping[str, Any], lock: Lock | None, modules: list[dict[str, Any]],
              files: dict[str, bytes]) -> Delivery:
    names = sorted({module["from"] for module in modules if module.get("from")})
    port = find_port(names, port_places())
    upstream = record["upstream"]
    aliases: dict[str, list[str]] = {}
    result = kept(out, "boot")
    for driver, alias in result.data.get("aliases", ()) if result else ():
        aliases.setdefault(driver, []).append(alias)
    family = str(record["family"])
    folder = lock.folder if lock is not None else str(port.folder) if port is not None else f"sys/dev/{family}"
    title = port.title if port is not None and port.family == family and port.title != family else \
        f"{family} drivers from FreeBSD"
    return Delivery(family, title, folder, str(upstream["revision"]), modules, files, aliases)


# -- the commits ---------------------------------------------------------------------------------------------

def _commits(out: Path, conv: Conventions, record: Mapping[str, Any], lock: Lock | None, ledger: Ledger | None,
             way: Sequence[State]) -> tuple[list[Commit], list[str]]:
    commits: list[Commit] = []
    left: list[str] = []
    previous: dict[str, bytes] = {}
    for number, state in enumerate(way):
        delivery = _delivery(out, record, lock, state.modules, state.files)
        if number == 0:
            delivery.revision = str(lock.base.revision) if lock is not None else delivery.revision
            refuse_in_the_way(conv, delivery)
        wired = wire(conv, delivery)
        if number and wired.files == previous:
            continue            # upstream changed what does not reach the port
        if number == 0:
            subject, body = _import_message(delivery, record, lock)
            date = conv.tree.date
        else:
            entries = _entries(ledger, state.names)
            subject, body = _change_message(delivery, entries, record)
            date = max((_date(entry.date, conv.tree.date) for entry in entries), default=conv.tree.date)
            if len(entries) > 1:
                left.append(f"{len(entries)} commits were brought at once, and are one patch: give their repository "
                            "with --upstream for a patch each")
        commits.append(Commit(subject, body, date, wired.files))
        previous = wired.files
    if ledger is not None:
        left += _unaccounted(ledger, way)
    left += wired.left
    left += [f"{item['file']}:{item['line']}: {item['symbol']}: {item['hint']}"
             for module in record["modules"] for item in module.get("residue", ())]
    return commits, left


def hand_edited(way: Sequence[State], emitted: Mapping[str, bytes], files: Mapping[str, bytes],
                modules: list[dict[str, Any]]) -> list[State]:
    """The states with the hand edits of today in each, so that each builds; the last one is exactly what OUT has.

    An edit of lines that a later change brought goes into the patch of that change: where an edit cannot be merged
    into an earlier state, that state has the lines as upstream left them.
    """
    found = []
    for number, state in enumerate(way):
        if number == len(way) - 1:
            found.append(State(state.names, dict(files), modules))
            break
        texts = dict(state.files)
        for path in sorted(texts):
            ours, now = files.get(path), emitted.get(path)
            if ours is None and now is not None:
                del texts[path]                                 # taken out by hand
            elif ours is not None and now is not None and ours != now:
                texts[path] = _with_edits(now, ours, texts[path])
        texts.update({path: data for path, data in files.items() if path not in emitted and path not in texts})
        found.append(State(state.names, texts, state.modules))
    return found


def _with_edits(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    mine, other = lines(ours), lines(theirs)
    return b"".join(line for region in merge(lines(base), mine, other) for line in (
        other[slice(*region.theirs)] if region.kind in (THEIRS, CONFLICT) else mine[slice(*region.mine)]))


def _entries(ledger: Ledger | None, names: Sequence[str]) -> list[Entry]:
    """What the ledger says of the changes that were brought; what it does not know stands for itself."""
    known = {entry.name: entry for entry in ledger.entries} if ledger else {}
    return [known.get(name) or (Entry(commit=name) if re.fullmatch("[0-9a-f]{12}", name) else Entry(release=name))
            for name in names]


def _unaccounted(ledger: Ledger, way: Sequence[State]) -> list[str]:
    """Applied changes that no state tells of."""
    known = {name for state in way for name in state.names}
    return [f"{LEDGER}:{entry.line}: {entry.name} is {entry.state}, and nothing tells what it changed: it is in the "
            "import" for entry in ledger.entries if entry.state in (APPLIED, PARTLY) and entry.name not in known]


def _import_message(delivery: Delivery, record: Mapping[str, Any], lock: Lock | None) -> tuple[str, str]:
    upstream = lock.base.to_json() if lock is not None else record["upstream"]
    commit = upstream.get("commit")
    where = f"{delivery.folder} of FreeBSD {upstream['revision']}" + (f", commit {commit}" if commit else "")
    parts = [_fill(f"{delivery.title}, translated from {where} by portkit {__version__}.")]
    lines = ["Modules:"]
    for module in delivery.modules:
        origin = f", from {module['from']}" if module.get("from") else ", helper code"
        lines.append(f"  {module['kind']}/{module['name']}{origin}")
    parts.append("\n".join(lines))
    mends: dict[str, list[str]] = {}
    reasons = {str(item.get("rule")): str(item["why"]) for item in record.get("mends", ())}
    for item in record.get("mends", ()):
        why = str(item["why"])
        other = re.fullmatch(r"See ([\w-]+)\.", why)      # a part of what that rule mends
        why = reasons.get(other[1], why) if other else why
        mends.setdefault(why, []).append(f"{item['file']}:{item['line']}")
    if mends:
        now = str(record["upstream"]["revision"])
        where = "" if now == upstream["revision"] else f" (lines of {now})"
        text = [f"Wrong upstream, and mended here{where}:"]
        for why, places in mends.items():
            text += [_fill(place, "- ", "  ") for place in [", ".join(places)]]
            text.append(_fill(why, "  ", "  "))
        parts.append("\n".join(text))
    return f"{delivery.family}: import from FreeBSD {upstream['revision']}", "\n\n".join(parts)


def _change_message(delivery: Delivery, entries: Sequence[Entry], record: Mapping[str, Any]) -> tuple[str, str]:
    family = delivery.family
    if not entries:
        version = record.get("portkit", "")
        return f"{family}: translated again", _fill(f"Nothing changed upstream: portkit {version} and its rules "
                                                    "translate some of it otherwise.")
    first = entries[-1]
    if len(entries) > 1:
        subject = f"{family}: {len(entries)} changes of FreeBSD"
    elif first.release:
        subject = f"{family}: update to FreeBSD {first.release}"
    else:
        title = " ".join(first.title.split()) or first.name
        subject = title if re.match(rf"{re.escape(family)}\b", title, re.IGNORECASE) else f"{family}: {title}"
    return subject, "\n\n".join(_of_upstream(entry) for entry in entries)


def _of_upstream(entry: Entry) -> str:
    """What the message of a patch says of one change of upstream's."""
    if entry.release:
        parts = [_fill(f"Upstream's changes up to FreeBSD {entry.release}.")]
    else:
        parts = ["\n".join(line for line in (
            f"FreeBSD commit {entry.commit}", entry.title and _fill(entry.title, "  ", "  "),
            entry.author and f"  Author: {entry.author}", entry.date and f"  Date: {entry.date}") if line)]
    if entry.hunks:
        parts.append("Left out:\n" + "\n".join(f"  {hunk}" for hunk in entry.hunks))
    if entry.reason:
        parts.append(_fill(entry.reason))
    return "\n\n".join(parts)


def _fill(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH, initial_indent=first, subsequent_indent=rest,
                         break_long_words=False, break_on_hyphens=False)


def _date(text: str, otherwise: int) -> int:
    try:
        return calendar.timegm(time.strptime(text[:10], "%Y-%m-%d"))
    except ValueError:
        return otherwise


# -- git -----------------------------------------------------------------------------------------------------

def _write(tree: GateTree, commits: Sequence[Commit], series: Path, delivery: Delivery, left: list[str]) -> Series:
    place = series.absolute().parent
    stage = Path(tempfile.mkdtemp(prefix=f".{series.name}.portkit-", dir=place))
    try:
        repository, made = stage / "repository", stage / "series"
        made.mkdir()
        _commit(tree, commits, repository)
        _git(repository, "format-patch", "--quiet", "--no-signature", "--zero-commit", "--full-index", "--binary",
             "--no-renames", "--numbered", "--output-directory", os.fspath(made), f"{tree.commit}..series")
        patches = sorted(path.name for path in made.iterdir())
        _check_applies(tree, repository, [made / name for name in patches])
        (made / MODULES).write_text(modules_toml(delivery), encoding="utf-8")
        os.replace(made, series)
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=series,
                           hint="name another folder with --series") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Series(patches, left)


# No setting of the user's or the machine's shall change the bytes of a series.
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _git(repository: Path, *arguments: str, data: bytes | None = None, index: Path | None = None) -> bytes:
    environment = {**_ALONE, "GIT_DIR": os.fspath(repository)}
    if index is not None:
        environment["GIT_INDEX_FILE"] = os.fspath(index)
    done = run_git(repository.parent, *arguments, data=data, environment=environment)
    if done.returncode != 0:
        text = done.stderr.decode("utf-8", "replace").strip().split("\n")
        raise PortkitError(f"git {arguments[0]} fails: {text[-1] or text[0]}",
                           hint="is the gate's repository whole? git fsck tells")
    return done.stdout


def _commit(tree: GateTree, commits: Sequence[Commit], repository: Path) -> None:
    """The commits on top of the gate's, as the branch `series` of a new repository."""
    repository.mkdir()
    _git(repository, "init", "--quiet", "--bare", f"--object-format={tree.format}", os.fspath(repository))
    (repository / "objects/info").mkdir(parents=True, exist_ok=True)
    (repository / "objects/info/alternates").write_bytes(os.fsencode(tree.objects) + b"\n")
    if tree.shallow:
        (repository / "shallow").write_bytes(tree.shallow)
    stream: list[bytes] = []
    previous: dict[str, bytes] = {}
    for commit in commits:
        message = f"{commit.subject}\n\n{commit.body}\n".encode()
        who = f"{tree.author} {commit.date} +0000\n".encode()
        stream += [b"commit refs/heads/series\nauthor ", who, b"committer ", who,
                   b"data %d\n" % len(message), message, b"\n"]
        if not previous:
            stream.append(f"from {tree.commit}\n".encode())
        for path in sorted(set(previous) - set(commit.files)):
            stream.append(f"D {path}\n".encode())
        for path, data in sorted(commit.files.items()):
            if previous.get(path) != data:
                stream += [f"M 100644 inline {path}\n".encode(), b"data %d\n" % len(data), data, b"\n"]
        previous = commit.files
    _git(repository, "fast-import", "--quiet", data=b"".join(stream))


def _check_applies(tree: GateTree, repository: Path, patches: Sequence[Path]) -> None:
    """PortkitError unless the patches, one after the other, make of the gate what they were made from."""
    index = repository / "check-index"
    _git(repository, "read-tree", tree.commit, index=index)
    for patch in patches:
        _git(repository, "apply", "--cached", "--whitespace=nowarn", os.fspath(patch), index=index)
    made = _git(repository, "write-tree", index=index)
    wanted = _git(repository, "rev-parse", "series^{tree}")
    if made.strip() != wanted.strip():
        raise PortkitError("the series does not make of the gate what it was made from",
                           hint="this is a fault of portkit's own")
