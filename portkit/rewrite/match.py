"""Run the rule tables over a file: every place that a row matches becomes an edit."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref
from portkit.rewrite.context import Context, Region
from portkit.rewrite.edit import PRIORITY_RULE, PRIORITY_USER, Edit, Kept, Part
from portkit.rules.loader import Rule
from portkit.rules.pattern import CLOSE, OPEN, Span, match_at, matching_open

_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}


def match_file(context: Context, region: Region) -> list[Edit]:
    """Edits of all rows that match in a region."""
    edits: list[Edit] = []
    by_anchor = context.rules.by_anchor
    tokens = region.tokens
    for position, token in enumerate(tokens):
        if token.kind != "i":
            continue
        rules = by_anchor.get(token.text)
        if rules is None:
            continue
        ref = token.ref
        external = isinstance(ref, Ref) and ref.external
        for rule in rules:
            if rule.own == external:
                continue
            found = match_at(rule.pattern, tokens, position)
            if found is None:
                continue
            span, bound = found
            place = _Place(context, region, span)
            if _holds(rule, context, region, bound, place):
                edit = _edit(rule, context, region, span, bound, place)
                if edit is not None:
                    if rule.mends:
                        context.mends.add((region.file.path, region.file.line(edit.start), rule))
                    edits.append(edit)
                    edits.extend(_locals(rule, context, place))
    return edits


def _locals(rule: Rule, context: Context, place: _Place) -> list[Edit]:
    """Declarations that a row wants at the head of the function it changed, each once."""
    function = place.function
    if function is None:
        return []
    file = place.region.file
    brace = file.tokens[function.body[0] - 1].end
    out = []
    for text in rule.locals:
        key = (file.path, function.name, text)
        if key not in context.once:
            context.once.add(key)
            out.append(Edit(brace, brace, (f"\n\t{text};",), rule.id, rule.kind, verbatim_indent=True))
    return out


class _Place:
    """Where a match stands, worked out when a guard asks."""

    def __init__(self, context: Context, region: Region, span: Span) -> None:
        self.context = context
        self.region = region
        self.span = span
        self._function: Declaration | None = None
        self._looked = False

    @property
    def function(self) -> Declaration | None:
        if not self._looked:
            self._looked = True
            if self.region.directive is None:
                self._function = self.context.outline(self.region.file).function_at(self.span[0])
        return self._function

    def inside_if(self, word: str) -> bool:
        """In the body of an `if` whose condition holds only when `word` does."""
        tokens = self.region.tokens
        function = self.function
        stop = function.body[0] - 1 if function is not None else -1
        at = self.span[0]
        while at > stop:
            at = _enclosing(tokens, at, stop)
            if at <= stop:
                return False
            if tokens[at].text == "if":
                opening = at + 1
                depth = 0
                has = either = False
                number = opening
                while number < len(tokens):
                    text = tokens[number].text
                    if text in OPEN:
                        depth += 1
                    elif text in CLOSE:
                        depth -= 1
                        if depth == 0:
                            break
                    elif text == word and tokens[number - 1].text != "!":
                        has = True
                    elif text == "||":
                        either = True
                    number += 1
                if has and not either:
                    return True
        return False

    def device(self) -> str:
        """The enclosing function's parameter of type device_t; '' where there is none."""
        function = self.function
        if function is None:
            return ""
        for parameter in function.params:
            if parameter.type_text.split() == ["device_t"] and parameter.name:
                return parameter.name
        return ""


def _enclosing(tokens: Sequence[Token], at: int, stop: int) -> int:
    """Index of the `if`, `else` or `{` that the statement at `at` stands under; `stop` when there is none."""
    number = at - 1
    depth = 0
    while number > stop:
        text = tokens[number].text
        if text in CLOSE:
            if text == ")" and depth == 0:
                opening = matching_open(tokens, number)
                if opening > 0 and tokens[opening - 1].text in ("if", "while", "for", "switch"):
                    return opening - 1
                number = opening - 1
                continue
            if text == "}" and depth == 0:
                number = matching_open(tokens, number) - 1
                continue
            depth += 1
        elif text in OPEN:
            if depth == 0:
                if text == "{":
                    previous = number - 1
                    if tokens[previous].text == ")":
                        opening = matching_open(tokens, previous)
                        if opening > 0 and tokens[opening - 1].text in ("if", "while", "for", "switch"):
                            return opening - 1
                    return number
                number -= 1
                continue
            depth -= 1
        elif depth == 0 and text == ";":
            # Statements before this one in the same block: on to the brace that opens it.
            number = _block_open(tokens, number, stop)
            if number <= stop:
                return stop
            number += 1
        number -= 1
    return stop


