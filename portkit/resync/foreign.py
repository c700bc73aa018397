"""`portkit diff --from OLD --to NEW --port DIR`: carry what changed upstream into a port that was written by hand.

Nothing says which line of such a port came from where, so each change is placed by what stands around it
(portkit.resync.place): in the text that portkit translates it to, which speaks of what illumos has, as the port does,
and is put into the port's own words (portkit.resync.dialect); else in upstream's own.  A hunk goes in as a whole
or not at all, and only with all that it needs (portkit.resync.settle).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit import __version__
from portkit.errors import PortkitError
from portkit.output import check_place, digest, recover, replace
from portkit.port import load_port
from portkit.report.record import source_map
from portkit.resync.aside import set_aside
from portkit.resync.cause import Origins
from portkit.resync.counterparts import read_texts, read_upstream, upstream_folder
from portkit.resync.cwords import Source
from portkit.resync.dialect import Emitted
from portkit.resync.hunks import changes_of
from portkit.resync.lock import Revision, revision_of
from portkit.resync.settle import ABSENT, APPLIED, LEFT, NOTHING, THERE, Change, Settlement
from portkit.resync.sides import Sides
from portkit.resync.textmerge import patch
from portkit.translate import port_places, translate
from portkit.upstream import Tree


@dataclass
class Foreign:
    """All that it gives; nothing of it is on disk yet."""

    port: Path
    old: Revision
    new: Revision
    folder: Path
    files: dict[str, list[str]]         # file upstream -> the port's
    before: dict[str, bytes]
    after: dict[str, bytes]
    changes: list[Change]
    notes: list[str]

    @property
    def count(self) -> dict[str, int]:
        found = Counter(change.state for change in self.changes)
        return {state: found[state] for state in (APPLIED, THERE, NOTHING, ABSENT, LEFT)}

    @property
    def open(self) -> list[Change]:
        """What is left to a person: to carry by hand, or to see that there is no place for it."""
        return [change for change in self.changes if change.state in (ABSENT, LEFT)]

    def patch(self) -> bytes:
        return b"".join(patch(name, self.before[name], self.after[name]) for name in sorted(self.before))

    def install(self) -> None:
        """Exchange the port's folder.  PortkitError where it was changed meanwhile."""
        changed = {name: data for name, data in self.after.items() if data != self.before[name]}
        if not changed:
            return
        seen = {name: digest(data) for name, data in self.before.items()}
        replace(self.port, changed, set(changed),
                lambda: {name: digest(data) for name, data in read_texts(self.port).items()} == seen)

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "portkit": __version__, "from": self.old.to_json(), "to": self.new.to_json(),
                "folder": str(self.folder), "port": str(self.port), "count": self.count,
                "files": [{"upstream": name, "port": found} for name, found in sorted(self.files.items())],
                "changed": sorted(name for name in self.before if self.before[name] != self.after[name]),
                "hunks": [change.to_json() for change in self.changes], "notes": self.notes}


def carry(port: Path, old: Path, new: Path, *, modules: Sequence[str] = (), rule_files: Sequence[Path] = (),
          write: bool = True, progress: Callable[[str], None] = lambda text: None) -> Foreign:
    """Carry upstream's changes between two trees into the port in `port`, in memory.

    PortkitError for a folder that is not there or holds no C, a port that the old tree does not explain, a new tree
    that is older than the old one.
    """
    if write:
        recover(port)
    if not port.is_dir():
        raise PortkitError("no such folder" if not port.exists() else "is a file, not a port's folder", file=port,
                           hint="give the folder that holds the port's sources with --port")
    if write:
        check_place(port)
    texts = read_texts(port)
    if not texts:
        raise PortkitError("holds no C source", file=port, hint="give the folder that holds the port's sources")
    with Tree.open(old) as was, Tree.open(new) as now:
        if now.freebsd_version < was.freebsd_version:
            raise PortkitError(f"{now.revision} is older than {was.revision}, which --from names", file=new,
                               hint="give the tree that the port was made from with --from, a newer one with --to")
        for tree in (was, now):
            if port.resolve().is_relative_to(tree.root):
                raise PortkitError("lies inside the FreeBSD tree, which is never written to", file=port)
        own = {name: Source(name, data) for name, data in texts.items()}
        progress("which drivers it was made from")
        folder = upstream_folder(was.root, own, port)
        before, after = read_upstream(was.root, folder), read_upstream(now.root, folder)
        if not after:
            raise PortkitError(f"has no {folder}, which the port was made from", file=new)
        notes: list[str] = []
        emitted = []
        for tree in (was, now):
            progress(f"translating {tree.revision}")
            emitted.append(_emitted(tree, folder, modules, rule_files, notes))
        sides = Sides(before, after, own, emitted[0], emitted[1])
        progress("placing upstream's changes")
        changes = changes_of(sides)
        set_aside(sides, changes)
        result = Settlement(changes, before, after, own).run()
        return Foreign(port, revision_of(was), revision_of(now), folder, sides.counterparts.files, texts, result,
                       changes, list(dict.fromkeys(notes)))


def _emitted(tree: Tree, folder: Path, modules: Sequence[str], rule_files: Sequence[Path],
             notes: list[str]) -> dict[str, Emitted]:
    """Files upstream -> what they are translated to; empty, with a note, where they cannot be."""
    port_file, names = None, list(modules)
    for place in port_places():
        for path in sorted(place.glob("*.toml")):
            found = load_port(path)
            if found.folder == folder:
                port_file, names = path, names or [name for name in found.modules if name in tree.modules()]
                break
    if not names:
        names = _modules_of(tree, folder)
    if not names:
        notes.append(f"no kernel module is made from {folder}: upstream's own text is all that is compared")
        return {}
    try:
        result = translate(tree, names, rule_files=rule_files, port_file=port_file)
    except PortkitError as error:
        notes.append(f"{tree.revision} cannot be translated, so upstream's own text is all that is compared: {error}")
        return {}
    origins = Origins(source_map(result))
    out = {}
    for target, path in result.origin.items():
        source = Source(str(target), result.files[target])
        lines = [line - 1 if file == str(path) else -1 for file, line, _ in origins.of(str(target))]
        out[str(path)] = Emitted(source, (lines + [-1] * len(source.lines))[:len(source.lines)])
    return out


def _modules_of(tree: Tree, folder: Path) -> list[str]:
    """The kernel modules with a source in the folder."""
    mark = str(folder).removeprefix("sys/").encode()
    found = []
    for makefile in sorted((tree.root / "sys/modules").rglob("Makefile")):
        if mark in makefile.read_bytes():
            found.append(makefile)
    out = []
    for name in tree.modules():
        try:
            module = tree.module(name) if any(name in path.read_bytes().decode("latin-1") for path in found) else None
        except PortkitError:
            continue
        if module is not None and any(folder in path.parents for path in module.sources):
            out.append(name)
    return out
