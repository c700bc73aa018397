"""Where a change of upstream's belongs in a text that somebody wrote after it: the one certain place, or none."""

from __future__ import annotations

from collections.abc import Sequence

from portkit.resync import already, beside
from portkit.resync.align import Aligned, Alignment, Edit, Pair, span, trim, within
from portkit.resync.cwords import Source, Word, balance
from portkit.resync.textmerge import Hunk


class Placer:
    """Places changes of one pair.

    The block that upstream changed (a function, structure, macro; or what stands between blocks) is aligned with the
    port's, word by word.  A change has a place only where the words that it takes away are in the port, all and
    together, where the words before and after them correspond as well and stand right beside, and where those words
    are found in the port no other number of times than upstream.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair, self.aligned = pair, Aligned(pair)

    def line(self, hunk: Hunk) -> int:
        """The port's line (from 1) that is nearest to where the change would go."""
        alignment = self.aligned.align("old", self.aligned.only_comments(hunk))
        word = alignment.nearest(span(alignment.mine, hunk.a0, hunk.a1)[0])
        if word is None:
            return self.pair.port_block.start + 1 if self.pair.port_block else 1
        return word.line + 1

    def around(self, first: int, last: int) -> float:
        """How much of upstream's lines [first, last) the port has: the share of their names, comments' words too."""
        alignment = self.aligned.align("old", True)
        low, high = span(alignment.mine, first, last)
        names = [index for index in range(low, high) if alignment.mine[index].text[:1].isalpha()]
        return sum(1 for index in names if alignment.to[index] >= 0) / len(names) if names else 1.0

    def already(self, hunk: Hunk) -> bool:
        """Whether the port has the text after the change, at its place."""
        return already.already(self.aligned, hunk)

    def edit(self, hunk: Hunk) -> Edit | None:
        """The change as an edit of the port; None where its place is not certain."""
        if not self.aligned.only_comments(hunk) and not within(self.pair.old.code, hunk.a0, hunk.a1):
            found = self._edit(hunk, True, True) or self._edit(hunk, False, True) or self._edit(hunk, False, False)
            return found or beside.declaration(self.aligned, hunk) or beside.statement(self.aligned, hunk)
        for comments in (True, False):
            if not comments and self.aligned.only_comments(hunk):
                break
            for whole in (True, False):
                found = self._edit(hunk, comments, whole)
                if found is not None:
                    return found
        return None

    def _edit(self, hunk: Hunk, comments: bool, whole: bool) -> Edit | None:
        pair, alignment = self.pair, self.aligned.align("old", comments)
        words = pair.new.talk if comments else pair.new.code
        o0, o1 = span(alignment.mine, hunk.a0, hunk.a1)
        n0, n1 = span(words, hunk.b0, hunk.b1)
        taken = alignment.mine[o0:o1]
        if any(word.text.startswith(b"\0") for word in taken):
            return self._without_blocks(hunk, alignment, o0, o1) if whole and n0 == n1 else None
        few = trim(alignment.mine, o0, o1, words, n0, n1)
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
        if comments and self.aligned.only_comments(hunk):
            return found
        gone = [word for word in pair.port.talk if found.start <= word.start < found.end and not word.comment]
        came = [word for word in Source("", found.text).talk if not word.comment]
        upstream = balance(within(pair.old.talk, hunk.a0, hunk.a1))
        later = balance(within(pair.new.talk, hunk.b0, hunk.b1))
        if tuple(b - a for a, b in zip(balance(gone), balance(came), strict=True)) != \
                tuple(b - a for a, b in zip(upstream, later, strict=True)):
            return None
        return found

    def _lines(self, hunk: Hunk, port: Sequence[Word], p0: int, p1: int) -> Edit | None:
        """Whole lines of the port for whole lines of upstream's."""
        pair, text = self.pair, self.pair.port
        first, last = port[p0].line, port[p1 - 1].line
        inside = within(text.talk, first, last + 1)
        if (inside[0].start != port[p0].start and not inside[0].comment) or \
                (inside[-1].start != port[p1 - 1].start and not inside[-1].comment):
            return None
        taken = [word for word in within(pair.old.talk, hunk.a0, hunk.a1) if word.comment]
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


def _blank(text: Sequence[bytes]) -> tuple[int, int]:
    filled = [index for index, line in enumerate(text) if line.strip()]
    return (filled[0], len(text) - 1 - filled[-1]) if filled else (len(text), 0)
