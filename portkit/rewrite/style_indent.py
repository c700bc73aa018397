"""Indentation: statements at tab stops, what continues a statement four spaces to the right of it."""

from __future__ import annotations

import re
from bisect import bisect_left

from portkit.rewrite.style_source import BLANKS, FILL, LITERAL, TAB, Source, width

# White space that starts a line and holds a space, other than tabs and then exactly four spaces.
_SUSPECT = re.compile(r"^(?!\t+ {4}[^ \t\n])\t* [ \t]*(?=[^ \t\n])", re.M)
_CONTROL = re.compile(r"(?:\}[ \t]*)?(?:else[ \t]+)?(?:if|for|while|switch)\b|\w*FOREACH\w*[ \t]*\(", re.A)
_BARE = re.compile(r"(?:\}[ \t]*)?(?:else|do)$")
_CASE = re.compile(r"(?:case\b|default[ \t]*:)")
_LABEL = re.compile(r"(?:case\b[^?]*|\w+[ \t]*):$", re.A)
_MACRO_CALL = re.compile(r"[A-Z_][A-Z0-9_]*[ \t]*\(")
_COLUMN_CLOSE = re.compile(r"\}(?<![^\n]\})")
_BRACES = re.compile(r"[{}]")


class Layout:
    """How the lines of a text hang together.

    For each line of code: `base`, the line its statement starts on (its own number for a line that starts
    one); `inside`, the line of the statement that opened the block or list around it, or -1; `control`, the
    control statement without a brace that it is the body of, or -1; `case`, the label it stands under, or -1.
    A closing brace in the first column ends everything, so the text is read in parts, each when a line of it
    is asked for.
    """

    def __init__(self, src: Source) -> None:
        self._src = src
        count = len(src.masks)
        self.base = [-1] * count
        self.inside = [-1] * count
        self.control = [-1] * count
        self.case = [-1] * count
        ends = (src.line_at(found.start()) for found in _COLUMN_CLOSE.finditer(src.mask))
        self._ends_at = [number for number in ends if not src.spliced(number) and not src.in_macro(number)]
        self._read: set[int] = set()

    def read(self, number: int) -> None:
        """Reads the part that holds a line."""
        part = bisect_left(self._ends_at, number)
        if part not in self._read:
            self._read.add(part)
            first = self._ends_at[part - 1] + 1 if part else 0
            last = self._ends_at[part] + 1 if part < len(self._ends_at) else len(self._src.masks)
            self._read_part(first, last)

    def _read_part(self, begin: int, end: int) -> None:
        src = self._src
        stack: list[list[int]] = []         # [statement line, case line, is a list] of each open brace
        saved: list[list[list[int]]] = []   # the stack at each open #if, so that branches start alike
        outer: tuple[list[list[int]], int, int, int] | None = None    # what a macro definition interrupts
        depth = 0
        statement = control = -1
        spliced = begin > 0 and src.spliced(begin - 1)
        for number in range(begin, end):
            mask = src.masks[number]
            code = mask.strip(FILL)
            continued, spliced = spliced, mask[-1:] == "\x01" and src.lines[number][-1] == "\\"
            if not continued and outer is not None:
                stack, depth, statement, control = outer
                outer = None
            if not code:
                self.base[number] = statement
                self.inside[number] = stack[-1][0] if stack else -1
                continue
            if not continued and code[0] == "#":
                self.base[number] = number
                if code.startswith("#if"):
                    saved.append([each[:] for each in stack])
                elif code.startswith("#el") and saved:
                    stack = [each[:] for each in saved[-1]]
                    depth, statement = 0, -1
                elif code.startswith("#endif") and saved:
                    saved.pop()
                if spliced:
                    outer = (stack, depth, statement, control)
                    stack, depth, statement, control = [[number, -1, 0]], 0, -1, -1
                continue
            if mask[0] in "{}" and not continued:
                if mask[0] == "}" and len(stack) > 1:
                    stack = stack[:1]
                depth = 0
                if mask[0] == "{":
                    statement = statement if stack else -1
            if statement < 0:
                statement = number
                self.control[number] = control
            self.base[number] = statement
            self.inside[number] = stack[-1][0] if stack else -1
            self.case[number] = stack[-1][1] if stack else -1
            if stack and statement == number and _CASE.match(code):
                stack[-1][1] = number
            depth += code.count("(") + code.count("[") - code.count(")") - code.count("]")
            if "{" in code or "}" in code:
                for brace in _BRACES.finditer(code):
                    if brace.group() == "{":
                        before = code[:brace.start()].rstrip()
                        listed = before.endswith(("=", ",", "{")) or "enum" in before or (
                            not before and bool(stack) and stack[-1][2] == 1)
                        stack.append([statement, -1, int(listed)])
                    elif stack:
                        stack.pop()
                if code[-1] in "{}":
                    depth = 0
            if depth < 0:
                depth = 0
            first = src.masks[statement].strip(FILL) if statement != number else code
            if depth == 0 and self._ends(code, first, bool(stack) and stack[-1][2] == 1):
                control = statement if self._controls(code, first) else -1
                statement = -1

    @staticmethod
    def _controls(code: str, first: str) -> bool:
        return (code.endswith(")") and _CONTROL.match(first) is not None
                and not first.startswith("}") or _BARE.match(code) is not None or
                (code.endswith(")") and re.match(r"\}[ \t]*else\b", first) is not None))

    @staticmethod
    def _ends(code: str, first: str, listed: bool) -> bool:
        last = code[-1]
        if last in ";{}":
            return True
        if last == ",":
            return listed
        if last == ":":
            return _LABEL.match(first) is not None or _LABEL.match(code) is not None
        if last == ")":
            return _CONTROL.match(first) is not None or _MACRO_CALL.match(first) is not None
        return _BARE.match(code) is not None


