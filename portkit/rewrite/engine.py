"""One translation in memory: parse, run the passes, match the tables, render and compose every file.

Nothing is written here; `portkit.translate` lays the result out and puts it on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.compose import compose
from portkit.rewrite.context import Context, Dropped
from portkit.rewrite.edit import Edit, Line, Rendered, Renderer
from portkit.rewrite.filters import FILTERS
from portkit.rewrite.match import match_file


@dataclass(frozen=True)
class Residue:
    """A use of the FreeBSD KPI that nothing handles."""

    file: Path
    line: int
    symbol: str
    kind: str
    hint: str


@dataclass
class Emitted:
    """One translated file."""

    path: Path                              # upstream, relative to the tree
    lines: list[Line]
    uses: Counter[str] = field(default_factory=Counter)     # disposition -> count
    residue: list[Residue] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        return ("\n".join(line.text for line in self.lines) + "\n").encode("latin-1")


@dataclass
class Translation:
    files: dict[Path, Emitted]
    context: Context
    dropped: list[Dropped]
    rendered: dict[Path, Rendered] = field(default_factory=dict)


def render_all(context: Context) -> Translation:
    """Match the tables and render every file of the family that is not dropped; `compose_all` finishes them."""
    translation = Translation({}, context, context.dropped)
    for file in context.files():
        edits = list(context.edits.get(file.path, ()))
        for region in context.regions(file):
            edits.extend(match_file(context, region))
        rendered = Renderer(file, edits, FILTERS).render()
        emitted = Emitted(file.path, [])
        _account(context, file, rendered.disposition, emitted)
        used = context.support_by_file.setdefault(file.path, set())
        for edit in rendered.applied:
            used.update(edit.support)
            if edit.kind == "dropped" and edit.rule != "drops" and edit.rule != "conditionals":
                context.dropped.append(Dropped(file.path, file.line(edit.start), edit.what, edit.why))
        context.support.update(used)
        translation.rendered[file.path] = rendered
        translation.files[file.path] = emitted
    return translation


def compose_all(translation: Translation, style: bool = True) -> None:
    """Add headers and glue, and bring every file into style."""
    context = translation.context
    for path, rendered in translation.rendered.items():
        file = context.program.files[path]
        headers = _needed_headers(context, file, rendered.applied, rendered.disposition)
        translation.files[path].lines = compose(context, file, rendered.chunks, headers, style)


def _account(context: Context, file: SourceFile, disposition: dict[int, Edit], emitted: Emitted) -> None:
    """Give every use of something from outside the family exactly one disposition."""
    for token in file.lexed.raw_identifiers:
        ref = token.ref
        if not isinstance(ref, Ref) or not ref.external:
            continue
        edit = disposition.get(token.start)
        if edit is not None:
            kind = edit.kind
            if kind == "residue":
                emitted.residue.append(Residue(file.path, file.line(token.start), token.text, ref.kind, edit.hint))
        elif token.text in context.rules.same or (ref.kind == "member" and _same_member(context, ref)):
            kind = "same"
        else:
            kind = "residue"
            emitted.residue.append(Residue(file.path, file.line(token.start), token.text, ref.kind,
                                           _hint(context, ref)))
        emitted.uses[kind] += 1


def _same_member(context: Context, ref: Ref) -> bool:
    """A member of a structure that illumos has with the same members."""
    return f"{ref.owner}.{ref.name}" in context.rules.same


def _hint(context: Context, ref: Ref) -> str:
    place = _declared_in(context, ref)
    where = f" ({place})" if place else ""
    return f"no rule handles the {ref.kind} {ref.name}{where}: add a row with --rules, or drop it in the port file"


def _declared_in(context: Context, ref: Ref) -> str:
    """The header that declares something, below the tree's sys/ or sys/sys/; a generated one by its name alone."""
    if not ref.file:
        return ""
    place = context.program.shown(ref.file)
    if not place.is_absolute() and place.parts[0] != "sys":
        return str(place)
    if "/sys/" in ref.file:
        return ref.file.rsplit("/sys/", 1)[1]
    return "/".join(ref.file.split("/")[-2:])


def _needed_headers(context: Context, file: SourceFile, applied: Sequence[Edit],
                    disposition: dict[int, Edit]) -> list[str]:
    """illumos headers that the new text of a file needs, in a fixed order."""
    wanted: set[str] = set(context.headers.get(file.path, ()))
    for edit in applied:
        wanted.update(edit.headers)
        for name in edit.support:
            wanted.update(context.support_headers(name))
    for token in file.lexed.raw_identifiers:
        ref = token.ref
        if isinstance(ref, Ref) and ref.external and token.start not in disposition:
            row = context.rules.same.get(token.text) or context.rules.same.get(f"{ref.owner}.{ref.name}")
            if row is not None:
                wanted.update(row.headers)
    return sorted(wanted)

