"""newbus tables become module linkage, dev_ops and bus_ops.

`driver_t`, `device_method_t`, DRIVER_MODULE, MODULE_*, SYSINIT and devclasses are read into `Driver`
records and taken out of the text: the templates say the same in illumos' terms. A method of the family's
own kobj interface (`X_if.m`) becomes a direct call of the one function that implements it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration, join_tokens
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Kept
from portkit.rules.pattern import split_arguments


@dataclass
class Driver:
    """One driver of a FreeBSD module."""

    file: Path
    variable: str                   # the driver_t
    devname: str = ""               # newbus's name of its devices
    module: str = ""                # name in DRIVER_MODULE
    buses: list[str] = field(default_factory=list)
    methods: dict[str, str] = field(default_factory=dict)
    softc: str = ""                 # `struct foo_softc`, or an expression of its size
    handler: str = ""               # module event handler, '' or NULL when there is none

    def method(self, name: str) -> str:
        """The function that serves as a method; '' when it is missing or newbus's generic one."""
        found = self.methods.get(name, "")
        return "" if found.startswith(("bus_generic_", "bus_null_")) or found == "NULL" else found


@dataclass
class SysInit:
    """A function that the kernel calls when the module comes or goes."""

    function: str
    argument: str
    file: Path
    rank: tuple[int, int]
    undo: bool


_LINKAGE = ("MODULE_VERSION", "MODULE_DEPEND", "MODULE_PNP_INFO", "MODULE_METADATA", "DECLARE_MODULE")
_DRIVER_MODULE = ("DRIVER_MODULE", "DRIVER_MODULE_ORDERED", "EARLY_DRIVER_MODULE", "EARLY_DRIVER_MODULE_ORDERED")
_TYPES = ("driver_t", "device_method_t", "devclass_t", "moduledata_t")

_KOBJ = "illumos has no kobj(9): a class is a structure of function pointers, and a method a call through one"


def collect(context: Context) -> None:
    """Read the tables; nothing is edited yet.  Methods that a [[method]] row drops are named for the drops pass."""
    tables: dict[str, dict[str, str]] = {}
    for file in context.files():
        for item in context.outline(file).declarations:
            if item.kind == "variable" and "device_method_t" in _head(file, item):
                tables[item.name] = _method_table(file, item)
    for file in context.files():
        _drivers(context, file, tables)
    for file in context.files():
        _modules(context, file)
    for driver in context.drivers:
        for name, function in driver.methods.items():
            context.roles.setdefault(function, set()).add(name)
            row = context.rules.methods.get(name)
            if row is not None and row.action == "drop" and context.function(function):
                context.dropped_functions.setdefault(function, row.why)


def run(context: Context) -> None:
    context.drivers = [driver for driver in context.drivers if driver.file not in context.dropped_files]
    for file in context.files():
        for item in context.outline(file).declarations:
            if is_table(file, item):
                _take(context, file, item)
            elif item.kind == "macro" and item.name.startswith("DEFINE_CLASS"):
                start, end = file.tokens[item.first].start, file.tokens[item.last - 1].end
                context.edit(file, start, end, [Kept(start, end, raw=True)], "newbus", "residue", hint=_KOBJ)
        _sysinits(context, file)
    for driver in context.drivers:
        for name, function in driver.methods.items():
            row = context.rules.methods.get(name)
            if row is not None and row.action == "absorb" and context.function(function):
                _absorb(context, function)
    _direct_calls(context)


def is_table(file: SourceFile, item: Declaration) -> bool:
    """Whether a declaration is part of the linkage that the templates say in illumos' terms."""
    if item.kind == "variable":
        return any(word in _TYPES for word in _head(file, item))
    return item.kind == "macro" and (item.name in _LINKAGE or item.name in _DRIVER_MODULE
                                     or (item.name.startswith("DEFINE_CLASS") and not _is_kobj_class(file, item)))


def _head(file: SourceFile, item: Declaration) -> list[str]:
    stop = item.initialiser[0] if item.initialiser != (0, 0) else item.last
    return [token.text for token in file.tokens[item.first:stop]]


def _take(context: Context, file: SourceFile, item: Declaration) -> None:
    tokens = file.tokens
    context.remove(file, tokens[item.first].start, tokens[item.last - 1].end, "newbus", "template")


def _method_table(file: SourceFile, item: Declaration) -> dict[str, str]:
    """Rows of DEVMETHOD(name, function) that this configuration has."""
    tokens = file.tokens
    out: dict[str, str] = {}
    for number in range(item.initialiser[0], item.initialiser[1]):
        if tokens[number].text in ("DEVMETHOD", "KOBJMETHOD") and not tokens[number].skipped:
            spans = split_arguments(tokens, number + 1)
            if len(spans) == 2:
                out[tokens[spans[0][0]].text] = tokens[spans[1][1] - 1].text
    return out


def _drivers(context: Context, file: SourceFile, tables: dict[str, dict[str, str]]) -> None:
    for item in context.outline(file).declarations:
        if item.kind == "variable" and item.initialiser != (0, 0) and "driver_t" in _head(file, item):
            context.drivers.append(_driver(file, item, tables))
        elif item.kind == "macro" and item.name.startswith("DEFINE_CLASS") and not _is_kobj_class(file, item):
            name, variable, methods, size = _class(file, item)
            context.drivers.append(Driver(file.path, variable, name, methods=tables.get(methods, {}),
                                          softc=_sizeof(size)))


def _class(file: SourceFile, item: Declaration) -> list[str]:
    """DEFINE_CLASS(name, methods, size), DEFINE_CLASS_n(name, variable, methods, size, ...): '' for what is missing."""
    words = [join_tokens(file.tokens[a:b]) for a, b in split_arguments(file.tokens, item.first + 1)]
    if item.name == "DEFINE_CLASS" and words:
        words.insert(1, f"{words[0]}_class")            # kobj(9) makes up the variable's name
    return [*words, "", "", "", ""][:4]


