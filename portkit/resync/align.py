"""Blocks of upstream's and of the port, aligned word by word: which words correspond, and how certain that is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from portkit.resync.cwords import Source, Word
from portkit.resync.moves import Block
from portkit.resync.textmerge import Hunk, diff

EVIDENCE = 8            # words that have to correspond around a change, with those it takes away
_SIDE = 2               # of them, on either side of new text
_WINDOW = 12
ENDS = (b";", b"{", b"}")


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
        if not ends and count(window, self.mine) != count(window, self.other):
            return None
        return before + 1, after


class Aligned:
    """A pair with its alignments, each made once."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._kept: dict[tuple[str, bool], Alignment] = {}

    def align(self, which: str, comments: bool) -> Alignment:
        if (which, comments) not in self._kept:
            pair = self.pair
            side = pair.old.stream(pair.old_block, comments) if which == "old" else \
                pair.new.stream(pair.new_block, comments)
            self._kept[which, comments] = Alignment(side, pair.port.stream(pair.port_block, comments))
        return self._kept[which, comments]

    def only_comments(self, hunk: Hunk) -> bool:
        return same_code(self.pair.old, self.pair.new, hunk)


def same_code(old: Source, new: Source, hunk: Hunk) -> bool:
    """Whether a change is one of comments and layout alone."""
    return [word.text for word in within(old.code, hunk.a0, hunk.a1)] == \
        [word.text for word in within(new.code, hunk.b0, hunk.b1)]


def _weigh(words: Sequence[Word]) -> int:
    """Words as evidence: the name of a whole block is worth more."""
    return sum(EVIDENCE // 2 if word.text.startswith(b"\0") else 1 for word in words)


def statements(words: Sequence[Word]) -> list[tuple[int, int]]:
    """The statements of a function: each ends with ; or a brace."""
    ends = [index + 1 for index, word in enumerate(words) if word.text in ENDS]
    return list(zip([0, *ends], ends, strict=False))


def wording(words: Sequence[Word], place: tuple[int, int]) -> tuple[bytes, ...]:
    return tuple(word.text for word in words[slice(*place)])


def count(window: Sequence[bytes], words: Sequence[Word]) -> int:
    return sum(1 for at in range(len(words) - len(window) + 1 if window else 0)
               if words[at].text == window[0] and [word.text for word in words[at:at + len(window)]] == window)


def span(words: Sequence[Word], first: int, last: int) -> tuple[int, int]:
    return (bisect_left(words, first, key=lambda word: word.line),
            bisect_left(words, last, key=lambda word: word.line))


def within(words: Sequence[Word], first: int, last: int) -> list[Word]:
    low, high = span(words, first, last)
    return list(words[low:high])


def trim(mine: Sequence[Word], o0: int, o1: int, other: Sequence[Word], n0: int,
         n1: int) -> tuple[int, int, int, int]:
    """Without the words at either end that both have."""
    while o0 < o1 and n0 < n1 and mine[o0].text == other[n0].text:
        o0, n0 = o0 + 1, n0 + 1
    while o0 < o1 and n0 < n1 and mine[o1 - 1].text == other[n1 - 1].text:
        o1, n1 = o1 - 1, n1 - 1
    return o0, o1, n0, n1
