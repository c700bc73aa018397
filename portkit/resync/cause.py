"""Why two sides of a port met: the upstream change behind a conflict, found through the source maps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portkit.resync.history import Change
from portkit.resync.moves import renames
from portkit.resync.textmerge import Hunk, diff, lines, unified

Origin = tuple[str, int, tuple[str, ...]]       # upstream file ('' for none), line, rules that changed it


@dataclass(frozen=True)
class Cause:
    """What changed: upstream's text, or else the rules and templates that it is translated with."""

    file: str = ""                  # upstream, in the new tree
    hunk: str = ""                  # as a unified diff has it
    commits: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()     # of the new text, where upstream's did not change

    def to_json(self) -> dict[str, Any]:
        return {"file": self.file or None, "hunk": self.hunk, "commits": list(self.commits),
                "rules": list(self.rules)}


class Origins:
    """Where each line of an emitted text comes from (portkit.map.json)."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._files = data.get("files", {})
        self._known: dict[str, list[Origin]] = {}

    def of(self, name: str) -> list[Origin]:
        """By line, from 0."""
        if name not in self._known:
            out: list[Origin] = []
            for first, last, file, line, rules in self._files.get(name, {}).get("lines", ()):
                out += [("", 0, ())] * (first - 1 - len(out))
                out += [(file, line + number if file else 0, tuple(rules)) for number in range(last - first + 1)]
            self._known[name] = out
        return self._known[name]


@dataclass
class _Reach:
    """The lines of an upstream file, from 0, that a stretch of emitted text comes from."""

    file: str
    numbers: set[int] = field(default_factory=set)


class Causes:
    def __init__(self, old_source: Mapping[str, bytes], new_source: Mapping[str, bytes], old_map: Mapping[str, Any],
                 new_map: Mapping[str, Any], changes: Iterable[tuple[str, Sequence[Change]]] = ()) -> None:
        """`changes` are the commits that this resync brings, asked for only where there is a conflict."""
        self.old, self.new = old_source, new_source
        self.old_origins, self.new_origins = Origins(old_map), Origins(new_map)
        self._renamed = renames(old_source, new_source)
        self._changes = changes
        self._commits: list[tuple[str, str, set[bytes], set[bytes]]] | None = None

    def find(self, base: Sequence[tuple[str, int]], new: Sequence[tuple[str, int]], old_text: Sequence[bytes],
             new_text: Sequence[bytes]) -> list[Cause]:
        """The causes of a conflict, from the emitted places (file, line from 0) of its base and of its new side."""
        was = _reach(self.old_origins, base)
        now = _reach(self.new_origins, new)
        out: list[Cause] = []
        paired: set[str] = set()
        for file, reach in was.items():
            target = self._renamed.get(file, file)
            others = [name for name in now if name != target]
            if target in now or not others:
                out += self._same(file, target, reach.numbers, now[target].numbers if target in now else set())
                paired.add(target)
            else:
                out += self._moved(reach, now[others[0]])
                paired.add(others[0])
        back = {after: before for before, after in self._renamed.items()}
        for file, reach in now.items():
            if file not in paired:
                out += self._same(back.get(file, file), file, set(), reach.numbers)
        if not out:
            out = self._named(_words(old_text) ^ _words(new_text))
        if out:
            return list(dict.fromkeys(out))
        rules = {rule for name, line in new for rule in _at(self.new_origins.of(name), line)[2]}
        return [Cause(rules=tuple(sorted(rules)))]

    def _same(self, before: str, after: str, was: set[int], now: set[int]) -> list[Cause]:
        """Hunks between two versions of a file that touch those lines."""
        old, new = lines(self.old.get(before, b"")), lines(self.new.get(after, b""))
        hunks = diff(old, new)
        met = [hunk for hunk in hunks if was & set(range(hunk.a0, hunk.a1)) or now & set(range(hunk.b0, hunk.b1))]
        if not met:
            met = [hunk for hunk in hunks if was & set(range(hunk.a0 - 1, hunk.a1 + 1))
                   or now & set(range(hunk.b0 - 1, hunk.b1 + 1))]
        return [self._cause(before, after, hunk, body) for hunk, body in unified(old, new, met)]

    def _named(self, words: set[bytes]) -> list[Cause]:
        """For glue, which has no line upstream: the hunks with most of the names that came into it or went."""
        found: list[tuple[int, Cause]] = []
        if words:
            for after in sorted(self.new):
                before = next((name for name, target in self._renamed.items() if target == after), after)
                old, new = lines(self.old.get(before, b"")), lines(self.new[after])
                for hunk, body in unified(old, new) if old != new else ():
                    shared = words & (_words([line for line in body if line[:1] == b"-"])
                                      ^ _words([line for line in body if line[:1] == b"+"]))
                    if shared:
                        found.append((len(shared), self._cause(before, after, hunk, body)))
        return [cause for number, cause in found if number == max(count for count, _ in found)]

    def _moved(self, was: _Reach, now: _Reach) -> list[Cause]:
        """A piece that moved to another file: the difference between the two stretches."""
        old = lines(self.old.get(was.file, b""))
        new = lines(self.new.get(now.file, b""))
        a0, a1, b0, b1 = min(was.numbers), max(was.numbers) + 1, min(now.numbers), max(now.numbers) + 1
        return [self._cause(was.file, now.file, Hunk(hunk.a0 + a0, hunk.a1 + a0, hunk.b0 + b0, hunk.b1 + b0), body)
                for hunk, body in unified(old[a0:a1], new[b0:b1])]

    def _cause(self, before: str, after: str, hunk: Hunk, body: Sequence[bytes]) -> Cause:
        text = b"".join(body).decode("latin-1")
        head = f"--- {before}\n+++ {after}\n{hunk.header()}\n"
        gone = {line[1:].strip() for line in body if line[:1] == b"-"}
        come = {line[1:].strip() for line in body if line[:1] == b"+"}
        names = [name for name, path, minus, plus in self._known_commits()
                 if path in (before, after) and (_tell(minus & gone) or _tell(plus & come))]
        return Cause(after, head + text, tuple(dict.fromkeys(names)))

    def _known_commits(self) -> list[tuple[str, str, set[bytes], set[bytes]]]:
        if self._commits is None:
            self._commits = []
            for name, changes in self._changes:
                for change in changes:
                    old, new = lines(change.old or b""), lines(change.new or b"")
                    hunks = diff(old, new)
                    minus = {line.strip() for hunk in hunks for line in old[hunk.a0:hunk.a1]}
                    plus = {line.strip() for hunk in hunks for line in new[hunk.b0:hunk.b1]}
                    self._commits += [(name, path, minus, plus)
                                      for path in {change.before, change.after} if path is not None]
        return self._commits


def _words(text: Iterable[bytes]) -> set[bytes]:
    return {word for line in text for word in re.findall(rb"[A-Za-z_]\w{3,}", line)}


def _tell(words: set[bytes]) -> bool:
    return any(len(word) > 2 for word in words)


def _at(origins: Sequence[Origin], line: int) -> Origin:
    return origins[line] if 0 <= line < len(origins) else ("", 0, ())


def _reach(origins: Origins, places: Sequence[tuple[str, int]]) -> dict[str, _Reach]:
    out: dict[str, _Reach] = {}
    for name, line in places:
        file, number, _ = _at(origins.of(name), line)
        if file:
            out.setdefault(file, _Reach(file)).numbers.add(number - 1)
    return out