def fix_indent(src: Source) -> None:
    """Queues new indentation for the lines whose own cstyle does not take."""
    layout = Layout(src)
    leads: dict[int, str] = {}
    done = _half_tabs(src, layout)
    for match in _SUSPECT.finditer(src.text):
        number = src.line_at(match.start())
        line, mask, lead = src.lines[number], src.masks[number], match.group()
        if number in done or mask[0] == LITERAL or not _complains(src, number, lead, line):
            continue
        layout.read(number)
        if mask[:1] == "\x01" or not mask.strip(FILL):
            if mask[:1] == "\x01":
                continue                # inside a comment of several lines
            if line.strip(BLANKS) == "\\":
                src.edit(match.start(), match.end(), "\t", "indent")
                leads[number] = "\t"
                continue
            below = _next_code(src, number)
            if below >= 0:
                layout.read(below)
            if below >= 0 and layout.base[below] == below and layout.base[number] < 0:
                new = _tabs(leads.get(below) or leading_of(src, below))
                if " " in leading_of(src, below):
                    new = _statement_lead(src, layout, below, leads)
            else:
                new = _rounded(lead)
        else:
            new = _new_lead(src, layout, number, leads)
        leads[number] = new
        src.edit(match.start(), match.end(), new, "indent")


def _half_tabs(src: Source, layout: Layout) -> set[int]:
    """Functions indented by four columns a level: there a tab means two levels, so that all lines move, those
    that cstyle would take too.  Returns the lines that were seen to."""
    done: set[int] = set()
    if "\n    " not in src.text:
        return done
    for opened, closed in src.bodies():
        suspect = [number for number in range(opened + 1, closed) if src.lines[number].startswith("    ")
                   and src.lines[number][4:5] not in (" ", "\t") and src.masks[number][4:5].strip(FILL)]
        if len(suspect) < 2:
            continue
        layout.read(closed)
        top = layout.inside[opened + 1]
        first = [number for number in range(opened + 1, closed) if src.masks[number].strip(FILL)
                 and layout.base[number] == number and layout.inside[number] == top
                 and layout.control[number] < 0 and not src.masks[number].startswith("#")]
        if 2 * sum(number in suspect for number in first) < max(len(first), 3):
            continue
        leads: dict[int, str] = {}
        for number in range(opened + 1, closed):
            done.add(number)
            line, mask = src.lines[number], src.masks[number]
            code = mask.strip(FILL)
            if not line.strip(BLANKS) or src.in_macro(number) or mask[0] in ("#", LITERAL):
                continue
            if code:
                new = _new_lead(src, layout, number, leads)
            elif line.lstrip(BLANKS).startswith("/*"):
                new = _comment_lead(src, layout, number, leads)
            else:
                new = leads.get(number - 1, "\t").rstrip(" ") + (" " if line.lstrip(BLANKS)[0] == "*" else "")
            leads[number] = new
            src.edit(src.starts[number], src.starts[number] + len(leading_of(src, number)), new, "indent")
    return done


