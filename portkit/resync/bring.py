"""Which text of upstream a resync translates: that of the new tree, without what the ledger keeps out.

With a history, the commits that the ledger ignores or defers are taken out of the new text again; where later ones
stand on a part of them, that part stays in, and the entry becomes `partly`.  `--commit` goes the other way: it brings
one commit into the text that the port stands at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portkit.errors import PortkitError
from portkit.resync.history import Change, Commit, History, Texts, carry, hunk_name, selects
from portkit.resync.ledger import APPLIED, DEFERRED, IGNORED, PARTLY, PENDING, Entry, Ledger
from portkit.resync.lock import Lock, Revision, revision_of
from portkit.resync.textmerge import Hunk, lines
from portkit.upstream import Tree


@dataclass
class Brought:
    """Upstream as it is to be translated."""

    tree: Tree
    upstream: Revision
    history: History | None = None
    start: str | None = None                    # the commit that history begins behind
    commits: list[Commit] = field(default_factory=list)     # since then, oldest first
    now: list[Entry] = field(default_factory=list)          # brought by this resync
    notes: list[str] = field(default_factory=list)          # what could not be kept out
    folders: set[str] = field(default_factory=set)
    laid: bool = False                          # the text is not that of a commit, but made up of several


@contextmanager
def bring(lock: Lock, ledger: Ledger, place: Path, rev: str | None, commit: str | None,
          modules: Iterable[str]) -> Iterator[Brought]:
    """Open upstream for a resync.  The ledger's entries are completed; their states change with it."""
    history = History.open(place, rev)
    start = until = None
    if history is not None:
        until = history.resolve(rev or "HEAD")
        if until is not None:
            _check_clean(history, place, rev, lock)
            start = start_of(history, lock, until)
    if history is None or start is None or until is None:
        if commit is not None:
            raise PortkitError("has no history that leads back to the port's base, so no single commit can be brought",
                               file=place, hint="leave --commit out, or give a git repository that holds the base")
        with Tree.open(place, rev) as tree:
            yield _release(lock, ledger, place, tree)
        return
    current = history.resolve(lock.upstream.commit) if lock.upstream.commit else None
    if current is not None and current != until and history.is_ancestor(until, current):
        raise _older(place, rev or "the tree", lock)
    if commit is not None:
        with _one(lock, ledger, history, start, until, commit) as brought:
            yield brought
        return
    with _all(lock, ledger, history, start, until, rev, modules) as brought:
        if current is None:
            _check_version(lock, place, brought.tree)
        yield brought


def _check_clean(history: History, place: Path, rev: str | None, lock: Lock) -> None:
    changed = history.dirty(lock.folders) if rev is None and (place / "sys").is_dir() else None
    if changed is not None:
        raise PortkitError("differs from the commit that is checked out, so no commit stands for it",
                           file=place / changed, hint="commit it, or name a revision with --rev")


def start_of(history: History, lock: Lock, until: str) -> str | None:
    """The commit of the port's base; None where upstream never said which it was, and none has its text."""
    for name in (lock.base.commit, lock.history):
        found = history.resolve(name) if name else None
        if found is not None:
            return found
    found = history.holding(lock.source, until, lock.folders)
    if found is None and lock.upstream.commit is not None:
        raise PortkitError(f"holds neither commit {lock.upstream.commit[:12]}, which the port stands at, nor another "
                           "with that text", file=history.place,
                           hint="fetch that commit, or give a tree without history")
    return found


def _older(place: Path, what: str, lock: Lock) -> PortkitError:
    return PortkitError(f"{what} is older than {lock.upstream}, which the port stands at", file=place,
                        hint="give a newer tree or revision; to go back, translate the old one into another folder")


def _check_version(lock: Lock, place: Path, tree: Tree) -> None:
    if tree.freebsd_version < lock.upstream.freebsd_version:
        raise _older(place, tree.revision, lock)


# -- without history -----------------------------------------------------------------------------------------

