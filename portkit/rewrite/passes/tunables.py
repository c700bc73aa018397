"""Static sysctls and loader tunables become driver.conf properties.

SYSCTL_INT(_hw_foo, OID_AUTO, bar, CTLFLAG_RDTUN, &foo_bar, 0, "...") at the top level gives a variable a
name that an administrator sets. In illumos that is a property of driver.conf(4), read at attach(9E); a
value outside its bounds falls back to the default with a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from portkit.frontend.structure import Declaration, join_tokens
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rules.pattern import split_arguments

_LEAVES = ("SYSCTL_INT", "SYSCTL_UINT", "SYSCTL_BOOL", "SYSCTL_LONG", "SYSCTL_ULONG")
_NODES = ("SYSCTL_NODE", "SYSCTL_DECL", "SYSCTL_ROOT_NODE")
_UNSIGNED = ("u_int", "unsigned", "uint32_t", "uint_t")
_TUNABLES = ("TUNABLE_INT", "TUNABLE_LONG", "TUNABLE_ULONG")


@dataclass(frozen=True)
class Tunable:
    name: str               # property
    variable: str
    file: Path
    minimum: int
    maximum: int
    default: str
    description: str
    unsigned: bool = False  # of the variable, an int else


def run(context: Context) -> None:
    for file in context.files():
        for item in context.outline(file).declarations:
            if item.kind != "macro":
                continue
            if item.name in _LEAVES:
                _leaf(context, file, item)
            elif item.name in _TUNABLES:
                words = _words(file, item)
                if len(words) >= 2:
                    _add(context, file, words[0].strip('"').rsplit(".", 1)[-1], words[1].lstrip("&"), "")
                _remove(context, file, item)
            elif item.name in _NODES:
                _remove(context, file, item)


def _words(file: SourceFile, item: Declaration) -> list[str]:
    return [join_tokens(file.tokens[a:b]) for a, b in split_arguments(file.tokens, item.first + 1)]


def _remove(context: Context, file: SourceFile, item: Declaration) -> None:
    tokens = file.tokens
    context.remove(file, tokens[item.first].start, tokens[item.last - 1].end, "tunables", "template")


def _leaf(context: Context, file: SourceFile, item: Declaration) -> None:
    """SYSCTL_INT(parent, nbr, name, access, ptr, val, descr)"""
    words = _words(file, item)
    if len(words) < 7 or not words[4].startswith("&"):
        return
    if "TUN" in words[3] or "RW" in words[3]:
        _add(context, file, words[2], words[4].lstrip("&"), words[6].strip('"'))
    _remove(context, file, item)


def _add(context: Context, file: SourceFile, name: str, variable: str, description: str) -> None:
    if any(known.variable == variable for known in context.tunables):
        return
    default = "0"
    unsigned = False
    for item in context.outline(file).declarations:
        if item.kind == "variable" and item.name == variable and item.initialiser != (0, 0):
            default = _number(join_tokens(file.tokens[item.initialiser[0]:item.initialiser[1]]))
            unsigned = any(word in item.returns.split() for word in _UNSIGNED)
    minimum, maximum = context.tunable_bounds.get(name, (-2**31 if default.startswith("-") else 0, 2**31 - 1))
    context.tunables.append(Tunable(name, variable, file.path, minimum, maximum, default, description, unsigned))


def _number(text: str) -> str:
    """An initialiser as driver.conf(4) can have it: its value, where it is arithmetic on numbers and the page size."""
    plain = re.sub(r"\bPAGE_SIZE\b", "4096", text)
    if re.fullmatch(r"[\d\s()+*]*|[\d\s()]*<<[\d\s()]*", plain) and re.search(r"[+*<]", plain):
        return str(eval(plain, {"__builtins__": {}}))       # digits, brackets, + and *: nothing else got here
    return text
