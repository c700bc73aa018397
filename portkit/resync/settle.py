"""Which of upstream's hunks go into a port that was written by hand: whole ones, with all that they need.

Each stretch of changed lines (Part) has its place by now, or has none.  A hunk of them (Change) goes in where all of
them have, where nothing else meets it, and where the port, with all that goes in, knows what it uses and does without
what it takes away.  A hunk that stays out may take others with it, so this is asked until nothing changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portkit.resync.align import Edit
from portkit.resync.cwords import Source, announced, declared
from portkit.resync.moves import Block
from portkit.resync.textmerge import Hunk

APPLIED, THERE, NOTHING, ABSENT, LEFT = "applied", "there", "nothing", "absent", "left"


@dataclass
class Part:
    """One stretch of changed lines."""

    hunk: Hunk
    state: str = LEFT
    how: str = ""                       # upstream, translated: the text that it went in as
    edits: list[Edit] = field(default_factory=list)
    old_block: Block | None = None
    port: Source | None = None
    port_block: Block | None = None
    line: int = 0                       # the port's, from 1
    reason: str = ""
    names: set[bytes] = field(default_factory=set)          # that it brings in
    defines: set[bytes] = field(default_factory=set)
    removes: set[bytes] = field(default_factory=set)
    sets: set[bytes] = field(default_factory=set)           # names that it gives a value
    drops: set[bytes] = field(default_factory=set)          # names that it no longer gives one
    statics: set[bytes] = field(default_factory=set)        # variables that only their file sees
    local: set[bytes] = field(default_factory=set)          # names that are a function's own
    weight: tuple[int, ...] = (0, 0, 0, 0)                  # brackets that it opens


@dataclass
class Change:
    """One hunk of upstream's, as `diff -u` has it."""

    file: str                           # in the new tree; in the old one where it is gone
    header: str
    body: list[bytes]
    parts: list[Part]
    state: str = LEFT
    reason: str = ""

    @property
    def function(self) -> str:
        return next((part.old_block.name for part in self.parts if part.old_block), "")

    @property
    def place(self) -> tuple[str, int, str]:
        """The port's file, line, and text there; '' for a change that has no place."""
        for part in sorted(self.parts, key=lambda part: part.state != self.state):
            if part.port is not None:
                text = part.port.lines[max(part.line - 4, 0):part.line + 3]
                return part.port.name, part.line, b"".join(text).decode("latin-1")
        return "", 0, ""

    def to_json(self) -> dict[str, Any]:
        file, line, text = self.place
        return {"file": self.file, "hunk": self.header, "text": b"".join(self.body).decode("latin-1"),
                "state": self.state, "function": self.function or None, "reason": self.reason or None,
                "as": sorted({part.how for part in self.parts if part.how}),
                "port": {"file": file, "line": line, "text": text} if file else None,
                "edits": [{"file": edit.file, "start": edit.start, "end": edit.end,
                           "text": edit.text.decode("latin-1"),
                           "function": part.port_block.name if part.port_block else None,
                           "upstream": part.old_block.name if part.old_block else None}
                          for part in self.parts if self.state == APPLIED for edit in part.edits]}


def values(source: Source | None, first: int, last: int) -> set[bytes]:
    """The names that lines [first, last) give a value."""
    words = [word for word in source.code if first <= word.line < last] if source else []
    return {word.text for word, then in zip(words, words[1:], strict=False)
            if word.name and then.text in (b"=", b"|=")}


def fresh_names(before: Mapping[str, Source], after: Mapping[str, Source]) -> set[bytes]:
    """The names that are new upstream."""
    known = set[bytes]().union(*(source.names for source in before.values()))
    return {name for source in after.values() for name in source.names - known}


def _shared(name: bytes, part: Part, other: Part) -> bool:
    """Whether a name means the same in both: a function's own variable does in that function alone."""
    return name not in part.local or (part.port is other.port and part.port_block == other.port_block)