def _release(lock: Lock, ledger: Ledger, place: Path, tree: Tree) -> Brought:
    _check_version(lock, place, tree)
    brought = Brought(tree, revision_of(tree), folders=lock.folders)
    for entry in ledger.decisions:
        if entry.commit:
            raise ledger.fail(entry, f"keeps commit {entry.name} out, and a tree without history does not tell what "
                              "it changed", "give a git repository, or change the entry's state")
        if entry.release == tree.revision:
            raise ledger.fail(entry, f"{entry.release} is {entry.state}, so nothing of it is brought",
                              "set its state to pending to bring it")
        raise ledger.fail(entry, f"{entry.release} is {entry.state}, and {tree.revision} holds its changes",
                          "set its state to pending to bring both")
    for entry in ledger.entries:
        if entry.release and entry.state == PENDING:
            brought.now.append(entry)
    if all(entry.release != tree.revision for entry in ledger.entries):
        brought.now.append(Entry(release=tree.revision, title=f"FreeBSD {tree.revision}"))
    return brought


# -- with history --------------------------------------------------------------------------------------------

def _list(lock: Lock, ledger: Ledger, history: History, start: str, until: str, folders: set[str]) -> list[Commit]:
    """The commits, each with its entry in the ledger."""
    commits = history.commits(start, until, folders)
    for commit in commits:
        entry = ledger.find(commit.name)
        fresh = commit.entry()
        if entry is None:
            ledger.entries.append(fresh)
            continue
        entry.commit = fresh.commit
        for key in ("title", "author", "date", "files"):
            if not getattr(entry, key):
                setattr(entry, key, getattr(fresh, key))
    for entry in ledger.entries:
        if entry.commit and all(entry.commit != commit.name for commit in commits):
            name = history.resolve(entry.commit)
            if name is None:
                raise ledger.fail(entry, f"{history.place} has no commit {entry.commit}",
                                  "correct the entry or take it out")
            entry.commit = name
    return commits


@contextmanager
def _all(lock: Lock, ledger: Ledger, history: History, start: str, until: str, rev: str | None,
         modules: Iterable[str]) -> Iterator[Brought]:
    """Everything up to a commit, but for what the ledger keeps out."""
    with Tree.open(history.place, rev) as seen:
        folders = lock.folders | _folders(seen, modules)
        commits = _list(lock, ledger, history, start, until, folders)
        out = [entry for entry in ledger.decisions if entry.commit and history.is_ancestor(entry.commit, until)]
        order = {commit.name: number for number, commit in enumerate(commits)}
        out.sort(key=lambda entry: order.get(entry.commit, -1), reverse=True)
        picked = [entry for entry in ledger.entries if entry.commit and entry.state in (APPLIED, PARTLY)
                  and entry.commit not in order and not history.is_ancestor(entry.commit, until)]
        if not (out or picked) or rev is not None:
            yield _laid(Brought(seen, revision_of(seen), history, start, commits, folders=folders), ledger, out, picked)
            return
    with Tree.open(history.place, until) as tree:       # a work tree is not ours to change
        yield _laid(Brought(tree, revision_of(tree), history, start, commits, folders=folders), ledger, out, picked)


def _folders(tree: Tree, modules: Iterable[str]) -> set[str]:
    found = set()
    for name in modules:
        module = tree.module(name)
        makefile = module.makefile
        paths = [*module.sources, makefile.relative_to(tree.root) if makefile.is_absolute() else makefile]
        found |= {str(path.parent) for path in paths}
    return found


def _laid(brought: Brought, ledger: Ledger, out: list[Entry], picked: list[Entry]) -> Brought:
    """Take out of the tree what stays out, and bring what was picked before its time."""
    history, tree = brought.history, brought.tree
    assert history is not None
    texts = _texts(tree)
    for entry in out:
        left: list[str] = []
        stuck: list[str] = []
        for change in history.changes(entry.commit, brought.folders):
            hunks = [hunk for hunk in change.hunks() if not entry.hunks or selects(entry.hunks, change.path)(hunk)]
            _, failed = carry(texts, change.back(), [hunk.turned() for hunk in hunks])
            left += [hunk_name(change.path, hunk) for hunk in hunks if hunk.turned() not in failed]
            stuck += [hunk_name(change.path, hunk) for hunk in hunks if hunk.turned() in failed]
        if stuck:
            entry.state, entry.hunks = (PARTLY, left) if left else (APPLIED, [])
            brought.notes += [f"{entry.name} {hunk}: could not be left out, later changes stand on it"
                              for hunk in stuck]
    for entry in picked:
        for change in history.changes(entry.commit, brought.folders):
            _, failed = carry(texts, change, change.hunks())
            if failed:
                raise ledger.fail(entry, f"commit {entry.name} was brought by itself, and does not apply to "
                                  f"{brought.upstream}", "give a revision that holds it, or set its state to deferred")
    brought.laid = bool(texts.changed)
    _lay(tree, texts)
    for commit in brought.commits:
        found = ledger.find(commit.name)
        if found is not None and found.state == PENDING:
            found.state = APPLIED
            brought.now.append(found)
    return brought


