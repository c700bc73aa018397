"""Edits: what is to become of a range of bytes, and how many edits become one text.

Rules and passes only say what they want (`Edit`).  Here the wishes of one file are put in order: an edit inside a
part that another one keeps is carried out inside it; one inside a part that the other throws away is absorbed; two that
want the same bytes and do not nest are an error that names both.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from portkit.errors import PortkitError
from portkit.frontend.unit import SourceFile

PRIORITY_RULE, PRIORITY_PASS, PRIORITY_USER = 1, 2, 3


@dataclass(frozen=True)
class Kept:
    """A part of an edit's new text: source bytes [start, end), themselves rewritten first."""

    start: int
    end: int
    filters: tuple[str, ...] = ()
    raw: bool = False
    dedent: int = 0                 # tabs that its lines after the first lose


Part = str | Kept


@dataclass(eq=False)
class Edit:
    """Bytes [start, end) become `parts`.  start == end inserts."""

    start: int
    end: int
    parts: tuple[Part, ...]
    rule: str                       # id of the rule or name of the pass
    kind: str                       # same, native, template, support, dropped
    why: str = ""
    what: str = ""                  # of a dropped thing: what it is
    priority: int = PRIORITY_PASS
    specific: int = 0               # among rules: the one with more guards and tokens wins
    headers: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    verbatim_indent: bool = False   # the parts carry their own indentation
    hint: str = ""
    discarded: tuple[tuple[int, int], ...] = ()     # arguments that the new text has no place for
    omitted: tuple[tuple[int, int], ...] = ()       # what of it is dropped, while the rest is not
    always: bool = False            # carried out in raw parts of others, too
    order: int = 0


@dataclass(slots=True)
class Chunk:
    """A run of the new text: where it comes from, and who made it."""

    text: str
    origin: int                     # offset in the source
    verbatim: bool                  # these very bytes stand at `origin`
    edit: Edit | None


@dataclass
class Rendered:
    chunks: list[Chunk]
    applied: list[Edit]
    disposition: dict[int, Edit]    # start offset of an identifier -> the edit that consumed it


Filter = Callable[[str], str]


