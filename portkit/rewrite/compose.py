"""From rendered text to the lines of an emitted file: added #include lines, blank lines, style, appended glue."""

from __future__ import annotations

import re

from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Chunk, Line, to_lines

_INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
# The base types come first; ddi.h and sunddi.h come last (Writing Device Drivers, "Including system header
# files"), and what builds on them after that.
_RANK = {"sys/types.h": -9, "sys/param.h": -8, "sys/dditypes.h": -7, "sys/ddi.h": 1, "sys/sunddi.h": 2,
         "sys/sunndi.h": 3, "sys/ddi_impldefs.h": 4, "sys/ndi_impldefs.h": 5}


def _rank(name: str) -> tuple[int, str]:
    if not name.startswith(("sys/", "vm/")):
        return 9, name
    return _RANK.get(name, 0), name


def compose(context: Context, file: SourceFile, chunks: list[Chunk], headers: list[str],
            style: bool = True) -> list[Line]:
    """The lines of the emitted file."""
    lines = to_lines(file, chunks)
    lines = _add_headers(lines, headers, file.is_header)
    for text in context.appended.get(file.path, ()):
        while lines and not lines[-1].text.strip():
            lines.pop()
        lines.append(Line("", 0, "template"))
        lines.extend(Line(line, 0, "template") for line in text.rstrip("\n").split("\n"))
    lines = _single_blanks(lines)
    if style:
        lines = _restyle(lines)
    return lines


def _add_headers(lines: list[Line], headers: list[str], is_header: bool) -> list[Line]:
    present: set[str] = set()
    system: list[int] = []
    any_include: list[int] = []
    for number, line in enumerate(lines):
        found = _INCLUDE.match(line.text)
        if found:
            any_include.append(number)
            if found.group(1) == "<":
                present.add(found.group(2))
                if found.group(2).startswith(("sys/", "vm/")):
                    system.append(number)
    missing = [header for header in headers if header not in present]
    if not missing:
        return lines
    order = sorted(missing, key=_rank)
    added = [Line(f"#include <{name}>", 0, "rewritten", ("headers",)) for name in order]
    if system:
        at = system[-1] + 1
        # the last system header of the first block of includes
        for one, two in zip(system, system[1:], strict=False):
            if two - one > 3:
                at = one + 1
                break
        return lines[:at] + added + lines[at:]
    if any_include:
        at = any_include[0]
        return lines[:at] + added + [Line("", 0, "rewritten", ("headers",))] + lines[at:]
    at = _after_guard(lines) if is_header else _after_comment(lines)
    return lines[:at] + [Line("", 0, "rewritten")] + added + lines[at:]


def _after_guard(lines: list[Line]) -> int:
    for number, line in enumerate(lines):
        if re.match(r"\s*#\s*define\s+\w+\s*$", line.text) and number and "ifndef" in lines[number - 1].text:
            return number + 1
    return _after_comment(lines)


def _after_comment(lines: list[Line]) -> int:
    inside = False
    for number, line in enumerate(lines):
        text = line.text.strip()
        if text.startswith("/*"):
            inside = True
        if not inside and text:
            return number
        if "*/" in text:
            inside = False
    return 0


def _single_blanks(lines: list[Line]) -> list[Line]:
    out: list[Line] = []
    for line in lines:
        blank = not line.text.strip()
        if blank and (not out or not out[-1].text.strip()):
            continue
        if line.text.strip() == "}" and out and not out[-1].text.strip() and len(out) > 1:
            while out and not out[-1].text.strip() and line.status != "verbatim":
                out.pop()
        out.append(line)
    while out and not out[-1].text.strip():
        out.pop()
    return out


def _restyle(lines: list[Line]) -> list[Line]:
    try:
        from portkit.rewrite.style import restyle
    except ImportError:
        return lines
    result = restyle(("\n".join(line.text for line in lines) + "\n").encode("latin-1"))
    out: list[Line] = []
    for number, text in enumerate(result.text.decode("latin-1").split("\n")):
        if number >= len(result.origin):
            break
        origin = lines[min(result.origin[number], len(lines) - 1)]
        status = origin.status
        if status == "verbatim" and "".join(text.split()) != "".join(origin.text.split()):
            status = "rewritten"
        rules = origin.rules if text == origin.text else (*origin.rules, "style")
        out.append(Line(text, origin.upstream, status, rules))
    return out
