"""Statements by their tokens: where they start and end, what governs them, and how to put one by another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Part
from portkit.rules.pattern import CLOSE, OPEN, Span, matching_close, matching_open

HEADS = ("if", "while", "for", "switch")
# queue(3) and compiler macros that tell something and change nothing.
_ASKS = re.compile(r"(S?LIST|S?TAILQ)_(EMPTY|FIRST|NEXT|LAST|PREV)|__predict_(true|false)|__builtin_expect")


def starts_statement(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1]
    if before.kind == "#" or before.text in (";", "{", "}", "else", "do"):
        return True
    if before.text == ":":
        return True
    if before.text == ")":
        opening = matching_open(tokens, at - 1)
        return opening > 0 and (tokens[opening - 1].text in HEADS or "FOREACH" in tokens[opening - 1].text)
    return False


def control_head(tokens: Sequence[Token], at: int) -> int | None:
    """The `if`, loop, `else` or `do` whose unbraced body or condition holds a token; None in plain blocks."""
    number = at - 1
    depth = 0
    while number > 0:
        token = tokens[number]
        text = token.text
        if text in CLOSE:
            if depth == 0 and text == "}":
                return None
            if depth == 0 and text == ")":
                opening = matching_open(tokens, number)
                if opening > 0 and (
                    tokens[opening - 1].text in HEADS or "FOREACH" in tokens[opening - 1].text
                ):
                    return opening - 1
                number = opening - 1
                continue
            depth += 1
        elif text in OPEN:
            if depth == 0:
                if text == "{":
                    return None
                if text == "(" and tokens[number - 1].text in HEADS:
                    return number - 1
            else:
                depth -= 1
        elif depth == 0:
            if text == ";" or token.kind == "#":
                return None
            if text in ("else", "do"):
                return number
        number -= 1
    return None


def unbraced_end(tokens: Sequence[Token], head: int) -> int:
    """Index behind the statement under an `if`, `for`, `while`, `else` or `do`."""
    at = head + 1
    if tokens[at].text == "(":
        at = matching_close(tokens, at) + 1
    return statement_close(tokens, at)


def statement_close(tokens: Sequence[Token], at: int) -> int:
    """Index behind the statement that starts at a token, `if` and its `else` included."""
    if at >= len(tokens):
        return at
    text = tokens[at].text
    if text == "{":
        return matching_close(tokens, at) + 1
    if text in HEADS or ("FOREACH" in text and tokens[at + 1].text == "("):
        end = unbraced_end(tokens, at)
        if text == "if" and end < len(tokens) and tokens[end].text == "else":
            return statement_close(tokens, end + 1)
        return end
    if text == "do":
        end = statement_close(tokens, at + 1)
        if end < len(tokens) and tokens[end].text == "while":
            return matching_close(tokens, end + 1) + 2
        return end
    while at < len(tokens):
        text = tokens[at].text
        if text in OPEN:
            at = matching_close(tokens, at)
        elif text == ";":
            return at + 1
        elif text == "}":
            return at
        at += 1
    return at


def in_condition(tokens: Sequence[Token], head: int, at: int) -> bool:
    return tokens[head + 1].text == "(" and head + 1 < at < matching_close(tokens, head + 1)


def declaration_end(file: SourceFile, offset: int) -> int:
    """The end of a declaration's last line, its comment included."""
    end = file.text.find("\n", offset)
    end = len(file.text) if end < 0 else end
    for first, last in file.lexed.comments:
        if offset <= first < end < last:
            end = file.text.find("\n", last)
            return len(file.text) if end < 0 else end
    return end


def line_indent(text: str, offset: int) -> str:
    """The white space that the line of an offset begins with."""
    start = text.rfind("\n", 0, offset) + 1
    end = start
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[start:end]


def is_unbraced(tokens: Sequence[Token], start: int) -> bool:
    """Whether the statement at a token is the whole body of an `if`, a loop or an `else`, with no braces."""
    before = tokens[start - 1]
    if before.text in ("else", "do"):
        return True
    if before.text != ")":
        return False
    opening = matching_open(tokens, start - 1)
    return opening > 0 and (tokens[opening - 1].text in HEADS or "FOREACH" in tokens[opening - 1].text)