class Settlement:
    def __init__(self, changes: Sequence[Change], before: Mapping[str, Source], after: Mapping[str, Source],
                 port: Mapping[str, Source]) -> None:
        self.changes, self.before, self.after, self.port = changes, before, after, port
        self.result = {name: source.data for name, source in port.items()}
        self._names = frozenset[bytes]().union(*(source.names for source in port.values()))
        self._fresh = fresh_names(before, after)

    def run(self) -> dict[str, bytes]:
        """Set each change's state; the port's files afterwards."""
        for change in self.changes:
            left = [part for part in change.parts if part.state == LEFT]
            if change.reason:
                continue
            states = {part.state for part in change.parts}
            change.state = LEFT if left else next(state for state in (APPLIED, ABSENT, THERE, NOTHING)
                                                  if state in states)
            # What the port has nothing of holds no hunk back, but it is said.
            change.reason = next((part.reason for part in change.parts if part.state in (LEFT, ABSENT)), "") or \
                next((part.reason for part in change.parts if part.state == change.state), "")
        while True:
            active = [change for change in self.changes if change.state == APPLIED]
            self.result = self._apply(active)
            bad = self._overlaps(active) or self._unbalanced(active) or self._unmet(active)
            if not bad:
                return self.result
            for change, reason in bad:
                change.state, change.reason = LEFT, reason

    def _apply(self, active: Sequence[Change]) -> dict[str, bytes]:
        edits: dict[str, dict[Edit, int]] = defaultdict(dict)
        for change in active:
            for part in change.parts:
                for edit in part.edits if part.state == APPLIED else ():
                    edits[edit.file].setdefault(edit, len(edits[edit.file]))
        out = {name: source.data for name, source in self.port.items()}
        for name, found in edits.items():
            data, pieces, at = out[name], [], 0
            for edit in sorted(found, key=lambda edit: (edit.start, edit.end, found[edit])):
                pieces += [data[at:max(edit.start, at)], edit.text]
                at = max(edit.end, at)
            out[name] = b"".join(pieces) + data[at:]
        return out

    def _overlaps(self, active: Sequence[Change]) -> list[tuple[Change, str]]:
        found = sorted({(edit.file, edit.start, edit.end, number) for number, change in enumerate(active)
                        for part in change.parts for edit in part.edits})
        bad: set[int] = set()
        for one, two in zip(found, found[1:], strict=False):
            if one[0] == two[0] and one[3] != two[3] and two[1] < one[2]:
                bad |= {one[3], two[3]}
        return [(active[number], "another change meets it in the port") for number in sorted(bad)]

    def _unbalanced(self, active: Sequence[Change]) -> list[tuple[Change, str]]:
        """What one change opens, another closes: in a function they go in together."""
        sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for change in active:
            for part in change.parts:
                key = (part.port.name if part.port else "", part.port_block)
                sums[key] = [a + b for a, b in zip(sums[key], part.weight, strict=True)]
        return [(change, "it opens or closes what a change that is left to a person closes or opens")
                for change in active if any(any(part.weight) and any(
                    sums[part.port.name if part.port else "", part.port_block]) for part in change.parts)]

    def _sets(self, change: Change, part: Part) -> set[bytes]:
        """The names that upstream gives a value here, and did not before."""
        return values(self.after.get(change.file), part.hunk.b0, part.hunk.b1) - \
            values(self.before.get(change.file), part.hunk.a0, part.hunk.a1)

    def _unmet(self, active: Sequence[Change]) -> list[tuple[Change, str]]:
        result = {name: Source(name, data) if data != self.port[name].data else self.port[name]
                  for name, data in self.result.items()}
        defined: set[bytes] = set()
        inside: Counter[bytes] = Counter()      # uses in blocks, other than the one of that name
        for source in result.values():
            if source is not self.port[source.name]:
                defined |= declared(source.data)
            for block in source.blocks:
                inside.update({word.text for word in source.stream(block, False)
                               if word.name and word.text != block.name.encode("latin-1")})
        functions = {block.name.encode("latin-1") for source in result.values() for block in source.blocks}
        unmade = {name for change in self.changes if change.state == LEFT for part in change.parts
                  for name in values(self.after.get(change.file), part.hunk.b0, part.hunk.b1) & self._fresh}
        reset = {name for change in self.changes if change.state == LEFT for part in change.parts
                 for name in self._sets(change, part)}
        met = [(part, self._sets(change, part)) for change in self.changes for part in change.parts
               if part.state == THERE or part.state == change.state == APPLIED]
        bad = []
        for change in active:
            reason = ""
            for part in change.parts:
                if part.state != APPLIED:
                    continue
                text = b""
                if part.port is not None and part.port_block is not None:
                    key, whole = part.port_block.key, result[part.port.name]
                    text = next((b"".join(whole.lines[one.start:one.end]) for one in whole.blocks if one.key == key),
                                b"")
                own = declared(text)
                missing = sorted(name for name in part.names if name not in own and
                                 (name in part.local or name not in self._names and name not in defined))
                if missing:
                    reason = f"the port has no {missing[0].decode('latin-1')}"
                where = Source("", text).names if part.port_block and part.port_block.kind == "function" else inside
                used = sorted(name for name in part.removes if name in where and name not in own)
                other = sorted(name for name in part.drops & reset
                               if not any(name in names and _shared(name, part, one) for one, names in met))
                if other:
                    reason = f"the hunk that sets {other[0].decode('latin-1')} instead is left to a person"
                unset = sorted(name for name in part.names - part.sets - part.defines if name in unmade)
                if unset:
                    reason = f"the hunk that sets {unset[0].decode('latin-1')} is left to a person"
                if used:
                    reason = f"the port still uses {used[0].decode('latin-1')}"
                idle = sorted(name for name in part.statics - self._names if not inside[name])
                if idle:
                    reason = f"nothing that goes in uses {idle[0].decode('latin-1')}"
                for edit in part.edits:
                    fresh = announced(edit.text) - self._names
                    if fresh - functions:
                        reason = f"the function {min(fresh - functions).decode('latin-1')} is left to a person"
                    new = {block.name.encode("latin-1") for block in Source("", edit.text).blocks
                           if block.kind == "function"} - self._names
                    idle = sorted(name for name in new if not inside[name])
                    if idle:
                        reason = f"nothing that goes in uses {idle[0].decode('latin-1')}"
            if reason:
                bad.append((change, reason))
        return bad