def _block_open(tokens: Sequence[Token], at: int, stop: int) -> int:
    depth = 0
    number = at
    while number > stop:
        text = tokens[number].text
        if text in CLOSE:
            depth += 1
        elif text in OPEN:
            if depth == 0:
                return number
            depth -= 1
        number -= 1
    return stop


def _holds(rule: Rule, context: Context, region: Region, bound: dict[str, Span], place: _Place) -> bool:
    for name, guard in rule.where.items():
        span = bound[name]
        tokens = region.tokens[span[0]:span[1]]
        texts = [token.text for token in tokens]
        if "is" in guard and not _is(texts, guard["is"]):
            return False
        if "not" in guard and _is(texts, guard["not"]):
            return False
        if "has" in guard and not any(word in texts for word in _list(guard["has"])):
            return False
        if "hasnot" in guard and any(word in texts for word in _list(guard["hasnot"])):
            return False
        if "ref" in guard and not (set(_list(guard["ref"])) & set(texts[-1:] + _last_name(texts))):
            return False
        if "const" in guard and guard["const"] != all(
                token.kind in ("n", "p", "c") or (token.kind == "i" and token.text.isupper()) for token in tokens):
            return False
        if "type" in guard:
            wanted = _list(guard["type"])
            actual = context.program.type_of(root_token(tokens)) if tokens else ""
            if actual not in wanted:
                return False
    for key, value in rule.within.items():
        if key == "if" and not place.inside_if(value):
            return False
        if key == "function" and (place.function is None or place.function.name != value):
            return False
        if key == "role" and (place.function is None
                              or not set(_list(value)) & context.roles.get(place.function.name, set())):
            return False
        if key == "returns" and (place.function is None or value not in place.function.returns.split()):
            return False
    if rule.release:
        found = re.fullmatch(r"\s*(>=|<=|==|>|<)\s*(\d+)\s*", rule.release)
        if found is None or not _COMPARE[found.group(1)](context.program.freebsd_version, int(found.group(2))):
            return False
    if rule.unused is not None:
        tokens_all = region.tokens
        first, last = place.span
        whole = (first == 0 or tokens_all[first - 1].text in (";", "{", "}", ":", ")", "else", "do")
                 or tokens_all[first - 1].kind == "#") and last < len(tokens_all) and tokens_all[last].text == ";"
        if whole != rule.unused:
            return False
    return True


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _is(texts: list[str], wanted: object) -> bool:
    joined = "".join(texts)
    return any(joined == "".join(item.split()) for item in _list(wanted))


def _last_name(texts: list[str]) -> list[str]:
    names = [text for text in texts if re.fullmatch(r"[A-Za-z_]\w*", text)]
    return names[-1:]


