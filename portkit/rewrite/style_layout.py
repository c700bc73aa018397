"""What goes on which line: braces, else, operators, parentheses, control statements, function headers.

cstyle(1ONBLD) works line by line, and takes a line that starts with `name(` in the first column for a
function header until it sees a `);` or a brace that ends a line; until then every line must be indented by
four spaces and start with a word.
"""

from __future__ import annotations

import re

from portkit.rewrite.style_comments import move_to_own_line
from portkit.rewrite.style_source import BLANKS, COMMENT, FILL, LIMIT, Source, width
from portkit.rewrite.style_spacing import matching

# The expressions start with a literal: the scan runs at the speed of a search for it.
_KEYWORD = re.compile(r"(?:for|if|while|switch|return)\b"
                      r"(?<!\wif)(?<!\wfor)(?<!\wwhile)(?<!\wswitch)(?<!\wreturn)")
_LEADING = re.compile(r"\n[ \t]*(&&|\|\||[,)])")
_BRACE_LINE = re.compile(r"\n[ \t]+\{")
_BEFORE_BRACE = re.compile(r"(?:\)|\bstruct[ \t]+\w+)$", re.A)
_ELSE_LINE = re.compile(r"\}(\n[ \t]*)else(?=[^\w\n][^\n]*[^\s])", re.A)
_PASTE_LINE = re.compile(r"\n([ \t]+)#(?=[#\w])", re.A)
_SIZEOF_CUT = re.compile(r"sizeof[ \t]*\([^)\n]*\n")
_LAST_RETURN = re.compile(r"return[ \t]*;([^\n]*)\n(?=\}[ \t\x01]*$)", re.M)
_TYPE_LINE = re.compile(r"^(?!extern\b|static\b)(?:\w+[ \t*]+)+(?=(\w+)\([^\n]*\)[ \t\x01]*$)", re.M | re.A)
_NO_TYPE = re.compile(r"(?:return|else|goto|case|do|typedef)\b")
_HEADER = re.compile(r"^\w+\(", re.M | re.A)
_PARAMETER = re.compile(r"    [\w.]", re.A)
_TYPE_ONLY = re.compile(r"[A-Za-z_][\w \t*]*$", re.A)


def fix_layout(src: Source) -> None:
    """Queues the edits that put code on other lines."""
    mask = src.mask
    for found in _LEADING.finditer(mask):
        _join_up(src, found)
    for found in _BRACE_LINE.finditer(mask):
        _brace_up(src, src.line_at(found.end() - 1))
    for found in _ELSE_LINE.finditer(mask):
        if not mask[src.line_start(found.start()):found.start()].strip(BLANKS):
            src.edit(found.start(1), found.end(1), " ", "else-line")
    for found in _LAST_RETURN.finditer(mask):
        if not mask[src.line_start(found.start()):found.start()].strip(BLANKS):
            _last_return(src, found)
    for found in _TYPE_LINE.finditer(mask):
        number = src.line_at(found.start())
        if not src.in_macro(number) and not _NO_TYPE.match(found.group()):
            src.edit(found.start() + len(found.group().rstrip(BLANKS)), found.end(), "\n", "return-type-line")
    for found in _PASTE_LINE.finditer(mask):
        _paste_down(src, found)
    for found in _SIZEOF_CUT.finditer(mask):
        _sizeof_down(src, found)
    _keywords(src)
    _headers(src)
    if src.text.endswith("\n\n") and src.text.strip("\n"):
        src.edit(len(src.text.rstrip("\n")) + 1, len(src.text), "", "blank-at-end")


def _is_code(src: Source, number: int) -> bool:
    return bool(src.masks[number].strip(FILL))


def previous_code(src: Source, number: int) -> int:
    """The nearest line above that holds code, or -1; comments and blank lines are passed over."""
    at = number - 1
    while at >= 0 and not _is_code(src, at):
        at -= 1
    return at


def code_end(src: Source, number: int) -> int:
    """Offset at which the code of a line ends."""
    return src.starts[number] + len(src.masks[number].rstrip(FILL))


def leading(line: str) -> str:
    return line[:len(line) - len(line.lstrip(BLANKS))]


