"""What passes need to know about values: calls, assignments, types and what is surely executed before what.

`Facts` reads the family once, by tokens.  It is no compiler's data flow: where the text does not show a
fact plainly, the answer is that it is not known, and the pass that asked leaves its hands off.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.structure import Declaration, Member
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Kept
from portkit.rewrite.statements import (
    HEADS,
    control_head,
    in_condition,
    starts_statement,
    unbraced_end,
)
from portkit.rules.pattern import (
    CLOSE,
    OPEN,
    Span,
    matching_close,
    matching_open,
    postfix_start,
    split_arguments,
)

CAST_MACROS = frozenset(("__DEVOLATILE", "__DECONST", "__DEQUALIFY"))
ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="))
_TYPE_WORDS = frozenset(
    (
        "struct",
        "union",
        "enum",
        "const",
        "volatile",
        "unsigned",
        "signed",
        "char",
        "short",
        "int",
        "long",
        "void",
        "float",
        "double",
        "static",
        "register",
        "extern",
    )
)


@dataclass(eq=False)
class Call:
    """One call, by token indices: `at` its name, `opening` its parenthesis, `end` behind the closing one."""

    name: str
    file: SourceFile
    at: int
    opening: int
    end: int
    args: list[Span]
    function: Declaration | None

    @property
    def tokens(self) -> Sequence[Token]:
        return self.file.tokens

    def texts(self, number: int) -> list[str]:
        return [token.text for token in self.tokens[slice(*self.args[number])]]

    def text(self, number: int) -> str:
        """An argument as its author wrote it, on one line."""
        first, last = self.args[number]
        return source_text(self.file, (first, last))

    def kept(self, number: int) -> Kept:
        first, last = self.args[number]
        return Kept(self.tokens[first].start, self.tokens[last - 1].end)


@dataclass(eq=False)
class Struct:
    """A structure that the family defines: its tag, or the typedef of an anonymous one."""

    name: str
    file: SourceFile
    item: Declaration

    @property
    def is_tagged(self) -> bool:
        """Whether `struct name` names it; a typedef of an anonymous structure goes without."""
        return self.item.kind == "struct" or self.item.name != self.name

    def member(self, name: str) -> Member | None:
        found = next((one for one in self.item.members if one.name == name), None)
        if found is None:  # `int a, b;` is known by its last name
            found = next(
                (
                    one
                    for one in self.item.members
                    if any(token.text == name for token in self.file.tokens[one.first : one.last])
                ),
                None,
            )
        return found

    def prefix(self) -> str:
        """What all names of the members begin with, `ch_`; '' when they have nothing in common."""
        names = [one.name for one in self.item.members]
        first = names[0].split("_", 1)[0] + "_" if names and "_" in names[0] else ""
        return first if len(names) > 1 and all(name.startswith(first) for name in names) else ""


@dataclass(frozen=True)
class Path:
    """`base->a.b[i]->c`: text in front of the last member, and that member; '' for a plain variable."""

    text: str  # the whole, white space dropped
    base: str  # text before the operator of the last member
    operator: str  # -> or .
    member: str
    owner: str  # structure that holds the member
    subscripts: int  # how many [..] follow the member or variable
    span: Span


class Facts:
    """Calls, assignments and structures of a family, found once a translation."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.index: dict[str, list[tuple[SourceFile, int]]] = {}
        self.structs: dict[str, Struct] = {}
        self.typedefs: dict[str, str] = {}
        self._starts: dict[SourceFile, tuple[list[int], list[Declaration]]] = {}
        self._local: dict[tuple[SourceFile, int, str], str] = {}
        self._globals: set[str] | None = None
        for file in context.files():
            functions = []
            for item in context.outline(file).declarations:
                if item.kind == "function":
                    functions.append(item)
                elif item.members:
                    self._struct(file, item)
            self._starts[file] = [item.first for item in functions], functions
            index = self.index
            for number, token in enumerate(file.tokens):
                if token.kind == "i" and not token.skipped:
                    found = index.get(token.text)
                    if found is None:
                        index[token.text] = [(file, number)]
                    else:
                        found.append((file, number))

    @classmethod
    def of(cls, context: Context) -> Facts:
        """The facts of a translation; read when the first pass asks, anew when files were dropped since."""
        key = f"facts {len(context.dropped_files)}"
        found = context.memo.get(key)
        if found is None:
            found = context.memo[key] = cls(context)
        return cast(Facts, found)

    def _struct(self, file: SourceFile, item: Declaration) -> None:
        name = item.name
        if item.kind == "typedef":
            tag = file.tokens[item.first + 2]
            if tag.kind == "i":
                self.typedefs[item.name] = tag.text
                name = tag.text
        elif item.kind != "struct":
            return
        if name:
            self.structs.setdefault(name, Struct(name, file, item))

    # -- places ----------------------------------------------------------------------------------------------

    def function_at(self, file: SourceFile, at: int) -> Declaration | None:
        starts, functions = self._starts[file]
        number = bisect.bisect_right(starts, at) - 1
        return functions[number] if number >= 0 and at < functions[number].last else None

    def calls(self, *names: str) -> Iterator[Call]:
        """Calls in the bodies of the family's functions; what is left out of the port does not count."""
        for name in names:
            for file, at in self.index.get(name, ()):
                tokens = file.tokens
                if at + 1 >= len(tokens) or tokens[at + 1].text != "(" or tokens[at - 1].text in (".", "->"):
                    continue
                function = self.function_at(file, at)
                if (
                    function is None
                    or at < function.body[0]
                    or function.name in self.context.dropped_functions
                ):
                    continue
                yield Call(
                    name,
                    file,
                    at,
                    at + 1,
                    matching_close(tokens, at + 1) + 1,
                    split_arguments(tokens, at + 1),
                    function,
                )

    def external(self, name: str) -> bool:
        """Whether a name is not one that the family defines itself."""
        return name not in self.program.own_names

    # -- expressions -----------------------------------------------------------------------------------------

    def path(self, file: SourceFile, span: Span) -> Path | None:
        """Read a variable or a member expression; None for anything else."""
        first, last = strip(file.tokens, span)
        tokens = file.tokens
        end, subscripts = last, 0
        while end - 1 > first and tokens[end - 1].text == "]":
            end = matching_open(tokens, end - 1)
            subscripts += 1
        if end <= first or tokens[end - 1].kind != "i" or tokens[end - 1].text in KEYWORDS:
            return None
        if end - first > 1 and postfix_start(tokens, end) != first:
            return None
        texts = "".join(token.text for token in tokens[first:last])
        if end - 1 == first:
            return Path(texts, "", "", "", "", subscripts, (first, last))
        operator = tokens[end - 2].text
        if operator not in ("->", "."):
            return None
        base = "".join(token.text for token in tokens[first : end - 2])
        return Path(
            texts,
            bare(base),
            operator,
            tokens[end - 1].text,
            self.owner(file, end - 1),
            subscripts,
            (first, last),
        )

    def owner(self, file: SourceFile, at: int) -> str:
        """The structure whose member the token at `at` names."""
        ref = file.tokens[at].ref
        if isinstance(ref, Ref) and ref.kind == "member" and ref.owner and "(" not in ref.owner:
            return self.typedefs.get(ref.owner, ref.owner)
        start = postfix_start(file.tokens, at - 1)
        if start < 0:
            return ""
        return self.tag(self.type_of(file, (start, at - 1)))

    def tag(self, type_text: str) -> str:
        """The structure that a type is, or points at: `struct foo *` and `foo_t` give `foo`."""
        if type_text.count("*") > 1 or "(" in type_text or "[" in type_text:
            return ""
        name = type_text.replace("*", "").strip()
        for word in ("struct ", "union "):
            if name.startswith(word):
                return name[len(word) :]
        return self.typedefs.get(name, name) if name in self.typedefs or name in self.structs else ""

    def type_of(self, file: SourceFile, span: Span) -> str:
        """The canonical type of an expression; '' where it is not plain."""
        tokens = file.tokens
        first, last = span
        while last - first > 2 and tokens[first].text == "(" and matching_close(tokens, first) == last - 1:
            first, last = first + 1, last - 1
        if first >= last:
            return ""
        head = tokens[first].text
        if head == "&":
            inner = self.type_of(file, (first + 1, last))
            return pointer_to(inner) if inner else ""
        if head == "*":
            return pointee(self.type_of(file, (first + 1, last)))
        cast_end = cast_close(tokens, first, last)
        if cast_end:
            words = [token.text for token in tokens[first + 1 : cast_end]]
            stars = words.count("*")
            base = " ".join(word for word in words if word not in ("*", "const", "volatile"))
            tag = self.typedefs.get(base)
            base = f"struct {tag}" if tag else base
            return f"{base} {'*' * stars}" if stars else base
        if tokens[last - 1].text == "]":
            opening = matching_open(tokens, last - 1)
            return element(self.type_of(file, (first, opening))) if opening > first else ""
        if tokens[last - 1].text == ")":
            opening = matching_open(tokens, last - 1)
            if opening - 1 == first:
                found = self.program.type_of(tokens[first])
                return found.split("(", 1)[0].strip() if "(" in found else ""
            return ""
        if tokens[last - 1].kind != "i":
            return ""
        found = self.program.type_of(tokens[last - 1])
        if not found and last - first == 1:
            found = self.variable_type(file, first)
        return found

    def variable_type(self, file: SourceFile, at: int) -> str:
        """The type of the variable that a token names, from a place in its function where clang tells."""
        function = self.function_at(file, at)
        return self.named_type(file, function, file.tokens[at].text)

    def named_type(self, file: SourceFile, function: Declaration | None, name: str) -> str:
        """The type of a variable by name, as a function sees it."""
        key = (file, function.first if function else -1, name)
        if key not in self._local:
            self._local[key] = ""
            places = [number for where, number in self.index.get(name, ()) if where is file]
            if function is not None:
                inner = [number for number in places if function.first <= number < function.last]
                places = inner + places
            for number in places:
                if file.tokens[number - 1].text in (".", "->", "struct", "union", "enum"):
                    continue
                found = self.program.type_of(file.tokens[number])
                if found:
                    self._local[key] = found
                    break
        return self._local[key]

    def is_global(self, file: SourceFile, function: Declaration, name: str) -> bool:
        """Whether a function sees a variable of file scope by this name."""
        if any(one.name == name for one in function.params):
            return False
        if self._globals is None:
            self._globals = {
                item.name
                for one in self.context.files()
                for item in self.context.outline(one).declarations
                if item.kind == "variable"
            }
        if name not in self._globals:
            return False
        tokens = file.tokens
        return not any(
            where is file
            and function.body[0] <= at < function.body[1]
            and (
                tokens[at - 1].kind == "i"
                and tokens[at - 1].text not in ("return", "else", "case", "goto", "sizeof")
                or (
                    tokens[at - 1].text == "*"
                    and tokens[at - 2].kind == "i"
                    and not is_prefix(tokens, at - 1)
                    and tokens[at - 3].text in (";", "{", "}", "struct", "const")
                )
            )
            for where, at in self.index.get(name, ())
        )

    def text_type(self, file: SourceFile, function: Declaration | None, text: str) -> str:
        """The type of `a->b.c` given as text (an expanded macro); '' where it is not plain."""
        words = re.findall(r"[A-Za-z_]\w*|->|\.|\S", text)
        if not words:
            return ""
        if words[0] == "&":
            inner = self.text_type(file, function, text.lstrip("& "))
            return pointer_to(inner) if inner else ""
        if any(word not in ("->", ".") and not word[0].isalpha() and word[0] != "_" for word in words):
            return ""
        found = self.named_type(file, function, words[0])
        for member in words[2::2]:
            struct = self.structs.get(self.tag(found))
            one = struct.member(member) if struct else None
            if struct is None or one is None:
                return ""
            text_of = self.program.type_of(
                next(token for token in struct.file.tokens[one.first : one.last] if token.text == member)
            )
            found = text_of or one.type_text
        return found

    # -- assignments -----------------------------------------------------------------------------------------

    def local_assignments(self, file: SourceFile, function: Declaration, name: str) -> list[tuple[int, Span]]:
        """`name = expression` in a function: (token of the name, span of the expression)."""
        out = []
        tokens = file.tokens
        for where, at in self.index.get(name, ()):
            if (
                where is file
                and function.first <= at < function.last
                and tokens[at + 1].text == "="
                and tokens[at - 1].text not in (".", "->")
                and not is_deref(tokens, at)
            ):
                out.append((at, (at + 2, expression_end(tokens, at + 2))))
        return out

    def is_changed(
        self, file: SourceFile, function: Declaration, name: str, first: int, last: int, through: bool = False
    ) -> bool:
        """Whether a variable (`through`: or what it points at) may be changed between two tokens."""
        tokens = file.tokens
        for where, at in self.index.get(name, ()):
            if where is not file or not first <= at < last or tokens[at - 1].text in (".", "->"):
                continue
            if (
                tokens[at + 1].text in ASSIGNMENTS
                or tokens[at + 1].text in ("++", "--")
                or tokens[at - 1].text in ("++", "--")
                or (
                    tokens[at - 1].text == "&"
                    and is_prefix(tokens, at - 1)
                    and tokens[at + 1].text not in ("->", "[")
                )
            ):
                if through or not is_deref(tokens, at):
                    return True
            elif tokens[at - 1].text == "(" and "FOREACH" in tokens[at - 2].text:
                return True
        return False

    def member_stores(
        self, owner: str, member: str, subscripts: int = 0
    ) -> list[tuple[SourceFile, int, str]]:
        """Places that change a member, or the element that `subscripts` name: (file, token, operator)."""
        out = []
        for file, at in self.index.get(member, ()):
            tokens = file.tokens
            if tokens[at - 1].text not in (".", "->"):
                continue
            after, depth = at + 1, 0
            while tokens[after].text == "[":
                after = matching_close(tokens, after) + 1
                depth += 1
            if depth != subscripts:
                continue
            operator = tokens[after].text
            changed = operator in ASSIGNMENTS or operator in ("++", "--")
            if not changed:
                start = postfix_start(tokens, at + 1)
                changed = start > 0 and (
                    tokens[start - 1].text in ("++", "--")
                    or (
                        tokens[start - 1].text == "&"
                        and is_prefix(tokens, start - 1)
                        and operator not in ("->", ".")
                    )
                )
                operator = "&"
                if changed and self._only_shown(tokens, start):
                    continue
            if changed and self.owner(file, at) in (owner, ""):
                out.append((file, at, operator))
        return out

    @staticmethod
    def _only_shown(tokens: Sequence[Token], at: int) -> bool:
        """An address that goes to a read-only sysctl."""
        depth = 0
        number = at
        while number > 0 and depth >= 0 and tokens[number].text not in (";", "{", "}"):
            number -= 1
            depth += (tokens[number].text in CLOSE) - (tokens[number].text in OPEN)
        if not tokens[number - 1].text.startswith("SYSCTL_"):
            return False
        words = {token.text for token in tokens[number:at]}
        return "CTLFLAG_RD" in words and not words & {"CTLFLAG_TUN", "CTLFLAG_RDTUN"}

    def is_constant(self, token: Token, function: Declaration | None = None) -> bool:
        """A number, an enumerator or an object-like macro made of such."""
        if token.kind in ("n", "c"):
            return True
        if token.kind != "i":
            return False
        if isinstance(token.ref, Ref):
            if token.ref.kind == "enumerator":
                return True
            if token.ref.kind in ("param", "variable", "member", "function"):
                return False
        directive = self.program.own_macros.get(token.text)
        if directive is not None:
            return directive.params is None and all(
                word.kind in ("n", "p", "c")
                or word.text in KEYWORDS
                or word.text.isupper()
                or (isinstance(word.ref, Ref) and word.ref.kind in ("tag", "type", "macro", "enumerator"))
                or self.is_constant(word)
                or word.text in self.structs
                for word in directive.body
            )
        return token.text.isupper() and token.text not in self.program.local_names

    # -- order of execution ----------------------------------------------------------------------------------

    def blocks(self, file: SourceFile, function: Declaration, at: int) -> list[int]:
        """The braces open at a token, outermost first."""
        stack = [function.body[0] - 1]
        for number in range(function.body[0], min(at, function.body[1])):
            token = file.tokens[number]
            if token.skipped:
                continue
            if token.text == "{":
                stack.append(number)
            elif token.text == "}" and len(stack) > 1:
                stack.pop()
        return stack

    def always_before(self, file: SourceFile, function: Declaration, one: int, other: int) -> bool:
        """Whether the statement at token `one` has run whenever the one at `other` does."""
        if one >= other:
            return False
        tokens = file.tokens
        block = self.blocks(file, function, one)[-1]
        if block not in self.blocks(file, function, other):
            return False
        head = control_head(tokens, one)
        if head is not None:
            # In the condition of an `if` it runs, unless && or || leave it out; in an unbraced body not.
            opening = head + 1
            if not (tokens[opening].text == "(" and opening < one < matching_close(tokens, opening)):
                return (
                    head <= other
                    and unbraced_end(tokens, head) > other
                    and self._same_arm(tokens, head, one, other)
                )
            if any(token.text in ("&&", "||", "?") for token in tokens[opening:one]):
                return False
        return not self._joins(file, function, one, other, block)

    @staticmethod
    def _same_arm(tokens: Sequence[Token], head: int, one: int, other: int) -> bool:
        """Both in the one unbraced statement under a head."""
        return not any(token.text in (";", "else") for token in tokens[one:other])

    def _joins(self, file: SourceFile, function: Declaration, one: int, other: int, block: int) -> bool:
        """Whether a label between the two can be reached without passing the first."""
        tokens = file.tokens
        for number in range(one, other):
            token = tokens[number]
            if token.text in ("case", "default") and self.blocks(file, function, number)[-1] == block:
                return True
            if (
                token.text == ":"
                and tokens[number - 1].kind == "i"
                and tokens[number - 2].text in (";", "{", "}")
                and tokens[number - 1].text not in ("default",)
            ):
                label = tokens[number - 1].text
                for where, at in self.index.get(label, ()):
                    if where is file and function.first <= at < one and tokens[at - 1].text == "goto":
                        return True
        return False

    def held(
        self, file: SourceFile, function: Declaration, at: int, actions: Sequence[tuple[int, str, str]]
    ) -> dict[str, int]:
        """Locks held at a token: text -> where taken.  `actions`: (token, acquire or release, lock)."""
        around = set(self.blocks(file, function, at))
        out: dict[str, int] = {}
        for where, action, lock in actions:
            if where >= at:
                break
            if (
                not function.first <= where < function.last
                or self.blocks(file, function, where)[-1] not in around
            ):
                continue
            head = control_head(file.tokens, where)
            if (
                head is not None
                and file.tokens[head].text != "do"
                and not in_condition(file.tokens, head, where)
            ):
                continue
            if action == "acquire":
                out[lock] = where
            elif action == "release":
                out.pop(lock, None)
        return out

    # -- statements ----------------------------------------------------------------------------------------

    # -- statements ------------------------------------------------------------------------------------------

    def whole_statement(self, call: Call) -> Span | None:
        """The statement, `;` included, that is nothing but the call, or `(void)` and the call."""
        tokens = call.tokens
        if call.end >= len(tokens) or tokens[call.end].text != ";":
            return None
        start = call.at
        if start >= 3 and [token.text for token in tokens[start - 3 : start]] == ["(", "void", ")"]:
            start -= 3
        return (start, call.end + 1) if starts_statement(tokens, start) else None

    # -- macros ----------------------------------------------------------------------------------------------

    def expand(self, texts: Sequence[str], depth: int = 4) -> list[str]:
        """Words with the family's own macros replaced by their bodies."""
        out: list[str] = []
        at = 0
        while at < len(texts):
            directive = self.program.own_macros.get(texts[at])
            if directive is None or depth == 0 or not directive.body or len(directive.body) > 60:
                out.append(texts[at])
                at += 1
                continue
            body = [token.text for token in directive.body]
            if directive.params is None:
                out.extend(self.expand(body, depth - 1))
                at += 1
                continue
            if at + 1 >= len(texts) or texts[at + 1] != "(":
                out.append(texts[at])
                at += 1
                continue
            close, args = _word_arguments(texts, at + 1)
            if len(args) == len(directive.params):
                values = dict(zip(directive.params, args, strict=True))
                body = [word for name in body for word in values.get(name, [name])]
                out.extend(self.expand(body, depth - 1))
            else:
                out.extend(texts[at : close + 1])
            at = close + 1
        return out


