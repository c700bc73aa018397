"""`portkit diff`: carry what changed upstream into a port, and keep every hand edit.

Three texts are merged: what portkit emitted before (the lock), what it emits for the new upstream, and what is in OUT.
Nothing is written here before all of it is known; then OUT is exchanged as a whole.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError
from portkit.output import RECORD, check_free, digest, recorded, replace
from portkit.report.record import MAP, all_files
from portkit.report.results import result_files
from portkit.resync.bring import Brought, bring
from portkit.resync.cause import Cause, Causes, Origins
from portkit.resync.history import Change
from portkit.resync.ledger import APPLIED, LEDGER, PARTLY, Entry, Ledger, load_ledger
from portkit.resync.lock import Lock, make_lock, read_lock
from portkit.resync.moves import Move, Sides, Version, follow
from portkit.resync.steps import make_step, next_steps
from portkit.resync.textmerge import CONFLICT, MINE, lines, merge, patch
from portkit.translate import Result, translate

_OPEN, _BASE, _MIDDLE, _CLOSE = b"<<<<<<< port", b"||||||| upstream ", b"=======", b">>>>>>> upstream "
_MARK = re.compile(rb"^(?:<<<<<<< port\b|\|\|\|\|\|\|\| upstream |>>>>>>> upstream )", re.MULTILINE)


@dataclass(frozen=True)
class Conflict:
    file: str                       # in OUT
    line: int                       # of its first marker
    end: int                        # of its last
    kind: str                       # text; removed (upstream has no such file any more); deleted (the port has not)
    causes: tuple[Cause, ...]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def to_json(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "end": self.end, "kind": self.kind,
                "causes": [cause.to_json() for cause in self.causes]}


@dataclass(frozen=True)
class FileChange:
    """What a resync does to one file of OUT."""

    path: str
    what: str                       # added, removed, renamed, changed, kept (by hand), merged, conflict
    before: str = ""                # its name before a rename


@dataclass
class Resync:
    """All that a resync gives; nothing of it is on disk yet."""

    out: Path
    old: Lock
    new: Lock
    ledger: Ledger
    files: dict[str, bytes]                     # all that portkit puts into OUT
    before: dict[str, bytes]                    # what is there now of it
    changes: list[FileChange]
    conflicts: list[Conflict]
    moves: list[Move]
    brought: list[Entry]
    notes: list[str]
    residue: int
    _seen: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.conflicts and not self.residue and not self.notes

    def patch(self) -> bytes:
        """What changes in OUT, as a unified diff; records of portkit's own are left out."""
        names = sorted({*self.before, *(name for name in self.files if _is_text(name))})
        return b"".join(patch(name, self.before.get(name), self.files.get(name)) for name in names)

    def install(self) -> None:
        """Put the result in the place of OUT, as a whole.  PortkitError where OUT has changed meanwhile."""
        replace(self.out, self.files, {*recorded(self.out), *self.before},
                lambda: _digests(self.out, self._seen) == self._seen)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": 1, "portkit": [self.old.portkit, self.new.portkit],
            "rules_changed": (self.old.rules, self.old.port_file, self.old.rule_files)
            != (self.new.rules, self.new.port_file, self.new.rule_files),
            "from": self.old.upstream.to_json(), "to": self.new.upstream.to_json(),
            "files": [{"path": item.path, "what": item.what, "before": item.before or None} for item in self.changes],
            "moves": [{"kind": item.kind, "name": item.name, "from": item.before, "to": item.after}
                      for item in self.moves],
            "conflicts": [item.to_json() for item in self.conflicts],
            "brought": [entry.name for entry in self.brought], "notes": self.notes, "residue": self.residue,
            "ledger": [{"commit": entry.commit or None, "release": entry.release or None, "title": entry.title,
                        "state": entry.state} for entry in self.ledger.entries],
        }


