"""Parse a driver's sources once each and know, for every word its author wrote, what it refers to.

`Program` holds the files of one driver family (sources and the headers of the family that they include), the
tokens of each, and a `Ref` for every identifier.  A file that several sources include is read and annotated
once.  Identifiers that clang has no cursor for (bodies of `#define`, lines this configuration skips) are resolved
by name against everything the family declares: what is not declared there comes from outside.
"""

from __future__ import annotations

import bisect
import ctypes as c
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from portkit.errors import PortkitError
from portkit.frontend.lexer import KEYWORDS, Directive, Lexed, Token, lex
from portkit.frontend.libclang import (
    DECLARATIONS,
    MACRO_DEFINITION,
    MACRO_EXPANSION,
    PARSE_DETAILED_RECORD,
    PARSE_KEEP_GOING,
    TRANSLATION_UNIT,
    CXCursor,
    CXSourceLocation,
    CXToken,
    InclusionVisitor,
    libclang,
)


@dataclass(eq=False, slots=True)
class Ref:
    """What an identifier refers to."""

    name: str
    kind: str               # macro, function, variable, type, tag, member, enumerator, param, name (unresolved)
    file: str | None        # where it is declared; None for a name resolved by exclusion
    external: bool          # declared outside the family's folder
    owner: str = ""         # of a member: the tag or typedef that holds it
    cursor: CXCursor | None = None


@dataclass(frozen=True)
class Warning:
    """A complaint of clang's that the gate's compilers would have about the translated text, too."""

    file: str               # as clang names it
    offset: int
    option: str
    text: str


# What FreeBSD's build leaves alone and the gate's does not (its -Wall, and gcc's -Wmaybe-uninitialized).
_WARNINGS = ("-Wno-everything", "-Wpointer-sign", "-Wconditional-uninitialized", "-Wsometimes-uninitialized",
             "-Waddress-of-packed-member")


@dataclass(eq=False)
class SourceFile:
    """One file of the family."""

    path: Path              # relative to the tree
    data: bytes
    text: str               # the same as Latin-1 characters
    lexed: Lexed
    is_header: bool
    annotated: bool = False
    line_starts: list[int] = field(default_factory=list)
    skipped_spans: list[tuple[int, int]] = field(default_factory=list)   # what this configuration leaves out

    @property
    def tokens(self) -> list[Token]:
        return self.lexed.tokens

    @property
    def directives(self) -> list[Directive]:
        return self.lexed.directives

    def line(self, offset: int) -> int:
        """The 1-based line of a byte offset."""
        if not self.line_starts:
            starts = [0]
            position = self.text.find("\n")
            while position >= 0:
                starts.append(position + 1)
                position = self.text.find("\n", position + 1)
            self.line_starts = starts
        return bisect.bisect_right(self.line_starts, offset)


