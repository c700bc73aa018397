"""Comments in the form that cstyle(1ONBLD) asks for.

A comment of more than one line opens with a bare `/*`, indented by tabs alone, goes on with ` * `, and closes
with a bare ` */`; a comment on one line has a blank on either side of its text; `//` is followed by a blank.
"""

from __future__ import annotations

import re

from portkit.rewrite.style_source import BLANKS, LIMIT, TAB, Source, pad, splice_suffix, tabs_for, width

# Words that lint(1) reads; they stand without blanks.
_LINT = re.compile(
    r"/\*(?:ARGSUSED[0-9]*|NOTREACHED|LINTLIBRARY|VARARGS[0-9]*|CONSTCOND|CONSTANTCOND|CONSTANTCONDITION|EMPTY|"
    r"FALLTHRU|FALLTHROUGH|LINTED.*?|PRINTFLIKE[0-9]*|PROTOLIB[0-9]*|SCANFLIKE[0-9]*|CSTYLED.*?)\*/")
_SPLICE = re.compile(r"[ \t]*\\$")
_INNER_OPEN = re.compile(r"(?<=[^ \t(\n])/\*")


def fix_comments(src: Source) -> None:
    """Queues the edits that every comment of the text needs."""
    text = src.text
    for start, end in src.comments:
        if text[start + 1] == "/":
            if end > start + 2 and not text[start + 2].isspace():
                _line_comment(src, start, end)
        elif end - start < 4 or not text.endswith("*/", start, end):
            continue                    # not closed
        elif text.find("\n", start, end) < 0:
            if (text[start + 2] in " \t" and text[end - 3] in " \t" and end - start > 4
                    and (start == 0 or text[start - 1] in " \t\n") and text.find("//", start, end) < 0):
                continue
            _one_line(src, start, end)
        else:
            line = src.line_start(start)
            if text[line:start].strip(BLANKS):
                _trailing(src, line, start, end)
            elif not _proper(text, line, start, end):
                _block(src, line, start, end)


def block_lines(lead: str, words: list[str]) -> list[str]:
    """A block comment of the given text lines."""
    return [lead + "/*", *((lead + " * " + line).rstrip(BLANKS) for line in words), lead + " */"]


def fill(text: str, room: int) -> list[str]:
    """Text broken at blanks into lines of at most `room` columns, where it has blanks."""
    lines: list[str] = []
    rest = text.strip(BLANKS)
    while len(rest) > room:
        at = rest.rfind(" ", 0, room + 1)
        if at <= 0:
            at = rest.find(" ", room)
        if at <= 0:
            break
        lines.append(rest[:at].rstrip(BLANKS))
        rest = rest[at:].strip(BLANKS)
    return [*lines, rest] if rest else lines


def comment_text(comment: str) -> str:
    """What a comment on one line says."""
    if comment.startswith("//"):
        return comment.lstrip("/!").strip(BLANKS)
    return comment[2:-2].strip(BLANKS)


def move_to_own_line(src: Source, start: int, end: int, rule: str) -> None:
    """Moves a trailing comment on one line to a line of its own: above its code, or below where the code
    opens or closes a block or ends in a label, so that the comment stays with what it speaks of."""
    number = src.line_at(start)
    line = src.lines[number]
    first, last = src.starts[number], src.starts[number] + len(line)
    if src.spliced(number):
        last = first + len(_SPLICE.sub("", line))
    code = src.masks[number][:start - first].strip(BLANKS)
    lead = tabs_for(width(line[:len(line) - len(line.lstrip(BLANKS))]) if not src.in_macro(number) or
                    line[:1] == "\t" else TAB)
    leading = src.text[first:start].rstrip(BLANKS)
    below = code.startswith("}") or code.endswith(("{", ":", "else"))
    said = comment_text(src.text[start:end])
    if not said:
        src.edit(first + len(leading), end, "", rule)
        return
    if below and code.endswith(("{", ":", "else")):
        lead += "\t"
    spliced = (src.spliced(number) if below else src.in_macro(number))
    room = LIMIT - width(lead) - 3 - (2 if spliced else 0)
    if "//" in said or len(said) + 3 > room:
        lines = block_lines(lead, fill(said, room))
    else:
        lines = [f"{lead}/* {said} */"]
    if spliced:
        column = width(line) - 1
        lines = [each + splice_suffix(each, column) for each in lines]
    body = "\n".join(lines)
    if not below:
        new = (first, first, body + "\n")
    else:
        # The backslash of a spliced code line stands where it is; the comment comes after it.
        at = src.starts[number] + len(line) if spliced else last
        new = (at, at, "\n" + body)
    src.edits([(first + len(leading), end, ""), new], rule)


