"""Whether the text of a function shows that a pointer is not null at some place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.dataflow import (
    Facts,
    Path,
    expression_end,
    is_prefix,
    strip,
)
from portkit.rewrite.statements import (
    control_head,
    statement_close,
)
from portkit.rules.pattern import (
    Span,
    matching_close,
    matching_open,
    postfix_start,
)


class Nullness:
    """`waiting`: the calls (file, token) whose result is never null."""

    def __init__(self, facts: Facts, waiting: set[tuple[SourceFile, int]]) -> None:
        self.facts = facts
        self.waiting = waiting

    def shown(self, file: SourceFile, function: Declaration, path: Path, at: int) -> bool:
        """Whether a pointer is not null at token `at` of a function."""
        facts = self.facts
        tokens = file.tokens
        text = path.text
        if self._tested(file, function, text, at):
            return True
        name = re.match(r"\w+", text)
        if name is None:
            return False
        last = name.group() if not path.member else path.member
        for where, number in facts.index.get(last, ()):
            if where is not file or not function.body[0] <= number < at:
                continue
            start = number if not path.member else postfix_start(tokens, number + 1)
            if start < 0 or "".join(token.text for token in tokens[start : number + 1]) != text:
                continue
            after = number + 1
            if self._cleared(file, function, path, after, at):
                continue
            if tokens[after].text == "=":
                value = strip(tokens, (after + 1, expression_end(tokens, after + 1)))
                if (
                    (file, value[0]) in self.waiting or self._first_of_full(file, number, value)
                ) and facts.always_before(file, function, number, at):
                    return True
            elif self._uses(tokens, start, after) and facts.always_before(file, function, number, at):
                return True
        return False

    @staticmethod
    def _uses(tokens: Sequence[Token], start: int, after: int) -> bool:
        """A dereference, an assertion that it is there, or a list macro that follows it."""
        if tokens[after].text in ("->", "["):
            return tokens[start - 1].text != "sizeof" and tokens[start - 2].text != "sizeof"
        if tokens[start - 1].text == "*" and is_prefix(tokens, start - 1):
            return tokens[start - 2].text != "(" or tokens[start - 3].text != "sizeof"
        if tokens[after].text == "!=" and tokens[after + 1].text == "NULL":
            return tokens[start - 1].text == "(" and tokens[start - 2].text in ("KASSERT", "MPASS")
        opening = start - 1
        return (
            tokens[opening].text in ("(", ",")
            and tokens[after].text == ","
            and any(
                tokens[number].text.endswith(("_REMOVE", "_INSERT_HEAD", "_INSERT_TAIL"))
                for number in range(max(0, start - 8), start)
            )
        )

    def _cleared(self, file: SourceFile, function: Declaration, path: Path, first: int, last: int) -> bool:
        """Whether the pointer gets another value between two tokens."""
        tokens = file.tokens
        if tokens[first].text == "=":
            first = expression_end(tokens, first + 1)
        base = re.match(r"\w+", path.text)
        if base is not None and self.facts.is_changed(file, function, base.group(), first, last):
            return True
        return bool(path.member) and any(
            where is file and first <= at < last
            for where, at, _ in self.facts.member_stores(path.owner, path.member, path.subscripts)
        )

    def _first_of_full(self, file: SourceFile, at: int, value: Span) -> bool:
        """`while (!X_EMPTY(h)) { p = X_FIRST(h); ...`"""
        tokens = file.tokens
        first = tokens[value[0]].text
        if not first.endswith("_FIRST"):
            return False
        block = at
        depth = 0
        while block > 0 and depth >= 0:
            block -= 1
            depth += {"}": 1, "{": -1}.get(tokens[block].text, 0)
        if tokens[block - 1].text != ")":
            return False
        opening = matching_open(tokens, block - 1)
        condition = "".join(token.text for token in tokens[opening:block])
        head = "".join(token.text for token in tokens[value[0] + 1 : value[1]])
        return (
            tokens[opening - 1].text in ("while", "if")
            and condition == f"(!{first[: -len('_FIRST')]}_EMPTY{head})"
        )

    def _tested(self, file: SourceFile, function: Declaration, text: str, at: int) -> bool:
        """Under an `if` that holds only when the pointer is not null, or behind one that leaves if it is."""
        tokens = file.tokens
        heads = []
        head = control_head(tokens, at)
        if head is not None:
            heads.append((head, at))
            outer = control_head(tokens, head)
            while outer is not None:
                heads.append((outer, head))
                head, outer = outer, control_head(tokens, outer)
        for brace in reversed(self.facts.blocks(file, function, at)[1:]):
            if tokens[brace - 1].text == ")":
                opening = matching_open(tokens, brace - 1)
                heads.append((opening - 1, brace))
            elif tokens[brace - 1].text == "else":
                heads.append((brace - 1, brace))
        name = re.match(r"\w+", text)
        for head, inside in heads:
            word = tokens[head].text
            if word not in ("if", "while") and "FOREACH" not in word:
                continue
            opening = head + 1
            close = matching_close(tokens, opening)
            condition = [token.text for token in tokens[opening + 1 : close]]
            if inside < close or (name and self.facts.is_changed(file, function, name.group(), close, at)):
                continue
            if "FOREACH" in word:
                if "".join(_first_argument(condition)) == text and not word.startswith("CPU"):
                    return True
                continue
            if "||" not in condition and any(_says_not_null(part, text) for part in _conjuncts(condition)):
                return True
        # if (p == NULL) return ...;
        for where, number in self.facts.index.get("if", ()):
            if where is not file or not function.body[0] <= number < at:
                continue
            close = matching_close(tokens, number + 1)
            asked = "".join(token.text for token in tokens[number + 2 : close])
            if asked in (f"{text}==NULL", f"!{text}", f"NULL=={text}") or re.fullmatch(
                rf"\({re.escape(text)}=.*\)==NULL", asked
            ):
                body_end = statement_close(tokens, close + 1)
                body = [token.text for token in tokens[close + 1 : body_end]]
                if (
                    body_end <= at
                    and _leaves(body)
                    and tokens[body_end].text != "else"
                    and self.facts.always_before(file, function, number, at)
                    and not (name and self.facts.is_changed(file, function, name.group(), body_end, at))
                ):
                    return True
        return False


def _first_argument(texts: list[str]) -> list[str]:
    return texts[: texts.index(",")] if "," in texts else texts


def _conjuncts(texts: list[str]) -> list[str]:
    out, depth = [""], 0
    for text in texts:
        depth += (text == "(") - (text == ")")
        if text == "&&" and depth == 0:
            out.append("")
        else:
            out[-1] += text
    return out


def _says_not_null(part: str, text: str) -> bool:
    while part.startswith("(") and part.endswith(")") and part.count("(") == 1:
        part = part[1:-1]
    return (
        part in (text, f"{text}!=NULL", f"NULL!={text}", f"{text}!=0")
        or bool(re.fullmatch(rf"\({re.escape(text)}=[^=].*\)!=NULL", part))
        or bool(re.fullmatch(rf"\(?{re.escape(text)}=[^=].*\)?", part))
        and not part.endswith("NULL")
    )


def _leaves(body: list[str]) -> bool:
    words = [text for text in body if text not in ("{", "}", ";")]
    return bool(words) and any(
        text in ("return", "goto", "continue", "break", "panic") for text in body[-12:]
    )
