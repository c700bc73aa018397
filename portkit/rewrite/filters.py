"""Filters of emit texts: `${x|nonl}` and its like (docs/rules.md)."""

from __future__ import annotations

import re
from collections.abc import Callable

_PRIMARY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9.]*|\"[^\"]*\"")
_CONVERSION = re.compile(r"%([-+ #0]*)(\*|[0-9]*)(\.(?:\*|[0-9]+))?(hh|h|ll|l|j|z|t|q)?([a-zA-Z%])")


def strip_parentheses(text: str) -> str:
    """Without one pair of outer parentheses, when it is a pair."""
    stripped = text.strip()
    if not stripped.startswith("("):
        return stripped
    depth = 0
    for number, character in enumerate(stripped):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return stripped[1:-1].strip() if number == len(stripped) - 1 else stripped
    return stripped


def deref(text: str) -> str:
    """What a pointer expression points at: `&a->b` gives `a->b`, `p` gives `*p`."""
    inner = strip_parentheses(text)
    if inner.startswith("&"):
        return inner[1:].strip()
    return "*" + paren(inner)


def is_primary(text: str) -> bool:
    """Whether no operator of the text binds looser than a postfix one."""
    text = text.strip()
    depth = 0
    at = 0
    while at < len(text):
        character = text[at]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
            if depth == 0 and text[0] == "(" and re.match(r"\(\s*[^*][^()]*\)\s*[(\w]", text):
                return False                # a cast
        elif depth == 0:
            if text.startswith("->", at):
                at += 2
                continue
            if not (character.isalnum() or character in "_."):
                return bool(_PRIMARY.fullmatch(text))
        at += 1
    return True


def paren(text: str) -> str:
    """Parenthesised unless it is a primary expression."""
    text = text.strip()
    return text if is_primary(text) else f"({text})"


def nonl(text: str) -> str:
    """A format without its trailing newline; the last literal goes when nothing is left of it."""
    stripped = text.rstrip()
    if stripped.endswith('\\n"'):
        head = stripped[:-3].rstrip(" ") if stripped[:-3].endswith(" ") else stripped[:-3]
        stripped = head + '"'
        shorter = re.sub(r'(?<=")\s*""$', "", stripped)
        return shorter or stripped
    return stripped


def log(text: str) -> str:
    """A format that goes to the log alone: `?` in front (cmn_err(9F))."""
    return text.replace('"', '"?', 1)


def kfmt(text: str) -> str:
    """Conversions that the kernel's printf of illumos lacks, by those it has (LP64: all of them are long)."""

    def convert(match: re.Match[str]) -> str:
        flags, width, precision, length, letter = match.groups()
        if length in ("z", "t", "j", "q") and letter in "diouxX":
            return f"%{flags}{width}{precision or ''}l{letter}"
        return match.group()

    return _CONVERSION.sub(convert, text)


def member(text: str) -> str:
    """The last member or variable name: `&sc->lock` gives `lock`."""
    names = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", re.sub(r"\[[^\]]*\]|\([^()]*\)", "", text)) or [text]
    return str(names[-1])


def first(text: str) -> str:
    """The first name of an expression: `sc->lock` gives `sc`."""
    found = re.search(r"[A-Za-z_][A-Za-z0-9_]*", text)
    return found.group() if found else text


def ident(text: str) -> str:
    """Literals without blanks, for what takes none: `"foo dev"` gives `"foo_dev"`; other words stay."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', lambda match: match.group().replace(" ", "_"), text)


FILTERS: dict[str, Callable[[str], str]] = {
    "deref": deref,
    "paren": paren,
    "nonl": nonl,
    "log": log,
    "kfmt": kfmt,
    "member": member,
    "cond": strip_parentheses,
    "first": first,
    "ident": ident,
    "strip": str.strip,
    "text": str.strip,
}