@contextmanager
def _one(lock: Lock, ledger: Ledger, history: History, start: str, until: str, name: str) -> Iterator[Brought]:
    """One commit more than the port has."""
    commit = history.resolve(name)
    if commit is None:
        raise PortkitError(f"has no commit {name}", file=history.place, hint="`git log' shows them")
    if not history.is_ancestor(commit, until):
        until = commit if history.is_ancestor(until, commit) else until
    folders = lock.folders
    commits = _list(lock, ledger, history, start, until, folders)
    entry = ledger.find(commit)
    if entry is None:
        if history.is_ancestor(commit, start):
            raise PortkitError(f"{name} is part of the port's base", file=history.place, hint="there is nothing to do")
        if not history.changes(commit, folders):
            raise PortkitError(f"{name} touches no file of these drivers", file=history.place,
                               hint="bring one that portkit-sync.toml lists")
        raise PortkitError(f"{name} is not part of the history that leads to {until[:12]}", file=history.place,
                           hint="name the branch that holds it with --rev")
    if entry.state == IGNORED:
        raise ledger.fail(entry, f"commit {entry.name} is ignored: {entry.reason}", "change its state to bring it")
    if entry.state == APPLIED or (entry.state == PARTLY and not entry.hunks):
        raise ledger.fail(entry, f"commit {entry.name} is in the port already", "there is nothing to do")
    earlier = []
    for item in commits:
        if item.name == commit:
            break
        earlier.append(ledger.find(item.name))
    in_line = all(item is not None and item.state != PENDING for item in earlier)
    anchor = lock.upstream.commit and history.resolve(lock.upstream.commit) or start
    with Tree.open(history.place, commit if in_line and history.is_ancestor(anchor, commit) else anchor) as tree:
        texts = _texts(tree)
        for path, data in lock.source.items():
            texts.set(path, data)
        wanted = entry.hunks
        for change in history.changes(commit, folders):
            hunks = [hunk for hunk in change.hunks() if not wanted or selects(wanted, change.path)(hunk)]
            _, failed = carry(texts, change, hunks)
            if failed:
                raise PortkitError(f"commit {entry.name} does not apply to {change.path} as the port has it",
                                   file=history.place, hint=_first(history, folders, change, failed, [
                                       item for item in earlier if item is not None and item.state in (
                                           PENDING, DEFERRED) and change.path in item.files]))
        _lay(tree, texts)
        entry.state, entry.hunks = APPLIED, []
        yield Brought(tree, revision_of(tree), history, start, commits, [entry], folders=folders, laid=True)


def _first(history: History, folders: set[str], change: Change, failed: list[Hunk], waiting: list[Entry]) -> str:
    """Which commits have to come before: those that wrote the lines that hunks did not find."""
    old = lines(change.old or b"")
    wanted = {line for hunk in failed for line in old[max(hunk.a0 - 1, 0):hunk.a1 + 1] if len(line.strip()) > 2}
    names = []
    for entry in waiting:
        for other in history.changes(entry.commit, folders):
            new = lines(other.new or b"")
            if other.path == change.path and wanted & {line for hunk in other.hunks()
                                                       for line in new[hunk.b0:hunk.b1]}:
                names.append(entry.name)
    found = names or [entry.name for entry in waiting]
    return f"bring {', '.join(dict.fromkeys(found))} first" if found else "bring all commits: leave --commit out"


def _texts(tree: Tree) -> Texts:
    def read(path: str) -> bytes | None:
        place = tree.root / path
        return place.read_bytes() if place.is_file() else None
    return Texts(read)


def _lay(tree: Tree, texts: Texts) -> None:
    """Write changed texts into a tree that is a private copy."""
    for path, data in texts.changed.items():
        place = tree.root / path
        if data is None:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()
        place.write_bytes(data)
