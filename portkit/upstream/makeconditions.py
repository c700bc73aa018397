"""The expressions of .if (make(1), CONDITIONALS)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import PortkitError
from .makelines import Line, closing

if TYPE_CHECKING:
    from .makefile import Makefile


class ConditionParser:
    """The expressions of .if (make(1), CONDITIONALS)."""

    OPERATORS = ("==", "!=", "<=", ">=", "<", ">")

    def __init__(self, makefile: Makefile, text: str, line: Line | None, default: str) -> None:
        self.mk, self.text, self.line, self.default = makefile, text, line, default
        self.at = 0

    def parse(self) -> bool:
        answer = self._or()
        self._space()
        if self.at != len(self.text):
            raise self._error()
        return answer

    def _error(self) -> PortkitError:
        rest = self.text[self.at:]
        return self.mk.error(f"cannot read the condition `{self.text}' from `{rest}' on", self.line)

    def _space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def _take(self, token: str) -> bool:
        self._space()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def _or(self) -> bool:
        answer = self._and()
        while self._take("||"):
            answer = self._and() or answer
        return answer

    def _and(self) -> bool:
        answer = self._not()
        while self._take("&&"):
            answer = self._not() and answer
        return answer

    def _not(self) -> bool:
        self._space()
        if self.text.startswith("!", self.at) and not self.text.startswith("!=", self.at):
            self.at += 1
            return not self._not()
        if self._take("("):
            answer = self._or()
            if not self._take(")"):
                raise self._error()
            return answer
        return self._term()

    def _term(self) -> bool:
        match = re.compile(r"(defined|empty|exists|target|make|commands)\s*\(").match(self.text, self.at)
        if match:
            end = closing(self.text, match.end() - 1)
            if end is None:
                raise self._error()
            argument = self.text[match.end():end].strip()
            self.at = end + 1
            return self._function(match.group(1), argument)
        left, bare = self._operand()
        for operator in self.OPERATORS:
            if self._take(operator):
                return _compare(left, operator, self._operand()[0])
        if bare and not _number(left):
            return self._function(self.default, left)
        return _truth(left)

    def _function(self, name: str, argument: str) -> bool:
        mk = self.mk
        if name == "empty":
            return not mk.variable(argument, self.line, 0).strip()
        argument = mk.expand(argument, self.line)
        if name == "defined":
            return argument in mk.variables
        if name == "exists":
            return mk.exists(argument)
        if name in ("target", "commands"):
            return any(argument in rule.targets for rule in mk.rules)
        return argument in ("all",)         # make(x): which target was asked for; here always the default one

    def _operand(self) -> tuple[str, bool]:
        """An operand's expanded text, and whether it was a bare word."""
        self._space()
        text, at = self.text, self.at
        if at >= len(text):
            raise self._error()
        if text[at] == '"':
            end = at + 1
            while end < len(text) and text[end] != '"':
                if text[end] == "\\":
                    end += 1
                elif text[end] == "$" and text[end + 1:end + 2] in ("{", "("):
                    end = closing(text, end + 1) or end
                end += 1
            if end >= len(text):
                raise self._error()
            self.at = end + 1
            return self.mk.expand(text[at + 1:end], self.line), False
        end = at
        while end < len(text) and not (text[end] in " \t)&|" or text.startswith(self.OPERATORS, end)):
            if text[end] == "$" and text[end + 1:end + 2] in ("{", "("):
                bracket = closing(text, end + 1)
                if bracket is None:
                    raise self._error()
                end = bracket
            end += 1
        if end == at:
            raise self._error()
        self.at = end
        return self.mk.expand(text[at:end], self.line), "$" not in text[at:end]


def _number(text: str) -> bool:
    try:
        _value(text)
    except ValueError:
        return False
    return True


def _value(text: str) -> float:
    return float(int(text, 16)) if text.lower().startswith("0x") else float(text)


def _truth(text: str) -> bool:
    return _value(text) != 0 if _number(text) else bool(text.strip())


def _compare(left: str, operator: str, right: str) -> bool:
    if _number(left) and _number(right):
        a, b = _value(left), _value(right)
        return {"==": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[operator]
    return {"==": left == right, "!=": left != right}.get(operator, False)