def _line_comment(src: Source, start: int, end: int) -> None:
    text = src.text
    said = comment_text(text[start:end])
    number = src.line_at(start)
    if "\n" in text[start:end] or src.spliced(number) or "*/" in said or "/*" in said or not said:
        src.edit(start, start + 2, "// ", "comment-blank")
    elif "//" in said:
        _stand_alone(src, start, end)
    else:
        src.edit(start, end, f"/* {said} */", "line-comment")


def _one_line(src: Source, start: int, end: int) -> None:
    text = src.text
    first = src.line_start(start)
    line = text[first:src.line_end(start)]
    before = text[start - 1] if start else "\n"
    if before not in " \t\n(" and not re.search(r"\w\(/\*.*\*/\);", line):
        src.edit(start, start, " ", "blank-before-comment")
        return
    if "//" in text[start:end] and re.search(r"//\S", text[start:end]) and not _LINT.search(line):
        _stand_alone(src, start, end)
        return
    if _LINT.search(line):
        return
    inner = text[start + 2:end - 2]
    opened = inner[:1] not in tuple(BLANKS) and before != "("
    closed = inner[-1:] not in tuple(BLANKS) and text[end:end + 1] != ")"
    if not opened and not closed:
        return
    if not inner.strip("*" + BLANKS):
        src.edit(start, end, "/* " + "*" * max(len(inner) - 2, 0) + (" " if len(inner) > 2 else "") + "*/",
                 "comment-blank")
        return
    if opened and inner[0] in "*!":
        inner = inner.lstrip("*!")
        opened = inner[0] not in BLANKS
    if closed and inner[-1] == "*":
        inner = inner.rstrip("*")
        closed = inner[-1] not in BLANKS
    src.edit(start + 2, end - 2, (" " if opened else "") + inner + (" " if closed else ""), "comment-blank")


def _stand_alone(src: Source, start: int, end: int) -> None:
    """A comment with `//` in its text passes only inside a block comment."""
    first = src.line_start(start)
    before = src.text[first:start]
    if before.strip(BLANKS):
        move_to_own_line(src, start, end, "comment-moved")
        return
    number = src.line_at(start)
    after = src.text[end:src.starts[number] + len(src.lines[number])]
    if after.strip(BLANKS + "\\"):
        return
    lead = tabs_for(width(before))
    spliced = src.spliced(number)
    room = LIMIT - width(lead) - 3 - (2 if spliced else 0)
    lines = block_lines(lead, fill(comment_text(src.text[start:end]), room))
    column = width(src.lines[number]) - 1
    lines = [each + splice_suffix(each, column) if spliced else each for each in lines]
    src.edit(first, src.starts[number] + len(src.lines[number]), "\n".join(lines), "block-comment")


def _proper(text: str, line: int, start: int, end: int) -> bool:
    lead = text[line:start]
    if lead.strip("\t"):
        return False
    last = text.find("\n", end)
    if text[end:last if last >= 0 else len(text)].strip(" \t\\"):
        return False
    lines = text[line:end].split("\n")
    if lines[0].endswith("\\"):
        lines = [_SPLICE.sub("", each) for each in lines]
    inner = lead + " *"
    if lines[0] != lead + "/*" or lines[-1] != inner + "/":
        return False
    return (all(each == inner or each.startswith((inner + " ", inner + "\t")) for each in lines[1:-1])
            and _INNER_OPEN.search(text, start + 2, end) is None)


