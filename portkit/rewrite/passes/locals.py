"""Local variables of a function, by its tokens: where each is declared, in which block, and where it is used."""

from __future__ import annotations

from dataclasses import dataclass

from portkit.frontend.lexer import KEYWORDS
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rules.pattern import OPEN, Span, matching_close

_AGGREGATES = frozenset(("struct", "union", "enum"))
_TYPE_WORDS = _AGGREGATES | {"const", "volatile", "unsigned", "signed", "char", "short", "int", "long", "void", "float",
                             "double", "static", "register"}


@dataclass(frozen=True)
class Local:
    """One declarator of a declaration in a function."""

    text: str
    name: int               # its token
    span: Span              # of the declarator with its initialiser, stars included
    statement: Span         # of the whole declaration, `;` included
    block: Span             # tokens between the braces that it is known in
    initialiser: Span

    def uses(self, file: SourceFile) -> list[int]:
        """The words of this name behind the declaration, members apart."""
        tokens = file.tokens
        return [at for at in range(self.name + 1, self.block[1])
                if tokens[at].text == self.text and tokens[at].kind == "i" and not tokens[at].skipped
                and tokens[at - 1].text not in (".", "->", "struct", "goto")]

    def plain(self, tokens: list) -> bool:
        """Whether the initialiser calls nothing."""
        return not any(tokens[at].kind == "i" and tokens[at].text not in KEYWORDS and tokens[at + 1].text == "("
                       for at in range(*self.initialiser))


def local_variables(file: SourceFile, item: Declaration) -> list[Local]:
    """The variables that a function declares, in order."""
    out: list[Local] = []
    tokens = file.tokens
    blocks: list[int] = [item.body[1]]
    at = item.body[0]
    start = True
    while at < item.body[1]:
        token = tokens[at]
        if token.skipped or token.kind == "#":
            at += 1
            continue
        if token.text == "{":
            blocks.append(matching_close(tokens, at))
        elif token.text == "}" and len(blocks) > 1:
            blocks.pop()
        elif token.text == "for" and tokens[at + 1].text == "(":
            at = matching_close(tokens, at + 1)     # its `;` begin no statements
        elif start:
            found = _declared(file, at, item.body[1], blocks[-1])
            if found:
                out += found
                at = found[0].statement[1]
                continue
        start = token.text in (";", "{", "}")
        at += 1
    return out


def _declared(file: SourceFile, first: int, stop: int, block_end: int) -> list[Local]:
    """The declarators of the statement at a token; none when it declares nothing, or what is not plain."""
    out: list[Local] = []
    tokens = file.tokens
    at = first
    words = 0
    while at < stop:
        if tokens[at].text == "{" and at > first and {tokens[at - 1].text, tokens[at - 2].text} & _AGGREGATES:
            at = matching_close(tokens, at)         # members are no variables of the function's
        elif tokens[at].kind != "i" or (tokens[at].text in KEYWORDS and tokens[at].text not in _TYPE_WORDS):
            break
        words += 1
        at += 1
    if not words or at >= stop:
        return []
    if tokens[at].text != "*":
        at -= 1                                     # the last word is the name
        words -= 1
    if not words or (words == 1 and tokens[first].text in _AGGREGATES):
        return []
    end = at
    while end < stop and tokens[end].text != ";":
        end = matching_close(tokens, end) + 1 if tokens[end].text in OPEN else end + 1
    statement = (first, end + 1)
    while at < end:
        begin = at
        while at < end and tokens[at].text in ("*", "const", "volatile"):
            at += 1
        if at >= end or tokens[at].kind != "i" or tokens[at + 1].text not in ("=", ";", ",", "["):
            return []
        name = at
        initialiser = (at, at)
        while at < end and tokens[at].text != ",":
            if tokens[at].text == "=" and initialiser[0] == initialiser[1]:
                initialiser = (at + 1, at + 1)
            at = matching_close(tokens, at) + 1 if tokens[at].text in OPEN else at + 1
        if tokens[initialiser[0] - 1].text == "=":
            initialiser = (initialiser[0], at)
        out.append(Local(tokens[name].text, name, (begin, at), statement, (first, block_end), initialiser))
        at += 1
    return out
