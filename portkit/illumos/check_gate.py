"""Compares the embedded DDI headers with a real gate's: `portkit rules gate GATE`.

Both sides are parsed once, as an amd64 kernel module sees them, by a file that includes every embedded
header.  Whatever the embedded side declares must be the same in the gate: function prototypes and variables
by canonical type, integer macros and enumerators by value, structures and unions by size and by each
member's offset and type, other types by what they are.  A gate may hold more: members that the embedded
headers do not name are padding there (`_pad...`).
"""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clang.cindex import Cursor, CursorKind, Diagnostic, Index, TranslationUnit, Type, TypeKind, conf

from portkit.errors import PortkitError
from portkit.illumos.compile import embedded_include, kernel_flags
from portkit.illumos.gate import open_gate, run_cstyle

__all__ = ["Difference", "compare", "embedded_headers", "run_cstyle"]

# Members of this form stand for what a driver has no business with.
PADDING = re.compile(r"_pad\w*$")

# Macros that help others within an embedded header begin with this; no driver uses them.
HELPER = "_PORTKIT_"

# Included ahead of the others, as drivers do: some of a gate's headers rely on it.
LEADING = ("sys/types.h", "sys/param.h", "sys/sunddi.h", "sys/sunndi.h")

# What a source defines to say which version of an interface it means: <sys/psm_types.h> has several.
VERSIONS = ("-DPSMI_1_7",)


@dataclass(frozen=True, order=True)
class Difference:
    """One thing that the embedded headers and the gate do not agree on."""

    header: str         # embedded header, as it is included
    name: str           # `cv_wait`, `struct dev_ops.devo_rev`, `EINVAL`
    embedded: str
    gate: str           # "absent" where the gate has no such thing

    def __str__(self) -> str:
        return f"{self.name}: embedded {self.embedded}; gate {self.gate} <{self.header}>"


@dataclass
class _Facts:
    """What one set of headers declares.  Values are comparable text; `header` says where a name was found."""

    items: dict[str, str] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=dict)
    records: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: str, value: str, header: str) -> None:
        self.items[name] = value
        self.header.setdefault(name, header)


def embedded_headers() -> list[str]:
    """The embedded headers as they are included: `sys/ddi.h`, ..."""
    top = embedded_include()
    return sorted(file.relative_to(top).as_posix() for file in top.rglob("*.h"))


def compare(gate: Path) -> list[Difference]:
    """All differences between the embedded headers and `gate`, sorted by header and name; empty when there
    are none.  PortkitError when either side does not parse."""
    real = open_gate(gate)
    headers = embedded_headers()
    with tempfile.TemporaryDirectory(prefix="portkit-") as private:
        include = [*real.include_dirs(), real.generate_headers(Path(private))]
        absent = [name for name in headers if not any((folder / name).is_file() for folder in include)]
        present = [name for name in headers if name not in absent]
        ours = _parse(headers, [embedded_include()], None)
        theirs = _parse(present, include, set(ours.items))
    differences = [Difference(name, name, "a header", "absent") for name in absent]
    for name, value in ours.items.items():
        other = theirs.items.get(name)
        if value != other:
            differences.append(Difference(ours.header[name], name, value, other or "absent"))
            if other is None:
                continue
        for member, place in ours.records.get(name, {}).items():
            there = theirs.records.get(name, {}).get(member, "absent")
            if place != there:
                differences.append(Difference(ours.header[name], f"{name}.{member}", place, there))
    return sorted(differences)


