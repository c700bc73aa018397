"""Where a change of upstream's belongs in a text that somebody wrote after it: the one certain place, or none.

The block that upstream changed (a function, structure, macro; or what stands between blocks) is aligned with the
port's, word by word.  A change has a place only where the words that it takes away are in the port, all and together,
where the words before and after them correspond as well and stand right beside, and where those words are found in the
port no other number of times than upstream.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from portkit.resync.cwords import Source, Word, balance
from portkit.resync.moves import Block
from portkit.resync.textmerge import Hunk, diff

EVIDENCE = 8            # words that have to correspond around a change, with those it takes away
_SIDE = 2               # of them, on either side of new text
_WINDOW = 12
_ENDS = (b";", b"{", b"}")
_STATEMENT = 5          # words of a statement that says something


@dataclass(frozen=True)
class Edit:
    """Bytes [start, end) of a file of the port become `text`."""

    file: str
    start: int
    end: int
    text: bytes


@dataclass(frozen=True)
class Pair:
    """What corresponds: a block upstream, before and after, and in the port; None for what is outside of blocks."""

    old: Source
    old_block: Block | None
    new: Source
    new_block: Block | None
    port: Source
    port_block: Block | None


class Alignment:
    """Words of one text, and where each of them is in the other; -1 for nowhere."""

    def __init__(self, mine: Sequence[Word], other: Sequence[Word]) -> None:
        self.mine, self.other = mine, other
        self.to = [-1] * len(mine)
        a = b = 0
        for hunk in [*diff([word.text for word in mine], [word.text for word in other]),
                     Hunk(len(mine), len(mine), len(other), len(other))]:
            for step in range(hunk.a0 - a):
                self.to[a + step] = b + step
            a, b = hunk.a1, hunk.b1

    def at(self, index: int) -> int:
        """Like `to`, with the ends of both texts corresponding."""
        return -1 if index < 0 else len(self.other) if index >= len(self.mine) else self.to[index]

    def nearest(self, index: int) -> Word | None:
        """The word of the other text that stands for `index` or for what is next to it."""
        for distance in range(len(self.mine) + 1):
            for near in (index - distance, index + distance):
                if 0 <= near < len(self.mine) and self.to[near] >= 0:
                    return self.other[self.to[near]]
        return None

    def together(self, first: int, last: int) -> tuple[int, int] | None:
        """Where words [first, last) are in the other text, one behind the other."""
        start = self.to[first]
        same = start >= 0 and all(self.to[first + step] == start + step for step in range(last - first))
        return (start, start + last - first) if same else None

    def certain(self, first: int, last: int) -> tuple[int, int] | None:
        """Where words [first, last) are in the other text; None where that is not certain."""
        before, after = self.at(first - 1), self.at(last)
        if first > 0 and before < 0 or last < len(self.mine) and after < 0 or after - before - 1 != last - first:
            return None
        if any(self.to[index] != before + 1 + index - first for index in range(first, last)):
            return None
        left = right = 0
        while left < _WINDOW and first - left > 0 and self.to[first - left - 1] == before - left >= 0:
            left += 1
        while right < _WINDOW and last + right < len(self.mine) and self.to[last + right] == after + right:
            right += 1
        known = _weigh(self.mine[first - left:last + right])
        ends = (first - left == 0) + (last + right == len(self.mine))
        thin = first == last and (_weigh(self.mine[first - left:first]) < _SIDE and first - left > 0 or
                                  _weigh(self.mine[last:last + right]) < _SIDE and last + right < len(self.mine))
        if thin or known + EVIDENCE // 2 * ends < EVIDENCE:
            return None
        window = [word.text for word in self.mine[first - left:last + right]]
        if not ends and _count(window, self.mine) != _count(window, self.other):
            return None
        return before + 1, after


def _family(name: bytes, other: bytes) -> bytes:
    """What two names begin with, up to an underscore."""
    both = takewhile(lambda parts: parts[0] == parts[1], zip(name.split(b"_"), other.split(b"_"), strict=False))
    return b"".join(part + b"_" for part, _ in both) or name


def _weigh(words: Sequence[Word]) -> int:
    """Words as evidence: the name of a whole block is worth more."""
    return sum(EVIDENCE // 2 if word.text.startswith(b"\0") else 1 for word in words)


def _statements(words: Sequence[Word]) -> list[tuple[int, int]]:
    """The statements of a function: each ends with ; or a brace."""
    ends = [index + 1 for index, word in enumerate(words) if word.text in _ENDS]
    return list(zip([0, *ends], ends, strict=False))


def _text(words: Sequence[Word], place: tuple[int, int]) -> tuple[bytes, ...]:
    return tuple(word.text for word in words[slice(*place)])


def _texts(words: Sequence[Word]) -> list[tuple[bytes, ...]]:
    return [_text(words, place) for place in _statements(words)]


def _count(window: Sequence[bytes], words: Sequence[Word]) -> int:
    return sum(1 for at in range(len(words) - len(window) + 1 if window else 0)
               if words[at].text == window[0] and [word.text for word in words[at:at + len(window)]] == window)


def _range(words: Sequence[Word], first: int, last: int) -> tuple[int, int]:
    return (bisect_left(words, first, key=lambda word: word.line),
            bisect_left(words, last, key=lambda word: word.line))


class Placer:
    """Places changes of one pair; alignments are made once."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._kept: dict[tuple[str, bool], Alignment] = {}

    def _align(self, which: str, comments: bool) -> Alignment:
        if (which, comments) not in self._kept:
            pair = self.pair
            side = pair.old.stream(pair.old_block, comments) if which == "old" else \
                pair.new.stream(pair.new_block, comments)
            self._kept[which, comments] = Alignment(side, pair.port.stream(pair.port_block, comments))
        return self._kept[which, comments]

    def line(self, hunk: Hunk) -> int:
        """The port's line (from 1) that is nearest to where the change would go."""
        alignment = self._align("old", self.only_comments(hunk))
        word = alignment.nearest(_range(alignment.mine, hunk.a0, hunk.a1)[0])
        if word is None:
            return self.pair.port_block.start + 1 if self.pair.port_block else 1
        return word.line + 1

    def around(self, first: int, last: int) -> float:
        """How much of upstream's lines [first, last) the port has: the share of their names, comments' words too."""
        alignment = self._align("old", True)
        low, high = _range(alignment.mine, first, last)
        names = [index for index in range(low, high) if alignment.mine[index].text[:1].isalpha()]
        return sum(1 for index in names if alignment.to[index] >= 0) / len(names) if names else 1.0

    def already(self, hunk: Hunk) -> bool:
        """Whether the port has the text after the change, at its place."""
        comments = self.only_comments(hunk)
        if self._said(hunk) if comments else self._declared(hunk):
            return True
        alignment = self._align("new", comments)
        first, last = _range(alignment.mine, hunk.b0, hunk.b1)
        was = self._align("old", comments)
        o0, o1 = _range(was.mine, hunk.a0, hunk.a1)
        few = _trim(alignment.mine, first, last, was.mine, o0, o1)
        return alignment.certain(*few[:2]) is not None or (not comments and self._made(first, last, o0, o1))

    def _made(self, n0: int, n1: int, o0: int, o1: int) -> bool:
        """Whether the port made the change itself: each statement that upstream added is in the port's function, at
        its place and as often, and none that it took away is.  Upstream's function had no such statement before, so
        what stands there in the port can be nothing else.

        One call among them may be another of the port's own, if upstream's function is unknown in the port, both end
        with the same argument, and the statements around it are the same.
        """
        if self.pair.old_block is None or self.pair.old_block.kind != "function":
            return False
        now, was = self._align("new", False), self._align("old", False)
        old, new, port = (Counter(_texts(words)) for words in (was.mine, now.mine, now.other))
        added = [one for one in _statements(now.mine) if one[1] > n0 and one[0] < n1 and
                 _text(now.mine, one) not in old and any(word.name for word in now.mine[slice(*one)])]
        gone = [_text(was.mine, one) for one in _statements(was.mine) if one[1] > o0 and one[0] < o1]
        if any(text not in new and port[text] for text in gone):
            return False
        found = [now.together(*one) if port[_text(now.mine, one)] == new[_text(now.mine, one)] else None
                 for one in added]
        if not any(place and last - first >= _STATEMENT for place, (first, last) in zip(found, added, strict=True)):
            return False
        for index, place in enumerate(found):
            if place is None and not (0 < index < len(found) - 1 and self._same_call(
                    now, added[index], found[index - 1], found[index + 1])):
                return False
        return True

    def _same_call(self, now: Alignment, call: tuple[int, int], above: tuple[int, int] | None,
                   below: tuple[int, int] | None) -> bool:
        mine = now.mine[slice(*call)]
        if above is None or below is None or len(mine) < 2 or mine[1].text != b"(" or \
                mine[0].text in self.pair.port.names:
            return False
        other = now.other[above[1]:below[0]]
        ends = [word.text for word in mine[-_STATEMENT:]] == [word.text for word in other[-_STATEMENT:]]
        return ends and len(_statements(other)) == 1 and other[0].name and other[1].text == b"("

    def _declared(self, hunk: Hunk) -> bool:
        """Whether a new declaration of upstream's is in the port, wherever it stands."""
        if _within(self.pair.old.code, hunk.a0, hunk.a1):
            return False
        fresh = _within(self.pair.new.code, hunk.b0, hunk.b1)
        alone = any(word.name and word.text not in self.pair.old.names for word in fresh)
        where = self.pair.port.code if self.pair.port_block is None else self._align("new", False).other
        return alone and _count([word.text for word in fresh], where) > 0

    def _said(self, hunk: Hunk) -> bool:
        """Whether a comment already says what upstream's says now: it may stand a little apart in the port."""
        texts = []
        for source, first, last in ((self.pair.old, hunk.a0, hunk.a1), (self.pair.new, hunk.b0, hunk.b1)):
            low, high = _range(source.talk, first, last)
            texts.append([word.text for word in source.talk[max(low - EVIDENCE, 0):high + EVIDENCE // 2]
                          if word.comment])
        port = self.pair.port.talk
        return len(texts[1]) > EVIDENCE and _count(texts[1], port) > 0 == _count(texts[0], port)

    def edit(self, hunk: Hunk) -> Edit | None:
        """The change as an edit of the port; None where its place is not certain."""
        if not self.only_comments(hunk) and not _within(self.pair.old.code, hunk.a0, hunk.a1):
            found = self._edit(hunk, True, True) or self._edit(hunk, False, True)
            return found or self._edit(hunk, False, False) or self._declare(hunk) or self._statement(hunk)
        for comments in (True, False):
            if not comments and self.only_comments(hunk):
                break
            for whole in (True, False):
                found = self._edit(hunk, comments, whole)
                if found is not None:
                    return found
        return None

    def only_comments(self, hunk: Hunk) -> bool:
        return same_code(self.pair.old, self.pair.new, hunk)

    def _edit(self, hunk: Hunk, comments: bool, whole: bool) -> Edit | None:
        pair, alignment = self.pair, self._align("old", comments)
        words = pair.new.talk if comments else pair.new.code
        o0, o1 = _range(alignment.mine, hunk.a0, hunk.a1)
        n0, n1 = _range(words, hunk.b0, hunk.b1)
        taken = alignment.mine[o0:o1]
        if any(word.text.startswith(b"\0") for word in taken):
            return self._without_blocks(hunk, alignment, o0, o1) if whole and n0 == n1 else None
        few = _trim(alignment.mine, o0, o1, words, n0, n1)
        if whole:
            place = alignment.certain(o0, o1)
            if place is None and o0 < o1 and alignment.certain(*few[:2]) is not None:
                place = alignment.together(o0, o1)
        else:
            o0, o1, n0, n1 = few
            place = alignment.certain(o0, o1)
        if place is None:
            return None
        port = alignment.other
        if whole:
            found = self._insert(hunk, alignment, o0, *place) if o0 == o1 else \
                self._lines(hunk, port, *place)
        else:
            found = self._words(words, n0, n1, port, *place)
        if found is None:
            return None
        if comments and self.only_comments(hunk):
            return found
        gone = [word for word in pair.port.talk if found.start <= word.start < found.end and not word.comment]
        came = [word for word in Source("", found.text).talk if not word.comment]
        upstream = balance(_within(pair.old.talk, hunk.a0, hunk.a1))
        later = balance(_within(pair.new.talk, hunk.b0, hunk.b1))
        if tuple(b - a for a, b in zip(balance(gone), balance(came), strict=True)) != \
                tuple(b - a for a, b in zip(upstream, later, strict=True)):
            return None
        return found

    def _lines(self, hunk: Hunk, port: Sequence[Word], p0: int, p1: int) -> Edit | None:
        """Whole lines of the port for whole lines of upstream's."""
        pair, text = self.pair, self.pair.port
        first, last = port[p0].line, port[p1 - 1].line
        inside = _within(text.talk, first, last + 1)
        if (inside[0].start != port[p0].start and not inside[0].comment) or \
                (inside[-1].start != port[p1 - 1].start and not inside[-1].comment):
            return None
        taken = [word for word in _within(pair.old.talk, hunk.a0, hunk.a1) if word.comment]
        if [word.text for word in inside if word.comment] != [word.text for word in taken]:
            return None             # a comment of the port's own would go
        lead, trail = _blank(pair.old.lines[hunk.a0:hunk.a1])
        while lead and first and not text.lines[first - 1].strip():
            first, lead = first - 1, lead - 1
        while trail and last + 1 < len(text.lines) and not text.lines[last + 1].strip():
            last, trail = last + 1, trail - 1
        return Edit(text.name, text.starts[first], text.starts[last + 1],
                    b"".join(pair.new.lines[hunk.b0:hunk.b1]))

    def _insert(self, hunk: Hunk, alignment: Alignment, o0: int, p0: int, p1: int) -> Edit | None:
        """New lines between two lines of the port."""
        text, port = self.pair.port, alignment.other
        block = self.pair.port_block
        above = port[p0 - 1].line if p0 else (block.start if block else 0) - 1
        if p0 and port[p0 - 1].text.startswith(b"\0"):
            above = max(line for line in range(port[p0 - 1].line, len(text.lines))
                        if text.starts[line] < port[p0 - 1].end)
        below = port[p1].line if p1 < len(port) else block.end if block else len(text.lines)
        old_above = alignment.mine[o0 - 1].line if o0 else -1
        if o0 and alignment.mine[o0 - 1].text.startswith(b"\0"):
            old_above = max(line for line in range(old_above, len(self.pair.old.lines))
                            if self.pair.old.starts[line] < alignment.mine[o0 - 1].end)
        if below <= above:
            return None
        gap = text.lines[above + 1:below]
        blank = next((index for index, line in enumerate(gap) if line.strip()), len(gap))
        where = above + 1 + min(max(hunk.a0 - old_above - 1, 0), blank)
        lost = min(hunk.a1 - hunk.a0, below - where) if all(not line.strip() for line in gap) else 0
        return Edit(text.name, text.starts[where], text.starts[where + lost],
                    b"".join(self.pair.new.lines[hunk.b0:hunk.b1]))

    def _declare(self, hunk: Hunk) -> Edit | None:
        """A new declaration, member or macro: its order is free, so it goes to the declaration that it stands by."""
        pair = self.pair
        if pair.old_block is not None and pair.old_block.kind != "struct":
            return None
        fresh = _within(pair.new.code, hunk.b0, hunk.b1)
        closed = fresh[-1].text in (b";", b"}") or pair.new.lines[fresh[0].line].startswith(b"#define") or \
            all(word.text.startswith(b"#include") for word in fresh)
        if not closed or any(balance(fresh)) or any(word.text in (b"ifdef", b"ifndef", b"endif") for word in fresh):
            return None
        alignment, text = self._align("old", False), pair.port
        known = {word.text for word in alignment.other} if pair.port_block else text.names
        if any(word.name and word.text in known and word.text not in pair.old.names for word in fresh):
            return None                 # the port has one of its own
        mine, o0 = alignment.mine, _range(alignment.mine, hunk.a0, hunk.a1)[0]
        if pair.new.lines[fresh[0].line].startswith(b"#define"):
            o0 = self._in_family(fresh, mine, o0)
        start = o0 - 1
        while start > 0 and not _ends(mine[start - 1]):
            start -= 1
        near = o0 == _range(alignment.mine, hunk.a0, hunk.a1)[0] and \
             hunk.a0 < len(pair.old.lines) and pair.old.lines[hunk.a0].strip() and pair.new.lines[hunk.b1 - 1].strip()
        above = self._alone(alignment, start, o0) if o0 and _ends(mine[o0 - 1]) else None
        if above is not None:
            word = alignment.other[above + o0 - 1 - start]
            line = next(line for line in range(word.line, len(text.lines)) if text.starts[line + 1] >= word.end)
            whole = b"".join(text.lines[line:line + 1])
            if whole.count(b"/*") == whole.count(b"*/"):
                return self._beside(hunk, line + 1)
        end = o0
        while end < len(mine) and not _ends(mine[end]):
            end += 1
        below = self._alone(alignment, o0, end + 1) if near and end < len(mine) else None
        if below is not None:
            line = alignment.other[below].line
            if not line or not text.lines[line - 1].strip().endswith(b"*/"):
                return self._beside(hunk, line)
        return None

    def _in_family(self, fresh: Sequence[Word], mine: Sequence[Word], at: int) -> int:
        """Where a macro goes among those of its family: not behind one that the port left out.  It stays where the
        port has one of its own in the family, whose value it might take."""
        name = b"\0macro " + fresh[2].text
        family = _family(name, mine[at - 1].text) if at else name
        theirs = {word.text for word in mine}
        if any(word.text.startswith(family) and word.text not in theirs for word in self._align("old", False).other):
            return at
        while at and mine[at - 1].text.startswith(family) and \
                mine[at - 1].text.removeprefix(b"\0macro ") not in self.pair.port.names:
            at -= 1
        return at

    def _statement(self, hunk: Hunk) -> Edit | None:
        """A new statement whose neighbour on one side the port has not.  It goes beside the other one where its order
        is free: a member that is new upstream gets a value; or a function that is new upstream is called as the one
        above it is, and neither gives a value."""
        pair, alignment = self.pair, self._align("old", False)
        texts = [word.text for word in _within(pair.new.code, hunk.b0, hunk.b1)]
        mine, at = alignment.mine, _range(alignment.mine, hunk.a0, hunk.a1)[0]
        plain = texts.count(b";") == 1 and texts[-1] == b";" and {b"{", b"}", b":"}.isdisjoint(texts)
        if pair.old_block is None or pair.old_block.kind != "function" or not plain or \
                not at or mine[at - 1].text not in _ENDS:
            return None
        call = mine[max(at - len(texts), 0):at]         # the one above, for a call with the same arguments
        if b"=" in texts and b"(" not in texts and texts[texts.index(b"=") - 1] not in pair.old.names:
            first = self._next_known(alignment, at)
            last = first + EVIDENCE
        elif texts[1:2] == [b"("] and texts[0] not in pair.old.names and at > EVIDENCE and call[0].name and \
                [word.text for word in call[1:]] == texts[1:] and mine[at - len(texts) - 1].text in _ENDS:
            first, last = at - EVIDENCE, at
        else:
            return None
        place = alignment.together(first, last) if last <= len(mine) else None
        window = [word.text for word in mine[first:last]]
        if place is None or _count(window, mine) != 1 or _count(window, alignment.other) != 1:
            return None
        above, below = (alignment.other[(place[0] if first >= at else place[1]) + step] for step in (-1, 0))
        line = below.line if first >= at else above.line + 1
        comment = first >= at and pair.port.lines[line - 1].strip().endswith(b"*/")
        if above.text not in _ENDS or below.text in (b"}", b"else", b"case", b"default") or comment or \
                not above.line < line <= below.line:
            return None
        return Edit(pair.port.name, pair.port.starts[line], pair.port.starts[line],
                    b"".join(pair.new.lines[hunk.b0:hunk.b1]))

    def _next_known(self, alignment: Alignment, at: int) -> int:
        """Behind the statements that the port left out: it does not know all their names."""
        for first, last in _statements(alignment.mine):
            if first == at and any(word.name and word.text not in self.pair.port.names
                                   for word in alignment.mine[first:last]):
                at = last
        return at

    def _alone(self, alignment: Alignment, first: int, last: int) -> int | None:
        """Where a declaration is in the port, if it is in both texts once, and under no #if that it is not under
        upstream.  Declarations change places, but for members: their order is the structure's layout."""
        words = [word.text for word in alignment.mine[first:last]]
        other = [word.text for word in alignment.other]
        found = [at for at in range(len(other) - len(words) + 1)
                 if other[at] == words[0] and other[at:at + len(words)] == words]
        if self.pair.old_block is not None and (alignment.together(first, last) or (-1,))[0] not in found:
            return None
        same = len(found) == 1 == _count(words, alignment.mine) and \
            balance(list(alignment.mine[:first]))[3] == balance(list(alignment.other[:found[0]]))[3]
        return found[0] if same else None

    def _beside(self, hunk: Hunk, line: int) -> Edit:
        text, fresh = self.pair.port, list(self.pair.new.lines[hunk.b0:hunk.b1])
        if line and not text.lines[line - 1].strip():
            while fresh and not fresh[0].strip():
                fresh.pop(0)
        if line < len(text.lines) and not text.lines[line].strip():
            while fresh and not fresh[-1].strip():
                fresh.pop()
            old = self.pair.old.lines
            if hunk.a0 and not old[hunk.a0 - 1].strip():    # a paragraph of its own
                fresh.insert(0, b"\n")
        return Edit(text.name, text.starts[line], text.starts[line], b"".join(fresh))

    def _words(self, words: Sequence[Word], n0: int, n1: int, port: Sequence[Word], p0: int, p1: int) -> Edit | None:
        """Some words of a line for others."""
        pair, text = self.pair, self.pair.port
        if p0 == 0 or n0 == 0 or port[p0 - 1].text.startswith(b"\0"):
            return None
        if p0 == p1 and n0 == n1:
            return None
        if p0 < p1 and n0 < n1:
            start, end, came = port[p0].start, port[p1 - 1].end, pair.new.data[words[n0].start:words[n1 - 1].end]
        elif n0 < n1:
            start = end = port[p0 - 1].end
            came = pair.new.data[words[n0 - 1].end:words[n1 - 1].end]
            if p0 < len(port) and n1 < len(words) and not text.data[start:port[p0].start].strip(b" "):
                end, came = port[p0].start, pair.new.data[words[n0 - 1].end:words[n1].start]
        else:
            start, end, came = port[p0 - 1].end, port[p1 - 1].end, b""
        inside = [word for word in text.talk if start <= word.start < end and word.comment]
        if inside and not any(word.comment for word in port[p0:p1]):
            return None
        return Edit(text.name, start, end, came)

    def _without_blocks(self, hunk: Hunk, alignment: Alignment, o0: int, o1: int) -> Edit | None:
        """Upstream took whole blocks away: they go where nobody changed them."""
        place = alignment.certain(o0, o1)
        if place is None:
            return None
        pair, port = self.pair, alignment.other
        first, last = port[place[0]], port[place[1] - 1]
        end = last.end if last.text.startswith(b"\0") else self._line_end(last)
        was = b"".join(pair.old.lines[hunk.a0:hunk.a1])
        if [word.text for word in Source("", was).code] != \
                [word.text for word in Source("", pair.port.data[first.start:end]).code]:
            return None
        return Edit(pair.port.name, first.start, end, b"")

    def _line_end(self, word: Word) -> int:
        return self.pair.port.starts[word.line + 1]


def same_code(old: Source, new: Source, hunk: Hunk) -> bool:
    """Whether a change is one of comments and layout alone."""
    return [word.text for word in _within(old.code, hunk.a0, hunk.a1)] == \
        [word.text for word in _within(new.code, hunk.b0, hunk.b1)]


def _ends(word: Word) -> bool:
    """Whether a declaration ends with this word."""
    return word.text in (b";", b"}", b"{") or word.text.startswith((b"\0", b"#include"))


def _trim(mine: Sequence[Word], o0: int, o1: int, other: Sequence[Word], n0: int,
          n1: int) -> tuple[int, int, int, int]:
    """Without the words at either end that both have."""
    while o0 < o1 and n0 < n1 and mine[o0].text == other[n0].text:
        o0, n0 = o0 + 1, n0 + 1
    while o0 < o1 and n0 < n1 and mine[o1 - 1].text == other[n1 - 1].text:
        o1, n1 = o1 - 1, n1 - 1
    return o0, o1, n0, n1


def _within(words: Sequence[Word], first: int, last: int) -> list[Word]:
    low, high = _range(words, first, last)
    return list(words[low:high])


def _blank(text: Sequence[bytes]) -> tuple[int, int]:
    filled = [index for index, line in enumerate(text) if line.strip()]
    return (filled[0], len(text) - 1 - filled[-1]) if filled else (len(text), 0)
