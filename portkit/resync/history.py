"""Upstream's history: the commits of a git repository that touched the drivers, and their changes to text.

Commits are taken out of a text, or brought into it, hunk by hunk with the same merge as for the port.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portkit.errors import PortkitError
from portkit.resync.ledger import HUNK, Entry
from portkit.resync.textmerge import CONFLICT, THEIRS, Hunk, diff, lines, merge
from portkit.upstream.revision import git, is_repository

_LOOK_BACK = 5000       # commits that are searched for a text


@dataclass(frozen=True)
class Commit:
    name: str
    title: str
    author: str
    date: str
    files: tuple[str, ...]

    def entry(self) -> Entry:
        return Entry(commit=self.name, title=self.title, author=self.author, date=self.date, files=list(self.files))


@dataclass(frozen=True)
class Change:
    """What a commit did to one file; a side that is not there is None."""

    before: str | None
    after: str | None
    old: bytes | None
    new: bytes | None

    @property
    def path(self) -> str:
        return self.after or self.before or ""

    def hunks(self) -> list[Hunk]:
        return diff(lines(self.old or b""), lines(self.new or b""))

    def back(self) -> Change:
        return Change(self.after, self.before, self.new, self.old)


class History:
    """The repository behind a FreeBSD tree."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @classmethod
    def open(cls, place: Path, rev: str | None) -> History | None:
        """None for a tree without history."""
        place = place.expanduser().resolve()
        if rev is None and not (place / ".git").exists():
            return None
        return cls(place) if is_repository(place) else None

    def resolve(self, name: str) -> str | None:
        """The full name of a commit, or None."""
        found = git(self.place, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
        words = found.stdout.decode().split()
        return words[-1] if found.returncode == 0 and words else None

    def is_ancestor(self, old: str, new: str) -> bool:
        return git(self.place, "merge-base", "--is-ancestor", old, new).returncode == 0

    def dirty(self, folders: Iterable[str]) -> str | None:
        """A file of those folders that differs from the commit that is checked out."""
        found = git(self.place, "status", "--porcelain", "--untracked-files=no", "-z", "--", *_specs(folders))
        entries = [entry for entry in found.stdout.split(b"\0") if entry]
        return entries[0][3:].decode("latin-1") if entries else None

    def commits(self, since: str | None, until: str, folders: Iterable[str]) -> list[Commit]:
        """Those that touched a file right in one of the folders, oldest first."""
        span = f"{since}..{until}" if since else until
        found = self._ask("log", "--topo-order", "--reverse", "--full-history", "--no-merges", "--date=short",
                          "--format=%H%x09%ad%x09%aN <%aE>%x09%s", "--end-of-options", span, "--", *_specs(folders))
        specs = _specs(folders)
        out = []
        for line in found.decode("utf-8", "replace").split("\n"):
            if line:
                name, date, author, title = line.split("\t", 3)
                out.append(Commit(name, title, author, date,
                                  tuple(sorted({path for change in self._names(name, specs)
                                                for path in change if path}))))
        return out

    def _names(self, commit: str, specs: Sequence[str]) -> list[tuple[str | None, str | None]]:
        """(path before, path after) of every file that a commit touched, renames followed."""
        found = self._ask("diff-tree", "-r", "-M", "-z", "--root", "--no-commit-id", "--name-status",
                          "--end-of-options", commit, "--", *specs)
        words = [word.decode("latin-1") for word in found.split(b"\0") if word]
        out: list[tuple[str | None, str | None]] = []
        at = 0
        while at < len(words):
            kind = words[at][0]
            if kind in "RC":
                out.append((words[at + 1] if kind == "R" else None, words[at + 2]))
                at += 3
                continue
            out.append((None if kind == "A" else words[at + 1], None if kind == "D" else words[at + 1]))
            at += 2
        return out

    def changes(self, commit: str, folders: Iterable[str]) -> list[Change]:
        parent = self.resolve(commit + "^")
        return [Change(before, after,
                       self.text(parent, before) if parent and before else None,
                       self.text(commit, after) if after else None)
                for before, after in self._names(commit, _specs(folders))]

    def text(self, commit: str, path: str) -> bytes | None:
        found = git(self.place, "cat-file", "blob", f"{commit}:{path}")
        return found.stdout if found.returncode == 0 else None

    def holding(self, texts: Mapping[str, bytes], until: str, folders: Iterable[str]) -> str | None:
        """The newest commit at which the files are just these."""
        want = {path: hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() for path, data in texts.items()}
        names = self._ask("log", "--full-history", "--format=%H", f"--max-count={_LOOK_BACK}", "--end-of-options",
                          until, "--", *_specs(folders)).decode().split()
        for name in names:
            listed = {}
            for entry in self._ask("ls-tree", "-r", "-z", name, "--", *sorted(want)).split(b"\0"):
                meta, _, path = entry.partition(b"\t")
                if path:
                    listed[path.decode("latin-1")] = meta.split()[2].decode()
            if listed == want:
                return name
        return None

    def _ask(self, *arguments: str) -> bytes:
        done = git(self.place, *arguments)
        if done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip().splitlines()
            raise PortkitError(f"git {arguments[0]} failed: {reason[0] if reason else 'no reason given'}",
                               file=self.place, hint="the repository may lack objects: fetch it again")
        return done.stdout


def _specs(folders: Iterable[str]) -> list[str]:
    return [f":(glob){folder}/*" for folder in sorted(folders)]


# -- changing upstream's text --------------------------------------------------------------------------------

class Texts:
    """The files of a tree with changes laid over them."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self.changed: dict[str, bytes | None] = {}

    def get(self, path: str) -> bytes | None:
        return self.changed[path] if path in self.changed else self._read(path)

    def set(self, path: str, data: bytes | None) -> None:
        self.changed[path] = data


def carry(texts: Texts, change: Change, wanted: Sequence[Hunk]) -> tuple[list[Hunk], list[Hunk]]:
    """Bring those hunks of a change into the texts: (the ones that went in, the ones that did not).

    A file that the change adds or takes away goes with its hunks: it is there as long as one of them is.
    """
    hunks = change.hunks()
    if hunks and not wanted:
        return [], []
    source = change.before if change.before is not None and texts.get(change.before) is not None else change.after
    current = texts.get(source) if source else None
    old, now = lines(change.old or b""), lines(current or b"")
    new = lines(change.new or b"")
    target: list[bytes] = []
    at = 0
    spans = []          # of the wanted hunks in the target
    for hunk in wanted:
        target += old[at:hunk.a0]
        spans.append((len(target), len(target) + hunk.b1 - hunk.b0))
        target += new[hunk.b0:hunk.b1]
        at = hunk.a1
    target += old[at:]
    failed: list[Hunk] = []
    out: list[bytes] = []
    for region in merge(old, now, target):
        if region.kind == CONFLICT:
            listed = _words(old[slice(*region.base)], now[slice(*region.mine)], target[slice(*region.theirs)]) \
                if place_of_words(change.path) else None
            if listed is not None:
                out.append(listed)
                continue
            failed += [hunk for hunk, span in zip(wanted, spans, strict=True)
                       if _within(span, region.theirs) and _within((hunk.a0, hunk.a1), region.base)]
        out += target[slice(*region.theirs)] if region.kind == THEIRS else now[slice(*region.mine)]
    done = [hunk for hunk in wanted if hunk not in failed]
    result = b"".join(out)
    removed = change.new is None and not failed and len(wanted) == len(hunks) and not result
    if source and change.after and source != change.after:
        texts.set(source, None)
    place = change.after or source
    if place:
        texts.set(place, None if removed else result)
    return done, failed


def place_of_words(path: str) -> bool:
    """A Makefile: its lines are lists, and two commits that add a file each to the same line do not meet."""
    return Path(path).name.startswith("Makefile")


def _words(old: Sequence[bytes], now: Sequence[bytes], target: Sequence[bytes]) -> bytes | None:
    """The merge of lines by their words, in which both sides may add; None where they meet there, too."""
    base, mine, theirs = (re.findall(rb"\S+\s*|\s+", b"".join(text)) for text in (old, now, target))
    out: list[bytes] = []
    for region in merge(base, mine, theirs):
        if region.kind == CONFLICT and region.base[0] != region.base[1]:
            return None
        if region.kind != THEIRS:
            out += mine[slice(*region.mine)]
        if region.kind in (THEIRS, CONFLICT):
            out += theirs[slice(*region.theirs)]
    return b"".join(out)


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def hunk_name(path: str, hunk: Hunk) -> str:
    return f"{path} {hunk.header()}"


def selects(names: Collection[str], path: str) -> Callable[[Hunk], bool]:
    """Whether a hunk of a commit's change to `path` is among those named, in any context that a diff shows."""
    spans = []
    for name in names:
        found = HUNK.fullmatch(name)
        if found and found["path"] == path:
            spans.append((_span(found["a"], found["b"]), _span(found["c"], found["d"])))
    return lambda hunk: any(_meet((hunk.a0, hunk.a1), old) and _meet((hunk.b0, hunk.b1), new) for old, new in spans)


def _span(first: str, count: str | None) -> tuple[int, int]:
    size = int(count) if count is not None else 1
    start = int(first) - 1 if size else int(first)
    return start, start + size


def _meet(one: tuple[int, int], two: tuple[int, int]) -> bool:
    return max(one[0], two[0]) <= min(one[1], two[1])
