"""Branches that never run: what a [[never]] row says of a constant decides conditions and labels.

No value equals such a constant here, and no flag word has it set: `x == C` and `x & C` are false.  A `case` of nothing
but such constants goes with its statements, unless those above fall into them; an `if` that is decided goes, or leaves
the branch that is taken in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.dataflow import expression_end
from portkit.rewrite.statements import is_unbraced, statement_close
from portkit.rules.pattern import OPEN, Span, matching_close, matching_open, statement_start

Take = Callable[..., None]      # (file, start, end, why, what, comment=...) takes out bytes
Remove = Callable[[SourceFile, Span, Declaration, str, str], None]      # takes out a statement: ..., why, what
_JUMPS = ("break", "return", "continue", "goto", "panic")


class Never:
    """The decided branches of one function body, taken out through `take`."""

    def __init__(self, file: SourceFile, item: Declaration, reasons: dict[str, str],
                 zero: Callable[[SourceFile, int], str], gone: Callable[[SourceFile, int], str], take: Take,
                 remove: Remove) -> None:
        """`reasons`: of the constants; `zero`: the reason why the member at a token is always 0, or ''."""
        self.file = file
        self.tokens = file.tokens
        self.item = item
        self.reasons = reasons
        self.zero = zero
        self.gone = gone
        self.take = take
        self.remove = remove
        self.why = ""               # of the constant that decided last

    def run(self) -> None:
        """Take out what is decided."""
        at = self.item.body[0]
        while at < self.item.body[1]:
            token = self.tokens[at]
            if not token.skipped and not self.gone(self.file, token.start):
                if token.text == "case":
                    self._case(at)
                elif token.text == "if" and self.tokens[at + 1].text == "(":
                    self._if(at)
            at += 1

    # -- labels ----------------------------------------------------------------------------------------------

    def _constant(self, span: Span) -> str:
        """The reason if a span is one of the constants, in parentheses or not."""
        first, last = self._strip(span)
        if last - first != 1:
            return ""
        token = self.tokens[first]
        ref = token.ref
        if isinstance(ref, Ref) and not ref.external:
            return ""
        return self.reasons.get(token.text, "") if token.kind == "i" else ""

    def _case(self, at: int) -> None:
        """A `case` of a constant."""
        if self._group_start(at) == at:
            self._labels(at, lambda first, end: self._constant((first + 1, end - 1)))

    def label(self, at: int, why: str) -> None:
        """Take out one `case`, whatever its value."""
        self._labels(self._group_start(at), lambda first, end: why if first == at else "")

    def _labels(self, at: int, reason: Callable[[int, int], str]) -> None:
        """Of the labels in a row from a token on those with a reason go, with the statements when none is left."""
        tokens = self.tokens
        labels: list[tuple[int, int, str]] = []
        place = at
        while tokens[place].text in ("case", "default"):
            end = label_end(tokens, place, self.item.body[1])
            if not self.gone(self.file, tokens[place].start):
                labels.append((place, end, reason(place, end) if tokens[place].text == "case" else ""))
            place = end
        dead = [label for label in labels if label[2]]
        if dead and len(dead) == len(labels) and not self._falls_in(at):
            names = ", ".join(tokens[first + 1].text for first, _, _ in labels)
            self.take(self.file, tokens[at].start, self._comment_end(self._body_end(place)), dead[0][2],
                      f"in {self.item.name}(): case {names}")
            return
        for first, end, why in dead:
            self.take(self.file, tokens[first].start, tokens[end - 1].end, why,
                      f"in {self.item.name}(): case {tokens[first + 1].text}")

    def _comment_end(self, end: int) -> int:
        """The end of a case's text, with the comment that says that it falls into the next one."""
        start, stop = self.tokens[end - 1].end, self.tokens[end].start
        last = start
        for first, behind in self.file.lexed.comments:
            if start <= first and behind <= stop and "fall" in self.file.text[first:behind].lower():
                last = behind
        return last

    def _group_start(self, at: int) -> int:
        """The first of the labels in a row that the one at `at` is part of."""
        start = at
        while self.tokens[start - 1].text == ":":
            number = start - 2
            while number > self.item.body[0] and self.tokens[number].text not in (
                    "case", "default", ";", "{", "}"):
                number -= 1
            if self.tokens[number].text not in ("case", "default"):
                break
            start = number
        return start

    def _falls_in(self, label: int) -> bool:
        """Whether the statement above a label goes on into it."""
        tokens = self.tokens
        before = tokens[label - 1].text
        if before == "{":
            return False
        if before == "}":
            opening = matching_open(tokens, label - 1)
            if tokens[opening - 1].text != ":":
                return True
            return self._falls_in(label - 1)
        if before != ";":
            return True
        return tokens[statement_start(tokens, label - 1)].text not in _JUMPS

    def _body_end(self, at: int) -> int:
        """Index behind the statements of a label: at the next label of the same switch, or its brace."""
        while at < self.item.body[1]:
            text = self.tokens[at].text
            if text in ("case", "default", "}"):
                return at
            at = matching_close(self.tokens, at) + 1 if text in OPEN else at + 1
        return at

    # -- conditions ------------------------------------------------------------------------------------------

    def _if(self, at: int) -> None:
        condition = (at + 2, matching_close(self.tokens, at + 1))
        value = self.value(condition)
        if value is None:
            self._operands(condition)
        else:
            self.decide(at, value, self.why)

    def decide(self, at: int, value: bool, why: str) -> None:
        """Take out an `if` whose condition always has this value, but for the branch that is taken."""
        tokens = self.tokens
        close = matching_close(tokens, at + 1)
        body_end = statement_close(tokens, close + 1)
        has_else = body_end < len(tokens) and tokens[body_end].text == "else"
        end = statement_close(tokens, body_end + 1) if has_else else body_end
        text = f"if ({self._text((at + 2, close))[:50]})"
        kept = (close + 1, body_end) if value else (body_end + 1, end)
        if (not value and not has_else) or self._is_empty(kept):
            self.remove(self.file, (at, end), self.item, why, text)
            return
        what = f"in {self.item.name}(): {text}"
        self._unwrap(at, kept, why, what)
        if value and has_else:
            self.take(self.file, tokens[body_end].start, tokens[end - 1].end, why, what, comment=False)

    def _is_empty(self, span: Span) -> bool:
        return [token.text for token in self.tokens[slice(*span)]] in (["{", "}"], [";"])

    def _unwrap(self, at: int, kept: Span, why: str, what: str) -> None:
        """Of an `if`, leave one branch only; without braces where nothing is declared in it."""
        tokens = self.tokens
        first, last = kept
        if tokens[first].text == "{" and not is_unbraced(tokens, at) and not self._declares(first):
            self.take(self.file, tokens[at].start, tokens[first + 1].start, why, what, comment=False)
            self.take(self.file, tokens[last - 2].end, tokens[last - 1].end, why, what, comment=False, quiet=True)
            self._outdent(tokens[first + 1].start, tokens[last - 2].end)
            return
        self.take(self.file, tokens[at].start, tokens[first].start, why, what, comment=False)
        self._outdent(tokens[first].start, tokens[last - 1].end)

    def _outdent(self, start: int, end: int) -> None:
        """The lines behind the first of a branch lose one tab."""
        text = self.file.text
        at = text.find("\n", start, end)
        while at >= 0:
            if text[at + 1:at + 2] == "\t":
                self.take(self.file, at + 1, at + 2, "", "", comment=False, quiet=True)
            at = text.find("\n", at + 1, end)

    def _declares(self, brace: int) -> bool:
        """Whether a block starts with a declaration: two words in a row, or a type's star."""
        tokens = self.tokens
        one, two = tokens[brace + 1], tokens[brace + 2]
        return one.kind == "i" and (two.kind == "i" or (two.text == "*" and tokens[brace + 3].kind == "i")) \
            and one.text not in ("return", "goto", "case", "else", "if", "while", "for", "switch", "do")

    def _operands(self, span: Span) -> None:
        """Operands of a condition that are decided, while the others are not."""
        for operator, decided in (("||", False), ("&&", True)):
            parts = self._split(span, (operator,))
            if len(parts) < 2:
                continue
            for number, part in enumerate(parts):
                if self.value(part) is decided and not self.gone(self.file, self.tokens[part[0]].start):
                    first = self.tokens[part[0]].start
                    last = self.tokens[part[1] - 1].end
                    if number + 1 < len(parts):
                        last = self.tokens[parts[number + 1][0]].start
                    else:
                        first = self.tokens[parts[number - 1][1] - 1].end
                    self.take(self.file, first, last, self.why,
                              f"in {self.item.name}(): {self._text(part)[:50]}", comment=False)
            return

    def value(self, span: Span) -> bool | None:
        """Whether a condition holds; None where it is not decided."""
        first, last = span = self._strip(span)
        if first >= last:
            return None
        tokens = self.tokens
        parts = self._split(span, ("||",))
        if len(parts) > 1:
            values = [self.value(part) for part in parts]
            return True if True in values else False if set(values) == {False} else None
        parts = self._split(span, ("&&",))
        if len(parts) > 1:
            values = [self.value(part) for part in parts]
            return False if False in values else True if set(values) == {True} else None
        for operator in ("==", "!=", ">"):
            parts = self._split(span, (operator,))
            if len(parts) == 2:
                return self._compared(parts[0], parts[1], operator)
        if tokens[first].text == "!":
            inner = self.value((first + 1, last))
            return None if inner is None else not inner
        parts = self._split(span, ("&",))
        if len(parts) == 2 and any(self._is(part) for part in parts):
            return False
        why = self.zero(self.file, last - 1) if self._is_path(span) else ""
        if why:
            self.why = why
            return False
        return None

    def _compared(self, one: Span, other: Span, operator: str) -> bool | None:
        if operator != ">" and (self._is(one) or self._is(other)):
            return operator == "!="
        for left, right in ((one, other), (other, one)):
            inner = self._strip(right)
            if inner[1] - inner[0] == 1 and self.tokens[inner[0]].text in ("0", "NULL") \
                    and self.value(left) is False:
                return operator == "=="
            if operator == ">":
                break
        return None

    def _is(self, span: Span) -> bool:
        why = self._constant(span)
        if why:
            self.why = why
        return bool(why)

    def _is_path(self, span: Span) -> bool:
        """`a->b.c`: names and member operators only."""
        return all(token.kind == "i" if number % 2 == 0 else token.text in ("->", ".")
                   for number, token in enumerate(self.tokens[span[0]:span[1]]))

    def _strip(self, span: Span) -> Span:
        first, last = span
        while last - first > 2 and self.tokens[first].text == "(" \
                and matching_close(self.tokens, first) == last - 1:
            first, last = first + 1, last - 1
        return first, last

    def _split(self, span: Span, operators: Sequence[str]) -> list[Span]:
        """The operands between operators of the outermost level."""
        out: list[Span] = []
        start = at = span[0]
        while at < span[1]:
            text = self.tokens[at].text
            if text in OPEN:
                at = matching_close(self.tokens, at)
            elif text in operators and at > start and self.tokens[at - 1].text not in (*OPEN, ",", "&&", "||", "=="):
                out.append((start, at))
                start = at + 1
            at += 1
        out.append((start, span[1]))
        return out

    def _text(self, span: Span) -> str:
        return " ".join(self.file.text[self.tokens[span[0]].start:self.tokens[span[1] - 1].end].split())


def label_end(tokens: Sequence[Token], at: int, stop: int) -> int:
    """Index behind the colon of the label at a token."""
    depth = 0
    while at < stop:
        text = tokens[at].text
        depth += (text == "?") - (text == ":")
        at += 1
        if text == ":" and depth < 0:
            break
    return at


def stores(tokens: Sequence[Token], at: int) -> str:
    """What is stored to the member or variable at a token: '' for a use that stores nothing, `0`, or `?`."""
    after = tokens[at + 1].text
    if after == "=":
        end = expression_end(tokens, at + 2)
        value = tokens[at + 2:end]
        return "0" if len(value) == 1 and value[0].text in ("0", "NULL", "FALSE", "false") else "?"
    if after in ("++", "--") or (len(after) > 1 and after.endswith("=") and after not in ("==", "!=", "<=", ">=")):
        return "?"
    return ""


def statements(tokens: Sequence[Token], first: int, last: int) -> Iterator[Span]:
    """The statements of a block, one after the other."""
    at = first
    while at < last:
        end = max(at + 1, statement_close(tokens, at))
        yield at, min(end, last)
        at = end


__all__ = ["Never", "label_end", "statements", "stores"]