def _is_kobj_class(file: SourceFile, item: Declaration) -> bool:
    """Whether a class is an object's that newbus knows nothing of: its methods are of the file's own kobj_method_t."""
    methods = _class(file, item)[2]
    return any(token.text == "kobj_method_t" and file.tokens[number + 1].text == methods
               for number, token in enumerate(file.tokens[:-1]))


def _modules(context: Context, file: SourceFile) -> None:
    """Where DRIVER_MODULE says that drivers attach."""
    for item in context.outline(file).declarations:
        if item.kind != "macro" or item.name not in _DRIVER_MODULE:
            continue
        words = [join_tokens(file.tokens[a:b]) for a, b in split_arguments(file.tokens, item.first + 1)]
        drivers = [one for one in context.drivers if words[2:3] == [one.variable]]
        known = next((one for one in drivers if one.file == file.path), drivers[0] if drivers else None)
        if known is not None:
            known.module = known.module or words[0]
            known.buses.append(words[1])
            handlers = [word for word in words[3:] if context.function(word)]
            known.handler = handlers[0] if handlers else ""


def _driver(file: SourceFile, item: Declaration, tables: dict[str, dict[str, str]]) -> Driver:
    tokens = file.tokens
    first = item.initialiser[0]
    fields: list[tuple[str, list[Token]]] = []
    for start, end in split_arguments(tokens, first):
        part = [token for token in tokens[start:end] if token.kind != "#"]
        if not part:
            continue
        name = ""
        if part[0].text == "." and len(part) > 3:
            name, part = part[1].text, part[3:]
        fields.append((name, part))
    by_name = {name: part for name, part in fields if name}
    values = [part for name, part in fields if not name]
    name_tokens = by_name.get("name") or (values[0] if values else [])
    methods = by_name.get("methods") or (values[1] if len(values) > 1 else [])
    size = by_name.get("size") or (values[2] if len(values) > 2 else [])
    return Driver(file.path, item.name, _string(file, name_tokens),
                  methods=tables.get(methods[0].text if methods else "", {}), softc=_sizeof(join_tokens(size)))


def _string(file: SourceFile, tokens: Sequence[Token]) -> str:
    if tokens and tokens[0].kind == "s":
        return tokens[0].text.strip('"')
    if tokens:
        for directive in file.directives:
            if directive.macro == tokens[0].text and directive.body and directive.body[0].kind == "s":
                return directive.body[0].text.strip('"')
    return ""


def _sizeof(text: str) -> str:
    found = re.fullmatch(r"sizeof\s*\(\s*(.+?)\s*\)", text)
    return found.group(1) if found else ("" if text.strip() in ("0", "1") else text)


# -- SYSINIT -------------------------------------------------------------------------------------------------

def _sysinits(context: Context, file: SourceFile) -> None:
    tokens = file.tokens
    for item in context.outline(file).declarations:
        if item.kind != "macro" or item.name not in ("SYSINIT", "SYSUNINIT"):
            continue
        words = [join_tokens(tokens[a:b]) for a, b in split_arguments(tokens, item.first + 1)]
        if len(words) < 4:
            continue
        function = words[3]
        if function in context.dropped_functions:
            continue
        argument = words[4] if len(words) > 4 else "NULL"
        context.sysinits.append(SysInit(function, argument, file.path, context.sysinit_rank(words[1], words[2]),
                                        item.name == "SYSUNINIT"))
        _take(context, file, item)


# -- methods -------------------------------------------------------------------------------------------------

def _absorb(context: Context, function: str) -> None:
    """Take out a function whose work the glue does."""
    for file in context.files():
        for item in context.outline(file).declarations:
            if item.name == function and item.kind in ("function", "prototype"):
                _take(context, file, item)
    context.absorbed.add(function)


# -- the family's own kobj interfaces ------------------------------------------------------------------------

def _direct_calls(context: Context) -> None:
    for interface in context.interfaces:
        used = False
        for method in interface.methods:
            full = f"{interface.name}_{method.name}"
            serving = sorted({driver.methods[full] for driver in context.drivers if full in driver.methods})
            if len(serving) != 1:
                continue
            used = True
            function = serving[0]
            context.direct[full] = function
            make_global(context, function)
            for file in context.files():
                for region in context.regions(file):
                    for token in region.tokens:
                        if token.text == full.upper() and token.kind == "i":
                            context.edit(file, token.start, token.end, [function], "newbus", "native")
        if used:
            context.kobj_headers.add(f"{interface.name}_if.h")


def make_global(context: Context, function: str) -> None:
    """Take `static` from a function's prototypes and definition."""
    if function in context.made_global:
        return
    context.made_global.add(function)
    for file in context.files():
        for item in context.outline(file).declarations:
            if item.name != function or item.kind not in ("function", "prototype") or not item.static:
                continue
            tokens = file.tokens
            for number in range(item.first, item.name_token):
                if tokens[number].text == "static":
                    context.edit(file, tokens[number].start, tokens[number + 1].start, [], "newbus", "native")
                    break


def prototype_text(file: SourceFile, item: Declaration) -> str:
    """A function definition's head as a prototype, on one line."""
    tokens = file.tokens
    words = [token for token in tokens[item.first:item.body[0] - 1]
             if token.text not in ("static", "__inline", "inline") and not token.skipped and token.kind != "#"]
    return join_tokens(words) + ";"


__all__ = ["Driver", "SysInit", "collect", "is_table", "make_global", "prototype_text", "run"]