def _word_arguments(texts: Sequence[str], opening: int) -> tuple[int, list[list[str]]]:
    depth = 0
    args: list[list[str]] = [[]]
    for number in range(opening, len(texts)):
        text = texts[number]
        if text in OPEN:
            depth += 1
            if depth == 1:
                continue
        elif text in CLOSE:
            depth -= 1
            if depth == 0:
                return number, args
        if text == "," and depth == 1:
            args.append([])
        else:
            args[-1].append(text)
    return len(texts) - 1, args


def expression_end(tokens: Sequence[Token], first: int) -> int:
    """Index behind the expression that starts at a token: at the `;`, `,` or closing bracket that ends it."""
    at = first
    while at < len(tokens):
        text = tokens[at].text
        if text in OPEN:
            at = matching_close(tokens, at)
        elif text in CLOSE or text in (";", ","):
            return at
        at += 1
    return at


def is_prefix(tokens: Sequence[Token], at: int) -> bool:
    """Whether the `&` or `*` at a token has one operand only."""
    before = tokens[at - 1]
    if before.text in CLOSE:
        if before.text != ")":
            return before.text == "}"
        opening = matching_open(tokens, at - 1)
        return opening > 0 and (tokens[opening - 1].text in HEADS or is_cast_span(tokens, opening, at - 1))
    return before.kind in ("p", "#") or before.text in ("return", "else", "do", "case", "sizeof")


