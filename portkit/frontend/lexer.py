"""Tokens of a C file as its author wrote them, by byte offset.

The token boundaries are those of clang's raw lexer, so that clang's annotations can be laid over them by index
(`portkit.frontend.unit`).  Text is held as Latin-1 strings: one character is one byte, whatever the encoding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<W>(?:[ \t\f\v\r\n]|\\\r?\n)+)
  | (?P<C>/\*(?:[^*]|\*(?!/))*\*/|//(?:[^\n\\]|\\\r?\n|\\[^\n])*)
  | (?P<i>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<n>\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)
  | (?P<s>"(?:[^"\\\n]|\\(?:\r?\n|.))*")
  | (?P<c>'(?:[^'\\\n]|\\(?:\r?\n|.))*')
  | (?P<p>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\*=|/=|%=|\+=|-=|&=|\^=|\|=|\#\#
       |[][(){}.,;:?~!<>=+\-*/%&^|\#@`\\])
  | (?P<u>.)
    """,
    re.VERBOSE | re.DOTALL,
)

KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
    "while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local "
    "__inline __inline__ __volatile__ __volatile __asm__ __asm asm __const __signed __attribute__ __typeof "
    "__typeof__ typeof __extension__ __restrict __func__ __FUNCTION__ __VA_ARGS__ __FILE__ __LINE__ "
    "__alignof__ __alignof __attribute".split()
)


class Token:
    """One token: `kind` is i(dentifier), n(umber), s(tring), c(haracter), p(unctuator), `#` a whole directive."""

    __slots__ = ("kind", "text", "start", "end", "raw", "ref", "cursor", "skipped", "directive")

    def __init__(self, kind: str, text: str, start: int, end: int, raw: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.raw = raw                      # index among clang's tokens of the file
        self.ref: object | None = None      # portkit.frontend.unit.Ref, for an identifier
        self.cursor: object | None = None   # clang's cursor, for typed guards
        self.skipped = False                # this configuration's preprocessor leaves it out
        self.directive: Directive | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.text!r} @{self.start}>"


@dataclass
class Directive:
    """A preprocessor line with its continuations.  `tokens` are those after the directive's name."""

    name: str                       # define, include, if, ifdef, ifndef, elif, else, endif, undef, error, pragma ...
    start: int                      # offset of '#'
    end: int                        # offset behind the last token (comments excluded)
    line_end: int                   # offset of the newline that ends it
    tokens: list[Token] = field(default_factory=list)
    macro: str | None = None        # #define, #undef, #ifdef, #ifndef: the name
    params: tuple[str, ...] | None = None   # of a function-like #define
    body: list[Token] = field(default_factory=list)
    skipped: bool = False


@dataclass
class Lexed:
    tokens: list[Token]             # code tokens; a directive is one token of kind '#'
    directives: list[Directive]
    comments: list[tuple[int, int]]  # byte ranges
    raw_count: int                  # how many tokens clang's lexer gives (comments and directive words counted)
    raw_identifiers: list[Token]    # every identifier token, those within directives too


def lex(text: str) -> Lexed:
    """Split `text` (Latin-1 characters, one a byte) into tokens, comments and directives."""
    tokens: list[Token] = []
    directives: list[Directive] = []
    comments: list[tuple[int, int]] = []
    identifiers: list[Token] = []
    raw = 0
    line_start = True
    current: Directive | None = None
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        start = match.start()
        if kind == "W":
            white = match.group()
            if "\n" in white and _has_newline(white):
                line_start = True
                if current is not None:
                    _finish(current, start, text, tokens, directives)
                    current = None
            continue
        if kind == "C":
            comments.append((start, match.end()))
            raw += 1
            continue
        token = Token("p" if kind == "u" else str(kind), match.group(), start, match.end(), raw)
        raw += 1
        if current is None and line_start and token.text == "#":
            current = Directive("", start, match.end(), match.end())
            line_start = False
            continue
        line_start = False
        if kind == "i":
            identifiers.append(token)
        if current is not None:
            if not current.name and not current.tokens:
                current.name = token.text
                current.end = token.end
                if kind == "i":
                    identifiers.pop()
            else:
                current.tokens.append(token)
                current.end = token.end
        else:
            tokens.append(token)
    if current is not None:
        _finish(current, len(text), text, tokens, directives)
    return Lexed(tokens, directives, comments, raw, identifiers)


def _has_newline(white: str) -> bool:
    """A newline that is not a line continuation."""
    return "\n" in white.replace("\\\r\n", "").replace("\\\n", "")


def _finish(directive: Directive, line_end: int, text: str, tokens: list[Token],
            directives: list[Directive]) -> None:
    newline = text.find("\n", line_end)
    while newline > 0 and text[:newline].rstrip("\r").endswith("\\"):
        newline = text.find("\n", newline + 1)
    directive.line_end = newline if newline >= 0 else len(text)
    words = directive.tokens
    if directive.name in ("define", "undef", "ifdef", "ifndef") and words:
        directive.macro = words[0].text
    if directive.name == "define" and words:
        body = 1
        if len(words) > 1 and words[1].text == "(" and words[1].start == words[0].end:
            params = []
            body = 2
            while body < len(words) and words[body].text != ")":
                if words[body].text != ",":
                    params.append(words[body].text)
                body += 1
            body += 1
            directive.params = tuple(params)
        directive.body = words[body:]
    token = Token("#", "#" + directive.name, directive.start, directive.end, -1)
    token.directive = directive
    tokens.append(token)
    directives.append(directive)
