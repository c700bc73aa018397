"""#include lines: FreeBSD's headers become illumos' own, the family's stay with their new place.

A line whose header has no counterpart goes.  Headers that the rewritten text needs besides are added when the file is
composed (`portkit.rewrite.compose`), because only then is it known which rows applied.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context


def run(context: Context) -> None:
    for file in context.files():
        seen: set[str] = set()
        for directive in file.directives:
            if directive.name != "include" or directive.skipped:
                continue
            line = file.text[directive.start:directive.end]
            opened = max(line.find("<"), line.find('"'))
            spelled = line[opened + 1:-1].strip() if opened >= 0 else ""
            quoted = '"' in line
            name_start = directive.start + opened
            own = own_header(context, file, spelled, quoted)
            if own is not None:
                _own(context, file, name_start, directive.end, spelled, quoted, own)
                continue
            if spelled in context.kobj_headers:
                place = context.kobj_place(spelled)
                context.edit(file, name_start, directive.end, [f"<{place}>"], "includes", "native")
                continue
            emit = context.rules.includes.get(spelled)
            if emit is None:
                emit = ()           # what the file uses of it has rows of its own, or is residue
            fresh = [header for header in emit if header not in seen]
            seen.update(emit)
            start = file.text.rfind("\n", 0, directive.start) + 1
            if not fresh:
                end = min(len(file.text), directive.line_end + 1)
                if file.text[:start].endswith("\n\n") and file.text[end:end + 1] == "\n":
                    end += 1
                context.edit(file, start, end, [], "includes", "template")
            elif fresh != [spelled]:
                text = "\n".join(f"#include <{header}>" for header in fresh)
                context.edit(file, directive.start, directive.end, [text], "includes", "native")


def own_header(context: Context, file: SourceFile, spelled: str, quoted: bool) -> Path | None:
    """The family's header that an #include names; None for any other."""
    candidates = []
    if quoted:
        candidates.append(Path(posixpath.normpath(str(file.path.parent / spelled))))
    candidates.append(Path("sys") / spelled)
    candidates += [folder / spelled for folder in context.include_dirs]
    for candidate in candidates:
        if candidate in context.program.files:
            return candidate
    return None


def _own(context: Context, file: SourceFile, start: int, end: int, spelled: str, quoted: bool, own: Path) -> None:
    if own in context.dropped_files:
        line = file.text.rfind("\n", 0, start) + 1
        context.edit(file, line, file.text.find("\n", end) + 1, [], "includes", "dropped")
        return
    if quoted and own.parent == file.path.parent:
        return
    place = context.include_name(own)
    if place != spelled:
        context.edit(file, start, end, [f"<{place}>"], "includes", "native")
