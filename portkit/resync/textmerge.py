"""Differences between texts, and the three-way merge, by lines.

Lines keep their newlines; a text is `bytes` cut by `lines()`.  Two changes are in conflict where they touch a line of
the base both, or put different lines in the same place: changes of neighbouring lines are not (diff3 and git take
these for conflicts, too).
"""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

Text = Sequence[bytes]


def lines(data: bytes) -> list[bytes]:
    """Cut at newlines, which stay; nothing else ends a line."""
    found = data.split(b"\n")
    last = found.pop()
    out = [line + b"\n" for line in found]
    return [*out, last] if last else out


@dataclass(frozen=True)
class Hunk:
    """Lines [a0, a1) of one text became lines [b0, b1) of the other."""

    a0: int
    a1: int
    b0: int
    b1: int

    def turned(self) -> Hunk:
        """The same change the other way."""
        return Hunk(self.b0, self.b1, self.a0, self.a1)

    def header(self) -> str:
        """As `diff -U0` writes it."""
        return f"@@ -{_range(self.a0, self.a1)} +{_range(self.b0, self.b1)} @@"


def _range(start: int, end: int) -> str:
    count = end - start
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"


def diff(a: Text, b: Text) -> list[Hunk]:
    """What turns a into b: patience diff, so that functions and not braces are lined up."""
    pairs = [(-1, -1), *_matches(a, b), (len(a), len(b))]
    out = []
    for (a0, b0), (a1, b1) in zip(pairs, pairs[1:], strict=False):
        if a1 - a0 > 1 or b1 - b0 > 1:
            out.append(Hunk(a0 + 1, a1, b0 + 1, b1))
    return out


