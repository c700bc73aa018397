"""What upstream added only for what the port left out: it has no place in the port."""

from __future__ import annotations

from collections.abc import Sequence

from portkit.resync.cwords import Source, announced, declared
from portkit.resync.settle import ABSENT, APPLIED, LEFT, Change, Part
from portkit.resync.sides import Sides


def set_aside(sides: Sides, changes: Sequence[Change]) -> None:
    """What upstream added only for what the port left out has no place in it, nor has what announces that."""
    used = _used(sides, changes)
    made: dict[bytes, list[Part]] = {}
    texts = {id(part): b"".join(sides.after[change.file].lines[part.hunk.b0:part.hunk.b1])
             for change in changes if change.file in sides.after for part in change.parts
             if part.old_block is None and part.hunk.a0 == part.hunk.a1}
    parts = [part for change in changes for part in change.parts if id(part) in texts]
    for part in parts:
        names = {block.name.encode("latin-1") for block in Source("", texts[id(part)]).blocks
                 if block.kind == "function"} or declared(texts[id(part)])
        for name in names:
            made.setdefault(name, []).append(part)
        if part.state == LEFT and names and not names & used:
            part.state = ABSENT
            part.reason = f"only what the port left out uses {min(names).decode('latin-1')}"
    for part in parts:
        names = announced(texts[id(part)])
        out = [name for name in sorted(names) if name in made and
               all(one.state in (LEFT, ABSENT) for one in made[name])]
        if part.state in (LEFT, APPLIED) and out and len(out) == texts[id(part)].count(b";") == len(names):
            part.state, part.edits = ABSENT, []
            part.reason = f"it announces {out[0].decode('latin-1')}, which stays out"


def _used(sides: Sides, changes: Sequence[Change]) -> set[bytes]:
    """The names that upstream's functions use afterwards where the port has them, and what these need of new
    ones.  What is known to have no place there does not count."""
    gone = {(change.file, line) for change in changes for part in change.parts if part.state == ABSENT
            for line in range(part.hunk.b0, part.hunk.b1)}
    added: dict[bytes, set[bytes]] = {}
    used: set[bytes] = set()
    for name, source in sides.after.items():
        if name not in sides.before:
            continue
        emitted = sides.new_emitted.get(name)
        new, origin = (emitted.source, emitted.origin) if emitted else (source, list(range(len(source.lines))))
        old = {block.key: block for block in sides.before[name].blocks}
        for block in new.blocks:
            own = block.name.encode("latin-1")
            words = [word for word in new.stream(block, False) if word.name and word.text != own]
            if block.key not in old:
                added.setdefault(own, set()).update(word.text for word in words)
            elif sides.counterparts.block(sides.before[name], old[block.key]):
                used |= {word.text for word in words if origin[word.line] >= 0
                         and (name, origin[word.line]) not in gone}
    while more := set[bytes]().union(*(added.pop(name) for name in used & added.keys())) - used:
        used |= more
    return used
