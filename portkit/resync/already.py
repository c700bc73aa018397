"""Whether the port has a change of upstream's already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from portkit.resync.align import EVIDENCE, Aligned, Alignment, count, span, statements, trim, within, wording
from portkit.resync.cwords import Word
from portkit.resync.textmerge import Hunk

_STATEMENT = 5          # words of a statement that says something


def already(aligned: Aligned, hunk: Hunk) -> bool:
    """Whether the port has the text after the change, at its place."""
    comments = aligned.only_comments(hunk)
    if _said(aligned, hunk) if comments else _declared(aligned, hunk):
        return True
    alignment = aligned.align("new", comments)
    first, last = span(alignment.mine, hunk.b0, hunk.b1)
    was = aligned.align("old", comments)
    o0, o1 = span(was.mine, hunk.a0, hunk.a1)
    few = trim(alignment.mine, first, last, was.mine, o0, o1)
    if few[0] == few[1] and was.certain(*few[2:]) is not None:
        return False        # it only takes away, and what it takes away is still there
    return alignment.certain(*few[:2]) is not None or (not comments and _made(aligned, first, last, o0, o1))


def _made(aligned: Aligned, n0: int, n1: int, o0: int, o1: int) -> bool:
    """Whether the port made the change itself: each statement that upstream added is in the port's function, at
    its place and as often, and none that it took away is.  Upstream's function had no such statement before, so
    what stands there in the port can be nothing else.

    One call among them may be another of the port's own, if upstream's function is unknown in the port, both end
    with the same argument, and the statements around it are the same.
    """
    if aligned.pair.old_block is None or aligned.pair.old_block.kind != "function":
        return False
    now, was = aligned.align("new", False), aligned.align("old", False)
    old, new, port = (Counter(_texts(words)) for words in (was.mine, now.mine, now.other))
    added = [one for one in statements(now.mine) if one[1] > n0 and one[0] < n1 and
             wording(now.mine, one) not in old and any(word.name for word in now.mine[slice(*one)])]
    gone = [wording(was.mine, one) for one in statements(was.mine) if one[1] > o0 and one[0] < o1]
    if any(text not in new and port[text] for text in gone):
        return False
    found = [now.together(*one) if port[wording(now.mine, one)] == new[wording(now.mine, one)] else None
             for one in added]
    if not any(place and last - first >= _STATEMENT for place, (first, last) in zip(found, added, strict=True)):
        return False
    for index, place in enumerate(found):
        if place is None and not (0 < index < len(found) - 1 and _same_call(
                aligned, now, added[index], found[index - 1], found[index + 1])):
            return False
    return True


def _same_call(aligned: Aligned, now: Alignment, call: tuple[int, int], above: tuple[int, int] | None,
               below: tuple[int, int] | None) -> bool:
    mine = now.mine[slice(*call)]
    if above is None or below is None or len(mine) < 2 or mine[1].text != b"(" or \
            mine[0].text in aligned.pair.port.names:
        return False
    other = now.other[above[1]:below[0]]
    ends = [word.text for word in mine[-_STATEMENT:]] == [word.text for word in other[-_STATEMENT:]]
    return ends and len(statements(other)) == 1 and other[0].name and other[1].text == b"("


def _declared(aligned: Aligned, hunk: Hunk) -> bool:
    """Whether a new declaration of upstream's is in the port, wherever it stands."""
    if within(aligned.pair.old.code, hunk.a0, hunk.a1):
        return False
    fresh = within(aligned.pair.new.code, hunk.b0, hunk.b1)
    alone = any(word.name and word.text not in aligned.pair.old.names for word in fresh)
    where = aligned.pair.port.code if aligned.pair.port_block is None else aligned.align("new", False).other
    return alone and count([word.text for word in fresh], where) > 0


def _said(aligned: Aligned, hunk: Hunk) -> bool:
    """Whether a comment already says what upstream's says now: it may stand a little apart in the port."""
    texts = []
    for source, first, last in ((aligned.pair.old, hunk.a0, hunk.a1), (aligned.pair.new, hunk.b0, hunk.b1)):
        low, high = span(source.talk, first, last)
        texts.append([word.text for word in source.talk[max(low - EVIDENCE, 0):high + EVIDENCE // 2]
                      if word.comment])
    port = aligned.pair.port.talk
    return len(texts[1]) > EVIDENCE and count(texts[1], port) > 0 == count(texts[0], port)


def _texts(words: Sequence[Word]) -> list[tuple[bytes, ...]]:
    return [wording(words, place) for place in statements(words)]