def resync(out: Path, to: Path, *, rev: str | None = None, commit: str | None = None, modules: Sequence[str] = (),
           rule_files: Sequence[Path] = (), port_file: Path | None = None,
           progress: Callable[[str], None] = lambda text: None) -> Resync:
    """Merge a newer upstream into the port in `out`, in memory.

    PortkitError without a lock, for one of a newer portkit, an older upstream, a ledger with an error, conflicts that
    are still in the port.
    """
    lock = read_lock(out)
    recorded(out)               # that it can be read
    ledger = load_ledger(out / LEDGER, lock.base)
    before = _read(out, lock)
    ledger_now = (out / LEDGER).read_bytes() if (out / LEDGER).is_file() else None
    _resolved(ledger)
    with kept_rules(lock, rule_files, port_file) as (rules, port), \
            bring(lock, ledger, to, rev, commit, modules or lock.modules) as brought:
        result = _translate(brought, modules or lock.modules, rules, port, progress)
        new = make_lock(result, base=lock.base, rule_files=rules, port_file=port, upstream=brought.upstream)
        new.history = brought.start if lock.base.commit is None else None
        emitted = {str(path): data for path, data in result.files.items()}
        check_free(out, [name for name, data in emitted.items() if not _holds(out / name, data)], lock.emitted)
        merged = _Merge(lock, new, before, brought)
        merged.run()
    _account(ledger, brought, merged.conflicts, lock, new)
    files = _records(result, new, merged)
    text = ledger.dump()
    new.ledger = digest(text)
    files.update(new.files())
    files.update(result_files(out))
    files.update(next_steps(out, make_step([entry.name for entry in brought.now], lock.emitted, new.emitted,
                                           _modules((out / RECORD).read_bytes()), _modules(files[RECORD])),
                            lock.emitted))
    files[LEDGER] = text
    seen = {name: digest(data) for name, data in before.items()}
    if ledger_now is not None:
        before[LEDGER] = ledger_now
        seen[LEDGER] = digest(ledger_now)
    return Resync(out, lock, new, ledger, files, before, merged.changes, merged.conflicts, merged.sides.moves,
                  brought.now, brought.notes, result.residue, {**dict.fromkeys(lock.emitted, ""), **seen})


def _translate(brought: Brought, modules: Sequence[str], rules: Sequence[Path], port: Path | None,
               progress: Callable[[str], None]) -> Result:
    try:
        return translate(brought.tree, modules, rule_files=rules, port_file=port, progress=progress)
    except PortkitError as error:
        if not brought.laid:
            raise
        root = f"{brought.tree.root}/"
        raise PortkitError(f"upstream's text does not hold together without what is kept out of it: {error.message}",
                           file=error.file and error.file.removeprefix(root), line=error.line,
                           hint=f"keep out what builds on it, too, or bring it: {LEDGER}") from error