def is_deref(tokens: Sequence[Token], at: int) -> bool:
    """`*name` as an lvalue, not the declarator of a pointer."""
    return tokens[at - 1].text == "*" and is_prefix(tokens, at - 1)


def is_cast_span(tokens: Sequence[Token], opening: int, close: int) -> bool:
    """Whether the parentheses hold a type's name."""
    inside = tokens[opening + 1 : close]
    if not inside or (
        opening > 0 and tokens[opening - 1].kind == "i" and tokens[opening - 1].text != "return"
    ):
        return False
    if any(token.text in _TYPE_WORDS for token in inside) and all(
        token.kind == "i" or token.text == "*" for token in inside
    ):
        return True
    if all(token.kind == "i" or token.text == "*" for token in inside) and inside[-1].text == "*":
        return True
    return (
        len(inside) == 1
        and inside[0].kind == "i"
        and isinstance(inside[0].ref, Ref)
        and inside[0].ref.kind == "type"
    )


def cast_close(tokens: Sequence[Token], first: int, last: int) -> int:
    """Index of the parenthesis that closes a cast in front of an expression; 0 when there is none."""
    if tokens[first].text != "(":
        return 0
    close = matching_close(tokens, first)
    return close if close < last - 1 and is_cast_span(tokens, first, close) else 0


