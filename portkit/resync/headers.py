"""Changes of #include lines: which of them are settled without an edit."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from portkit.resync.cwords import Source
from portkit.resync.settle import NOTHING, THERE
from portkit.resync.sides import Sides
from portkit.resync.textmerge import Hunk


def settled(sides: Sides, old: Source, new: Source, hunk: Hunk, port: Source,
            effects: Sequence[Hunk] | None = None) -> str:
    """What is left of a change of #include lines: nothing where headers only change places, or are those that
    the port has, or has not, anyway; '' for a change that is not settled so."""
    gone, come = _includes(old, hunk.a0, hunk.a1), _includes(new, hunk.b0, hunk.b1)
    if gone is None or come is None or not gone + come:
        return ""
    if effects is not None:         # which of illumos' headers a text needs is told by what it uses
        was, now = sides.old_emitted[old.name].source, sides.new_emitted[new.name].source
        gone = [text for step in effects for text in _includes(was, step.a0, step.a1) or ()]
        come = [text for step in effects for text in _includes(now, step.b0, step.b1) or ()]
        old, new = was, now
    less = [text for text in gone if text not in new.names]
    more = [text for text in come if text not in old.names]
    if not less + more:
        return NOTHING
    return THERE if not any(text in port.names for text in less) and \
        all(text in port.names for text in more) else ""


def _includes(source: Source, first: int, last: int) -> list[bytes] | None:
    """The #include lines of some lines, with what makes them conditional left out; None where there is more."""
    out = []
    words = source.code
    for word in words[bisect_left(words, first, key=lambda word: word.line):]:
        if word.line >= last:
            break
        if not re.match(rb"[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|endif)\b", source.lines[word.line]):
            if not word.text.startswith(b"#include"):
                return None
            out.append(word.text)
    return out