def _modules(record: bytes) -> list[dict[str, Any]]:
    found = json.loads(record).get("modules", [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _read(out: Path, lock: Lock) -> dict[str, bytes]:
    """The emitted files as they are in OUT; those that a person took away are not among them."""
    found = {}
    for name in sorted(lock.emitted):
        path = out / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise PortkitError("is no plain file any more, so nothing can be merged into it", file=path,
                               hint="put the file itself there, or take it away")
        if not path.exists():
            continue
        found[name] = path.read_bytes()
        mark = _MARK.search(found[name])
        if mark is not None and not _MARK.search(lock.emitted[name]):
            raise PortkitError("holds a conflict of an earlier resync", file=path,
                               line=found[name][:mark.start()].count(b"\n") + 1,
                               hint="resolve it and take the markers out, then run the command again")
    return found


def _digests(out: Path, names: dict[str, str]) -> dict[str, str]:
    return {name: digest((out / name).read_bytes()) if (out / name).is_file() else "" for name in names}


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == data


def _is_text(name: str) -> bool:
    return not name.startswith(".portkit/") and name not in (MAP, RECORD)


@contextmanager
def kept_rules(lock: Lock, rule_files: Sequence[Path],
               port_file: Path | None) -> Iterator[tuple[list[Path], Path | None]]:
    """The rule and port files that are named now, or else those that were named when the port was made."""
    with tempfile.TemporaryDirectory(prefix="portkit-rules-") as folder:
        def kept(texts: dict[str, bytes]) -> list[Path]:
            for name, data in texts.items():
                (Path(folder) / name).parent.mkdir(exist_ok=True)
                (Path(folder) / name).write_bytes(data)
            return [Path(folder) / name for name in texts]
        yield list(rule_files) or kept(lock.rule_files), port_file or next(iter(kept(lock.own_port)), None)


# -- merging -------------------------------------------------------------------------------------------------

class _Merge:
    def __init__(self, old: Lock, new: Lock, before: dict[str, bytes], brought: Brought) -> None:
        self.old, self.new, self.before, self.brought = old, new, before, brought
        self.sides: Sides = follow(old.emitted, before, new.emitted)
        self.files: dict[str, bytes] = {}
        self.lines: dict[str, list[int | None]] = {}        # of merged files: line in the new emitted text
        self.changes: list[FileChange] = []
        self.conflicts: list[Conflict] = []
        self.causes = Causes(old.source, new.source, old.source_map, new.source_map, self._commits())

    def _commits(self) -> Iterator[tuple[str, list[Change]]]:
        history = self.brought.history
        for entry in self.brought.now:
            if history is not None and entry.commit:
                yield entry.commit, history.changes(entry.commit, self.brought.folders)

    def run(self) -> None:
        renamed = {after: before for before, after in self.sides.renames.items()}
        for name in sorted({*self.sides.base, *self.new.emitted}):
            was = renamed.get(name, name)
            what = self._file(name, self.sides.base.get(name), self.sides.mine.get(name), self.new.emitted.get(name),
                              was)
            if what:
                self.changes.append(FileChange(name, what, was if was != name else ""))

    def _file(self, name: str, base: Version | None, mine: Version | None, new: bytes | None, was: str) -> str:
        """Merge one file; what became of it, '' where nothing did."""
        if base is None:
            assert new is not None
            self.files[name] = new
            return "added"
        theirs = None if new is None else lines(new)
        if mine is None:
            if theirs is None or theirs == base.text:
                return ""               # taken away by hand, and so it stays
            self._whole(name, "deleted", None, theirs, base)
            return "conflict"
        if new is None or theirs is None:
            if mine.text == base.text:
                return "removed"
            self._whole(name, "removed", mine.text, None, base)
            return "conflict"
        if mine.text == base.text or mine.text == theirs:
            self.files[name] = new
            return "renamed" if was != name else "added" if name not in self.old.emitted else \
                "changed" if self.before.get(was) != new else ""
        return self._merge(name, base, mine, theirs)

    def _merge(self, name: str, base: Version, mine: Version, theirs: list[bytes]) -> str:
        out: list[bytes] = []
        numbers: list[int | None] = []
        what = "kept" if theirs == base.text else "merged"
        for region in merge(base.text, mine.text, theirs):
            if region.kind == CONFLICT:
                what = "conflict"
                start = len(out) + 1
                places = [(name, number) for number in range(*region.theirs)]
                was, now = base.text[slice(*region.base)], theirs[slice(*region.theirs)]
                out += self._marked(mine.text[slice(*region.mine)], was, now)
                numbers += [None] * (len(out) - len(numbers))
                # Where one side is empty, the lines around the gap stand for it.
                around = [base.places[number] for number in (region.base[0] - 1, region.base[0])
                          if 0 <= number < len(base.places)]
                beside = [(name, number) for number in (region.theirs[0] - 1, region.theirs[0]) if number >= 0]
                causes = self.causes.find(base.places[slice(*region.base)] or around, places or beside, was, now)
                self.conflicts.append(Conflict(name, start, len(out), "text", tuple(causes)))
            elif region.kind == MINE:
                out += mine.text[slice(*region.mine)]
                numbers += [None] * (region.mine[1] - region.mine[0])
            else:
                out += theirs[slice(*region.theirs)]
                numbers += range(*region.theirs)
        self.files[name] = b"".join(out)
        self.lines[name] = numbers
        return what

    def _marked(self, mine: Sequence[bytes], base: Sequence[bytes] | None, theirs: Sequence[bytes],
                say: str = "", ours: str = "") -> list[bytes]:
        old, new = str(self.old.upstream).encode(), str(self.new.upstream).encode()
        out = [_OPEN + ours.encode() + b"\n", *_ended(mine)]
        if base is not None:
            out += [_BASE + old + b"\n", *_ended(base)]
        return [*out, _MIDDLE + b"\n", *_ended(theirs), _CLOSE + new + say.encode() + b"\n"]

    def _whole(self, name: str, kind: str, mine: Sequence[bytes] | None, theirs: Sequence[bytes] | None,
               base: Version) -> None:
        """A file that one side took away and the other changed."""
        out = self._marked(mine or (), None, theirs or (), "" if theirs is not None else ": no such file",
                           "" if mine is not None else ": taken away")
        places = [(name, number) for number in range(len(theirs or ()))]
        self.files[name] = b"".join(out)
        self.lines[name] = [None] * len(out)
        causes = self.causes.find(base.places, places, base.text, theirs or ())
        self.conflicts.append(Conflict(name, 1, len(out), kind, tuple(causes)))


def _ended(text: Sequence[bytes]) -> list[bytes]:
    """Markers start in the first column, whatever a text ends with."""
    return [line if line.endswith(b"\n") else line + b"\n" for line in text]


# -- records -------------------------------------------------------------------------------------------------

def _resolved(ledger: Ledger) -> None:
    """No markers are left in the port: the conflicts that the ledger names are behind us."""
    for entry in ledger.entries:
        if entry.conflicts:
            entry.conflicts = []
            if entry.state == PARTLY and not entry.hunks:
                entry.state = APPLIED


def _account(ledger: Ledger, brought: Brought, conflicts: Sequence[Conflict], old: Lock, new: Lock) -> None:
    """What became of each commit or release."""
    changed = sorted(name for name in {*old.source, *new.source} if old.source.get(name) != new.source.get(name))
    if brought.history is None:
        brought.now = [entry for entry in brought.now if changed or entry in ledger.entries]
    for entry in brought.now:
        if entry not in ledger.entries:
            ledger.entries.append(entry)
        if entry.release and not entry.files:
            entry.files = changed
        entry.state = PARTLY if entry.hunks else APPLIED
        for conflict in conflicts:
            blamed = {name for cause in conflict.causes for name in cause.commits}
            if entry.commit in blamed or (entry.release and any(cause.file for cause in conflict.causes)):
                entry.state = PARTLY
                entry.conflicts.append(conflict.place)


def _records(result: Result, new: Lock, merged: _Merge) -> dict[str, bytes]:
    """All files of OUT but the ledger and the lock; the source map is that of the merged text."""
    files = all_files(result)
    own = [name for name in files if name in new.emitted]
    if merged.lines:
        data = json.loads(files[MAP])
        origins = Origins(data)
        for name, numbers in merged.lines.items():
            if name in data["files"]:
                data["files"][name] = {"lines": _runs(origins, name, numbers)}
        files[MAP] = (json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n").encode()
        record = json.loads(files[RECORD])
        record["files"][MAP] = digest(files[MAP])
        files[RECORD] = (json.dumps(record, indent=1) + "\n").encode()
    for name in own:
        del files[name]
    return {**files, **merged.files}


def _runs(origins: Origins, name: str, numbers: Sequence[int | None]) -> list[list[Any]]:
    """Runs of the map for a text whose lines are those of the emitted one; None for a person's own."""
    known = origins.of(name)
    runs: list[list[Any]] = []
    for line, number in enumerate(numbers, 1):
        file, upstream, rules = known[number] if number is not None and number < len(known) else ("", 0, ())
        last = runs[-1] if runs else None
        if last is not None and upstream and last[3] and last[2] == file and not rules and not last[4] \
                and upstream == last[3] + line - last[0]:
            last[1] = line
            continue
        runs.append([line, line, file, upstream, list(rules)])
    return runs


def fresh_port(result: Result, rule_files: Sequence[Path] = (), port_file: Path | None = None) -> dict[str, bytes]:
    """Everything that a first translation puts into OUT: the port, its lock, and an empty ledger."""
    lock = make_lock(result, rule_files=rule_files, port_file=port_file)
    text = Ledger(lock.base).dump()
    lock.ledger = digest(text)
    return {**all_files(result), **lock.files(), LEDGER: text}


def check_ledger(out: Path) -> None:
    """Before a translation into `out`: PortkitError where that would lose what a person wrote into the ledger."""
    path = out / LEDGER
    if not path.is_file() or not recorded(out):
        return
    lock = read_lock(out)
    if load_ledger(path, lock.base).decisions or digest(path.read_bytes()) != lock.ledger:
        raise PortkitError("holds what a person decided about upstream's commits, and a new translation knows none "
                           "of it", file=path,
                           hint="take upstream with `portkit diff`, or translate into another folder with -o")
