"""The text of a Makefile: its logical lines, and the brackets, comments and assignments in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import PortkitError


@dataclass(frozen=True)
class Line:
    """One logical line: continuation lines are joined, comments are still in it."""

    text: str
    file: Path
    number: int                     # of its first physical line, from 1
    physical: tuple[str, ...]


def logical_lines(file: Path, lenient: bool = False) -> list[Line]:
    """The logical lines of a Makefile; its bytes are Latin-1 text.

    Raises PortkitError where the file cannot be read, is binary, or ends inside a continued line.
    """
    try:
        data = file.read_bytes()
    except OSError as e:
        raise PortkitError(f"cannot be read: {e.strerror}", file=file) from None
    if b"\0" in data:
        raise PortkitError("is a binary file, not a Makefile", file=file,
                           line=data.count(b"\n", 0, data.index(0)) + 1, hint="check it out again")
    rows = data.decode("latin-1").split("\n")
    lines: list[Line] = []
    at = 0
    while at < len(rows):
        first = at
        while _continued(rows[at]) and at + 1 < len(rows):
            at += 1
        physical = tuple(rows[first:at + 1])
        ends_inside = _continued(rows[at]) or (at + 1 == len(rows) and at > first and not rows[at])
        if ends_inside and not lenient and not _blank_or_comment(rows[first]):
            raise PortkitError("ends inside a continued line: the file seems to be truncated", file=file,
                               line=first + 1, hint="check it out again")
        joined = physical[0].removesuffix("\r")
        for row in physical[1:]:
            joined = joined[:-1].rstrip() + " " + row.removesuffix("\r").lstrip()
        lines.append(Line(joined, file, first + 1, physical))
        at += 1
    return lines


def _continued(row: str) -> bool:
    row = row.removesuffix("\r")
    return (len(row) - len(row.rstrip("\\"))) % 2 == 1


def _blank_or_comment(row: str) -> bool:
    return row.strip() in ("", "\\") or row.lstrip().startswith("#")


def strip_comment(text: str) -> str:
    """Cut at the first `#` that no backslash protects and that is not the modifier `[#]`."""
    at = text.find("#")
    while at > 0 and text[at - 1] in "\\[":
        if text[at - 1] == "\\":
            text = text[:at - 1] + text[at:]
            at -= 1
        at = text.find("#", at + 1)
    return text if at < 0 else text[:at]


IFS = {"if", "ifdef", "ifndef", "ifmake", "ifnmake"}
ELIFS = {"elif", "elifdef", "elifndef", "elifmake", "elifnmake"}
DIRECTIVES = IFS | ELIFS | {
    "else", "endif", "for", "endfor", "include", "sinclude", "-include", "dinclude", "undef", "error",
    "warning", "info", "export", "unexport", "export-env", "export-literal", "unexport-env", "export-all",
    "poison"}
_DIRECTIVE = re.compile(r"\s*\.\s*(-?[a-z][a-z-]*)(?=[\s\"<(!$]|$)(.*)", re.DOTALL)


def directive(text: str) -> tuple[str, str]:
    if not text.lstrip().startswith("."):
        return "", ""
    match = _DIRECTIVE.match(text)
    if match and match.group(1) in DIRECTIVES:
        return match.group(1), match.group(2)
    return "", ""


def end_of_loop(lines: list[Line], at: int) -> int | None:
    depth = 1
    for i in range(at, len(lines)):
        word, _ = directive(lines[i].text)
        depth += (word == "for") - (word == "endfor")
        if depth == 0:
            return i
    return None


def substitute_loop(text: str, values: dict[str, str]) -> str:
    """Replace a loop's own variables; a modifier on one works on the word in its place."""
    if "$" not in text:
        return text
    for name, value in values.items():
        quoted = re.sub(r"([\\:{}()$])", r"\\\1", value)
        for opener, closer in ("{}", "()"):
            text = text.replace(f"${opener}{name}{closer}", value)
            text = text.replace(f"${opener}{name}:", f"${opener}:U{quoted}:")
        if len(name) == 1:
            text = re.sub(rf"(?<!\$)\${re.escape(name)}", value.replace("\\", r"\\"), text)
    return text


def closing(text: str, at: int) -> int | None:
    """Index of the bracket that closes the one at `at`."""
    opener = text[at]
    closer = "}" if opener == "{" else ")"
    depth = 0
    i = at
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 1
        elif c == opener:
            depth += 1
        elif c == closer:
            depth -= 1
            if depth == 0:
                return i
        i += 1
    return None


def split_top(text: str, separator: str) -> list[str]:
    """Split at separators that are neither escaped nor inside `${...}` or `$(...)`."""
    parts = []
    start = i = 0
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 1
        elif c == "$" and i + 1 < len(text) and text[i + 1] in "{(":
            end = closing(text, i + 1)
            if end is None:
                break
            i = end
        elif c == separator:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    parts.append(text[start:])
    return parts


def top_level(text: str, separators: str) -> int | None:
    """Index of the first of `separators` outside `${...}`; None where there is none."""
    i = 0
    while i < len(text):
        c = text[i]
        if c == "$" and i + 1 < len(text) and text[i + 1] in "{(":
            end = closing(text, i + 1)
            if end is None:
                return None
            i = end
        elif c in separators:
            return i
        i += 1
    return None


def split_assignment(text: str) -> tuple[str, str, str] | None:
    """(name, operator, value) of an assignment; the operator is one of "", "+", "?", ":", "!"."""
    at = top_level(text, "=:!?+ \t")
    while at is not None:
        rest = text[at:].lstrip()
        if rest.startswith("="):
            return text[:at].strip(), "", rest[1:].strip()
        if rest[:1] and rest[0] in "+?:!" and rest[1:2] == "=":
            return text[:at].strip(), rest[0], rest[2:].strip()
        if rest.startswith(":sh="):
            return text[:at].strip(), "!", rest[4:].strip()
        # `a+b=`: an operator character that no `=` follows belongs to the name
        if text[at] in "+?" and not text[at + 1:at + 2].isspace():
            following = top_level(text[at + 1:], "=:!?+ \t")
            at = None if following is None else at + 1 + following
            continue
        return None
    return None


def iter_words(text: str) -> Iterator[str]:
    """Words of a make value in which `\\"` and quotes are the shell's (CFLAGS)."""
    for match in re.finditer(r"""(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+""", text):
        yield re.sub(r"""\\(.)|["']""", lambda m: m.group(1) or "", match.group())