def _join_up(src: Source, found: re.Match[str]) -> None:
    """An operator, comma or parenthesis that starts a line ends the line above instead."""
    mark = found.group(1)
    number = src.line_at(found.start(1))
    if mark == ")" and found.start() + 1 == found.start(1):
        return
    above = previous_code(src, number)
    start = src.starts[number]
    if above < 0 or src.in_macro(number) != src.spliced(above) or (
            src.masks[above].startswith("#") and not src.in_macro(number)):
        if mark == ")":
            src.edit(start, found.start(1), "", "paren-line")
        return
    mask = src.masks[number]
    end = found.end(1)
    if mark == ")":
        if re.match(r"[ \t]*for \([^;]*;[^;]*; \)", mask):
            return
        end = start + len(mask.rstrip(FILL))
    at = code_end(src, above)
    moved = (at, at, (" " if mark in ("&&", "||") else "") + src.text[found.start(1):end])
    rest = src.text[end:start + len(src.lines[number])]
    rule = "paren-line" if mark == ")" else "operator-line"
    if rest.strip(FILL + "\\"):
        stop = end + len(rest) - len(rest.lstrip(BLANKS))
        src.edits([moved, (found.start(1), stop, "")], rule)
    elif src.spliced(number) or not src.in_macro(number):
        src.edits([moved, (start - 1, start + len(src.lines[number]), "")], rule)
    else:
        # The last line of a macro goes: the line before it loses its backslash.
        cut = src.starts[number - 1] + len(src.lines[number - 1][:-1].rstrip(BLANKS))
        if cut > at:
            src.edits([moved, (cut, start + len(src.lines[number]), "")], rule)
        elif cut == at:
            src.edits([(at, start + len(src.lines[number]), moved[2])], rule)


def _paste_down(src: Source, found: re.Match[str]) -> None:
    """A macro line that starts with # or ## starts with what comes before it instead."""
    number = src.line_at(found.start(1))
    if not src.in_macro(number):
        return
    above = src.masks[number - 1]
    code = above.rstrip(FILL)
    cut = max(code.rfind(" "), code.rfind("\t"))
    if cut <= len(leading(code)) or code.startswith("#define") and cut <= 8:
        return
    at = src.starts[number - 1]
    piece = src.lines[number - 1][cut + 1:len(code)]
    blank = len(code[:cut + 1].rstrip(BLANKS))
    src.edits([(at + blank, at + len(code), ""), (found.end(1), found.end(1), piece + " ")], "paste-line")


def _sizeof_down(src: Source, found: re.Match[str]) -> None:
    """cstyle wants sizeof and its parentheses on one line."""
    number = src.line_at(found.start())
    if src.masks[number].startswith("#") or number + 1 >= len(src.lines) or src.spliced(number):
        return
    below = src.lines[number + 1]
    lead = leading(src.lines[number])
    before = src.mask[src.starts[number]:found.start()]
    at = src.starts[number] + len(before.rstrip(BLANKS))
    if re.search(r"\w$", before) or ")" not in src.masks[number + 1]:
        return
    tail = found.end() - 1
    gap = "" if src.text[tail - 1] == "(" else " "
    if not before.strip(BLANKS):
        src.edit(tail, tail + 1 + len(leading(below)), gap, "sizeof-line")
        return
    src.edits([(at, found.start(), "\n" + leading(below) if leading(below).startswith(lead) else
                "\n" + lead.rstrip(" ") + "    "),
               (tail, tail + 1 + len(leading(below)), gap)], "sizeof-line")


def _brace_up(src: Source, number: int) -> None:
    above = src.masks[number - 1].rstrip(BLANKS)
    if not _BEFORE_BRACE.search(above) or above.lstrip().startswith("#") or not src.in_function(number):
        return
    if above.strip(BLANKS) == ")" and src.masks[number - 2].endswith(COMMENT):
        return                      # a `)` that goes up would leave the brace behind a comment
    line = src.masks[number]
    brace = src.starts[number] + len(leading(line))
    src.edit(src.starts[number - 1] + len(above), brace, " ", "brace-line")
    after = line.lstrip(BLANKS)[1:]
    if after.strip(BLANKS) and not after.lstrip(BLANKS).startswith("\x01"):
        blanks = len(after) - len(after.lstrip(BLANKS))
        lead = leading(src.lines[number - 1])
        src.edit(brace + 1, brace + 1 + blanks, "\n" + lead + "\t", "brace-line")


