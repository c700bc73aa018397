"""The outline of a file: functions, structures, variables, prototypes and macro uses at the top level.

Found by brackets in the token list, for what the passes need to move, drop or complete whole declarations.  Lines that
this configuration skips are not part of the outline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.unit import SourceFile
from portkit.rules.pattern import matching_close, matching_open, split_arguments

_ATTRIBUTES = frozenset(("__attribute__", "__printflike", "__aligned", "__section", "__format_arg", "__nonnull"))


@dataclass
class Parameter:
    name: str
    first: int              # token span of the whole declaration
    last: int
    type_text: str


@dataclass
class Declaration:
    """A top-level declaration: token span [first, last) with its `;` or closing brace."""

    kind: str               # function, prototype, variable, struct, typedef, enum, macro (an invocation), other
    name: str
    first: int
    last: int
    name_token: int = -1
    static: bool = False
    params: list[Parameter] = field(default_factory=list)
    body: tuple[int, int] = (0, 0)      # token span between the braces of a function or a structure
    returns: str = ""
    initialiser: tuple[int, int] = (0, 0)
    members: list[Member] = field(default_factory=list)


@dataclass
class Member:
    name: str
    first: int
    last: int               # behind its ';'
    type_text: str
    array: bool = False
    pointer: bool = False


class Outline:
    """All top-level declarations of one file, in order."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.tokens = file.tokens
        self.declarations: list[Declaration] = list(self._scan())
        self.functions = {item.name: item for item in self.declarations if item.kind == "function"}

    def function_at(self, token: int) -> Declaration | None:
        """The function definition that holds a token index (its head counts)."""
        for item in self.declarations:
            if item.kind == "function" and item.first <= token < item.last:
                return item
        return None

    def _scan(self) -> Iterator[Declaration]:
        tokens = self.tokens
        at, size = 0, len(tokens)
        while at < size:
            token = tokens[at]
            if token.kind == "#" or token.skipped or token.text == ";":
                at += 1
                continue
            end, brace = self._chunk(at)
            yield self._classify(at, end, brace)
            at = end

    def _chunk(self, first: int) -> tuple[int, int]:
        """End of the declaration that starts at `first`, and its first top-level brace (-1)."""
        tokens, size = self.tokens, len(self.tokens)
        at = first
        brace = -1
        while at < size:
            token = tokens[at]
            if token.skipped or token.kind == "#":
                at += 1
                continue
            text = token.text
            if text in ("(", "["):
                at = matching_close(tokens, at) + 1
                continue
            if text == "{":
                if brace < 0:
                    brace = at
                close = matching_close(tokens, at)
                if self._is_function_head(first, at):
                    return close + 1, brace
                at = close + 1
                continue
            if text == ";" and not self._old_style(first, at):
                return at + 1, brace
            at += 1
        return size, brace

    def _old_style(self, first: int, at: int) -> bool:
        """Whether what ends at a `;` declares parameters of `f(a, b) int a, b; { }`, as C was written before 1989."""
        tokens = self.tokens
        paren = self._declarator_paren(first, at)
        if paren < 0:
            return False
        close = matching_close(tokens, paren)
        names = [token.text for token in tokens[paren + 1:close] if token.text != ","]
        if close >= at or not names or any(token.kind != "i" or token.text in KEYWORDS
                                           for token in tokens[paren + 1:close] if token.text != ","):
            return False
        behind = [token.text for token in tokens[close + 1:at] if not token.skipped]
        return bool(behind) and behind[0] not in _ATTRIBUTES and behind[0] not in ("=", "[", ":") and any(
            name in behind for name in names)

    def _is_function_head(self, first: int, brace: int) -> bool:
        tokens = self.tokens
        previous = brace - 1
        while previous > first and (tokens[previous].kind == "#" or tokens[previous].skipped):
            previous -= 1
        head = [token.text for token in tokens[first:brace] if not token.skipped]
        if "=" in head or tokens[first].text == "typedef":
            return False
        if tokens[previous].text == ";" and self._old_style(first, previous):
            return True
        return tokens[previous].text == ")" or (tokens[previous].kind == "i" and ")" in head and
                                                head[0] not in ("struct", "union", "enum"))

    def _classify(self, first: int, last: int, brace: int) -> Declaration:
        tokens = self.tokens
        live = [number for number in range(first, last)
                if not tokens[number].skipped and tokens[number].kind != "#"]
        texts = [tokens[number].text for number in live]
        static = "static" in texts[:4]
        if texts[0] == "typedef":
            name = next((tokens[number].text for number in reversed(live)
                         if tokens[number].kind == "i" and tokens[number].text not in KEYWORDS), "")
            item = Declaration("typedef", name, first, last)
            if brace >= 0:
                self._struct_body(item, brace)
            return item
        if brace >= 0 and self._is_function_head(first, brace):
            return self._function(first, last, brace, static)
        equals = self._top_level(first, last, "=")
        head_end = equals if equals >= 0 else last
        paren = self._declarator_paren(first, head_end)
        if brace >= 0 and (equals < 0 or brace < equals) and self._tag_keyword(first, brace) >= 0:
            keyword = self._tag_keyword(first, brace)
            tag = tokens[keyword + 1].text if tokens[keyword + 1].kind == "i" else ""
            kind = "enum" if tokens[keyword].text == "enum" else "struct"
            item = Declaration(kind, tag, first, last, keyword + 1, static)
            self._struct_body(item, brace)
            return item
        if paren >= 0 and equals < 0:
            name = tokens[paren - 1].text
            if paren - 1 == first:
                return Declaration("macro", name, first, last, paren - 1)
            item = Declaration("prototype", name, first, last, paren - 1, static)
            item.params = self._params(paren)
            item.returns = self._text(first, paren - 1)
            return item
        name_token = self._variable_name(first, head_end)
        if len(texts) == 3 and texts[0] in ("struct", "union", "enum"):
            return Declaration("other", texts[1], first, last, first + 1)
        item = Declaration("variable", tokens[name_token].text if name_token >= 0 else "", first, last,
                           name_token, static)
        item.returns = self._text(first, name_token) if name_token >= 0 else ""
        if equals >= 0:
            item.initialiser = (equals + 1, last - 1)
        return item

    def _tag_keyword(self, first: int, brace: int) -> int:
        for number in range(first, brace):
            if self.tokens[number].text in ("struct", "union", "enum") and brace - number <= 2:
                return number
        return -1

    def _top_level(self, first: int, last: int, text: str) -> int:
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text in ("(", "[", "{"):
                at = matching_close(self.tokens, at) + 1
                continue
            if token.text == text and not token.skipped:
                return at
            at += 1
        return -1

    def _declarator_paren(self, first: int, last: int) -> int:
        """The parenthesis of `name(` at the top level; -1 for a variable or a pointer to a function."""
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text == "(":
                previous = self.tokens[at - 1] if at > first else None
                if previous is not None and previous.kind == "i" and previous.text not in KEYWORDS \
                        and previous.text not in _ATTRIBUTES:
                    return at
                at = matching_close(self.tokens, at) + 1
                continue
            if token.text in ("[", "{"):
                at = matching_close(self.tokens, at) + 1
                continue
            at += 1
        return -1

    def _variable_name(self, first: int, last: int) -> int:
        best = -1
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text == "(" and at + 1 < last and self.tokens[at + 1].text == "*":
                return at + 2
            if token.text in ("(", "{"):
                at = matching_close(self.tokens, at) + 1
                continue
            if token.text == "[":
                break
            if token.kind == "i" and token.text not in KEYWORDS and token.text not in _ATTRIBUTES \
                    and not token.text.startswith("__"):
                best = at
            at += 1
        return best

    def _function(self, first: int, last: int, brace: int, static: bool) -> Declaration:
        paren = self._declarator_paren(first, brace)
        name_token = paren - 1
        item = Declaration("function", self.tokens[name_token].text if paren > 0 else "", first, last, name_token,
                           static, body=(brace + 1, last - 1))
        if paren > 0:
            item.params = self._params(paren)
            item.returns = self._text(first, name_token)
        return item

    def _params(self, paren: int) -> list[Parameter]:
        out = []
        for start, end in split_arguments(self.tokens, paren):
            names = [number for number in range(start, end) if self.tokens[number].kind == "i"
                     and self.tokens[number].text not in KEYWORDS
                     and not self.tokens[number].text.startswith("__unused")]
            name = ""
            type_end = end
            if len(names) > 1 or (names and self._is_declared_word(names[0], start)):
                name = self.tokens[names[-1]].text
                type_end = names[-1]
                for number in range(start, end):
                    if self.tokens[number].text == "(" and self.tokens[number + 1].text == "*":
                        name = self.tokens[number + 2].text
                        break
            out.append(Parameter(name, start, end, self._text(start, type_end)))
        return out

    def _is_declared_word(self, name: int, start: int) -> bool:
        """`int count`: one identifier only, and it is the parameter's name because keywords give the type."""
        words = [token.text for token in self.tokens[start:name]]
        return any(word in KEYWORDS and word not in ("const", "volatile", "struct", "union", "enum")
                   for word in words) or any(word == "*" for word in words)

    def _struct_body(self, item: Declaration, brace: int) -> None:
        close = matching_close(self.tokens, brace)
        item.body = (brace + 1, close)
        at = brace + 1
        while at < close:
            if self.tokens[at].kind == "#" or self.tokens[at].skipped:
                at += 1
                continue
            end = at
            while end < close and self.tokens[end].text != ";":
                if self.tokens[end].text in ("(", "[", "{"):
                    end = matching_close(self.tokens, end)
                end += 1
            name = self._member_name(at, end)
            if name >= 0:
                texts = [token.text for token in self.tokens[at:end]]
                # A macro that stands for the last members has no `;`.
                item.members.append(Member(self.tokens[name].text, at, min(end + 1, close), self._text(at, name),
                                           "[" in texts[name - at:], "*" in texts))
            at = end + 1

    def _member_name(self, first: int, last: int) -> int:
        for number in range(first, last - 2):
            if self.tokens[number].text == "(" and self.tokens[number + 1].text == "*" \
                    and self.tokens[number + 2].kind == "i":
                return number + 2
        best = -1
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text in ("(", "{"):
                at = matching_close(self.tokens, at) + 1
                continue
            if token.text in ("[", ":"):
                break
            if token.kind == "i" and token.text not in KEYWORDS and not token.text.startswith("__"):
                best = at
            at += 1
        return best

    def _text(self, first: int, last: int) -> str:
        return join_tokens(self.tokens[first:last])


def join_tokens(tokens: list[Token]) -> str:
    """Tokens as one line of text, with the spacing of C declarations."""
    out = ""
    previous = ""
    for token in tokens:
        if token.skipped or token.kind == "#":
            continue
        text = token.text
        glue = previous in ("*", "(", "[", ".", "->", "&", "!", "~", "") or text in (
            ")", "]", "[", ",", ";", ".", "->", "(")
        if previous == "*" and text == "*":
            glue = True
        if previous == "sizeof" and text == "(":
            glue = False
        out += text if glue else " " + text
        previous = text
    return out


__all__ = ["Declaration", "Member", "Outline", "Parameter", "join_tokens", "matching_open"]
