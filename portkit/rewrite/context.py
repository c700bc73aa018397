"""What a translation knows while its passes run: the program, the outlines, the tables, the edits wanted so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portkit.frontend.lexer import Directive, Token
from portkit.frontend.structure import Declaration, Outline
from portkit.frontend.unit import Program, SourceFile
from portkit.rewrite.edit import PRIORITY_PASS, Edit, Kept, Part
from portkit.rules.loader import Rule, RuleSet
from portkit.rules.pattern import Span


@dataclass
class Region:
    """Tokens that patterns run over: a file's code, or the body of one of its macros."""

    file: SourceFile
    tokens: Sequence[Token]
    directive: Directive | None = None      # of a macro body

    def bytes_of(self, span: Span) -> tuple[int, int]:
        first, last = span
        return self.tokens[first].start, self.tokens[last - 1].end

    def text_of(self, span: Span) -> str:
        if span[0] >= span[1]:
            return ""
        start, end = self.bytes_of(span)
        return self.file.text[start:end]


@dataclass
class Dropped:
    """Something left out, with the reason that the report and a maintainer read."""

    file: Path
    line: int
    what: str
    reason: str


@dataclass
class Context:
    """Shared by all passes of one translation."""

    program: Program
    rules: RuleSet
    edits: dict[Path, list[Edit]] = field(default_factory=dict)
    outlines: dict[Path, Outline] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)        # function -> the methods it serves as
    dropped: list[Dropped] = field(default_factory=list)
    dropped_functions: dict[str, str] = field(default_factory=dict)  # function -> reason
    dropped_files: dict[Path, str] = field(default_factory=dict)
    driver_scope: dict[str, str] = field(default_factory=dict)       # a driver that uses this goes as a whole
    support: set[str] = field(default_factory=set)
    headers: dict[Path, list[str]] = field(default_factory=dict)    # illumos headers that a file's edits need
    drivers: list[Any] = field(default_factory=list)                # newbus.Driver
    cdevs: dict[Path, Any] = field(default_factory=dict)            # driver's file -> cdev.Devices
    nexus_files: dict[Path, str] = field(default_factory=dict)      # sources that make children -> prefix of the glue
    hbas: set[Path] = field(default_factory=set)                    # sources that allocate a SIM of CAM's
    once: set[tuple[Any, ...]] = field(default_factory=set)          # insertions that are made once only
    support_by_file: dict[Path, set[str]] = field(default_factory=dict)
    tunables: list[Any] = field(default_factory=list)               # tunables.Tunable
    tunable_bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    sysinits: list[Any] = field(default_factory=list)               # newbus.SysInit
    interfaces: list[Any] = field(default_factory=list)             # upstream Interface of the family's .m files
    direct: dict[str, str] = field(default_factory=dict)            # interface_method -> the function that serves
    made_global: set[str] = field(default_factory=set)
    absorbed: set[str] = field(default_factory=set)                 # functions whose work the glue does
    support_prefix: str = "sys"                                     # where emitted support headers are included from
    driver_name: str = ""                                           # a short name for messages and interrupts
    sysinit_values: dict[str, int] = field(default_factory=dict)    # SI_SUB_* and SI_ORDER_*
    appended: dict[Path, list[str]] = field(default_factory=dict)   # glue at the end of a file
    kobj_headers: set[str] = field(default_factory=set)             # X_if.h of the family's own interfaces
    include_dirs: tuple[Path, ...] = ()                             # -I of the modules, relative to the tree
    folder: Path = Path()                                           # the family's folder in the tree
    prefix: str = ""                                                # its folder's name in emitted #include lines
    memo: dict[str, object] = field(default_factory=dict)           # what passes work out once and share
    mends: set[tuple[Path, int, Rule]] = field(default_factory=set)     # upstream's own mistakes: file, line, row
    # detach function -> statements that the glue makes behind it; they know the node as `dip`
    extra_detach: dict[str, list[str]] = field(default_factory=dict)
    extra_attach: dict[str, list[str]] = field(default_factory=dict)    # by the detach method, too
    module_locks: list[tuple[str, Path]] = field(default_factory=list)     # kmutex_t, its file
    module_condvars: list[tuple[str, Path]] = field(default_factory=list)  # kcondvar_t, its file

    def outline(self, file: SourceFile) -> Outline:
        found = self.outlines.get(file.path)
        if found is None:
            found = Outline(file)
            self.outlines[file.path] = found
        return found

    def files(self) -> list[SourceFile]:
        """The family's files, dropped ones left out, in order of path."""
        return [file for path, file in sorted(self.program.files.items()) if path not in self.dropped_files]

    def regions(self, file: SourceFile) -> Iterable[Region]:
        """The code of a file, and the body of each macro that it defines."""
        yield Region(file, file.tokens)
        for directive in file.directives:
            if directive.name == "define" and directive.body and not directive.skipped:
                yield Region(file, directive.body, directive)

    def functions(self) -> Iterable[tuple[SourceFile, Declaration]]:
        for file in self.files():
            for item in self.outline(file).declarations:
                if item.kind == "function":
                    yield file, item

    def function(self, name: str) -> tuple[SourceFile, Declaration] | None:
        """The definition of a function of the family."""
        return next(((file, item) for file, item in self.functions() if item.name == name), None)

    def sysinit_rank(self, subsystem: str, order: str) -> tuple[int, int]:
        """When FreeBSD would call a SYSINIT function."""
        return self.sysinit_values.get(subsystem, 0), self.sysinit_values.get(order, 0)

    def illumos_type(self, text: str) -> str:
        """A type's spelling with the words that one-word rows rename (`u_int *` gives `uint_t *`)."""
        from portkit.frontend.lexer import lex
        from portkit.frontend.structure import join_tokens
        tokens = lex(text).tokens
        for token in tokens:
            for rule in self.rules.by_anchor.get(token.text, ()):
                if len(rule.pattern.elements) == 1 and not rule.where and not rule.within:
                    token.text = rule.emit_text
                    break
        return join_tokens(tokens).replace("* *", "**")

    def kobj_place(self, header: str) -> str:
        """How emitted sources name the header of one of the family's kobj interfaces."""
        for interface in self.interfaces:
            if header == f"{interface.name}_if.h":
                folder = Path(interface.path).parent
                for parent in (folder, *folder.parents):
                    if str(parent).endswith(str(self.folder)):
                        return f"{self.prefix}/{(folder / header).relative_to(parent)}"
        return header

    def support_headers(self, name: str) -> list[str]:
        """#include names of the headers of a [[support]] row; `_impl.h` is for its own files alone."""
        row = self.rules.support[name]
        return [f"{self.support_prefix}/{file}" for file in row.files
                if file.endswith(".h") and not file.endswith("_impl.h")]

    def include_name(self, header: Path) -> str:
        """How emitted sources name one of the family's headers."""
        try:
            return f"{self.prefix}/{header.relative_to(self.folder)}"
        except ValueError:
            return str(header.relative_to("sys")) if header.parts[:1] == ("sys",) else str(header)

    def edit(self, file: SourceFile, start: int, end: int, parts: Sequence[Part], rule: str, kind: str = "native",
             **more: object) -> Edit:
        """Register an edit of bytes [start, end)."""
        edit = Edit(start, end, tuple(parts), rule, kind, **more)       # type: ignore[arg-type]
        self.edits.setdefault(file.path, []).append(edit)
        return edit

    def insert(self, file: SourceFile, offset: int, text: str, rule: str, kind: str = "native",
               **more: object) -> Edit:
        return self.edit(file, offset, offset, [text], rule, kind, **more)

    def remove(self, file: SourceFile, start: int, end: int, rule: str, kind: str, why: str = "",
               what: str = "") -> None:
        """Remove bytes with the lines that become empty; `dropped` ones are reported with their reason."""
        start, end = whole_lines(file.text, start, end)
        if kind == "dropped":
            self.dropped.append(Dropped(file.path, file.line(start), what, why))
        self.edit(file, start, end, [], rule, kind, why=why, what=what, priority=PRIORITY_PASS)

    def keep(self, region: Region, span: Span) -> Part:
        """A part of new text that is the tokens of a span, rewritten."""
        if span[0] >= span[1]:
            return ""
        start, end = region.bytes_of(span)
        return Kept(start, end)


def whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range that is all that stands on its lines to those lines, newline included."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    if line_end < 0:
        line_end = len(text)
    if text[line_start:start].strip() or text[end:line_end].strip():
        return start, end
    new_end = min(len(text), line_end + 1)
    # Of the blank lines on both sides one is enough.
    if (line_start == 0 or text[:line_start].endswith("\n\n")) and text[new_end:new_end + 1] == "\n":
        new_end += 1
    return line_start, new_end