def _last_return(src: Source, found: re.Match[str]) -> None:
    """A `return;` that ends a function goes, unless something needs a statement there."""
    start = src.line_start(found.start())
    above = src.mask[max(start - 4000, 0):start].rstrip(FILL + "\n")
    directive = src.masks[src.line_at(max(start - 1, 0))].startswith("#")
    if above.endswith((";", "{", "}")) and not found.group(1).strip(BLANKS) and not directive:
        src.edit(start, found.end(), "", "last-return")
    else:
        src.edit(found.end(), found.end(), "\n", "last-return")


# -- one control statement a line

def _keywords(src: Source) -> None:
    mask = src.mask
    last = -1
    split = -1
    for found in _KEYWORD.finditer(mask):
        start = found.start()
        if last >= 0 and mask.find("\n", last, start) < 0:
            first = src.line_start(start)
            if first != split:
                split = first
                number = src.line_at(start)
                if mask[first] != "#":
                    _split(src, number)
        last = start


def split_points(mask: str) -> list[tuple[int, int]]:
    """Where the statements of a line start, other than the first: the column and the depth of each, the
    line's own depth being 0."""
    points: list[tuple[int, int]] = []
    level = 0
    pending: list[int] = []     # levels to come back to, one for each control statement without a brace
    braces: list[int] = []
    at = len(leading(mask))
    first = at
    length = len(mask.rstrip(FILL))

    def next_code(index: int) -> int:
        while index < length and mask[index] in BLANKS:
            index += 1
        return index

    def put(index: int, depth: int) -> None:
        if index < length and index > first and mask[index] != "\x01":
            points.append((index, depth))

    label = re.compile(r"(?:case\b[^:?]*|default\s*|\w+\s*):(?![:])", re.A).match(mask, at)
    if label is not None and "?" not in label.group():
        at = next_code(label.end())
        level = 1
        put(at, level)
    while at < length:
        char = mask[at]
        word = re.compile(r"\w+", re.A).match(mask, at)
        if word is not None:
            if word.group() in ("for", "if", "while", "switch"):
                opened = next_code(word.end())
                close = matching(mask[:length], opened) if mask[opened:opened + 1] == "(" else -1
                if close < 0:
                    return points
                at = next_code(close + 1)
                if at < length and mask[at] not in ";{":
                    pending.append(level)
                    level += 1
                    put(at, level)
                continue
            if word.group() in ("else", "do"):
                at = next_code(word.end())
                if at < length and mask[at] != "{" and mask[at:at + 2] != "if":
                    pending.append(level)
                    level += 1
                    put(at, level)
                continue
            at = word.end()
        elif char in "([":
            close = matching(mask[:length], at)
            if close < 0:
                return points
            at = close + 1
        elif char == ";":
            base = level
            if pending:
                base = pending[0] if not braces else min([each for each in pending if each >= braces[-1]],
                                                         default=level)
                pending = [each for each in pending if each < base]
            level = base
            at = next_code(at + 1)
            if at < length and mask[at] != "}":
                put(at, level)
        elif char == "{":
            braces.append(level + 1)
            level += 1
            at = next_code(at + 1)
            if at < length and mask[at] != "}":
                put(at, level)
        elif char == "}":
            if braces:
                level = braces.pop() - 1
                put(at, level)
            at = next_code(at + 1)
            if at < length and not re.match(r"else\b|while\b|[;,)]", mask[at:]):
                put(at, level)
        else:
            at += 1
    return points


def _split(src: Source, number: int) -> None:
    mask = src.masks[number]
    lead = leading(src.lines[number])
    start = src.starts[number]
    for at, depth in split_points(mask):
        blanks = len(mask[:at]) - len(mask[:at].rstrip(BLANKS))
        src.edit(start + at - blanks, start + at, src.gap(number) + lead + "\t" * depth, "statement-line")


# -- function headers

def _headers(src: Source) -> None:
    resume = 0
    for found in _HEADER.finditer(src.mask):
        number = src.line_at(found.start())
        if number >= resume:
            resume = _header(src, number, found.end() - 1)


def _seen(src: Source, number: int) -> str:
    """A line as cstyle looks at it when it follows a header."""
    line = src.lines[number]
    return line[:-1].rstrip(BLANKS) if line.endswith("\\") else line


