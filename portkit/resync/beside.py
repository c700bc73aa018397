"""New declarations and statements whose order is free: they go beside what the port has of those around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from portkit.resync.align import ENDS, EVIDENCE, Aligned, Alignment, Edit, count, span, statements, within
from portkit.resync.cwords import Word, balance
from portkit.resync.textmerge import Hunk


def declaration(aligned: Aligned, hunk: Hunk) -> Edit | None:
    """A new declaration, member or macro: its order is free, so it goes to the declaration that it stands by."""
    pair = aligned.pair
    if pair.old_block is not None and pair.old_block.kind != "struct":
        return None
    fresh = within(pair.new.code, hunk.b0, hunk.b1)
    closed = fresh[-1].text in (b";", b"}") or pair.new.lines[fresh[0].line].startswith(b"#define") or \
        all(word.text.startswith(b"#include") for word in fresh)
    if not closed or any(balance(fresh)) or any(word.text in (b"ifdef", b"ifndef", b"endif") for word in fresh):
        return None
    alignment, text = aligned.align("old", False), pair.port
    known = {word.text for word in alignment.other} if pair.port_block else text.names
    if any(word.name and word.text in known and word.text not in pair.old.names for word in fresh):
        return None                 # the port has one of its own
    mine, o0 = alignment.mine, span(alignment.mine, hunk.a0, hunk.a1)[0]
    if pair.new.lines[fresh[0].line].startswith(b"#define"):
        o0 = _in_family(aligned, fresh, mine, o0)
    start = o0 - 1
    while start > 0 and not _ends(mine[start - 1]):
        start -= 1
    near = o0 == span(alignment.mine, hunk.a0, hunk.a1)[0] and \
        hunk.a0 < len(pair.old.lines) and pair.old.lines[hunk.a0].strip() and pair.new.lines[hunk.b1 - 1].strip()
    above = _alone(aligned, alignment, start, o0) if o0 and _ends(mine[o0 - 1]) else None
    if above is not None:
        word = alignment.other[above + o0 - 1 - start]
        line = next(line for line in range(word.line, len(text.lines)) if text.starts[line + 1] >= word.end)
        whole = b"".join(text.lines[line:line + 1])
        if whole.count(b"/*") == whole.count(b"*/"):
            return _beside(aligned, hunk, line + 1)
    end = o0
    while end < len(mine) and not _ends(mine[end]):
        end += 1
    below = _alone(aligned, alignment, o0, end + 1) if near and end < len(mine) else None
    if below is not None:
        line = alignment.other[below].line
        if not line or not text.lines[line - 1].strip().endswith(b"*/"):
            return _beside(aligned, hunk, line)
    return None


def _in_family(aligned: Aligned, fresh: Sequence[Word], mine: Sequence[Word], at: int) -> int:
    """Where a macro goes among those of its family: not behind one that the port left out.  It stays where the
    port has one of its own in the family, whose value it might take."""
    name = b"\0macro " + fresh[2].text
    family = _family(name, mine[at - 1].text) if at else name
    theirs = {word.text for word in mine}
    if any(word.text.startswith(family) and word.text not in theirs for word in aligned.align("old", False).other):
        return at
    while at and mine[at - 1].text.startswith(family) and \
            mine[at - 1].text.removeprefix(b"\0macro ") not in aligned.pair.port.names:
        at -= 1
    return at


def statement(aligned: Aligned, hunk: Hunk) -> Edit | None:
    """A new statement whose neighbour on one side the port has not.  It goes beside the other one where its order
    is free: a member that is new upstream gets a value; or a function that is new upstream is called as the one
    above it is, and neither gives a value."""
    pair, alignment = aligned.pair, aligned.align("old", False)
    texts = [word.text for word in within(pair.new.code, hunk.b0, hunk.b1)]
    mine, at = alignment.mine, span(alignment.mine, hunk.a0, hunk.a1)[0]
    plain = texts.count(b";") == 1 and texts[-1] == b";" and {b"{", b"}", b":"}.isdisjoint(texts)
    if pair.old_block is None or pair.old_block.kind != "function" or not plain or \
            not at or mine[at - 1].text not in ENDS:
        return None
    call = mine[max(at - len(texts), 0):at]         # the one above, for a call with the same arguments
    if b"=" in texts and b"(" not in texts and texts[texts.index(b"=") - 1] not in pair.old.names:
        first = _next_known(aligned, alignment, at)
        last = first + EVIDENCE
    elif texts[1:2] == [b"("] and texts[0] not in pair.old.names and at > EVIDENCE and call[0].name and \
            [word.text for word in call[1:]] == texts[1:] and mine[at - len(texts) - 1].text in ENDS:
        first, last = at - EVIDENCE, at
    else:
        return None
    place = alignment.together(first, last) if last <= len(mine) else None
    window = [word.text for word in mine[first:last]]
    if place is None or count(window, mine) != 1 or count(window, alignment.other) != 1:
        return None
    above, below = (alignment.other[(place[0] if first >= at else place[1]) + step] for step in (-1, 0))
    line = below.line if first >= at else above.line + 1
    comment = first >= at and pair.port.lines[line - 1].strip().endswith(b"*/")
    if above.text not in ENDS or below.text in (b"}", b"else", b"case", b"default") or comment or \
            not above.line < line <= below.line:
        return None
    return Edit(pair.port.name, pair.port.starts[line], pair.port.starts[line],
                b"".join(pair.new.lines[hunk.b0:hunk.b1]))


def _next_known(aligned: Aligned, alignment: Alignment, at: int) -> int:
    """Behind the statements that the port left out: it does not know all their names."""
    for first, last in statements(alignment.mine):
        if first == at and any(word.name and word.text not in aligned.pair.port.names
                               for word in alignment.mine[first:last]):
            at = last
    return at


def _alone(aligned: Aligned, alignment: Alignment, first: int, last: int) -> int | None:
    """Where a declaration is in the port, if it is in both texts once, and under no #if that it is not under
    upstream.  Declarations change places, but for members: their order is the structure's layout."""
    words = [word.text for word in alignment.mine[first:last]]
    other = [word.text for word in alignment.other]
    found = [at for at in range(len(other) - len(words) + 1)
             if other[at] == words[0] and other[at:at + len(words)] == words]
    if aligned.pair.old_block is not None and (alignment.together(first, last) or (-1,))[0] not in found:
        return None
    same = len(found) == 1 == count(words, alignment.mine) and \
        balance(list(alignment.mine[:first]))[3] == balance(list(alignment.other[:found[0]]))[3]
    return found[0] if same else None


def _beside(aligned: Aligned, hunk: Hunk, line: int) -> Edit:
    text, fresh = aligned.pair.port, list(aligned.pair.new.lines[hunk.b0:hunk.b1])
    if line and not text.lines[line - 1].strip():
        while fresh and not fresh[0].strip():
            fresh.pop(0)
    if line < len(text.lines) and not text.lines[line].strip():
        while fresh and not fresh[-1].strip():
            fresh.pop()
        old = aligned.pair.old.lines
        if hunk.a0 and not old[hunk.a0 - 1].strip():    # a paragraph of its own
            fresh.insert(0, b"\n")
    return Edit(text.name, text.starts[line], text.starts[line], b"".join(fresh))


def _family(name: bytes, other: bytes) -> bytes:
    """What two names begin with, up to an underscore."""
    both = takewhile(lambda parts: parts[0] == parts[1], zip(name.split(b"_"), other.split(b"_"), strict=False))
    return b"".join(part + b"_" for part, _ in both) or name


def _ends(word: Word) -> bool:
    """Whether a declaration ends with this word."""
    return word.text in (b";", b"}", b"{") or word.text.startswith((b"\0", b"#include"))