def _matches(a: Text, b: Text) -> list[tuple[int, int]]:
    """Pairs of equal lines, rising in both."""
    found: list[tuple[int, int]] = []
    todo = [(0, len(a), 0, len(b))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            found.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            found.append((a1, b1))
        if a0 == a1 or b0 == b1:
            continue
        anchors = _unique(a, a0, a1, b, b0, b1)
        if not anchors:
            matcher = difflib.SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
            for i, j, size in matcher.get_matching_blocks():
                found += [(a0 + i + k, b0 + j + k) for k in range(size)]
            continue
        at = (a0, b0)
        for i, j in anchors:
            todo.append((at[0], i, at[1], j))
            found.append((i, j))
            at = (i + 1, j + 1)
        todo.append((at[0], a1, at[1], b1))
    return sorted(found)


def _unique(a: Text, a0: int, a1: int, b: Text, b0: int, b1: int) -> list[tuple[int, int]]:
    """The longest rising run of lines that stand once in both."""
    count_a, count_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    places = {b[j]: j for j in range(b0, b1) if count_b[b[j]] == 1}
    pairs = [(i, places[a[i]]) for i in range(a0, a1) if count_a[a[i]] == 1 and a[i] in places]
    tails: list[int] = []           # ends of the best runs by length, as indices into pairs
    values: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        at = bisect_right(values, j)
        before.append(tails[at - 1] if at else -1)
        if at == len(tails):
            tails.append(index)
            values.append(j)
        else:
            tails[at], values[at] = index, j
    out = []
    index = tails[-1] if tails else -1
    while index >= 0:
        out.append(pairs[index])
        index = before[index]
    return out[::-1]


def position(hunks: Sequence[Hunk], line: int) -> int:
    """Where line `line` of the first text stands in the second; behind what replaced it where it is gone."""
    at = bisect_right(hunks, line, key=lambda hunk: hunk.a0) - 1
    if at < 0:
        return line
    hunk = hunks[at]
    return hunk.b1 if line < hunk.a1 else hunk.b1 + line - hunk.a1


# -- merging -------------------------------------------------------------------------------------------------

SAME, MINE, THEIRS, BOTH, CONFLICT = "same", "mine", "theirs", "both", "conflict"


@dataclass(frozen=True)
class Region:
    """A stretch of a merge, as line ranges of the three texts."""

    kind: str                       # same, mine, theirs (changed there alone), both (the same change), conflict
    base: tuple[int, int]
    mine: tuple[int, int]
    theirs: tuple[int, int]


def merge(base: Text, mine: Text, theirs: Text) -> list[Region]:
    """The merge as regions that follow each other without a gap."""
    left, right = _apart(base, diff(base, mine), mine, diff(base, theirs), theirs)
    out: list[Region] = []
    at = [0, 0, 0]                  # in base, mine, theirs

    def same(until: int) -> None:
        count = until - at[0]
        if count > 0:
            out.append(Region(SAME, (at[0], until), (at[1], at[1] + count), (at[2], at[2] + count)))
            at[:] = [until, at[1] + count, at[2] + count]

    for ours, their in _clusters(left, right):
        both = [*ours, *their]
        start, end = min(hunk.a0 for hunk in both), max(hunk.a1 for hunk in both)
        same(start)
        grown = [sum(hunk.b1 - hunk.b0 - (hunk.a1 - hunk.a0) for hunk in side) for side in (ours, their)]
        j = (at[1], at[1] + end - start + grown[0])
        k = (at[2], at[2] + end - start + grown[1])
        if not their:
            kind = MINE
        elif not ours:
            kind = THEIRS
        elif list(mine[slice(*j)]) == list(theirs[slice(*k)]):
            kind = BOTH
        else:
            kind = CONFLICT
        out.append(Region(kind, (start, end), j, k))
        at[:] = [end, j[1], k[1]]
    same(len(base))
    return out


def _touch(a: Hunk, b: Hunk) -> bool:
    """Whether they change a line both, or put lines into the same place."""
    if a.a0 == a.a1 and b.a0 == b.a1:
        return a.a0 == b.a0
    return max(a.a0, b.a0) < min(a.a1, b.a1) or b.a0 < a.a0 == a.a1 < b.a1 or a.a0 < b.a0 == b.a1 < a.a1


def _clusters(left: Sequence[Hunk], right: Sequence[Hunk]) -> Iterator[tuple[list[Hunk], list[Hunk]]]:
    """The hunks of both sides in order; those that touch each other, over others too, together."""
    todo = sorted([(hunk.a0, hunk.a1, 0, hunk) for hunk in left] + [(hunk.a0, hunk.a1, 1, hunk) for hunk in right],
                  key=lambda item: item[:3])
    group: tuple[list[Hunk], list[Hunk]] = ([], [])
    for _, _, side, hunk in todo:
        if any(group) and not any(_touch(hunk, other) for other in group[1 - side]):
            yield group
            group = ([], [])
        group[side].append(hunk)
    if any(group):
        yield group


def _apart(base: Text, left: list[Hunk], mine: Text, right: list[Hunk],
           theirs: Text) -> tuple[list[Hunk], list[Hunk]]:
    """Lines added or removed beside equal ones could stand in several places: choose one where they do not meet."""
    starts = [hunk.a0 for hunk in right]
    for index, hunk in enumerate(left):
        first = max(0, bisect_right(starts, hunk.a0) - 2)
        for number in range(first, len(right)):
            other = right[number]
            if other.a0 > hunk.a1:
                break
            if not _touch(hunk, other):
                continue
            spots = [(one, two) for one in _slides(base, left, index, mine)
                     for two in _slides(base, right, number, theirs) if not _touch(one, two)]
            for one, two in spots:
                if not any(_touch(one, item) for item in right if item is not other) and \
                        not any(_touch(two, item) for item in left if item is not hunk):
                    left[index], right[number] = one, two
                    hunk = one
                    break
    return left, right


def _slides(base: Text, hunks: Sequence[Hunk], index: int, text: Text) -> list[Hunk]:
    """A hunk and the places that it could stand in as well, between its neighbours."""
    hunk = hunks[index]
    out = [hunk]
    if hunk.a0 != hunk.a1 and hunk.b0 != hunk.b1:
        return out
    low = hunks[index - 1].a1 + 1 if index else 0
    high = hunks[index + 1].a0 - 1 if index + 1 < len(hunks) else len(base)
    # What is slid over is equal in both texts, so the lines to compare are those at either end of the change.
    now = hunk
    while now.a0 > low and (base[now.a0 - 1] == (base[now.a1 - 1] if now.a1 > now.a0 else text[now.b1 - 1])):
        now = Hunk(now.a0 - 1, now.a1 - 1, now.b0 - 1, now.b1 - 1)
        out.append(now)
    now = hunk
    while now.a1 < high and (base[now.a1] == (base[now.a0] if now.a1 > now.a0 else text[now.b0])):
        now = Hunk(now.a0 + 1, now.a1 + 1, now.b0 + 1, now.b1 + 1)
        out.append(now)
    return out


# -- showing -------------------------------------------------------------------------------------------------

def unified(a: Text, b: Text, hunks: Sequence[Hunk] | None = None, context: int = 3) -> list[tuple[Hunk, list[bytes]]]:
    """Hunks with their context, and their lines as a unified diff has them."""
    out = []
    for group in _near(diff(a, b) if hunks is None else hunks, 2 * context):
        first, last = group[0], group[-1]
        before = min(context, first.a0)
        after = min(context, len(a) - last.a1)
        whole = Hunk(first.a0 - before, last.a1 + after, first.b0 - before, last.b1 + after)
        body: list[bytes] = []
        at = whole.a0
        for hunk in group:
            body += [b" " + line for line in a[at:hunk.a0]]
            body += [b"-" + line for line in a[hunk.a0:hunk.a1]]
            body += [b"+" + line for line in b[hunk.b0:hunk.b1]]
            at = hunk.a1
        body += [b" " + line for line in a[at:whole.a1]]
        out.append((whole, [line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
                            for line in body]))
    return out


def _near(hunks: Sequence[Hunk], gap: int) -> list[list[Hunk]]:
    numbers = []
    number = 0
    for index, hunk in enumerate(hunks):
        if index and hunk.a0 - hunks[index - 1].a1 > gap:
            number += 1
        numbers.append((number, hunk))
    return [[hunk for _, hunk in group] for _, group in groupby(numbers, key=lambda item: item[0])]


def patch(name: str, old: bytes | None, new: bytes | None) -> bytes:
    """A file's unified diff as git and patch(1) take it; b'' where nothing changed.  None stands for no file."""
    if old == new:
        return b""
    path = name.encode()
    out = [b"diff --git a/" + path + b" b/" + path + b"\n"]
    if old is None:
        out.append(b"new file mode 100644\n")
    if new is None:
        out.append(b"deleted file mode 100644\n")
    if old or new:
        out += [b"--- " + (b"/dev/null" if old is None else b"a/" + path) + b"\n",
                b"+++ " + (b"/dev/null" if new is None else b"b/" + path) + b"\n"]
    for hunk, body in unified(lines(old or b""), lines(new or b"")):
        out.append(hunk.header().encode() + b"\n")
        out += body
    return b"".join(out)