def _header(src: Source, number: int, opened: int) -> int:
    """Checks one header; the number of the line to go on from."""
    first = _seen(src, number)
    if re.search(r"\) \w+;$", first):
        return number + 1
    full = first.endswith("(")
    bad: list[int] = []
    at = number
    brace = False
    lines = len(src.lines)
    while True:
        seen = _seen(src, at)
        if at > number:
            if seen == "{" and src.masks[at - 1].rstrip(FILL).endswith(")"):
                break
            if seen == "{}":
                break
            if not _PARAMETER.match(seen) and not (full and seen.startswith("\t")):
                bad.append(at)
            if _HEADER.match(seen):
                full = full or seen.endswith("(")
        if seen == "{" or seen.endswith(");"):
            break
        if seen.endswith("{"):
            brace = True
            break
        at += 1
        if at >= lines - 1 or len(bad) > 200:
            break
    if not bad and not brace:
        return at + 1
    if src.in_function(number) or src.in_macro(number):
        # No header at all: a call that stands in the first column.
        src.edit(src.starts[number], src.starts[number], "\t", "header-indent")
        return number + 1
    close = matching(src.mask, opened)
    if close < 0:
        return number + 1
    last = src.line_at(close)
    tail_start = close + 1
    tail = src.mask[tail_start:src.starts[last] + len(src.lines[last])]
    code = tail.strip(FILL)
    if code.startswith("{"):
        _open_body(src, last, tail_start, tail)
        return last + 1
    inner = [each for each in bad if each <= last]
    if code == ";" and tail.rstrip(BLANKS) != ";":
        comment = src.text[tail_start + tail.index(";") + 1:src.starts[last] + len(src.lines[last])]
        start = tail_start + tail.index(";") + 1 + len(comment) - len(comment.lstrip(BLANKS))
        if "\n" not in comment:
            move_to_own_line(src, start, start + len(comment.strip(BLANKS)), "header-comment")
        return last + 1
    if code == "":
        body = last + 1
        while body < lines - 1 and not src.masks[body].strip(FILL):
            body += 1
        if src.masks[body].startswith("{"):
            if body == last + 1:
                after = src.lines[body][1:]
                if after.strip(BLANKS):
                    blanks = len(after) - len(after.lstrip(BLANKS))
                    at = src.starts[body] + 1
                    src.edit(at, at + blanks, "\n\t", "header-brace")
            else:
                _body_up(src, last, body)
            _parameters(src, number, opened, last, inner)
            return last + 1
        if src.masks[body].startswith(("\t", " ")) and src.masks[body].rstrip(FILL).endswith(";"):
            return last + 1     # a definition of the old form: its parameters follow
    if code == ";":
        _parameters(src, number, opened, last, inner)
        return last + 1
    if not _join_type(src, number):
        src.edit(src.starts[number], src.starts[number], "    ", "header-indent")
    return last + 1


def _join_type(src: Source, number: int) -> bool:
    """Puts the name after its type, on one line, so that the line is no header to cstyle."""
    if number == 0 or not _TYPE_ONLY.match(src.lines[number - 1]):
        return False
    above = src.lines[number - 1].rstrip(BLANKS)
    if src.masks[number].rstrip(FILL).endswith(")") and not above.startswith(("static", "extern")):
        return False
    at = src.starts[number]
    src.edit(src.starts[number - 1] + len(above), at, "" if above.endswith("*") else " ", "header-join")
    return True


def _open_body(src: Source, last: int, start: int, tail: str) -> None:
    """`name(...) {`: the brace opens a line of its own, and what follows it another."""
    at = start + tail.index("{")
    src.edit(start, at, "\n", "header-brace")
    after = src.text[at + 1:src.starts[last] + len(src.lines[last])]
    if not after.strip(BLANKS):
        return
    mask = src.mask[at:at + 1 + len(after)]
    if matching(mask, 0) == len(mask.rstrip(FILL)) - 1:
        gap = 1
        for column, depth in split_points(mask):
            cut = len(mask[gap:column]) - len(mask[gap:column].rstrip(BLANKS))
            src.edit(at + column - cut, at + column, "\n" + "\t" * depth, "header-brace")
        close = len(mask.rstrip(FILL)) - 1
        if not mask[1:close].strip(BLANKS):
            src.edit(at + 1, at + close, "\n", "header-brace")
        return
    blanks = len(after) - len(after.lstrip(BLANKS))
    src.edit(at + 1, at + 1 + blanks, "\n\t", "header-brace")