class Program:
    """The files of one driver family as parsed in one configuration."""

    def __init__(self, root: Path, folders: Sequence[Path], args: Sequence[str],
                 generated: dict[str, Path] | None = None) -> None:
        """`folders`: the family's folders, relative to `root`; `args`: clang's arguments (BuildSetup)."""
        self.root = root
        self.folders = tuple(folders)
        self.args = tuple(word for word in args if word != "-w") + _WARNINGS
        self.warnings: list[Warning] = []
        self.generated = {str(path): name for name, path in (generated or {}).items()}
        self.files: dict[Path, SourceFile] = {}
        self.own_names: set[str] = set()        # everything the family declares, members included
        self.local_names: set[str] = set()      # parameters and variables of functions
        self.own_tags: set[str] = set()         # struct and union tags that the family defines
        self.own_macros: dict[str, Directive] = {}
        self.outside_tags: set[str] = set()     # tags that the rule tables know
        self._pasted_params: dict[str, frozenset[int]] = {}
        self.strict = True                      # an error of clang's ends the parse
        self.includes: dict[Path, list[Path]] = {}   # source -> family headers it includes, in order
        self.freebsd_version = 0
        self.build: Path | None = None          # the folder of generated headers, where there is one
        self._refs: dict[tuple[int, int | None], Ref] = {}
        self._units: list[c.c_void_p] = []
        self._own_prefixes = tuple(str(root / folder) + os.sep for folder in self.folders)
        self._is_own: dict[str, bool] = {}

    # -- reading ---------------------------------------------------------------------------------------------

    def parse(self, sources: Iterable[Path], progress: Callable[[str], None] | None = None) -> None:
        """Parse C sources (relative to the root); PortkitError where clang finds an error."""
        sources = list(sources)
        # clang runs outside Python's lock: while one file is looked at, the next is being parsed.
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            for source, unit in zip(sources, pool.map(self._parse_one, sources), strict=True):
                if progress:
                    progress(str(source))
                self._units.append(unit)
                self._diagnostics(unit, self.root / source)
                self._annotate_unit(unit, source)
        self._resolve_by_name()

    def _parse_one(self, source: Path) -> c.c_void_p:
        lib = libclang()
        path = self.root / source
        unit = c.c_void_p()
        status = lib.parseTranslationUnit2(lib.createIndex(0, 0), str(path).encode(), lib.arguments(self.args),
                                           len(self.args), None, 0, PARSE_DETAILED_RECORD | PARSE_KEEP_GOING,
                                           c.byref(unit))
        if status or not unit.value:
            raise PortkitError(f"clang could not read the file (status {status})", file=path,
                               hint="is it a C source?")
        return unit

    def _diagnostics(self, unit: c.c_void_p, path: Path) -> None:
        lib = libclang()
        for number in range(lib.getNumDiagnostics(unit)):
            diagnostic = lib.getDiagnostic(unit, number)
            severity = lib.getDiagnosticSeverity(diagnostic)
            if severity >= 3 and self.strict:
                text = lib.string(lib.getDiagnosticSpelling(diagnostic))
                name, line, _ = lib.place(lib.getDiagnosticLocation(diagnostic))
                hint = "the source does not parse"
                if "file not found" in text:
                    hint = "is the tree complete? the header is looked for below its sys/"
                raise PortkitError(text, file=self.shown(name or str(path)), line=line or None, hint=hint)
            if severity == 2:
                name, _, offset = lib.place(lib.getDiagnosticLocation(diagnostic))
                if self.is_own(name):
                    option = lib.string(lib.getDiagnosticOption(diagnostic, None))
                    found = Warning(str(name), offset, option, lib.string(lib.getDiagnosticSpelling(diagnostic)))
                    if found not in self.warnings:
                        self.warnings.append(found)
            lib.disposeDiagnostic(diagnostic)

    def relative(self, name: str) -> Path:
        """A file's path relative to the tree (unchanged when it lies outside)."""
        try:
            return Path(os.path.normpath(name)).relative_to(self.root)
        except ValueError:
            return Path(name)

    def shown(self, name: str) -> Path:
        """How messages name a file: relative to the tree, or to the folder of generated headers."""
        path = self.relative(name)
        if self.build is not None and self.build in path.parents:
            return path.relative_to(self.build)
        return path

    def is_own(self, name: str | None) -> bool:
        """Whether a file (as clang names it) belongs to the family."""
        if name is None:
            return False
        known = self._is_own.get(name)
        if known is None:
            path = os.path.normpath(name)
            known = path.startswith(self._own_prefixes) or path in self.generated
            self._is_own[name] = known
        return known

    def _annotate_unit(self, unit: c.c_void_p, source: Path) -> None:
        lib = libclang()
        included: list[tuple[str, bytes]] = []

        def visit(file: int, stack: object, depth: int, data: object) -> None:
            raw = lib.getFileName(file)
            name = lib.string(raw)
            if name.startswith(self._own_prefixes) or self.is_own(name):
                included.append((name, name.encode("latin-1")))

        lib.getInclusions(unit, InclusionVisitor(visit), None)
        headers = self.includes.setdefault(source, [])
        for name, raw_name in included:
            if os.path.normpath(name) in self.generated:
                continue
            path = self.relative(name)
            if path != source and path not in headers:
                headers.append(path)
            file = self.files.get(path)
            if file is None:
                file = self.load(path)
            if not file.annotated:
                self._annotate_file(unit, file, raw_name)

    def load(self, path: Path) -> SourceFile:
        """Read and lex one file of the tree."""
        try:
            data = (self.root / path).read_bytes()
        except OSError as error:
            raise PortkitError(f"cannot read: {error.strerror}", file=self.root / path) from error
        if b"\0" in data:
            raise PortkitError("this is not a text file (it holds NUL bytes)", file=self.root / path,
                               hint="check the tree out again")
        text = data.decode("latin-1")
        file = SourceFile(path, data, text, lex(text), path.suffix == ".h")
        self.files[path] = file
        for directive in file.directives:
            if directive.name == "define" and directive.macro:
                self.own_macros.setdefault(directive.macro, directive)
                self.own_names.add(directive.macro)
        return file

    # -- annotation ------------------------------------------------------------------------------------------

    def _annotate_file(self, unit: c.c_void_p, file: SourceFile, name: bytes) -> None:
        lib = libclang()
        handle = lib.getFile(unit, name)
        start = lib.getLocationForOffset(unit, handle, 0)
        end = lib.getLocationForOffset(unit, handle, len(file.data))
        tokens = c.POINTER(CXToken)()
        count = c.c_uint()
        lib.tokenize(unit, lib.getRange(start, end), c.byref(tokens), c.byref(count))
        total = count.value
        cursors = (CXCursor * total)()
        lib.annotateTokens(unit, tokens, total, cursors)
        positions: list[int] | None = None
        if total != file.lexed.raw_count:
            positions = self._positions(unit, tokens, total)
        by_offset = {offset: number for number, offset in enumerate(positions)} if positions else None
        self._skipped(unit, handle, file)
        for token in file.lexed.raw_identifiers:
            if token.text in KEYWORDS:
                continue
            number = token.raw if by_offset is None else by_offset.get(token.start, -1)
            if 0 <= number < total:
                token.ref = self._ref_of(cursors[number], token.text)
        for token in file.lexed.tokens:
            number = token.raw if by_offset is None else by_offset.get(token.start, -1)
            if 0 <= number < total:
                token.cursor = (cursors, number)
        lib.disposeTokens(unit, tokens, total)
        file.annotated = True

    def _positions(self, unit: c.c_void_p, tokens: object, total: int) -> list[int]:
        """Offsets of clang's tokens, for the rare file that the two lexers split differently."""
        lib = libclang()
        return [lib.place(lib.getTokenLocation(unit, tokens[number]))[2]        # type: ignore[index]
                for number in range(total)]

    def _skipped(self, unit: c.c_void_p, handle: int, file: SourceFile) -> None:
        lib = libclang()
        ranges = lib.getSkippedRanges(unit, handle)
        spans = []
        for number in range(ranges.contents.count):
            item = ranges.contents.ranges[number]
            spans.append((lib.place(lib.getRangeStart(item))[2], lib.place(lib.getRangeEnd(item))[2]))
        lib.disposeSourceRangeList(ranges)
        file.skipped_spans = spans
        if not spans:
            return
        for token in file.lexed.tokens:
            for first, last in spans:
                # A skipped range runs from its opening directive to its closing one.
                if first < token.start < last and not (token.directive and token.start == first):
                    token.skipped = True
                    if token.directive:
                        token.directive.skipped = True

    def _ref_of(self, cursor: CXCursor, text: str) -> Ref | None:
        lib = libclang()
        kind = cursor.kind
        if kind == MACRO_DEFINITION:
            return None
        target = cursor
        if kind == MACRO_EXPANSION or kind not in DECLARATIONS:
            target = lib.getCursorReferenced(cursor)
            if not target.data[0] and not target.data[1]:
                return None
        key = (target.kind, target.data[0])
        ref = self._refs.get(key)
        if ref is None:
            ref = self._make_ref(target)
            self._refs[key] = ref
        return ref if ref.name == text else None

    def _make_ref(self, target: CXCursor) -> Ref:
        lib = libclang()
        name = lib.string(lib.getCursorSpelling(target))
        kind = "macro" if target.kind == MACRO_DEFINITION else DECLARATIONS.get(target.kind, "name")
        place = lib.place(lib.getCursorLocation(target))[0]
        if kind == "tag":
            definition = lib.getCursorDefinition(target)
            if definition.data[0]:
                place = lib.place(lib.getCursorLocation(definition))[0]
                if self.is_own(place):
                    self.own_tags.add(name)
            elif self.is_own(place):
                place = None                  # a forward declaration of ours: decided when all files are read
        owner = ""
        if kind == "member":
            owner = lib.string(lib.getCursorSpelling(lib.getCursorSemanticParent(target)))
        external = place is None or not self.is_own(place)
        if not external and kind != "tag":
            local = kind in ("variable", "param") and lib.getCursorSemanticParent(target).kind != TRANSLATION_UNIT
            (self.local_names if local else self.own_names).add(name)
        return Ref(name, kind, place, external, owner, target)

    # -- what clang has no cursor for ------------------------------------------------------------------------

    def _resolve_by_name(self) -> None:
        elsewhere = {ref.name for ref in self._refs.values() if ref.kind == "tag" and ref.file is not None
                     and ref.external}
        for ref in self._refs.values():
            # A structure of which we only see `struct x;` is ours, unless the tables know it as FreeBSD's.
            if ref.kind == "tag" and (ref.name in self.own_tags or (
                    ref.file is None and ref.name not in elsewhere and ref.name not in self.outside_tags)):
                ref.external = False
                self.own_names.add(ref.name)
        self.own_names |= self.own_tags
        outside: dict[str, Ref] = {}
        for ref in self._refs.values():
            if ref.external and ref.kind not in ("member", "param"):
                outside.setdefault(ref.name, ref)
        self.outside = outside
        for file in self.files.values():
            for directive in file.directives:
                if directive.name == "define":
                    self._resolve_macro(directive, outside)
            pasted = self._pasted(file.lexed.tokens)
            for number, token in enumerate(file.lexed.tokens):
                if token.kind == "i" and token.ref is None and token.text not in KEYWORDS \
                        and token.start not in pasted:
                    before = file.lexed.tokens[number - 1].text if number else ""
                    if before != "goto" and not self._is_label(file.lexed.tokens, number):
                        self._resolve_token(token, before, _ATTRIBUTE_WORDS, outside)

    def _pasted(self, tokens: Sequence[Token]) -> set[int]:
        """Offsets of words that only become part of a name: arguments that a macro of ours pastes."""
        out: set[int] = set()
        for number, token in enumerate(tokens):
            if token.kind != "i" or token.text not in self.own_macros:
                continue
            positions = self.pasted_params(token.text)
            if positions:
                out.update(tokens[at].start for argument, at in _argument_words(tokens, number)
                           if argument in positions)
        return out

    def pasted_params(self, name: str) -> frozenset[int]:
        """Which arguments of a macro of ours end up beside `##`, in it or in a macro that it calls."""
        known = self._pasted_params.get(name)
        if known is None:
            self._pasted_params[name] = frozenset()         # a macro that calls itself ends here
            macro = self.own_macros[name]
            found = set()
            words = [word.text for word in macro.body]
            params = macro.params or ()
            for place, word in enumerate(words):
                if word in params and "##" in (words[place - 1:place] + words[place + 1:place + 2]):
                    found.add(params.index(word))
                elif word in _PASTING:
                    found.update(params.index(macro.body[at].text) for _, at in _argument_words(macro.body, place)
                                 if macro.body[at].text in params)
                elif word in self.own_macros and word != name:
                    inner = self.pasted_params(word)
                    found.update(params.index(macro.body[at].text)
                                 for argument, at in _argument_words(macro.body, place)
                                 if argument in inner and macro.body[at].text in params)
            known = frozenset(found)
            self._pasted_params[name] = known
        return known

    @staticmethod
    def _is_label(tokens: Sequence[Token], number: int) -> bool:
        after = tokens[number + 1].text if number + 1 < len(tokens) else ""
        before = tokens[number - 1].text if number else ""
        return after == ":" and before in (";", "{", "}", ":")

    def _resolve_macro(self, directive: Directive, outside: dict[str, Ref]) -> None:
        names = set(directive.params or ()) | _ATTRIBUTE_WORDS | _declared_in(directive.body)
        before = ""
        body = directive.body
        arguments = {at for place, word in enumerate(body) if word.text in _PASTING
                  for _, at in _argument_words(body, place)}
        for number, token in enumerate(body):
            if token.kind == "i" and token.text not in KEYWORDS and number not in arguments:
                pasted = before == "##" or (number + 1 < len(body) and body[number + 1].text == "##")
                if not pasted and before != "#":
                    self._resolve_token(token, before, names, outside)
            before = token.text

    def _resolve_token(self, token: Token, before: str, local: Iterable[str], outside: dict[str, Ref]) -> None:
        name = token.text
        if name in local or name in self.own_names:
            return
        if before in (".", "->"):
            return
        known = outside.get(name)
        if known is not None:
            token.ref = known
        elif name not in self.local_names and not token.skipped:
            token.ref = Ref(name, "name", None, True)

    # -- types -----------------------------------------------------------------------------------------------

    def type_of(self, token: Token) -> str:
        """The canonical type of the expression whose outermost operator or name `token` is; '' if unknown."""
        if token.cursor is None:
            return ""
        lib = libclang()
        cursors, number = cast("tuple[Sequence[CXCursor], int]", token.cursor)
        cursor = cursors[number]
        if cursor.kind in (MACRO_DEFINITION, MACRO_EXPANSION):
            return ""
        if token.kind == "i":
            referenced = lib.getCursorReferenced(cursor)
            if referenced.data[0] and referenced.kind in DECLARATIONS:
                cursor = referenced
        kind = lib.getCanonicalType(lib.getCursorType(cursor))
        return clean_type(lib.string(lib.getTypeSpelling(kind)))

    def size_of(self, name: str) -> int:
        """Bytes of the structure or typedef of this name; 0 where it is not known."""
        lib = libclang()
        for ref in self._refs.values():
            if ref.name == name and ref.kind in ("tag", "type") and ref.cursor is not None:
                size = lib.Type_getSizeOf(lib.getCursorType(ref.cursor))
                if size > 0:
                    return size
        return 0