def _comment_lead(src: Source, layout: Layout, number: int, leads: dict[int, str]) -> str:
    """A comment stands where the next statement does."""
    below = number + 1
    while below < len(src.masks) and not src.masks[below].strip(FILL):
        below += 1
    if below < len(src.masks) and layout.base[below] == below and src.masks[below].strip(FILL)[0] not in "#}":
        return _statement_lead(src, layout, below, leads)
    inside = layout.inside[number]
    return _tabs(leads.get(inside, leading_of(src, inside))) + "\t" if inside >= 0 else "\t"


def leading_of(src: Source, number: int) -> str:
    line = src.lines[number]
    return line[:len(line) - len(line.lstrip(BLANKS))]


def _next_code(src: Source, number: int) -> int:
    at = number + 1
    while at < len(src.masks):
        code = src.masks[at].strip(FILL)
        if code:
            return -1 if code.startswith(("#", "}")) else at
        at += 1
    return -1


def _rounded(lead: str) -> str:
    return "\t" * max(1, (width(lead) + TAB // 2) // TAB) if width(lead) >= TAB // 2 else ""


def _tabs(lead: str) -> str:
    return lead[:len(lead) - len(lead.lstrip("\t"))]


def _complains(src: Source, number: int, lead: str, line: str) -> bool:
    rest = line[len(lead):]
    if lead[0] == " ":
        if lead == " " and rest[0] == "*" and rest[1:2] in (" ", "\t", "/", ""):
            return False
        if rest == "\\":
            return "\t " in lead and re.search(r" \t+ |\t +\t", lead) is not None
        word = rest[0].isascii() and (rest[0].isalnum() or rest[0] in "_.")
        return not (lead == "    " and word and not src.in_function(number))
    if rest == "\\":
        return False
    return not (rest[0] == "*" and lead.endswith("\t "))


def _new_lead(src: Source, layout: Layout, number: int, leads: dict[int, str]) -> str:
    base = layout.base[number]
    if base == number or base < 0:
        return _statement_lead(src, layout, number, leads)
    tabs = _tabs(leads.get(base, leading_of(src, base)))
    body = src.lines[number].lstrip(BLANKS)
    word = body[0].isascii() and (body[0].isalnum() or body[0] in "_.")
    if src.masks[number].strip(FILL)[:1] in ("{", "}"):
        return tabs
    if not tabs and not (word and not src.in_function(number)):
        return "\t"
    return tabs + "    "


def _statement_lead(src: Source, layout: Layout, number: int, leads: dict[int, str]) -> str:
    """The tabs of a statement: one more than the statement around it."""
    code = src.masks[number].strip(FILL)
    inside = layout.inside[number]
    control = layout.control[number]
    if inside < 0 and control < 0:
        return "" if width(leading_of(src, number)) < TAB // 2 or not src.in_function(number) else "\t"

    def tabs(line: int) -> str:
        return _tabs(leads.get(line, leading_of(src, line)))

    if code.startswith("}"):
        return tabs(inside) if inside >= 0 else ""
    if code.startswith("{") and control >= 0:
        return tabs(control)
    if control >= 0 and layout.base[number] == number:
        return tabs(control) + "\t"
    if _CASE.match(code):
        return tabs(layout.case[number]) if layout.case[number] >= 0 else tabs(inside)
    label = re.match(r"\w+[ \t]*:(?!:)", code, re.A) is not None and "?" not in code.partition(":")[0]
    if label and src.in_function(number):
        return ""
    if layout.case[number] >= 0:
        return tabs(layout.case[number]) + "\t"
    return tabs(inside) + "\t"