def _body_up(src: Source, last: int, body: int) -> None:
    """Only blank lines and comments stand between a header and its brace: the brace goes first."""
    start = src.starts[last] + len(src.lines[last])
    between = src.text[start:src.starts[body]]
    rest = src.lines[body][1:].strip(BLANKS)
    comments = "\n".join(("\t" + each.lstrip(BLANKS) if each.lstrip(BLANKS).startswith("/") else "\t " +
                          each.lstrip(BLANKS)).rstrip(BLANKS) for each in between.split("\n") if each.strip())
    new = "\n{" + ("\n" + comments if comments else "") + ("\n\t" + rest if rest else "")
    src.edit(start, src.starts[body] + len(src.lines[body]), new, "header-brace")


def _parameters(src: Source, number: int, opened: int, last: int, bad: list[int]) -> None:
    """Lines of a header's parameters that are indented otherwise, or that start with no word."""
    parts: list[tuple[int, int, str]] = []
    for at in bad:
        line = src.lines[at]
        body = line.lstrip(BLANKS)
        if body and re.match(r"[\w.]", body, re.A):
            parts.append((src.starts[at], src.starts[at] + len(line) - len(body), "    "))
        elif not body:
            parts.append((src.starts[at] - 1, src.starts[at], ""))
        elif body.startswith("#"):
            if not _join_type(src, number):
                src.edit(src.starts[number], src.starts[number], "    ", "header-indent")
            return
        else:
            moved = _other_start(src, at, body)
            if moved is None:
                _full_indent(src, number, opened, last)
                return
            parts += moved
    for part in parts:
        if part[2] == "    ":
            src.edits([part], "header-indent")
    src.edits([part for part in parts if part[2] != "    "], "header-fill")


def _full_indent(src: Source, number: int, opened: int, last: int) -> None:
    """No line can start with a word: after a bare `name(` cstyle takes lines indented by a tab."""
    rest = src.text[opened + 1:src.starts[number] + len(src.lines[number])]
    parts = [(src.starts[at], src.starts[at] + len(leading(src.lines[at])), "\t")
             for at in range(number + 1, last + 1) if src.lines[at].strip(BLANKS)]
    if rest.strip(BLANKS):
        parts.append((opened + 1, opened + 1 + len(rest) - len(rest.lstrip(BLANKS)), "\n\t"))
    src.edits(parts, "header-tab")


def _other_start(src: Source, at: int, body: str) -> list[tuple[int, int, str]] | None:
    """Makes a line start with a word: joins it to the line above, starts it with the last piece of that line,
    or moves its own first pieces up."""
    above = at - 1
    line = src.lines[above]
    code = src.masks[above].rstrip(BLANKS)
    if not code.strip(BLANKS) or "\x01" in code or code.startswith("#") or body.startswith("/*"):
        return None
    start = src.starts[above] + len(code)
    end = src.starts[at] + len(leading(src.lines[at]))
    gap = "" if code.endswith("(") else " "
    if width(line.rstrip(BLANKS) + gap + body) <= LIMIT:
        return [(start, end, gap)]
    depth = 0
    for index in range(len(code) - 2, -1, -1):
        char = code[index]
        depth += (char in ")]}") - (char in "([{")
        if depth < 0:
            break
        if char == "," and depth == 0:
            piece = line[index + 1:].strip(BLANKS)
            if not re.match(r"[\w.]", piece, re.A):
                continue
            if width(f"    {piece} {body}") > LIMIT:
                break
            return [(src.starts[above] + index + 1, start - len(piece), "\n    "), (start, end, " ")]
    mask = src.mask[end:end + len(body)]
    depth = 0
    for index, char in enumerate(mask):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            break
        if char == "," and depth == 0 and re.match(r",[ \t]+[\w.]", mask[index:index + 40], re.A):
            if width(line.rstrip(BLANKS) + gap + body[:index + 1]) > LIMIT:
                break
            rest = body[index + 1:]
            blanks = len(rest) - len(rest.lstrip(BLANKS))
            return [(start, end, gap), (end + index + 1, end + index + 1 + blanks, "\n    ")]
    return None