class Renderer:
    """Carries out the edits of one file."""

    def __init__(self, file: SourceFile, edits: Iterable[Edit], filters: dict[str, Filter]) -> None:
        self.file = file
        self.text = file.text
        self.filters = filters
        self.insertions: dict[int, list[Edit]] = {}
        ranged: list[Edit] = []
        for order, edit in enumerate(edits):
            edit.order = order
            if edit.start == edit.end:
                self.insertions.setdefault(edit.start, []).append(edit)
            else:
                ranged.append(edit)
        self.edits = self._choose(ranged)
        self.starts = [edit.start for edit in self.edits]
        self.applied: list[Edit] = []
        self.painted: list[tuple[int, int, Edit | None]] = []

    def _choose(self, edits: list[Edit]) -> list[Edit]:
        """One edit a range; of several for the same range the strongest, or an error that names them."""
        wanted: dict[tuple[int, int], list[Edit]] = {}
        for edit in edits:
            wanted.setdefault((edit.start, edit.end), []).append(edit)
        best: dict[tuple[int, int], Edit] = {}
        for key, rivals in wanted.items():
            rivals.sort(key=lambda edit: (-edit.priority, -edit.specific, edit.order))
            first = rivals[0]
            best[key] = first
            for other in rivals[1:]:
                if (other.priority, other.specific) == (first.priority, first.specific) and other.rule != first.rule:
                    raise PortkitError(
                        f"rules {first.rule} and {other.rule} both want "
                        f"`{' '.join(self.text[key[0]:key[1]].split())[:60]}`",
                        file=self.file.path, line=self.file.line(key[0]),
                        hint="give one of them a guard that excludes the other")
        return sorted(best.values(), key=lambda edit: (edit.start, -edit.end))

    def render(self) -> Rendered:
        chunks = self._range(0, len(self.text), 0, len(self.edits), None)
        disposition: dict[int, Edit] = {}
        marks: list[tuple[int, int, Edit | None]] = self.painted
        identifiers = [token.start for token in self.file.lexed.raw_identifiers]
        for first, last, edit in marks:
            low = bisect.bisect_left(identifiers, first)
            high = bisect.bisect_left(identifiers, last)
            for position in identifiers[low:high]:
                if edit is None:
                    disposition.pop(position, None)
                else:
                    disposition[position] = edit
        return Rendered(chunks, self.applied, disposition)

    def _range(self, start: int, end: int, low: int, high: int, inside: Edit | None) -> list[Chunk]:
        """Bytes [start, end) with the edits self.edits[low:high] that lie in it."""
        out: list[Chunk] = []
        at = start
        number = low
        while number < high:
            edit = self.edits[number]
            if edit.start < at or edit.end > end:
                number += 1
                continue
            self._plain(at, edit.start, out, inside)
            nested = number + 1
            while nested < high and self.edits[nested].start < edit.end:
                other = self.edits[nested]
                if other.end > edit.end:
                    self._conflict(edit, other)
                nested += 1
            chunks = self._apply(edit, number + 1, nested)
            at = edit.end
            if chunks and chunks[-1].text.endswith(" *"):
                at = self._star_to_name(chunks, at, end)
            out.extend(chunks)
            number = nested
        self._plain(at, end, out, inside, last=True)
        return out

    def _star_to_name(self, chunks: list[Chunk], at: int, end: int) -> int:
        """A type that became a pointer: its star stands at the name, `type<white space>*name`."""
        stop = at
        while stop < end and self.text[stop] in " \t":
            stop += 1
        following = self.text[stop:stop + 1]
        if stop == at or stop >= end or not (following == "*" or following == "_" or following.isalnum()):
            return at
        last = chunks[-1]
        white = self.text[at:stop]
        chunks[-1] = Chunk(last.text[:-2], last.origin, last.verbatim, last.edit)
        chunks.append(Chunk(white + "*", at, False, last.edit))
        return stop

    def _plain(self, start: int, end: int, out: list[Chunk], inside: Edit | None, last: bool = False) -> None:
        """Source bytes as they are, with what is inserted among them."""
        points = [offset for offset in self.insertions if start <= offset < end or (offset == end and last)
                  or (offset == end == start)]
        at = start
        for offset in sorted(points):
            if offset > at:
                out.append(Chunk(self.text[at:offset], at, True, None))
            for edit in self.insertions.pop(offset):
                out.extend(self._parts(edit, 0, 0))
                self.applied.append(edit)
            at = offset
        if end > at:
            out.append(Chunk(self.text[at:end], at, True, None))

    def _apply(self, edit: Edit, low: int, high: int) -> list[Chunk]:
        self.applied.append(edit)
        self.painted.append((edit.start, edit.end, edit))
        for first, last in edit.discarded:
            # Not passed on to the helper: what it said is said by the helper itself.
            self.painted.append((first, last, Edit(first, last, (), edit.rule, "template")))
        for first, last in edit.omitted:
            self.painted.append((first, last, Edit(first, last, (), edit.rule, "dropped")))
        before: list[Chunk] = []
        for inserted in self.insertions.pop(edit.start, []):
            before.extend(self._parts(inserted, 0, 0))
            self.applied.append(inserted)
        return before + self._parts(edit, low, high)

    def _parts(self, edit: Edit, low: int, high: int) -> list[Chunk]:
        out: list[Chunk] = []
        indent = "" if edit.verbatim_indent else self._indent(edit.start)
        for part in edit.parts:
            if isinstance(part, str):
                text = _indented(part, indent)
                out.append(Chunk(text, edit.start, False, edit))
                continue
            if part.raw:
                chunks = self._raw(part, low, high)
            else:
                self.painted.append((part.start, part.end, None))
                chunks = self._range(part.start, part.end, low, high, edit)
            if part.dedent:
                chunks = _dedented(chunks, part.dedent)
            if part.filters:
                text = "".join(chunk.text for chunk in chunks)
                for name in part.filters:
                    text = self.filters[name](text)
                chunks = [Chunk(text, part.start, False, edit)]
            out.extend(chunks)
        return out

    def _raw(self, part: Kept, low: int, high: int) -> list[Chunk]:
        """Source bytes as they are, but for the edits that are always carried out."""
        out: list[Chunk] = []
        at = part.start
        for number in range(low, high):
            edit = self.edits[number]
            if edit.always and edit.start >= at and edit.end <= part.end:
                out.append(Chunk(self.text[at:edit.start], at, True, None))
                out.extend(self._apply(edit, number + 1, number + 1))
                at = edit.end
        out.append(Chunk(self.text[at:part.end], at, True, None))
        return out

    def _indent(self, offset: int) -> str:
        line_start = self.text.rfind("\n", 0, offset) + 1
        end = line_start
        while end < offset and self.text[end] in " \t":
            end += 1
        return self.text[line_start:end]

    def _conflict(self, one: Edit, other: Edit) -> None:
        raise PortkitError(
            f"{one.rule} and {other.rule} want overlapping text", file=self.file.path,
            line=self.file.line(other.start), hint="make one of them match a whole statement or a whole expression")


