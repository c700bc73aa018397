"""Rows of the tables in a reader's terms: C without the `$` of the metavariables, and guards in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portkit.rules.loader import Config, Method, Rule

_METAVARIABLE = re.compile(r"(\$[a-z_][a-z0-9_]*(?::[a-z]+)?\s+)?"
                           r"\$([a-z_][a-z0-9_]*)(?::(?:id|str|int|body|type))?(\.\.\.)?")
_FILTERS = {
    "nonl": "`{}` loses its final newline",
    "log": "`{}` gets a `?` in front: to the log alone",
    "kfmt": "conversions in `{}` that illumos lacks are replaced",
    "member": "`{}` is the name of the last member",
}
_GUARDS = {
    "is": "`{name}` is {words}", "not": "`{name}` is not {words}", "has": "`{name}` has {words}",
    "hasnot": "`{name}` has no {words}", "type": "`{name}` is of type {words}",
    "ref": "`{name}` refers to {words}",
}
_PLACES = {
    "if": "under an `if` on {words}", "function": "in the function {words}",
    "role": "in a function that serves as {words}", "returns": "in a function that returns {words}",
}


def match_text(rule: Rule) -> str:
    """What a row matches, as C: `mtx_lock(m)`, `device_printf(dev, fmt, ...)`."""

    def replace(found: re.Match[str]) -> str:
        before, name, rest = found.groups()
        if before:
            return f"{replace_one(before)}, ..." if rest else f"{replace_one(before)} {name}"
        return "..." if rest else name

    def replace_one(text: str) -> str:
        return text.strip().lstrip("$").split(":")[0]

    return _METAVARIABLE.sub(replace, rule.pattern.text).strip()


def emit_text(rule: Rule) -> str:
    """What a row emits, as C; '' for nothing."""
    rest = {element.text for element in rule.pattern.elements if element.mode == "rest"}
    out: list[str] = []
    after_name = False
    for piece in rule.emit:
        if piece.special:
            out.append({"function": "FUNCTION", "dev": "dev", "release": "RELEASE"}[piece.special])
        elif piece.name in rest:
            out.append(", ..." if after_name else "...")
        elif piece.name:
            out.append(f"*{piece.name}" if "deref" in piece.filters else piece.name)
        else:
            out.append(piece.text)
        after_name = bool(piece.name) and piece.name not in rest
    return "".join(out).strip("\n")


def one_line(text: str) -> str:
    """The first line of a text, with `...` where more follow."""
    lines = text.strip().split("\n")
    first = " ".join(lines[0].split())
    return f"{first} ..." if len(lines) > 1 else first


def guards(rule: Rule) -> list[str]:
    """The guards of a row in words; all of them must hold."""
    out: list[str] = []
    for name, guard in rule.where.items():
        for word, value in guard.items():
            if word == "const":
                out.append(f"`{name}` is {'' if value else 'not '}a constant")
            else:
                out.append(_GUARDS[word].format(name=name, words=_either(value)))
    out += [_PLACES[word].format(words=_either(value)) for word, value in rule.within.items()]
    if rule.unused is not None:
        out.append("its value is not used" if rule.unused else "its value is used")
    if rule.release:
        out.append(f"`__FreeBSD_version {rule.release.strip()}`")
    return out


def filter_notes(rule: Rule) -> list[str]:
    """What the filters of an emit text do, in words."""
    used = [(word, piece.name) for piece in rule.emit for word in piece.filters if word in _FILTERS]
    return [_FILTERS[word].format(name) for word, name in dict.fromkeys(used)]


def _either(value: object) -> str:
    texts = [str(word) for word in (value if isinstance(value, list) else [value])]
    differing = {"".join(text.split()).strip("()"): text for text in reversed(texts)}
    words = [f"`{text}`" for text in reversed(differing.values())]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def include_kind(header: str, emit: Sequence[str]) -> str:
    """The disposition of an #include line."""
    if not emit:
        return "template"
    return "same" if list(emit) == [header] else "native"


def config_kind(row: Config) -> str:
    if row.value == "keep":
        return "same"
    return "template" if row.value in ("defined", "undefined") else "native"


def config_words(row: Config) -> str:
    """What becomes of a conditional on a macro."""
    if row.value == "keep":
        return "stays"
    if row.value in ("defined", "undefined"):
        return f"decided: {row.value}"
    return f"asks for `{row.value}`"


def method_kind(row: Method) -> str:
    return "dropped" if row.action == "drop" else "template"