def _argument_words(tokens: Sequence[Token], call: int) -> list[tuple[int, int]]:
    """(argument number, token index) of every word directly in the arguments of the call at `call`."""
    out: list[tuple[int, int]] = []
    if call + 1 >= len(tokens) or tokens[call + 1].text != "(":
        return out
    argument = depth = 0
    for at in range(call + 1, len(tokens)):
        text = tokens[at].text
        if text in ("(", "[", "{"):
            depth += 1
        elif text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                break
        elif text == "," and depth == 1:
            argument += 1
        elif depth == 1 and tokens[at].kind == "i":
            out.append((argument, at))
    return out


_PASTING = ("__CONCAT", "__CONCAT1", "__XSTRING", "__STRING")
_ATTRIBUTE_WORDS = frozenset(("packed", "aligned", "unused", "noinline", "section", "visibility", "weak"))


def _declared_in(body: Sequence[Token]) -> set[str]:
    """Names of variables that a macro's body declares: `type name = ...` or `type name, other;`."""
    names = set()
    for number in range(1, len(body) - 1):
        token, before, after = body[number], body[number - 1], body[number + 1]
        if token.kind == "i" and after.text in ("=", ";", ",") and (
                (before.kind == "i" and before.text not in ("return", "goto", "case", "else"))
                or (before.text == "*" and number > 1 and body[number - 2].kind == "i")
                or (before.text == "," and body[number - 2].text in names)):
            names.add(token.text)
    return names


def clean_type(text: str) -> str:
    """A type's spelling without qualifiers, as rule guards compare it."""
    words = [word for word in text.replace("*", " * ").split() if word not in ("const", "volatile", "restrict")]
    out = ""
    for word in words:
        if word == "*" and out.endswith("*"):
            out += "*"
        else:
            out += (" " if out else "") + word
    return out


__all__ = ["CXSourceLocation", "Program", "Ref", "SourceFile", "clean_type"]