def strip(tokens: Sequence[Token], span: Span) -> Span:
    """Without outer parentheses, casts and the macros that only change a qualifier."""
    first, last = span
    while last - first > 1:
        if tokens[first].text == "(" and matching_close(tokens, first) == last - 1:
            first, last = first + 1, last - 1
            continue
        close = cast_close(tokens, first, last)
        if close:
            first = close + 1
            continue
        if (
            tokens[first].text in CAST_MACROS
            and tokens[first + 1].text == "("
            and matching_close(tokens, first + 1) == last - 1
        ):
            args = split_arguments(tokens, first + 1)
            if len(args) == 2:
                first, last = args[1]
                continue
        break
    return first, last


def bare(text: str) -> str:
    """An lvalue's text without the parentheses that a macro puts around its arguments."""
    while True:
        shorter = re.sub(r"(?<![A-Za-z0-9_])\(([A-Za-z_]\w*(?:(?:->|\.)\w+)*)\)", r"\1", text)
        if shorter.startswith("(") and shorter.endswith(")") and _pair(shorter):
            shorter = shorter[1:-1]
        if shorter == text:
            return text
        text = shorter


def _pair(text: str) -> bool:
    depth = 0
    for number, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return number == len(text) - 1
    return False


def pointee(type_text: str) -> str:
    """What a pointer type points at; '' for anything else."""
    return type_text[:-1].strip() if type_text.endswith("*") else ""


def pointer_to(type_text: str) -> str:
    return type_text + ("*" if type_text.endswith("*") else " *")


def element(type_text: str) -> str:
    """The element of an array or of what a pointer points at."""
    found = re.sub(r"\s*\[\d*\]", "", type_text, count=1)
    return found if found != type_text else pointee(type_text)


def source_text(file: SourceFile, span: Span) -> str:
    """Tokens as their author wrote them, comments left out, on one line."""
    tokens = file.tokens[slice(*span)]
    out = ""
    previous: Token | None = None
    for token in tokens:
        if previous is not None and token.start > previous.end:
            out += " "
        out += token.text
        previous = token
    return re.sub(r"\bsizeof\(", "sizeof (", out)


def lock_text(facts: Facts, texts: Iterable[str]) -> str:
    """A lock's address in one spelling, macros of the family expanded: `&sc->lock`."""
    return bare("".join(facts.expand(list(texts))))