def has_effects(tokens: Sequence[Token], span: Span, gone: Callable[[int], bool] = lambda at: False) -> bool:
    """Whether an expression may do more than tell a value: it assigns, counts, or calls what is not known to ask only.

    `gone`: whether the token of an index is left out.
    """
    for at in range(*span):
        token = tokens[at]
        if token.kind == "#" or token.skipped or gone(at):
            continue
        if token.text in ("++", "--") or (
                token.kind == "p" and token.text.endswith("=") and token.text not in ("==", "!=", "<=", ">=")):
            return True
        if token.text != "(" or at == span[0]:
            continue
        before = tokens[at - 1]
        if before.text == "]" or (before.kind == "i" and before.text not in KEYWORDS
                                  and not _ASKS.fullmatch(before.text)):
            return True
        if before.text == ")" and tokens[matching_open(tokens, at - 1) + 1].text == "*":
            return True                 # (*function)(...)
    return False


@dataclass(frozen=True)
class Removal:
    """The tokens to take out with a statement, and what stays in their place: nothing, or `;`."""

    first: int
    last: int
    stays: str = ""


def removal(tokens: Sequence[Token], span: Span, gone: Callable[[int], bool] = lambda at: False) -> Removal:
    """How to take out a statement so that what governs it, and what follows, means the same as before.

    An `if` that governs nothing else goes with it, unless its condition does more than ask; so does an `else`.  Where
    a statement has to be (a loop's body, in front of an `else`, behind a label that ends a block) `;` stays.
    `gone`: whether the token of an index is left out already.
    """
    start, end = span
    while True:
        body = _sole(tokens, start, end, gone)
        if body is None:
            return Removal(start, end, ";" if _needed(tokens, start, end, gone) else "")
        braced = body != (start, end)
        keyword = body[0] - 1
        followed = body[1] < len(tokens) and tokens[body[1]].text == "else" and not gone(body[1])
        stay = Removal(start, end, "" if braced else ";")
        if tokens[keyword].text == "else":
            if followed:
                return stay             # it would become the else of the `if` that has none then
            head = _if_of(tokens, keyword)
            if head < 0 or not _is_empty(tokens, matching_close(tokens, head + 1) + 1, keyword, gone) \
                    or has_effects(tokens, (head + 2, matching_close(tokens, head + 1)), gone):
                return Removal(keyword, body[1])
        else:
            head = matching_open(tokens, keyword) - 1 if tokens[keyword].text == ")" else -1
            if head < 0 or tokens[head].text != "if" or followed or has_effects(tokens, (head + 2, keyword), gone):
                return stay
        start, end = head, statement_close(tokens, head)


def _sole(tokens: Sequence[Token], start: int, end: int, gone: Callable[[int], bool]) -> Span | None:
    """What a head governs where it governs this statement alone: the statement, or the block around it."""
    if is_unbraced(tokens, start):
        return start, end
    first, last = start - 1, end
    while first > 0 and gone(first):
        first -= 1
    while last < len(tokens) - 1 and gone(last):
        last += 1
    if tokens[first].text == "{" and tokens[last].text == "}" and is_unbraced(tokens, first):
        return first, last + 1
    return None


def _needed(tokens: Sequence[Token], start: int, end: int, gone: Callable[[int], bool]) -> bool:
    """Whether C wants a statement here: behind a label that ends a block, or a head with directives in between."""
    first, last = start - 1, end
    directives = False
    while first > 0 and (gone(first) or tokens[first].kind == "#" or tokens[first].skipped):
        directives = directives or tokens[first].kind == "#"
        first -= 1
    while last < len(tokens) - 1 and (gone(last) or tokens[last].kind == "#" or tokens[last].skipped):
        last += 1
    return (tokens[first].text == ":" and tokens[last].text == "}") or (
        directives and is_unbraced(tokens, first + 1))


def _if_of(tokens: Sequence[Token], keyword: int) -> int:
    """The `if` that an `else` belongs to; -1 where it does not show."""
    at = keyword - 1
    while at > 0:
        text = tokens[at].text
        if text in CLOSE:
            at = matching_open(tokens, at)
        elif text in OPEN:
            return -1
        elif text == "if" and unbraced_end(tokens, at) == keyword:
            return at
        at -= 1
    return -1


def _is_empty(tokens: Sequence[Token], first: int, last: int, gone: Callable[[int], bool]) -> bool:
    return all(gone(at) or tokens[at].text in ("{", "}", ";") for at in range(first, last))


class Removals:
    """Take statements out of the text for a pass; what it took out before counts as gone."""

    def __init__(self, context: Context, rule: str) -> None:
        self.context = context
        self.rule = rule
        self._gone: dict[SourceFile, set[int]] = {}

    def remove(self, file: SourceFile, span: Span) -> Removal:
        """Take out a statement, `;` included; the tokens that went are returned."""
        gone = self._gone.setdefault(file, set())
        tokens = file.tokens
        found = removal(tokens, span, gone.__contains__)
        start, end = tokens[found.first].start, tokens[found.last - 1].end
        if found.stays:
            self.context.edit(file, start, end, [found.stays], self.rule, "template")
        else:
            self.context.remove(file, else_start(file, found.first), end, self.rule, "template")
        gone.update(range(found.first, found.last))
        return found


