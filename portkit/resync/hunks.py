"""Upstream's hunks, one after the other, each with what becomes of its stretches of changed lines."""

from __future__ import annotations

from portkit.resync.cwords import Source
from portkit.resync.decide import Decider
from portkit.resync.moves import renames
from portkit.resync.settle import LEFT, THERE, Change, Part
from portkit.resync.sides import Sides, slid
from portkit.resync.textmerge import Hunk, diff, unified


def changes_of(sides: Sides) -> list[Change]:
    """Upstream's hunks in the order of its files."""
    decider = Decider(sides)
    changes: list[Change] = []
    renamed = renames({name: source.data for name, source in sides.before.items()},
                      {name: source.data for name, source in sides.after.items()})
    for name in sorted({*sides.before, *sides.after} - set(renamed.values())):
        old = sides.before.get(name)
        new = sides.after.get(renamed.get(name, name))
        if old is None or new is None:
            changes.append(_whole(sides, name, old, new))
        elif old.data != new.data:
            changes += _file(decider, old, new)
    return changes


def _whole(sides: Sides, name: str, old: Source | None, new: Source | None) -> Change:
    """A file that upstream added or took away is for a person."""
    a, b = (old.lines if old else []), (new.lines if new else [])
    hunk = Hunk(0, len(a), 0, len(b))
    port = sides.counterparts.file(name) if old else None
    part = Part(hunk, port=port, line=1)
    state, reason = LEFT, "upstream added the file" if old is None else "upstream took the file away"
    if old is not None and port is None:
        state, reason = THERE, "the port has no such file"
    part.state = state
    return Change(name, hunk.header(), [b"-" + line for line in a] + [b"+" + line for line in b], [part], state, reason)


def _file(decider: Decider, old: Source, new: Source) -> list[Change]:
    hunks = diff(old.lines, new.lines)
    moved = {hunk: slid(old, new, hunk) for hunk in hunks}
    effects = decider.sides.effects(old.name, new.name, list(moved.values()))
    parts = {hunk: decider.part(old, new, moved[hunk], effects.get(moved[hunk]) if effects is not None else None)
             for hunk in hunks}
    out = []
    for whole, body in unified(old.lines, new.lines, hunks):
        inside = [hunk for hunk in hunks if whole.a0 <= hunk.a0 and hunk.a1 <= whole.a1
                  and whole.b0 <= hunk.b0 and hunk.b1 <= whole.b1]
        for hunk in inside:
            decider.nowhere(old, new, whole, parts[hunk])
        out.append(Change(new.name, whole.header(), body, [parts[hunk] for hunk in inside]))
    return out