def _parse(headers: Iterable[str], include: list[Path], wanted: set[str] | None) -> _Facts:
    """The facts of all `headers` in one translation unit; with `wanted`, of those names alone."""
    headers = [*LEADING, *headers]
    includes = "".join(f"#include <{name}>\n" for name in headers)
    arguments = [flag for flag in kernel_flags(include) if not flag.startswith(("-O", "-g", "-mcmodel"))]
    arguments += [*VERSIONS, "-ferror-limit=0", "-w"]
    unit = _translate(includes, arguments, TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    _check_parsed(unit)
    facts = _Facts()
    macros: dict[str, str] = {}
    functional: set[str] = set()
    for cursor in unit.cursor.get_children():
        header = _header_of(cursor, include)
        if header is None:
            continue
        kind = cursor.kind
        if kind == CursorKind.MACRO_DEFINITION and cursor.spelling.startswith(HELPER):
            continue
        if kind == CursorKind.MACRO_DEFINITION:
            if _is_function_like(cursor):
                functional.add(cursor.spelling)
                facts.header.setdefault(f"macro {cursor.spelling}()", header)
            else:
                functional.discard(cursor.spelling)
                macros[cursor.spelling] = header
        elif kind == CursorKind.FUNCTION_DECL:
            # A pragma or a macro may hide it later; the last declaration is as good as the first.
            facts.add(f"{cursor.spelling}()", _type_text(cursor.type), header)
        elif kind == CursorKind.VAR_DECL:
            facts.add(cursor.spelling, _type_text(cursor.type), header)
        elif kind == CursorKind.TYPEDEF_DECL:
            facts.add(f"typedef {cursor.spelling}", _typedef_text(cursor), header)
        elif kind in (CursorKind.STRUCT_DECL, CursorKind.UNION_DECL):
            if cursor.is_definition() and not _anonymous(cursor):
                word = "struct" if kind == CursorKind.STRUCT_DECL else "union"
                _add_record(facts, f"{word} {cursor.spelling}", cursor, header)
        elif kind == CursorKind.ENUM_DECL:
            for constant in cursor.get_children():
                if constant.kind == CursorKind.ENUM_CONSTANT_DECL:
                    facts.add(constant.spelling, str(constant.enum_value), header)
    if wanted is not None:
        macros = {name: header for name, header in macros.items() if name in wanted}
    for name, value in _integers(includes, arguments, macros):
        facts.add(name, str(value), macros[name])
    for name in functional:
        key = f"macro {name}()"
        facts.items[key] = "a macro"
    for name in [name for name in facts.items if name.endswith("()") and not name.startswith("macro ")]:
        # What is a macro on one side may be a function on the other: both are called the same way.
        facts.items.setdefault(f"macro {name}", "a macro")
        if wanted is None:
            del facts.items[f"macro {name}"]
    return facts


def _translate(text: str, arguments: list[str], options: int = 0) -> TranslationUnit:
    name = "portkit-headers.c"
    return Index.create().parse(name, args=arguments, unsaved_files=[(name, text)], options=options)


def _check_parsed(unit: TranslationUnit) -> None:
    for message in unit.diagnostics:
        if message.severity >= Diagnostic.Error:
            where = message.location
            raise PortkitError(f"a header does not parse: {message.spelling}",
                               file=where.file.name if where.file else None, line=where.line)


def _header_of(cursor: Cursor, include: list[Path]) -> str | None:
    """The header that holds `cursor`, as it is included; None for the compiler's own definitions."""
    file = cursor.location.file
    if file is None:
        return None
    for folder in include:
        if file.name.startswith(os.fspath(folder) + "/"):
            return file.name[len(os.fspath(folder)) + 1:]
    return None


def _is_function_like(cursor: Cursor) -> bool:
    is_function_like = conf.lib.clang_Cursor_isMacroFunctionLike
    is_function_like.argtypes = [Cursor]
    return bool(is_function_like(cursor))


def _anonymous(cursor: Cursor) -> bool:
    return not cursor.spelling or cursor.is_anonymous() or "(" in cursor.spelling


def _add_record(facts: _Facts, name: str, cursor: Cursor, header: str) -> None:
    facts.add(name, f"{cursor.type.get_size()} bytes", header)
    facts.records[name] = dict(_members(cursor, cursor.type, ""))


def _members(cursor: Cursor, record: Type, prefix: str) -> Iterator[tuple[str, str]]:
    """(path, place) of each member; of structures without a tag, their members too."""
    for member in record.get_fields():
        if PADDING.match(member.spelling):
            continue
        declared = member.type.get_canonical().get_declaration()
        bits = cursor.type.get_offset(prefix + member.spelling) if member.spelling else -1
        inner = (declared.kind in (CursorKind.STRUCT_DECL, CursorKind.UNION_DECL) and _anonymous(declared)
                 and member.type.kind != TypeKind.POINTER)
        if member.spelling and bits >= 0:
            place = f"offset {bits // 8}" + (f" bit {bits % 8}" if member.is_bitfield() else "")
            what = f"{member.type.get_size()} bytes" if inner else _type_text(member.type)
            if member.is_bitfield():
                what += f" : {member.get_bitfield_width()}"
            yield prefix + member.spelling, f"{place}, {what}"
        if inner:
            deeper = prefix + member.spelling + "." if member.spelling else prefix
            yield from _members(cursor, member.type.get_canonical(), deeper)


def _type_text(kind: Type) -> str:
    """A type by its canonical spelling; the place of a structure without a name does not count."""
    text = kind.get_canonical().spelling
    text = re.sub(r"\((?:unnamed|anonymous)[^()]*(?:\([^()]*\))?[^()]*\)", "(unnamed)", text)
    return re.sub(r"\s*__attribute__\(\((?:noreturn|returns_twice)\)\)", "", text)


def _typedef_text(cursor: Cursor) -> str:
    kind = cursor.underlying_typedef_type
    declared = kind.get_canonical().get_declaration()
    if declared.kind in (CursorKind.STRUCT_DECL, CursorKind.UNION_DECL, CursorKind.ENUM_DECL) and (
            _anonymous(declared) or declared.spelling == cursor.spelling) and (
            kind.get_canonical().kind in (TypeKind.RECORD, TypeKind.ENUM)):
        word = {CursorKind.STRUCT_DECL: "struct", CursorKind.UNION_DECL: "union"}.get(declared.kind, "enum")
        return f"a {word}"
    return _type_text(kind)


def _integers(includes: str, arguments: list[str], macros: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Values of those macros that are integer constant expressions."""
    names = sorted(macros)
    prefix = "__portkit_value_"
    lines = [f"static const long long {prefix}{name} = (long long)({name});" for name in names]
    unit = _translate(includes + "\n".join(lines) + "\n", arguments)
    library = conf.lib
    evaluate = library.clang_Cursor_Evaluate
    evaluate.argtypes, evaluate.restype = [Cursor], ctypes.c_void_p
    kind_of = library.clang_EvalResult_getKind
    kind_of.argtypes, kind_of.restype = [ctypes.c_void_p], ctypes.c_int
    value_of = library.clang_EvalResult_getAsLongLong
    value_of.argtypes, value_of.restype = [ctypes.c_void_p], ctypes.c_longlong
    dispose = library.clang_EvalResult_dispose
    dispose.argtypes, dispose.restype = [ctypes.c_void_p], None
    first = includes.count("\n")
    bad = {message.location.line - first - 1 for message in unit.diagnostics
           if message.severity >= Diagnostic.Error}
    numbers = {name: number for number, name in enumerate(names)}
    for cursor in unit.cursor.get_children():
        if cursor.kind != CursorKind.VAR_DECL or not cursor.spelling.startswith(prefix):
            continue
        name = cursor.spelling.removeprefix(prefix)
        if numbers.get(name) in bad:
            continue
        result = evaluate(cursor)
        if not result:
            continue
        if kind_of(result) == 1:        # CXEval_Int
            yield name, value_of(result)
        dispose(result)