def else_start(file: SourceFile, at: int) -> int:
    """Where the text of a token that goes begins: for an `else` behind a brace, with the white space before it."""
    tokens = file.tokens
    end = tokens[at - 1].end
    if tokens[at].text == "else" and file.text[end:tokens[at].start].strip(" \t") == "":
        return end
    return tokens[at].start


class Statements:
    """Put statements in the place of one, in front of one or behind it, with braces where there were none."""

    def __init__(self, context: Context, rule: str) -> None:
        self.context = context
        self.rule = rule
        self._braced: set[tuple[SourceFile, int]] = set()
        self._closings: list[tuple[SourceFile, int, str]] = []

    def indent(self, file: SourceFile, start: int) -> str:
        tokens = file.tokens
        own = line_indent(file.text, tokens[start].start)
        if is_unbraced(tokens, start) and self._same_line(file, start):
            return own + "\t"
        return own

    @staticmethod
    def _same_line(file: SourceFile, start: int) -> bool:
        return "\n" not in file.text[file.tokens[start - 1].end : file.tokens[start].start]

    def replace(
        self,
        file: SourceFile,
        span: Span,
        lines: Sequence[Sequence[Part]],
        kind: str = "native",
        single: bool = False,
        headers: tuple[str, ...] = (),
    ) -> None:
        """Statement `span` (its `;` included) becomes `lines` (each a statement without indentation and `;`).

        `single`: the lines are one statement (an `if` and its body).
        """
        tokens = file.tokens
        start, end = span
        indent = self.indent(file, start)
        braces = len(lines) > 1 and is_unbraced(tokens, start)
        if single:
            braces = is_unbraced(tokens, start) and end < len(tokens) and tokens[end].text == "else"
        if braces:
            self.brace(file, span)
        elif is_unbraced(tokens, start) and self._same_line(file, start) and len(lines) > 1:
            self.context.edit(
                file,
                tokens[start - 1].end,
                tokens[start].start,
                ["\n" + indent],
                self.rule,
                kind,
                verbatim_indent=True,
            )
        parts: list[Part] = []
        for number, line in enumerate(lines):
            if number:
                parts.append(("\n" if single else ";\n") + indent)
            parts.extend(line)
        self.context.edit(
            file,
            tokens[start].start,
            tokens[end - 2].end,
            parts,
            self.rule,
            kind,
            verbatim_indent=True,
            headers=headers,
        )

    def before(
        self, file: SourceFile, span: Span, text: str, kind: str = "native", headers: tuple[str, ...] = ()
    ) -> None:
        """Insert a statement in front of another one."""
        self.brace(file, span)
        start = file.tokens[span[0]].start
        self.context.insert(
            file,
            start,
            text + "\n" + self.indent(file, span[0]),
            self.rule,
            kind,
            verbatim_indent=True,
            headers=headers,
        )

    def after(
        self, file: SourceFile, span: Span, text: str, kind: str = "native", headers: tuple[str, ...] = ()
    ) -> None:
        """Insert a statement behind another one."""
        self.brace(file, span)
        offset = file.tokens[span[1] - 1].end
        self.context.insert(
            file,
            offset,
            "\n" + self.indent(file, span[0]) + text,
            self.rule,
            kind,
            verbatim_indent=True,
            headers=headers,
        )

    def brace(self, file: SourceFile, span: Span) -> None:
        """Give an unbraced body its braces, once."""
        tokens = file.tokens
        start, end = span
        if not is_unbraced(tokens, start) or (file, start) in self._braced:
            return
        self._braced.add((file, start))
        inner = self.indent(file, start)
        head = tokens[start - 1]
        gap = file.text[head.end : tokens[start].start]
        if gap.strip():
            self.context.insert(file, head.end, " {", self.rule, "native", verbatim_indent=True)
        else:
            self.context.edit(
                file,
                head.end,
                tokens[start].start,
                [" {\n" + inner],
                self.rule,
                "native",
                verbatim_indent=True,
            )
        outer = inner[:-1] if inner.endswith("\t") else inner
        self._closings.append((file, tokens[end - 1].end, "\n" + outer + "}"))

    def finish(self) -> None:
        """Close the braces: behind everything else that was put behind the same statements."""
        for file, offset, text in self._closings:
            self.context.insert(file, offset, text, self.rule, "native", verbatim_indent=True)
        self._closings = []
