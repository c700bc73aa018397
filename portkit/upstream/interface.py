"""Kernel object interfaces: reads `.m` files and writes the `X_if.h` that FreeBSD's build makes of them.

The language is described in kobj(9) and driver(9): an INTERFACE, its METHODs and STATICMETHODs with typed
arguments and an optional DEFAULT, HEADER and CODE blocks of plain C, and PROLOG and EPILOG blocks that go
into the next method's call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import PortkitError


@dataclass(frozen=True)
class Method:
    name: str
    returns: str                            # C type
    args: tuple[tuple[str, str], ...]       # (C type, name)
    default: str | None                     # function that serves where a driver has none
    static: bool                            # called on the class, not on an object
    line: int                               # in the .m file, from 1
    prolog: str = ""
    epilog: str = ""

    def parameters(self) -> str:
        return ", ".join(f"{ctype}{'' if ctype.endswith('*') else ' '}{name}" for ctype, name in self.args)


@dataclass(frozen=True)
class Block:
    """Plain C of a HEADER or CODE block, without the braces around it."""

    text: str
    line: int


@dataclass(frozen=True)
class Interface:
    name: str
    path: Path
    line: int
    methods: tuple[Method, ...]
    header: tuple[Block, ...]
    code: tuple[Block, ...]
    includes: tuple[str, ...]               # as written: <sys/bus.h> or "foo.h"
    order: tuple[Method | Block, ...] = field(repr=False, default=())     # methods and HEADER blocks mixed

    def method(self, name: str) -> Method | None:
        return next((m for m in self.methods if m.name == name), None)

    def prototype(self, method: Method) -> str:
        """C text of the function that implements a method, named as its type is."""
        return f"{method.returns} {self.name}_{method.name}({method.parameters()})"


_INCLUDE = re.compile(r"#[ \t]*include[ \t]+([\"<][^\">]+[\">])")
_INTERFACE = re.compile(r"INTERFACE[ \t]+([^ \t;]*)[ \t]*;?$")
_METHOD = re.compile(r"(STATIC)?METHOD[ \t]+(.*?)[ \t]*\{(.*)$")
_BLOCK = re.compile(r"(CODE|HEADER|PROLOG|EPILOG)[ \t]*\{$")
_DEFAULT = re.compile(r"[ \t]*;?[ \t]*DEFAULT[ \t]+([A-Za-z_]\w*)[ \t]*;")
_ARGUMENT = re.compile(r"(.*?[\s*])([A-Za-z_]\w*)((?:\s*\[[^\]]*\])*)$", re.DOTALL)
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*$")


def parse_interface(path: Path) -> Interface:
    """Read a `.m` file. Raises PortkitError with its file and line where it does not follow the language."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise PortkitError(f"cannot be read: {e.strerror}", file=path) from None
    if b"\0" in data:
        raise PortkitError("is a binary file, not a kobj interface", file=path)
    return _Parser(path, data.decode("latin-1").splitlines()).parse()