_BINARY = [("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="), ("?",), ("||",), ("&&",), ("|",),
           ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"), ("+", "-"), ("*", "/", "%")]


def root_token(tokens: Sequence[Token]) -> Token:
    """The token whose cursor stands for a whole expression: its loosest operator, or its last name."""
    while len(tokens) > 2 and tokens[0].text == "(" and _closes_at(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    for level in _BINARY:
        depth = 0
        for number in range(len(tokens) - 1, 0, -1):
            text = tokens[number].text
            if text in CLOSE:
                depth += 1
            elif text in OPEN:
                depth -= 1
            elif depth == 0 and text in level and not _is_prefix(tokens, number):
                return tokens[number]
    first = tokens[0]
    if first.text in ("&", "*", "!", "~", "-", "+", "++", "--", "sizeof"):
        return first
    if first.text == "(" and _closes_at(tokens, 0) < len(tokens) - 1:
        return first                    # a cast
    last = tokens[-1]
    if last.text in (")", "]"):
        opening = matching_open(tokens, len(tokens) - 1)
        return tokens[opening] if opening >= 0 else last
    return last


def _is_prefix(tokens: Sequence[Token], number: int) -> bool:
    previous = tokens[number - 1].text
    return previous in OPEN or previous in (",", "=", "return", "?", ":") or (
        tokens[number - 1].kind == "p" and previous not in CLOSE and previous not in ("++", "--")) \
        or (previous == ")" and _is_cast(tokens, number - 1))


def _is_cast(tokens: Sequence[Token], close: int) -> bool:
    opening = matching_open(tokens, close)
    if opening < 0 or (opening > 0 and (tokens[opening - 1].kind == "i" or tokens[opening - 1].text in CLOSE)):
        return False
    inside = tokens[opening + 1:close]
    return bool(inside) and (inside[-1].text == "*" or any(
        token.text in ("const", "struct", "unsigned", "char", "int", "long", "void") for token in inside))


def _closes_at(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for number in range(opening, len(tokens)):
        if tokens[number].text in OPEN:
            depth += 1
        elif tokens[number].text in CLOSE:
            depth -= 1
            if depth == 0:
                return number
    return len(tokens) - 1


def _edit(rule: Rule, context: Context, region: Region, span: Span, bound: dict[str, Span],
          place: _Place) -> Edit | None:
    start, end = region.bytes_of(span)
    parts: list[Part] = []
    if rule.kind == "residue":
        parts.append(Kept(start, end, raw=True))
    for piece in rule.emit:
        if piece.special:
            text = {"function": place.function.name if place.function else "", "dev": place.device(),
                    "release": str(context.program.freebsd_version)}[piece.special]
            if not text:
                return None
            parts.append(text)
        elif piece.name:
            one = bound[piece.name]
            if one[0] >= one[1]:
                _drop_comma(parts)
                continue
            first, last = region.bytes_of(one)
            filters = tuple(word for word in piece.filters if word != "raw")
            parts.append(Kept(first, last, filters, raw="raw" in piece.filters))
        else:
            parts.append(piece.text)
    if rule.pattern.statement and rule.emit_text.rstrip().count(";") > 1 and _is_unbraced(region.tokens, span[0]):
        parts = ["{\n\t", *(part.replace("\n", "\n\t") if isinstance(part, str) else part for part in parts), "\n}"]
    elif rule.pattern.statement and not rule.emit_text.strip() and rule.kind != "residue" and _is_unbraced(
            region.tokens, span[0]):
        parts = ["(void) 0;"]     # or what follows would be governed in its place
    specific = 4 * (len(rule.where) + len(rule.within)) + 3 * bool(rule.release) + 5 * (
        rule.unused is not None) + sum(
        element.literal for element in rule.pattern.elements)
    return Edit(start, end, tuple(parts), rule.id, rule.kind, why=rule.why,
                what=" ".join(region.file.text[start:end].split())[:80],
                priority=PRIORITY_USER if rule.user else PRIORITY_RULE, specific=specific,
                headers=rule.headers, support=rule.support, hint=rule.hint,
                discarded=_discarded(rule, region, bound))


def _discarded(rule: Rule, region: Region, bound: dict[str, Span]) -> tuple[tuple[int, int], ...]:
    """Arguments of a helper's call that a row matches and does not emit."""
    if rule.kind != "support":
        return ()
    emitted = {piece.name for piece in rule.emit}
    return tuple(region.bytes_of(span) for name, span in bound.items() if name not in emitted and span[0] < span[1])


def _is_unbraced(tokens: Sequence[Token], first: int) -> bool:
    """Whether a statement is the whole body of an `if`, `else` or loop, without braces."""
    if first == 0:
        return False
    before = tokens[first - 1]
    if before.text in ("else", "do"):
        return True
    if before.text != ")":
        return False
    opening = matching_open(tokens, first - 1)
    return opening > 0 and tokens[opening - 1].text in ("if", "for", "while")


def _drop_comma(parts: list[Part]) -> None:
    """`f(x, $rest...)` with nothing in the rest: the comma before it goes, too."""
    if parts and isinstance(parts[-1], str):
        stripped = parts[-1].rstrip()
        if stripped.endswith(","):
            parts[-1] = stripped[:-1]