def _said(lines: list[str]) -> list[str]:
    """The text of a comment's lines: openers, closers, stars and the indentation that all lines share
    removed, the blanks that follow a star kept.  `lines` run from the `/*` to the `*/`."""
    first = lines[0][2:]
    if first.rstrip(BLANKS) == "-" or first[:2] in ("- ", "-\t"):
        first = first[1:]
    first = first.lstrip("*!") if first[:1] in ("*", "!") else first
    last = lines[-1][:-2].rstrip(BLANKS).rstrip("*").rstrip(BLANKS)
    middle = [*lines[1:-1], last]
    bare = [each for each in middle if each.strip(BLANKS) and each.lstrip(BLANKS)[0] != "*"]
    base = min((width(each[:len(each) - len(each.lstrip(BLANKS))]) for each in bare), default=0)
    said = [first.strip(BLANKS)]
    for each in middle:
        body = each.strip(BLANKS)
        if not body:
            said.append("")
        elif body[0] == "*":
            body = each.lstrip(BLANKS)[1:].rstrip(BLANKS)
            said.append(body[1:] if body[:1] == " " else body)
        else:
            column = width(each[:len(each) - len(each.lstrip(BLANKS))]) - base
            said.append((" " * column if column < 5 else "\t" * (column // TAB or 1)) + body)
    return [_INNER_OPEN.sub(" /*", each) for each in said]


def _block(src: Source, line: int, start: int, end: int) -> None:
    """Rewrites a comment of several lines that has its lines to itself."""
    text = src.text
    last = src.line_end(end)
    lines = text[start:last].split("\n")
    after = text[end:last]
    ends = [_SPLICE.search(each) for each in lines]
    column = max((width(each) - 1 for each, found in zip(lines, ends, strict=True) if found), default=0)
    all_spliced = ends[-1] is not None
    lines = [_SPLICE.sub("", each) for each in lines]
    code = _SPLICE.sub("", after).strip(BLANKS)
    lines[-1] = text[start:end].split("\n")[-1]
    lead = tabs_for(width(text[line:start]))
    inner = lead + " *"
    at = line
    parts: list[tuple[int, int, str]] = []
    for number, said in enumerate(_said(lines)):
        body = inner + (said if said[:1] == "\t" else " " + said) if said else inner
        new = [body]
        if number == 0:
            new = [lead + "/*", *([body] if said else [])]
        elif number == len(lines) - 1:
            new = [*([body] if said else []), inner + "/"]
            if code:
                new.append(lead + code)
        if all_spliced or ends[number] is not None:
            new = [each + splice_suffix(each, column) for each in new]
        stop = src.line_end(at)
        parts.append((at, stop, "\n".join(new)))
        at = stop + 1
    src.edits(parts, "block-comment")


def _trailing(src: Source, line: int, start: int, end: int) -> None:
    """A comment that begins after code and runs over several lines becomes a comment a line; where that does
    not fit, a block comment next to its code."""
    text = src.text
    last = src.line_end(end)
    number = src.line_at(start)
    lines = text[start:last].split("\n")
    ends = [_SPLICE.search(each) is not None for each in lines]
    after = _SPLICE.sub("", text[end:last]).strip(BLANKS)
    directive = src.in_macro(number) or text[line:start].lstrip(BLANKS).startswith("#")
    if directive and (after or (ends[-1] and not all(ends))):
        return
    column = max((width(each) - 1 for each in src.lines[number:number + len(lines)]), default=0)
    lines = [_SPLICE.sub("", each) for each in lines]
    lines[-1] = text[start:end].split("\n")[-1]
    said = [each.strip(BLANKS) for each in _said(lines)]
    at = width(text[line:start])
    lead = pad(0, at)
    if lead.startswith(" "):
        lead = "\t"
    code = text[line:start]
    first = f"{code}/* {said[0]} */" if said[0] else code.rstrip(BLANKS)
    rest = [f"{lead}/* {each} */" if each else "" for each in said[1:]]
    spare = 2 if any(ends) else 0
    if "//" not in "".join(said) and all(width(each) + spare <= LIMIT for each in [first, *rest]):
        at = line
        parts: list[tuple[int, int, str]] = []
        for index, new in enumerate([first, *rest]):
            stop = src.line_end(at)
            if index == len(lines) - 1 and after:
                new = f"{new} {after}" if new else lead + after
            if ends[index]:
                new += splice_suffix(new, column)
            if new or index == 0:
                parts.append((at, stop, new))
            elif not ends[index]:
                parts.append((at - 1, stop, ""))
            at = stop + 1
        src.edits(parts, "trailing-comment")
        return
    if directive and any(ends):
        return
    mask = src.mask[line:start].strip(BLANKS)
    below = not after and (mask.endswith(("{", ":", "else")) or mask.startswith("}"))
    spaces = text[line:line + len(code) - len(code.lstrip(BLANKS))]
    lead = tabs_for(width(spaces)) + ("\t" if below and mask.endswith(("{", ":", "else")) else "")
    body = "\n".join(block_lines(lead, [part for each in said if each
                                        for part in fill(each, LIMIT - width(lead) - 3)]))
    if below:
        src.edit(line, last, code.rstrip(BLANKS) + "\n" + body, "trailing-comment")
    else:
        tail = f"\n{spaces}    {after}" if after else ""
        src.edit(line, last, body + "\n" + code.rstrip(BLANKS) + tail, "trailing-comment")
