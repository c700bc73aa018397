"""The style pass: C text in, the same program in the layout of illumos `cstyle -pP` out.

Every rule answers one complaint of cstyle(1ONBLD) and touches the lines complained of, nothing else; white
space is changed before tokens are.  (A function indented by four columns a level is the one exception: all
of its lines move, since a tab means two levels there.)  The tokens that may change are those that cstyle
itself asks for: parentheses around a returned value and the operand of sizeof, `!strcmp(a, b)` spelled as
`strcmp(a, b) == 0`, a last `return;` left out, words after #else and #endif made a comment, `//x` made a
comment of the old form, a string literal that no line can hold split into adjacent ones.
The rules run in rounds until a round changes nothing, so that a text that comes out goes in unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

from portkit.rewrite.style_comments import fix_comments
from portkit.rewrite.style_indent import fix_indent
from portkit.rewrite.style_layout import fix_layout
from portkit.rewrite.style_source import Source
from portkit.rewrite.style_spacing import fix_spacing
from portkit.rewrite.style_wrap import fix_width

ROUNDS = 10     # more than any text has needed; a bound, so that a slip in a rule cannot hang a run


@dataclass
class Restyled:
    """`text` with LF line ends; `origin[n]` is the 0-based line of the input that line n comes from;
    `changed` names the rules applied, sorted."""

    text: bytes
    origin: list[int]
    changed: list[str]


def restyle(text: bytes) -> Restyled:
    """Lays out C text for `cstyle -pP`.  Bytes of any encoding pass through."""
    src = Source(text.decode("latin-1").replace("\r\n", "\n"))
    for _ in range(ROUNDS):
        changed = False
        src.refresh()
        for step, reads in ((fix_comments, True), (fix_spacing, True), (fix_layout, False),
                            (fix_indent, False), (fix_width, True)):
            step(src)
            changed |= src.flush(read=reads)
        if not changed:
            break
    origin = src.origin[:-1] if src.text.endswith("\n") or not src.text else src.origin
    return Restyled(src.text.encode("latin-1"), origin, sorted(src.rules))
