"""Preprocessor conditionals: each is kept, renamed, or decided once and for all.

A FreeBSD driver asks its kernel's configuration (`#ifdef NEW_PCIB`), its release (`__FreeBSD_version`) and the machine
(`__i386__`).  In the port the answers are fixed, so the question goes and so does the branch not taken, with a recorded
reason.  Kept are include guards, `#ifndef X / #define X`, and what a [[config]] row says to keep or to call by another
name (`INVARIANTS` is illumos' `DEBUG`).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from portkit.frontend.lexer import Directive, Token
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context, Dropped

_OPENING = ("if", "ifdef", "ifndef")


@dataclass
class Group:
    """One #if ... #endif."""

    lines: list[Directive] = field(default_factory=list)    # the opening line, #elif and #else lines, #endif
    nested: list[Group] = field(default_factory=list)

    @property
    def opening(self) -> Directive:
        return self.lines[0]

    def names(self) -> list[str]:
        """The macros that the conditions ask for."""
        return list(dict.fromkeys(
            token.text for line in self.lines[:-1] for token in line.tokens
            if token.kind == "i" and token.text != "defined"))


def groups(file: SourceFile) -> list[Group]:
    """The outermost conditionals of a file, with those inside them."""
    out: list[Group] = []
    stack: list[Group] = []
    for directive in file.directives:
        if directive.name in _OPENING:
            group = Group([directive])
            (stack[-1].nested if stack else out).append(group)
            stack.append(group)
        elif directive.name in ("elif", "else") and stack:
            stack[-1].lines.append(directive)
        elif directive.name == "endif" and stack:
            stack.pop().lines.append(directive)
    return [group for group in out if group.lines[-1].name == "endif"]


def run(context: Context) -> None:
    """Decide all conditionals; no later pass sees the tokens of what is taken out.

    A branch not taken may well open a bracket, or begin a call, that only the taken one's text closes.
    """
    for file in context.files():
        for number, group in enumerate(groups(file)):
            _decide(context, file, group, first=number == 0)
        _forget(file, [(edit.start, edit.end) for edit in context.edits.get(file.path, ()) if not edit.parts])


def _forget(file: SourceFile, spans: list[tuple[int, int]]) -> None:
    """Take the tokens in ranges of bytes out of a file's list."""
    spans.sort()
    starts = [first for first, _ in spans]

    def stays(token: Token) -> bool:
        number = bisect.bisect_right(starts, token.start) - 1
        return number < 0 or token.start >= spans[number][1]

    if spans:
        file.lexed.tokens = [token for token in file.lexed.tokens if stays(token)]


def _decide(context: Context, file: SourceFile, group: Group, first: bool) -> None:
    names = group.names()
    if _is_guard(file, group, first) or _defines_default(file, group):
        _inner(context, file, group)
        return
    rows = [context.rules.config.get(name) for name in names]
    row = rows[0] if len(names) == 1 else None
    if row is not None and row.value == "keep":
        _inner(context, file, group)
        return
    if row is not None and row.value not in ("undefined", "defined"):
        for line in group.lines[:-1]:
            for token in line.tokens:
                if token.text == row.macro:
                    context.edit(file, token.start, token.end, [row.value], "conditionals", "native", always=True)
        _inner(context, file, group)
        return
    if len(names) == 1 and group.opening.name in ("ifdef", "ifndef") and names[0] in context.program.own_macros:
        _inner(context, file, group)
        return
    if len(names) == 1 and len(group.lines) == 2 and group.opening.name == "ifdef" \
            and names[0] in context.rules.same:
        _inner(context, file, group)        # asks whether a header defined something that illumos defines, too
        return
    why = next((found.why for found in rows if found is not None and found.why), "")
    if not why:
        why = _reason(names)
    _resolve(context, file, group, why)


def _reason(names: list[str]) -> str:
    if not names:
        return "disabled upstream (#if 0)"
    if "__FreeBSD_version" in names:
        return "for another FreeBSD release than the one that is translated"
    return f"{' and '.join(names)}: not defined in a kernel module's build"


def _inner(context: Context, file: SourceFile, group: Group) -> None:
    for number, nested in enumerate(group.nested):
        _decide(context, file, nested, first=number == 0 and False)


def _is_guard(file: SourceFile, group: Group, first: bool) -> bool:
    if not (first and file.is_header and group.opening.name == "ifndef"):
        return False
    return any(line.name == "define" and line.macro == group.opening.macro for line in file.directives[:3])


def _defines_default(file: SourceFile, group: Group) -> bool:
    """`#ifndef X`, `#define X ...`, `#endif`."""
    if group.opening.name != "ifndef" or len(group.lines) != 2:
        return False
    inside = [line for line in file.directives if group.opening.start < line.start < group.lines[-1].start]
    return len(inside) == 1 and inside[0].name == "define" and inside[0].macro == group.opening.macro


def _resolve(context: Context, file: SourceFile, group: Group, why: str) -> None:
    """Take out the directives and the branches that are not taken."""
    lines = group.lines
    for number, line in enumerate(lines):
        start = file.text.rfind("\n", 0, line.start) + 1
        end = min(len(file.text), line.line_end + 1)
        if number + 1 < len(lines) and _skipped(file, line, lines[number + 1]):
            following = lines[number + 1]
            end = file.text.rfind("\n", 0, following.start) + 1
            body = file.text[line.line_end:end].strip()
            if body:
                what = f"#{line.name} {' '.join(token.text for token in line.tokens)}".strip()
                context.dropped.append(Dropped(file.path, file.line(line.start), what, why))
            context.edit(file, start, end, [], "conditionals", "dropped", why=why, what=f"#{line.name}",
                         always=True)
            continue
        context.edit(file, start, end, [], "conditionals", "template", why=why, always=True)
    taken = [(line, lines[number + 1]) for number, line in enumerate(lines[:-1])
             if not _skipped(file, line, lines[number + 1])]
    for nested in group.nested:
        if any(line.start < nested.opening.start < following.start for line, following in taken):
            _decide(context, file, nested, first=False)


def _skipped(file: SourceFile, line: Directive, following: Directive) -> bool:
    """Whether the branch between two lines of a conditional is left out."""
    return any(first <= line.line_end and last >= following.start and first >= line.start - 1
               or (first < line.start and last > following.end)
               for first, last in file.skipped_spans)