@dataclass
class Line:
    """One line of new text: the upstream line it comes from and how."""

    text: str
    upstream: int                   # 1-based; 0 for none
    status: str                     # verbatim, rewritten, template, support
    rules: tuple[str, ...] = ()


def _indented(text: str, indent: str) -> str:
    """Text whose lines after the first stand at an indentation; blank lines stay empty."""
    if not indent or "\n" not in text:
        return text
    lines = text.split("\n")
    last = len(lines) - 1
    return "\n".join(line if number == 0 else indent + line if line.strip() or number == last else ""
                     for number, line in enumerate(lines))


def _dedented(chunks: list[Chunk], tabs: int) -> list[Chunk]:
    """Chunks whose lines begin with so many tabs less; eight blanks are a tab."""
    out: list[Chunk] = []
    fresh = True                        # at the start of a line
    for chunk in chunks:
        at = 0
        for line in chunk.text.splitlines(keepends=True):
            skip = 0
            if fresh:
                for _ in range(tabs):
                    if line.startswith("\t", skip):
                        skip += 1
                    elif line.startswith("        ", skip):
                        skip += 8
            if len(line) > skip:
                out.append(Chunk(line[skip:], chunk.origin + at + skip if chunk.verbatim else chunk.origin,
                                 chunk.verbatim, chunk.edit))
            fresh = line.endswith("\n")
            at += len(line)
    return out


def to_lines(file: SourceFile, chunks: list[Chunk]) -> list[Line]:
    """Compose chunks into lines (without their newline).

    A line is `verbatim` when it equals its upstream line but for white space, `template` when only inserted glue stands
    on it, else `rewritten`.
    """
    lines: list[Line] = []
    text: list[str] = []
    origins: list[int] = []
    blanks: list[int] = []          # where text that adds nothing to the line stands
    edits: list[Edit] = []
    empty: list[Edit] = []          # whose text adds nothing to the line
    from_source = False
    upstream_lines = [_squeeze(line) for line in file.text.split("\n")]
    size = max(0, len(file.text) - 1)

    def finish() -> None:
        nonlocal from_source
        joined = "".join(text)
        places = origins or blanks[-1:]
        upstream = min(places) if places else 0
        squeezed = _squeeze(joined)
        status = "rewritten"
        if any(squeezed == upstream_lines[number - 1] for number in places):
            status = "verbatim"
        made = edits or ([] if from_source or status == "verbatim" else empty)
        if status != "verbatim" and made and not from_source and all(edit.kind == "template" for edit in made):
            status = "template"
        lines.append(Line(joined, upstream, status, tuple(dict.fromkeys(edit.rule for edit in made))))
        text.clear()
        origins.clear()
        blanks.clear()
        edits.clear()
        empty.clear()
        from_source = False

    for chunk in chunks:
        offset = chunk.origin
        for number, piece in enumerate(chunk.text.split("\n")):
            if number:
                finish()
            text.append(piece)
            if piece or chunk.verbatim:
                (origins if piece else blanks).append(file.line(min(offset, size)))
            if chunk.verbatim:
                from_source = from_source or bool(piece.strip())
                offset += len(piece) + 1
            elif chunk.edit is not None:
                (edits if piece else empty).append(chunk.edit)
    if any(text):
        finish()
    return lines


def _squeeze(text: str) -> str:
    return "".join(text.split())
