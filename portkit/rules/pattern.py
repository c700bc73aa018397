"""Patterns: C with metavariables, matched on tokens.

`mtx_init($m, $name, $type, $opts)` matches what an author wrote, not what the preprocessor makes of it.  See
docs/rules.md for the language of the patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portkit.frontend.lexer import KEYWORDS, Token, lex

OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = frozenset(OPEN.values())
_METAVARIABLE = re.compile(r"\$([a-z_][a-z0-9_]*)(?::(id|str|int|body|type))?(\.\.\.)?")


class PatternError(ValueError):
    """The text of a pattern cannot be read."""


@dataclass(frozen=True)
class Element:
    """A literal token, or a metavariable of some mode."""

    text: str
    mode: str = ""          # "" literal; expr, rest, id, str, int, body, type

    @property
    def literal(self) -> bool:
        return not self.mode


Span = tuple[int, int]      # token indices [first, last) in one region


@dataclass(frozen=True)
class Pattern:
    text: str
    elements: tuple[Element, ...]
    anchor: int             # index of the element that a search starts from
    statement: bool         # ends in ';': matches whole statements

    @property
    def anchor_name(self) -> str:
        return self.elements[self.anchor].text

    @property
    def names(self) -> list[str]:
        return [element.text for element in self.elements if not element.literal]


def compile_pattern(text: str) -> Pattern:
    """Read a pattern; PatternError when it has no word to search for."""
    modes: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        name, mode, rest = match.groups()
        placeholder = f"${name}"
        modes[placeholder] = "rest" if rest else (mode or modes.get(placeholder, "expr"))
        return f" {placeholder} "

    lexed = lex(_METAVARIABLE.sub(replace, text))
    elements = []
    for token in lexed.tokens:
        if token.text.startswith("$"):
            if token.text not in modes:
                raise PatternError(f"{token.text} is no metavariable: their names are in lower case")
            elements.append(Element(token.text[1:], modes[token.text]))
        elif token.kind == "#":
            raise PatternError("a pattern cannot hold a preprocessor line")
        else:
            elements.append(Element(token.text))
    depth: list[str] = []
    for element in elements:
        if element.literal and element.text in OPEN:
            depth.append(OPEN[element.text])
        elif element.literal and element.text in CLOSE and (not depth or depth.pop() != element.text):
            raise PatternError(f"`{element.text}` closes nothing")
    if depth:
        raise PatternError(f"`{depth[-1]}` is missing")
    anchor = -1
    for number, element in enumerate(elements):
        if element.literal and re.match(r"[A-Za-z_]", element.text) and element.text not in KEYWORDS:
            anchor = number
            break
    if anchor < 0:
        raise PatternError("a pattern needs at least one word that is not a C keyword")
    before = elements[:anchor]
    if before and not before[0].literal and (
            before[0].mode != "expr" or len(before) < 2 or not all(element.literal for element in before[1:])):
        raise PatternError(f"before its first word ({elements[anchor].text}) a pattern that starts with a "
                           "metavariable has one, of any expression, and an operator")
    return Pattern(text, tuple(elements), anchor, bool(elements) and elements[-1].text in (";", "}"))


def match_at(pattern: Pattern, tokens: Sequence[Token], position: int) -> tuple[Span, dict[str, Span]] | None:
    """Match a pattern whose anchor is the token at `position`."""
    elements, anchor = pattern.elements, pattern.anchor
    before = elements[:anchor]
    if all(element.literal for element in before):
        start = position - anchor
        if start < 0:
            return None
        candidates = [start]
        first_bound: dict[str, Span] = {}
        skip = 0
    elif before[0].mode == "expr" and all(element.literal for element in before[1:]):
        operator = position - (anchor - 1)
        if operator <= 0 or tokens[operator].text != elements[1].text:
            return None
        if elements[1].text in ("->", ".", "[", "("):
            start = postfix_start(tokens, operator)
        elif elements[1].text.endswith("="):
            start = statement_start(tokens, operator)
        else:
            start = postfix_start(tokens, operator)
        if start < 0 or start >= operator:
            return None
        candidates, first_bound, skip = [start], {before[0].text: (start, operator)}, 1
    else:
        candidates = [start for start in range(position - 1, max(-1, position - 120), -1)
                      if before[0].literal and tokens[start].text == before[0].text]
        first_bound, skip = {}, 0
    for start in candidates:
        if pattern.statement and not is_statement_start(tokens, start):
            continue
        begin = first_bound[before[0].text][1] if skip else start
        for end, bound in _match(elements, skip, tokens, begin, dict(first_bound)):
            if end > position:
                return (start, end), bound
    return None


def _match(elements: Sequence[Element], number: int, tokens: Sequence[Token], at: int,
           bound: dict[str, Span]) -> Iterator[tuple[int, dict[str, Span]]]:
    """All ways to match elements[number:] from token `at`, shortest first: (end, bindings)."""
    size = len(tokens)
    while number < len(elements):
        element = elements[number]
        if not element.literal:
            break
        if at >= size or tokens[at].text != element.text:
            if _may_lack(elements, number) and at < size and tokens[at].text in CLOSE:
                bound[elements[number + 1].text] = (at, at)
                number += 2
                continue
            return
        at += 1
        number += 1
    else:
        yield at, bound
        return
    for end in _extents(element, elements, number, tokens, at):
        known = bound.get(element.text)
        if known is not None and not _same(tokens, known, (at, end)):
            continue
        yield from _match(elements, number + 1, tokens, end, {**bound, element.text: (at, end)})


def _extents(element: Element, elements: Sequence[Element], number: int, tokens: Sequence[Token],
             at: int) -> Iterator[int]:
    """Where the metavariable that starts at token `at` may end."""
    size = len(tokens)
    mode = element.mode
    if mode in ("id", "int"):
        if at < size and tokens[at].kind == ("i" if mode == "id" else "n"):
            yield at + 1
        return
    if mode == "str":
        end = at
        strings = 0
        while end < size and tokens[end].kind in ("s", "i"):
            strings += tokens[end].kind == "s"
            end += 1
        if strings or end == at + 1:
            yield end
        return
    following = elements[number + 1] if number + 1 < len(elements) else None
    depth = 0
    end = at
    while end < size:
        token = tokens[end]
        text = token.text
        if depth == 0:
            stop = text in CLOSE or (mode != "body" and text == ";") or (mode in ("expr", "type") and text == ",")
            if (end > at or mode in ("rest", "body")) and (
                    following is None or not following.literal or following.text == text
                    or (text in CLOSE and _may_lack(elements, number + 1))):
                yield end
            if stop:
                return
        if text in OPEN:
            if text == "{" and depth == 0 and mode in ("expr", "type") and not _initialiser(tokens, at, end):
                return
            depth += 1
        elif text in CLOSE:
            depth -= 1
        end += 1
    if following is None and end > at:
        yield end


def _may_lack(elements: Sequence[Element], comma: int) -> bool:
    """Whether the element is a comma that goes when the rest behind it is empty."""
    return elements[comma].text == "," and comma + 1 < len(elements) and elements[comma + 1].mode == "rest"


def _initialiser(tokens: Sequence[Token], at: int, brace: int) -> bool:
    """A brace inside an expression belongs to a compound literal `(type){...}` or a `({...})`."""
    return brace > at and tokens[brace - 1].text in (")", "(")


def _same(tokens: Sequence[Token], one: Span, other: Span) -> bool:
    return ([token.text for token in tokens[slice(*one)]] == [token.text for token in tokens[slice(*other)]])


def matching_open(tokens: Sequence[Token], close: int) -> int:
    """Index of the bracket that the one at `close` closes; -1 when there is none."""
    depth = 0
    for number in range(close, -1, -1):
        text = tokens[number].text
        if text in CLOSE:
            depth += 1
        elif text in OPEN:
            depth -= 1
            if depth == 0:
                return number
    return -1


def enclosing_open(tokens: Sequence[Token], at: int) -> int:
    """Index of the bracket that is still open before `at`; -1 when the statement starts first."""
    depth = 0
    for number in range(at - 1, -1, -1):
        text = tokens[number].text
        if text in CLOSE:
            depth += 1
        elif text in OPEN:
            if depth == 0:
                return number
            depth -= 1
        elif text == ";":
            return -1
    return -1


def matching_close(tokens: Sequence[Token], opening: int) -> int:
    """Index of the bracket that closes the one at `opening`; the end when there is none."""
    depth = 0
    for number in range(opening, len(tokens)):
        text = tokens[number].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
            if depth == 0:
                return number
    return len(tokens) - 1


def postfix_start(tokens: Sequence[Token], operator: int) -> int:
    """Where the postfix expression to the left of the token at `operator` starts; -1 when there is none."""
    at = operator - 1
    while at >= 0:
        token = tokens[at]
        if token.text in (")", "]"):
            opening = matching_open(tokens, at)
            if opening < 0:
                return -1
            previous = tokens[opening - 1] if opening else None
            if previous is not None and (
                    (previous.kind == "i" and previous.text not in KEYWORDS) or previous.text in (")", "]")):
                if token.text == ")" and previous.text == ")" and not _call_of(tokens, opening - 1):
                    return opening
                at = opening - 1
                continue
            return opening
        if token.kind in ("i", "n", "s"):
            if token.text in KEYWORDS:
                return -1
            if at >= 2 and tokens[at - 1].text in ("->", "."):
                at -= 2
                continue
            return at
        return -1
    return -1


def _call_of(tokens: Sequence[Token], close: int) -> bool:
    """Whether the parenthesis that ends at `close` is a callee (`(*f)(x)`), not a cast or a condition."""
    opening = matching_open(tokens, close)
    return opening >= 0 and opening + 1 < len(tokens) and tokens[opening + 1].text == "*"


_STATEMENT_ENDS = frozenset((";", "{", "}", ":", ")"))


def is_statement_start(tokens: Sequence[Token], at: int) -> bool:
    if at <= 0:
        return True
    previous = tokens[at - 1]
    return previous.text in _STATEMENT_ENDS or previous.text in ("else", "do") or previous.kind == "#"


def statement_start(tokens: Sequence[Token], at: int) -> int:
    """Index of the first token of the statement that the token at `at` stands in."""
    depth = 0
    number = at - 1
    while number >= 0:
        token = tokens[number]
        if token.text in CLOSE:
            if depth == 0 and token.text == "}":
                return number + 1
            if depth == 0 and token.text == ")":
                opening = matching_open(tokens, number)
                if opening > 0 and tokens[opening - 1].text in ("if", "for", "while", "switch"):
                    return number + 1
                number = opening - 1
                continue
            depth += 1
        elif token.text in OPEN:
            if depth == 0:
                return number + 1
            depth -= 1
        elif depth == 0 and (token.kind == "#" or token.text in (";", "else", "do")
                             or (token.text == ":" and _is_label(tokens, number))):
            return number + 1
        number -= 1
    return 0


def _is_label(tokens: Sequence[Token], colon: int) -> bool:
    """`case X:`, `default:` and `name:` end a label; the colon of `a ? b : c` does not."""
    for number in range(colon - 1, max(-1, colon - 24), -1):
        token = tokens[number]
        if token.text in ("case", "default"):
            return True
        if token.text in ("?", ";", "{", "}") or token.kind == "#":
            return token.text != "?" and number == colon - 2
    return colon == 1


def statement_end(tokens: Sequence[Token], at: int) -> int:
    """Index behind the `;` that ends the statement that the token at `at` stands in."""
    depth = 0
    for number in range(at, len(tokens)):
        text = tokens[number].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        elif text == ";" and depth <= 0:
            return number + 1
    return len(tokens)


def split_arguments(tokens: Sequence[Token], opening: int) -> list[Span]:
    """Spans of the arguments of the call whose parenthesis is at `opening`."""
    close = matching_close(tokens, opening)
    spans: list[Span] = []
    start = opening + 1
    depth = 0
    for number in range(opening + 1, close):
        text = tokens[number].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        elif text == "," and depth == 0:
            spans.append((start, number))
            start = number + 1
    if close > start or spans:
        spans.append((start, close))
    return spans