class _Parser:
    def __init__(self, path: Path, rows: list[str]) -> None:
        self.path, self.rows = path, rows
        self.at = 0                         # index of the next row to read
        self.prolog = self.epilog = ""
        self.includes: list[str] = []
        self.code: list[Block] = []
        self.order: list[Method | Block] = []

    def _error(self, message: str, line: int) -> PortkitError:
        return PortkitError(message, file=self.path, line=line)

    def parse(self) -> Interface:
        name, name_line = "", 0
        while self.at < len(self.rows):
            row = self.rows[self.at]
            self.at += 1
            line = self.at
            include = _INCLUDE.match(row)
            if include:
                self.includes.append(include.group(1))
            text = row.partition("#")[0].strip()
            if not text:
                continue
            if text.startswith("/*"):
                self._skip_comment(row, line)
            elif match := _INTERFACE.match(text):
                name, name_line = match.group(1), line
                if not _IDENTIFIER.match(name):
                    raise self._error(f"`{name}' is no interface name (lower case, digits and _)", line)
            elif match := _BLOCK.match(text):
                self._block(match.group(1), line)
            elif match := _METHOD.match(text):
                if not name:
                    raise self._error("a METHOD before INTERFACE", line)
                self.order.append(self._method(match, line))
            else:
                raise self._error(f"cannot read `{text[:40]}': not a kobj interface statement", line)
        if not name:
            raise self._error("has no INTERFACE", max(1, len(self.rows)))
        methods = tuple(item for item in self.order if isinstance(item, Method))
        header = tuple(item for item in self.order if isinstance(item, Block))
        return Interface(name, self.path, name_line, methods, header, tuple(self.code), tuple(self.includes),
                         tuple(self.order))

    def _skip_comment(self, row: str, line: int) -> None:
        while "*/" not in row:
            if self.at >= len(self.rows):
                raise self._error("a comment that does not end", line)
            row = self.rows[self.at]
            self.at += 1

    def _block(self, kind: str, line: int) -> None:
        body: list[str] = []
        while True:
            if self.at >= len(self.rows):
                raise self._error(f"{kind} block that does not end: the file may be truncated", line)
            row = self.rows[self.at]
            self.at += 1
            if row.startswith("}"):         # only a brace in the first column ends a block
                break
            body.append(row)
        indent = body[0][:len(body[0]) - len(body[0].lstrip(" \t"))] if body else ""
        text = "".join(row.removeprefix(indent) + "\n" for row in body)
        if kind == "PROLOG":
            self.prolog = text
        elif kind == "EPILOG":
            self.epilog = text
        elif kind == "CODE":
            self.code.append(Block(text, line + 1))
        else:
            self.order.append(Block(text, line + 1))

    def _method(self, match: re.Match[str], line: int) -> Method:
        static, head, body = match.group(1) is not None, match.group(2), match.group(3)
        split = re.match(r"(.*[\s*])(\w+)$", head)
        if not split or not _IDENTIFIER.match(split.group(2)):
            raise self._error(f"METHOD needs a type and a name in lower case, not `{head}'", line)
        while "}" not in body:
            if self.at >= len(self.rows):
                raise self._error("METHOD that does not end: the file may be truncated", line)
            body += " " + self.rows[self.at]
            self.at += 1
        body, _, extra = body.partition("}")
        default = _DEFAULT.match(extra)
        pieces = [piece for piece in _without_comments(body).split(";") if piece.strip()]
        args = tuple(self._argument(piece, line) for piece in pieces)
        if not args:
            raise self._error(f"method {split.group(2)} has no argument to be called on", line)
        method = Method(split.group(2), _fold(split.group(1)), args, default.group(1) if default else None,
                        static, line, self.prolog, self.epilog)
        self.prolog = self.epilog = ""
        if any(isinstance(item, Method) and item.name == method.name for item in self.order):
            raise self._error(f"method {method.name} is there twice", line)
        return method

    def _argument(self, text: str, line: int) -> tuple[str, str]:
        match = _ARGUMENT.match(text.strip())
        if not match:
            raise self._error(f"argument `{text.strip()}' needs a type and a name", line)
        # An array parameter is a pointer (C99 6.7.5.3p7).
        stars = " *" if match.group(3) else ""
        return _fold(match.group(1)) + stars, match.group(2)


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", " ", text)


def _fold(text: str) -> str:
    return " ".join(text.split())


def interface_header(interface: Interface) -> bytes:
    """The text of `X_if.h`: for every method its descriptor, its function type, and the inline call."""
    guard = f"_{interface.name}_if_h_"
    out = [f"/* Generated by portkit from {interface.path.name}. */\n#ifndef {guard}\n#define {guard}\n\n"]
    for item in interface.order:
        out.append(item.text + "\n" if isinstance(item, Block) else _call(interface, item))
    out.append(f"#endif /* {guard} */\n")
    return "".join(out).encode("latin-1")


def _call(interface: Interface, method: Method) -> str:
    full = f"{interface.name}_{method.name}"
    names = ", ".join(name for _, name in method.args)
    first = method.args[0][1]
    ops = f"{first}->ops" if method.static else f"((kobj_t){first})->ops"
    returns = method.returns != "void"
    result = f"\t{method.returns} rc;\n" if returns else ""
    return (f"extern struct kobjop_desc {full}_desc;\n"
            f"typedef {method.returns} {full}_t({method.parameters()});\n"
            f"static __inline {method.returns} {full.upper()}({method.parameters()})\n"
            f"{{\n\tkobjop_t _m;\n{result}{method.prolog}"
            f"\tKOBJOPLOOKUP({ops}, {full});\n"
            f"\t{'rc = ' if returns else ''}(({full}_t *)_m)({names});\n"
            f"{method.epilog}"
            + ("\treturn (rc);\n}\n\n" if returns else "}\n\n"))
