"""The text that the style pass works on, and the one way to change it.

A `Source` holds the text, a mask of the same length and the origin of each line.  In the mask, comments
(and the backslash of a spliced line) read as COMMENT and the inside of string and character literals as
LITERAL, so that a regular expression over the mask sees code alone while its offsets hold for the text.
Rules queue edits; `flush` applies them to text, mask and origin together.  Of two edits that touch the same
bytes the first one wins; the other rule finds its place again in the next round.
"""

from __future__ import annotations

import re
from bisect import bisect_right

COMMENT = "\x01"
LITERAL = "\x02"
BLANKS = " \t\f\v\r"
FILL = BLANKS + COMMENT
LIMIT = 80      # columns a line may take, cstyle(1ONBLD)
TAB = 8

_LEXEME = re.compile(
    r"/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.S)
_COLUMN_BRACE = re.compile(r"^([{}])[ \t\x01]*$", re.M)
_NOT_NEWLINE = re.compile(r"[^\n]")
_STYLED_OFF = re.compile(
    r"^[^\n]*/\* *BEGIN *CSTYLED *\*/.*?(?:/\* *END *CSTYLED *\*/|\Z)"
    r"|^[^\n]*(?:/\* *CSTYLED[^\n]*\*/|// *CSTYLED)[^\n]*\n[^\n]*", re.M | re.S)


def width(line: str) -> int:
    """Columns that a line takes, with tab stops every 8 columns."""
    return len(line.expandtabs(TAB))


def too_wide(line: str) -> bool:
    return len(line) + line.count("\t") * (TAB - 1) > LIMIT and width(line) > LIMIT


def tabs_for(column: int) -> str:
    """The tabs that come nearest to a column."""
    return "\t" * ((column + TAB // 2) // TAB)


def pad(start: int, end: int) -> str:
    """White space from one column to another as cstyle takes it: tabs, then at most four spaces."""
    if end - start < 5 and start // TAB == end // TAB:
        return " " * max(end - start, 1)
    stop = end - end % TAB
    if stop <= start:
        return "\t"
    tabs = "\t" * ((stop - start + TAB - 1) // TAB)
    spaces = end - stop
    return tabs + " " * spaces if spaces <= 4 else tabs + "\t"


def splice_suffix(code: str, column: int) -> str:
    """The white space and backslash that end a macro line, the backslash at `column` where there is room."""
    at = width(code)
    if at >= column or column >= LIMIT:
        return " \\"
    gap = pad(at, column)
    return (gap if at + 1 < column else " ") + "\\"


def make_mask(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The mask of a text, and the start and end offsets of its comments."""
    parts: list[str] = []
    comments: list[tuple[int, int]] = []
    done = 0
    for lexeme in _LEXEME.finditer(text):
        start, end = lexeme.span()
        parts.append(text[done:start])
        done = end
        body = lexeme.group()
        if body[0] == "/":
            comments.append((start, end))
            parts.append(_NOT_NEWLINE.sub(COMMENT, body) if "\n" in body else COMMENT * (end - start))
        elif "\n" in body:
            parts.append(body[0] + _NOT_NEWLINE.sub(LITERAL, body[1:-1]) + body[0])
        else:
            parts.append(body[0] + LITERAL * (end - start - 2) + body[0])
    parts.append(text[done:])
    return "".join(parts).replace("\\\n", COMMENT + "\n"), comments


class Source:
    """A text under the style pass: `text`, its `mask`, `comments` (offsets), `origin` (one for each line)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.origin = list(range(text.count("\n") + 1))
        self.rules: set[str] = set()
        self._queue: list[tuple[int, int, str, str, int]] = []
        self._groups = 0
        self._lost = False
        self._seen: set[tuple[str, str]] | None = None
        self.read()

    def refresh(self) -> None:
        """Makes the mask and the places of the comments anew if edits have moved them."""
        if self._stale:
            self.read()

    def read(self) -> None:
        """Makes the mask anew from the text."""
        self._stale = False
        self.mask, self.comments = make_mask(self.text)
        self._off: list[tuple[int, int]] = []
        if "CSTYLED" in self.text:
            self._off = [found.span() for found in _STYLED_OFF.finditer(self.text)]
        self._split()

    def _split(self) -> None:
        self.lines = self.text.split("\n")
        self.masks = self.mask.split("\n")
        self.starts = [0]
        at = 0
        for line in self.lines:
            at += len(line) + 1
            self.starts.append(at)
        self._bodies: list[tuple[int, int]] | None = None

    def line_at(self, offset: int) -> int:
        """The number of the line that holds an offset."""
        return bisect_right(self.starts, offset, 0, len(self.lines)) - 1

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def in_macro(self, number: int) -> bool:
        """Does the line continue a spliced directive?"""
        return number > 0 and self.lines[number - 1].endswith("\\")

    def spliced(self, number: int) -> bool:
        return self.lines[number].endswith("\\")

    def in_function(self, number: int) -> bool:
        """Is the line inside a function body, by the braces in column 0 that cstyle goes by?"""
        bodies = self.bodies()
        at = bisect_right(bodies, (number, len(self.lines) + 1)) - 1
        return at >= 0 and bodies[at][0] < number <= bodies[at][1]

    def bodies(self) -> list[tuple[int, int]]:
        """The lines of the braces around each function body."""
        if self._bodies is None:
            self._bodies = []
            opened = -1
            for brace in _COLUMN_BRACE.finditer(self.mask):
                line = self.line_at(brace.start())
                if brace.group(1) == "}":
                    if opened >= 0:
                        self._bodies.append((opened, line))
                    opened = -1
                elif opened < 0 and line and self.masks[line - 1].rstrip(FILL).endswith((")", ";")):
                    opened = line
            if opened >= 0:
                self._bodies.append((opened, len(self.lines)))
        return self._bodies

    def gap(self, number: int) -> str:
        """What ends a line where the line is broken: in a directive, a backslash too."""
        directive = self.spliced(number) or self.in_macro(number) or self.masks[number].startswith("#")
        return " \\\n" if directive else "\n"

    def fresh(self) -> list[tuple[int, int]]:
        """Offsets of the runs of lines that are new or were edited since the last call; of all lines when an
        edit was put off since then."""
        seen = self._seen
        lines = list(zip(self.lines, self.masks, strict=True))
        self._seen = set(lines)
        if seen is None or self._lost:
            self._lost = False
            return [(0, len(self.text))]
        windows: list[tuple[int, int]] = []
        for number, line in enumerate(lines):
            if line not in seen:
                start, end = self.starts[number], min(self.starts[number + 1], len(self.text))
                if windows and windows[-1][1] == start:
                    start = windows.pop()[0]
                windows.append((start, end))
        return windows

    def edit(self, start: int, end: int, new: str, rule: str) -> None:
        """Queues the replacement of text[start:end] by `new`."""
        self.edits([(start, end, new)], rule)

    def edits(self, parts: list[tuple[int, int, str]], rule: str) -> None:
        """Queues replacements that are made all or none, such as the two ends of a move."""
        parts = [part for part in parts if self.text[part[0]:part[1]] != part[2]]
        if self._off and any(a <= part[0] <= b for a, b in self._off for part in parts):
            return
        self._groups += 1
        self._queue += ((start, end, new, rule, self._groups) for start, end, new in parts)

    def _settle(self) -> list[tuple[int, int, str, str, int]]:
        """The queue in the order of the text, without the groups that another group is in the way of."""
        queue, self._queue = self._queue, []
        queue.sort(key=lambda item: item[:2])
        while True:
            done = last = owner = -1
            lost: set[int] = set()
            for start, end, _, _, group in queue:
                if group in lost:
                    continue
                if start < done or (start == last and group != owner):
                    lost.add(group)
                    continue
                done, last, owner = end, start, group
            if not lost:
                return queue
            self._lost = True
            queue = [item for item in queue if item[4] not in lost]

    def flush(self, *, read: bool = False) -> bool:
        """Applies the queued edits; with `read`, makes the mask anew (an edit put in or moved a comment or a
        literal).  True when anything changed."""
        queue = self._settle()
        if not queue:
            return False
        if self._seen is not None:
            for start, _, _, _, _ in queue:
                number = self.line_at(start)
                self._seen.discard((self.lines[number], self.masks[number]))
        text, mask = self.text, self.mask
        text_out: list[str] = []
        mask_out: list[str] = []
        origin: list[int] = []
        done = line_done = 0
        for start, end, new, rule, _ in queue:
            self.rules.add(rule)
            text_out += (text[done:start], new)
            mask_out += (mask[done:start], new)
            done = end
            removed = text.count("\n", start, end)
            added = new.count("\n")
            if removed or added:
                first = self.line_at(start)
                last = first + removed
                whole = end == self.starts[last]    # it ends where a line starts: that line stays itself
                origin += self.origin[line_done:first + 1]
                origin += (self.origin[min(first + n, last)] for n in range(1, added + 1))
                if whole and (added or start == self.starts[first]):
                    origin[-1] = self.origin[last]
                line_done = last + 1
        self.text = "".join(text_out) + text[done:]
        self.origin = origin + self.origin[line_done:]
        if read:
            self.read()
        else:
            self._stale = True
            self.mask = ("".join(mask_out) + mask[done:]).replace("\\\n", COMMENT + "\n")
            self._split()
        return True

