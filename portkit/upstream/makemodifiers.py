"""Variable modifiers (make(1), VARIABLE MODIFIERS): `:R`, `:S/old/new/` and the like."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path


def join_modifiers(parts: list[str]) -> list[str]:
    """Put modifiers together whose own text holds a colon (`:S:a:b:`, `:@v@a:b@`, `:?yes:no`)."""
    out: list[str] = []
    for part in parts:
        if out and _unfinished(out[-1]):
            out[-1] += ":" + part
        else:
            out.append(part)
    return [m for m in out if m]


def _unfinished(modifier: str) -> bool:
    if modifier[:1] in ("S", "C") and len(modifier) == 1:
        return True
    if modifier[:1] in ("S", "C") and not modifier[1].isalnum():
        return len(split_escaped(modifier[2:], modifier[1])) < 3
    if modifier.startswith("@"):
        return modifier.count("@") < 3
    return modifier.startswith("?") and ":" not in modifier


def split_escaped(text: str, separator: str) -> list[str]:
    parts = [""]
    i = 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            parts[-1] += separator if text[i + 1] == separator else text[i:i + 2]
            i += 2
            continue
        if text[i] == separator and len(parts) < 3:
            parts.append("")
        else:
            parts[-1] += text[i]
        i += 1
    return parts


def substitute(kind: str, words: list[str], value: str, old: str, new: str, flags: str) -> str:
    count = 0 if "g" in flags else 1
    targets = [value] if "W" in flags else words or [""]
    if kind == "C":
        try:
            regex = re.compile(old)
        except re.error:
            return value
        replacement = re.sub(r"&", r"\\g<0>", new)
    else:
        start, end = old.startswith("^"), old.endswith("$")
        body = old[start:len(old) - end]
        # In :S, `&` stands for the old text.  A lone `$` or `^` matches the empty string at that end.
        regex = re.compile(("^" if start else "") + re.escape(body) + ("$" if end else ""))
        replacement = re.sub(r"(?<!\\)&", lambda _: body, new).replace("\\&", "&").replace("\\", "\\\\")
    done: list[str] = []
    first_only = "1" in flags
    for word in targets:
        if first_only and done and any(d != w for d, w in zip(done, targets, strict=False)):
            done.append(word)
        else:
            done.append(regex.sub(replacement, word, count=count))
    return " ".join(done) if words or "W" in flags or done != [""] else ""


def replace_suffix(word: str, old: str, new: str) -> str:
    if "%" in old:
        head, _, tail = old.partition("%")
        if word.startswith(head) and word.endswith(tail) and len(word) >= len(head) + len(tail):
            return new.replace("%", word[len(head):len(word) - len(tail)], 1)
        return word
    return word[:len(word) - len(old)] + new if word.endswith(old) else word


def pick_words(words: list[str], which: str) -> str:
    if which == "#":
        return str(len(words))
    if which in ("*", "@", "0"):
        return " ".join(words)
    first, _, last = which.partition("..")
    try:
        start, end = int(first), int(last or first)
    except ValueError:
        return ""
    size = len(words)
    start, end = (n + size + 1 if n < 0 else n for n in (start, end))
    return " ".join(words[start - 1:end])


def _unique(words: list[str]) -> list[str]:
    return [w for i, w in enumerate(words) if i == 0 or words[i - 1] != w]


def _root(word: str) -> str:
    head, slash, tail = word.rpartition("/")
    return head + slash + (tail.rpartition(".")[0] if "." in tail else tail)


PER_WORD: dict[str, Callable[[str], str]] = {
    "R": _root,
    "E": lambda w: w.rpartition("/")[2].rpartition(".")[2] if "." in w.rpartition("/")[2] else "",
    "T": lambda w: w.rpartition("/")[2],
    "H": lambda w: w.rpartition("/")[0] if "/" in w else ".",
    "tA": lambda w: str(Path(w).resolve()) if Path(w).exists() else w,
}
WHOLE: dict[str, Callable[[str], str]] = {
    "tl": str.lower, "L": str.lower, "tu": str.upper,
    "O": lambda v: " ".join(sorted(v.split())),
    "Or": lambda v: " ".join(sorted(v.split(), reverse=True)),
    "u": lambda v: " ".join(_unique(v.split())),
    "Q": lambda v: v, "q": lambda v: v, "tw": lambda v: v, "tW": lambda v: v, "P": lambda v: v,
}
