"""Files that upstream renamed, and functions that it moved: hand edits follow them.

A move is made in the text before (what portkit emitted, and what is in OUT) ahead of the merge; then the merge of the
new place finds three versions of the same thing.  Only what a person has edited is looked after: the rest is taken
from the new text anyway.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portkit.resync.textmerge import Hunk, diff, lines, position

SIMILAR = 0.5           # of the lines: what git takes for a rename
Place = tuple[str, int]         # file and line (from 0) that a line stood in


@dataclass
class Version:
    """A text with the places that its lines come from."""

    text: list[bytes]
    places: list[Place]

    @classmethod
    def of(cls, name: str, data: bytes) -> Version:
        text = lines(data)
        return cls(text, [(name, number) for number in range(len(text))])


@dataclass(frozen=True)
class Block:
    """A function, structure, table or macro with the comment above it: lines [start, end)."""

    kind: str
    name: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.name


@dataclass(frozen=True)
class Move:
    kind: str
    name: str
    before: str             # file, by its new name where it was renamed
    after: str


@dataclass
class Sides:
    """The two older versions of every file, by the names that the new text has."""

    base: dict[str, Version] = field(default_factory=dict)
    mine: dict[str, Version] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)       # old name -> new name
    moves: list[Move] = field(default_factory=list)


def follow(base: Mapping[str, bytes], mine: Mapping[str, bytes], new: Mapping[str, bytes]) -> Sides:
    """Carry renames and moves into `base` (as emitted before) and `mine` (as it is in OUT)."""
    sides = Sides(renames=renames(base, new))
    for name, data in base.items():
        target = sides.renames.get(name, name)
        sides.base[target] = Version.of(name, data)
        if name in mine:
            sides.mine[target] = Version.of(name, mine[name])
    edited = [name for name, version in sides.base.items()
              if name in sides.mine and sides.mine[name].text != version.text]
    if edited:
        _move_blocks(sides, edited, new)
    return sides


def renames(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, str]:
    """Files that are there under another name: the most similar first, each once."""
    gone = {name: _weights(old[name]) for name in sorted(old) if name not in new}
    come = {name: _weights(new[name]) for name in sorted(new) if name not in old}
    pairs = []
    for before, left in gone.items():
        for after, right in come.items():
            if before.rpartition(".")[2] != after.rpartition(".")[2]:
                continue
            share = sum((left & right).values()) / max(left.total(), right.total(), 1)
            if share >= SIMILAR:
                pairs.append((-share, before, after))
    found: dict[str, str] = {}
    for _, before, after in sorted(pairs):
        if before not in found and after not in found.values():
            found[before] = after
    return found


_LICENCE = re.compile(rb"\A(?:\s*/\*.*?\*/)+", re.DOTALL)


def _weights(data: bytes) -> Counter[bytes]:
    """Lines with a weight by their length: braces and blank lines say nothing, nor does the licence that all have."""
    return Counter({line: len(line) * count for line, count in
                    Counter(line.strip() for line in _LICENCE.sub(b"", data).split(b"\n")).items() if len(line) > 3})


# -- moved blocks --------------------------------------------------------------------------------------------

_FUNCTION = re.compile(rb"(?:[A-Za-z_][\w \t*]*?[ \t*])?([A-Za-z_]\w*)\(")
_TAGGED = re.compile(rb"(?:static\s+|const\s+|typedef\s+)*(struct|union|enum)\s+([A-Za-z_]\w*)?[^;=({]*(\{[^}]*)?$")
_TABLE = re.compile(rb"[A-Za-z_][\w \t*]*?([A-Za-z_]\w*)\s*(?:\[[^]]*\]\s*)*=\s*\{[^}]*$")
_DEFINE = re.compile(rb"#\s*define\s+([A-Za-z_]\w*)")


def blocks(text: Sequence[bytes]) -> list[Block]:
    """What a file declares at its top level, by the layout that style(9) and cstyle give it: a name in the first
    column, the closing brace in the first column."""
    out: list[Block] = []
    at = 0
    while at < len(text):
        line = text[at]
        found = _DEFINE.match(line)
        if found:
            end = at + 1
            while end < len(text) and text[end - 1].rstrip().endswith(b"\\"):
                end += 1
            out.append(Block("macro", found.group(1).decode("latin-1"), _head(text, at), end))
            at = end
            continue
        block = _braced(text, at) if line[:1].isalpha() or line[:1] == b"_" else None
        if block is not None:
            out.append(block)
            at = block.end
            continue
        at += 1
    return out


def _braced(text: Sequence[bytes], at: int) -> Block | None:
    line = text[at].rstrip()
    kind, name = "", b""
    brace = at
    table, tagged = _TABLE.match(line), _TAGGED.match(line)
    if table:
        kind, name = "table", table.group(1)
    elif tagged and tagged.group(2) and (tagged.group(3) or text[at + 1:at + 2] == [b"{\n"]):
        kind, name = "struct", tagged.group(2)
    elif (function := _FUNCTION.match(line)) and b";" not in line:
        brace = at + 1
        while brace < len(text) and (text[brace][:1] in b" \t" and text[brace].strip() or
                                     text[brace].startswith(b"__")) and b";" not in text[brace]:
            brace += 1
        if text[brace:brace + 1] != [b"{\n"]:
            return None
        kind, name = "function", function.group(1)
    else:
        return None
    end = brace + 1
    while end < len(text) and not text[end].startswith(b"}"):
        end += 1
    if end == len(text):
        return None
    return Block(kind, name.decode("latin-1"), _head(text, at, kind == "function"), end + 1)


def _head(text: Sequence[bytes], at: int, typed: bool = False) -> int:
    """Where a declaration begins: at its type, and at the comment that stands right above."""
    start = at
    if typed and start and re.match(rb"[A-Za-z_][\w \t*]*$", text[start - 1].rstrip()):
        start -= 1
    if start and text[start - 1].rstrip().endswith(b"*/"):
        top = start - 1
        while top >= 0 and b"/*" not in text[top]:
            top -= 1
        if top >= 0 and text[top].startswith(b"/*"):
            start = top
    return start


@dataclass
class _Traffic:
    """What leaves a file and what comes into it."""

    going: list[Block] = field(default_factory=list)
    coming: list[tuple[Block, str, Block]] = field(default_factory=list)    # in the new text, from file, in the old


def _move_blocks(sides: Sides, edited: Sequence[str], new: Mapping[str, bytes]) -> None:
    after = {name: lines(data) for name, data in new.items()}
    olds, news = _declared({name: version.text for name, version in sides.base.items()}), _declared(after)
    traffic: dict[str, _Traffic] = defaultdict(_Traffic)
    for name in edited:
        base, mine = sides.base[name].text, sides.mine[name].text
        own = Counter(block.key for block in blocks(mine))
        texts = {block.key: mine[block.start:block.end] for block in blocks(mine)}
        changes = diff(base, after[name]) if name in after else []
        for block in blocks(base):
            text = base[block.start:block.end]
            if own[block.key] > 1 or texts.get(block.key) == text:
                continue            # nobody edited it, or there are two of it
            found = _target(name, block, text, olds[block.key], news[block.key], changes, after)
            if found is None or (found[0] in sides.base and found[0] not in sides.mine):
                continue
            traffic[name].going.append(block)
            traffic[found[0]].coming.append((found[1], name, block))
            sides.moves.append(Move(block.kind, block.name, name, found[0]))
    if traffic:
        _carry(sides, traffic, after)


def _declared(texts: Mapping[str, Sequence[bytes]]) -> dict[tuple[str, str], list[tuple[str, Block]]]:
    found: dict[tuple[str, str], list[tuple[str, Block]]] = defaultdict(list)
    for name, text in texts.items():
        for block in blocks(text):
            found[block.key].append((name, block))
    return found


def _target(name: str, block: Block, text: Sequence[bytes], old: Sequence[tuple[str, Block]],
            new: Sequence[tuple[str, Block]], changes: Sequence[Hunk],
            after: Mapping[str, Sequence[bytes]]) -> tuple[str, Block] | None:
    """Where a block has gone; None where it has not, or where that is not certain."""
    here = [item for item in new if item[0] == name]
    if here:
        alone = len(here) == 1 and sum(1 for item in old if item[0] == name) == 1
        return here[0] if alone and _displaced(block, text, changes, after[name], here[0][1]) else None
    were = {file for file, _ in old}
    fresh = [item for item in new if item[0] not in were]
    gone = [file for file, _ in old if all(file != item[0] for item in new)]
    return fresh[0] if len(fresh) == 1 and gone == [name] else None


def _displaced(block: Block, text: Sequence[bytes], changes: Sequence[Hunk], after: Sequence[bytes],
               now: Block) -> bool:
    """Whether most of a block left its place in the file, and stands elsewhere in it."""
    telling = [number for number, line in enumerate(text) if len(line.strip()) > 3]
    left = sum(1 for number in telling if _changed(changes, block.start + number))
    kept = Counter(text[number] for number in telling) & Counter(after[now.start:now.end])
    return 2 * left > len(telling) and 2 * kept.total() >= len(telling)


def _changed(changes: Sequence[Hunk], number: int) -> bool:
    at = bisect_right(changes, number, key=lambda hunk: hunk.a0) - 1
    return at >= 0 and number < changes[at].a1


def _carry(sides: Sides, traffic: Mapping[str, _Traffic], after: Mapping[str, Sequence[bytes]]) -> None:
    """Take the blocks out of their files and put them where the new text has them, in both older versions."""
    empty = Version([], [])
    base, mine = dict(sides.base), dict(sides.mine)
    for name, files in traffic.items():
        old, own = base.get(name, empty), mine.get(name, empty)
        to_old = diff(after.get(name, ()), old.text)
        to_own = diff(old.text, own.text)
        old_comes: list[tuple[int, Version]] = []
        own_comes: list[tuple[int, Version]] = []
        for block, source, before in sorted(files.coming, key=lambda item: item[0].start):
            place = position(to_old, block.start)
            old_comes.append((place, _cut(base[source], before)))
            there = next((item for item in blocks(mine[source].text) if item.key == before.key), None)
            if there is not None:
                own_comes.append((position(to_own, place), _cut(mine[source], there)))
        keys = {block.key for block in files.going}
        sides.base[name] = _rebuilt(old, files.going, old_comes)
        sides.mine[name] = _rebuilt(own, [block for block in blocks(own.text) if block.key in keys], own_comes)


def _end(text: Sequence[bytes], block: Block) -> int:
    """Behind a block and the blank line that follows it."""
    return block.end + (block.end < len(text) and not text[block.end].strip())


def _cut(version: Version, block: Block) -> Version:
    end = _end(version.text, block)
    return Version(version.text[block.start:end], version.places[block.start:end])


def _rebuilt(version: Version, going: Sequence[Block], coming: Sequence[tuple[int, Version]]) -> Version:
    gone = {number for block in going for number in range(block.start, _end(version.text, block))}
    out = Version([], [])
    for number in range(len(version.text) + 1):
        for place, piece in coming:
            if place == number:
                out.text.extend(piece.text)
                out.places.extend(piece.places)
        if number < len(version.text) and number not in gone:
            out.text.append(version.text[number])
            out.places.append(version.places[number])
    return out
