"""Statements by their tokens: where they start and end, what governs them, and how to put one by another."""

from __future__ import annotations

from collections.abc import Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Part
from portkit.rules.pattern import CLOSE, OPEN, Span, matching_close, matching_open

HEADS = ("if", "while", "for", "switch")


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
