"""Allocations and releases of a family, and how large a block is where it is freed.

The size of what a pointer points at is found in this order: the block was allocated in the same function,
or the member that holds it is only ever given blocks of one size; all blocks of the pointer's type are
single objects; a function handed the pointer on.  A size is text in terms of the function that frees; where
the text would not mean the same there, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portkit.frontend.lexer import KEYWORDS, Token, lex
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import (
    Call,
    Facts,
    Path,
    cast_close,
    expression_end,
    is_deref,
    pointee,
    source_text,
    strip,
)
from portkit.rewrite.nullness import Nullness
from portkit.rewrite.statements import control_head
from portkit.rules.pattern import (
    Span,
    matching_close,
    matching_open,
    postfix_start,
    split_arguments,
)

# Where the size and the flags stand among the arguments; mallocarray multiplies its first two.
SIZES = {
    "malloc": ((0,), 2),
    "malloc_domain": ((0,), 3),
    "malloc_domainset": ((0,), 3),
    "mallocarray": ((0, 1), 3),
    "realloc": ((1,), 3),
    "reallocf": ((1,), 3),
}
RESIZED = ("realloc", "reallocf")
# newbus allocates a list for its caller: the arguments that receive list and count.
_LISTS = {"device_get_children": (1, 2), "devclass_get_devices": (1, 2), "devclass_get_drivers": (1, 2)}
_DEPTH = 4
OBJECT = "*"  # `*struct foo` as a size: one object of that type


@dataclass(eq=False)
class Allocation:
    call: Call
    size: str  # as text; `*struct foo` for one object of that type
    waits: bool
    flags: list[str]
    target: Path | None  # what the block is assigned to
    pointee: str  # type of the object, as the receiver sees it
    returned: bool = False  # `return (malloc(...))`

    @property
    def function(self) -> Declaration:
        assert self.call.function is not None
        return self.call.function


@dataclass(eq=False)
class Release:
    call: Call
    path: Path | None
    size: str | None = None
    local: str = ""  # a local that has to keep the size, with where it is declared
    local_at: int = -1

    @property
    def function(self) -> Declaration:
        assert self.call.function is not None
        return self.call.function


class Memory:
    """The allocations and releases of a family, and how they belong together."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.allocations: list[Allocation] = []
        self.by_call: dict[tuple[SourceFile, int], Allocation] = {}
        self.by_type: dict[str, list[Allocation]] = {}
        self.by_member: dict[tuple[str, str], list[Allocation]] = {}
        self.unused_words: list[tuple[SourceFile, int]] = []  # __unused of parameters that a size now uses
        for name in SIZES:
            if facts.external(name):
                for call in facts.calls(name):
                    self._allocation(call)
        self.releases = [
            Release(call, facts.path(call.file, call.args[0]))
            for name in ("free", "zfree")
            if facts.external(name)
            for call in facts.calls(name)
            if len(call.args) == 2
        ]
        self.releases.sort(key=lambda one: (one.call.file.path, one.call.at))
        self._busy: set[tuple[str, SourceFile, int]] = set()
        self._place: tuple[SourceFile, Declaration, int] | None = None  # of the release that is being sized

    @classmethod
    def of(cls, context: Context) -> Memory:
        """The allocations of a translation, found once."""
        facts = Facts.of(context)
        found = context.memo.get("memory")
        if not isinstance(found, Memory) or found.facts is not facts:
            found = context.memo["memory"] = cls(facts)
        return found

    def _allocation(self, call: Call) -> None:
        places, flags_at = SIZES[call.name]
        if len(call.args) <= max(flags_at, *places):
            return
        facts, file = self.facts, call.file
        tokens = file.tokens
        size = " * ".join(
            _factor(call.text(place)) if len(places) > 1 else call.text(place) for place in places
        )
        flags = call.texts(flags_at)
        at = call.at - 1
        while tokens[at].text == ")" and cast_close(tokens, matching_open(tokens, at), call.end):
            at = matching_open(tokens, at) - 1
        target = None
        found = ""
        returned = False
        while tokens[at].text == "(" and tokens[at - 1].text in ("=", "return", "("):
            at -= 1
        if tokens[at].text == "=":
            end = at
            start = postfix_start(tokens, end)
            if start >= 0 and not is_deref(tokens, start):
                target = facts.path(file, (start, end))
                found = pointee(facts.type_of(file, (start, end)))
        elif tokens[at].text == "return":
            returned = True
            assert call.function is not None
            found = self.returned_type(file, call.function)
        one = Allocation(
            call, size, "M_WAITOK" in flags and "M_NOWAIT" not in flags, flags, target, found, returned
        )
        if len(places) == 1 and self._is_object(one, call.args[places[0]]):
            one.size = OBJECT + found
        self.allocations.append(one)
        self.by_call[(file, call.at)] = one
        if found and found != "void":
            self.by_type.setdefault(found, []).append(one)
        if target is not None and target.member:
            self.by_member.setdefault((target.owner, target.member), []).append(one)

    def returned_type(self, file: SourceFile, function: Declaration) -> str:
        """What a function's result points at."""
        found = self.facts.program.type_of(file.tokens[function.name_token])
        return pointee(found.split("(", 1)[0].strip())

    def _is_object(self, one: Allocation, span: Span) -> bool:
        """`sizeof(*p)`, `sizeof(struct foo)` or `sizeof(p[0])` for a pointer p to struct foo."""
        file = one.call.file
        tokens = file.tokens
        first, last = strip(tokens, span)
        if tokens[first].text != "sizeof":
            return False
        inner = strip(tokens, (first + 1, last))
        if tokens[first + 1].text == "(" and matching_close(tokens, first + 1) != last - 1:
            return False
        return bool(one.pointee) and one.pointee == self.size_type(file, inner)

    def size_type(self, file: SourceFile, span: Span) -> str:
        """The type that a sizeof's operand is or has."""
        tokens = file.tokens
        first, last = span
        words = [token.text for token in tokens[first:last] if token.text not in ("const", "volatile")]
        if words and words[0] in ("struct", "union"):
            return " ".join(words[:2]) + (" " + "*" * (len(words) - 2) if len(words) > 2 else "")
        ref = tokens[first].ref
        if words and isinstance(ref, Ref) and ref.kind == "type":
            found = self.facts.program.type_of(tokens[first])
            return found + ("*" if found.endswith("*") else " *") * (len(words) - 1) if found else ""
        return self.facts.type_of(file, span)

    # -- the size of what a pointer points at ----------------------------------------------------------------

    def size_of(
        self, file: SourceFile, function: Declaration, span: Span, at: int, depth: int = 0
    ) -> str | None:
        """The size to free `span` with, in terms of the function; None when it is not known."""
        path = self.facts.path(file, span)
        if path is None or depth > _DEPTH:
            return None
        if depth == 0:
            self._place = (file, function, at)
        key = (path.text, file, function.first)
        if key in self._busy:
            return None
        self._busy.add(key)
        try:
            found = (
                self._member_size(file, function, path, at)
                if path.member
                else self._variable_size(file, function, path, at, depth)
            )
            if found is None:
                found = self._type_size(file, function, path)
            if found is None or not found.startswith(OBJECT):
                return found
            kind = found[len(OBJECT) :]
            own = pointee(self.facts.type_of(file, path.span))
            return f"sizeof (*{path.text})" if kind == own else f"sizeof ({kind})"
        finally:
            self._busy.discard(key)

    def _type_size(self, file: SourceFile, function: Declaration, path: Path) -> str | None:
        """Every block of this type that the family allocates is one object of it."""
        kind = pointee(self.facts.type_of(file, path.span))
        if self._one_object(kind):
            return OBJECT + kind
        if kind != "void" or path.member or path.subscripts:
            return None
        # A `void *` that the function also knows by its real type.
        tokens = file.tokens
        for where, number in self.facts.index.get(path.text, ()):
            if where is not file or not function.body[0] <= number < function.body[1]:
                continue
            before = number - 1
            while tokens[before].text == ")" and cast_close(
                tokens, matching_open(tokens, before), number + 2
            ):
                before = matching_open(tokens, before) - 1
            if tokens[before].text == "=" and tokens[number + 1].text in (";", ","):
                start = postfix_start(tokens, before)
                real = pointee(self.facts.type_of(file, (start, before))) if start >= 0 else ""
                if real != "void" and self._one_object(real):
                    return f"sizeof ({real})"
        return None

    def _one_object(self, kind: str) -> bool:
        found = self.by_type.get(kind)
        return (
            bool(kind)
            and bool(found)
            and all(one.size.startswith(OBJECT) and one.call.name not in RESIZED for one in found or ())
        )

    def _variable_size(
        self, file: SourceFile, function: Declaration, path: Path, at: int, depth: int
    ) -> str | None:
        facts = self.facts
        if path.subscripts:
            return None
        tokens = file.tokens
        name = path.text
        assigned = facts.local_assignments(file, function, name)
        is_param = any(one.name == name for one in function.params)
        if not assigned:
            if is_param:
                return self._parameter_size(file, function, name, at, depth)
            return self._global_size(file, name)
        sizes: set[str | None] = set()
        for where, value in assigned:
            first, last = strip(tokens, value)
            if is_null(tokens[first:last]):
                continue
            allocation = self.allocated(file, first)
            if allocation is not None:
                if allocation.call.name in RESIZED:
                    return None
                sizes.add(self._here(allocation, at))
            elif self._is_call(file, (first, last)):
                sizes.add(self._from_call(file, function, (first, last), at))
            elif len(assigned) == 1:
                source = facts.path(file, (first, last))
                if source is None or not source.member or source.owner == "":
                    return None
                return self._member_size(file, function, source, at)
            else:
                return None
            if where > at:
                return None
        return sizes.pop() if len(sizes) == 1 else None

    def allocated(self, file: SourceFile, at: int) -> Allocation | None:
        return self.by_call.get((file, at))

    def _is_call(self, file: SourceFile, span: Span) -> bool:
        tokens = file.tokens
        first, last = span
        return (
            last - first > 2
            and tokens[first].kind == "i"
            and tokens[first + 1].text == "("
            and matching_close(tokens, first + 1) == last - 1
        )

    def _here(self, allocation: Allocation, at: int) -> str | None:
        """A size in the function that allocated, when nothing in it changed until token `at`."""
        if allocation.size.startswith(OBJECT):
            return allocation.size
        call = allocation.call
        for place in SIZES[call.name][0]:
            if not self._unchanged(call.file, allocation.function, call.args[place], call.end, at):
                return None
        return allocation.size

    def _unchanged(self, file: SourceFile, function: Declaration, span: Span, first: int, last: int) -> bool:
        facts = self.facts
        tokens = file.tokens
        number = span[0]
        while number < span[1]:
            token = tokens[number]
            if token.kind == "i" and token.text not in KEYWORDS:
                if tokens[number - 1].text in (".", "->"):
                    stores = facts.member_stores(facts.owner(file, number), token.text)
                    if any(where is file and first <= at < last for where, at, _ in stores):
                        return False
                elif (
                    tokens[number + 1].text == "(" and not self._is_macro(token.text, token.ref)
                ) or facts.is_changed(
                    file,
                    function,
                    token.text,
                    first,
                    last,
                    tokens[number - 1].text == "*" and is_deref(tokens, number),
                ):
                    return False
            elif token.text in ("++", "--"):
                return False
            number += 1
        return True

    def _is_macro(self, name: str, ref: object) -> bool:
        return (
            name == "sizeof"
            or name in self.facts.program.own_macros
            or (isinstance(ref, Ref) and ref.kind == "macro")
            or name in ("MAX", "MIN", "howmany", "roundup", "roundup2", "nitems", "max", "min", "strlen")
        )

    def _global_size(self, file: SourceFile, name: str) -> str | None:
        """A global that allocations of one constant size are assigned to."""
        sizes = set()
        for where, at in self.facts.index.get(name, ()):
            tokens = where.tokens
            if tokens[at + 1].text != "=" or tokens[at - 1].text in (".", "->"):
                continue
            function = self.facts.function_at(where, at)
            if function is None:
                continue
            first, last = strip(tokens, (at + 2, expression_end(tokens, at + 2)))
            if is_null(tokens[first:last]):
                continue
            allocation = self.allocated(where, first)
            if allocation is None or allocation.call.name in RESIZED:
                return None
            sizes.add(self._reexpressed(allocation, "", "", ""))
        return sizes.pop() if len(sizes) == 1 else None

    # -- members ---------------------------------------------------------------------------------------------

    def _member_size(self, file: SourceFile, function: Declaration, path: Path, at: int) -> str | None:
        facts = self.facts
        if not path.owner:
            return None
        sizes: set[str | None] = set()
        for where, token, operator in facts.member_stores(path.owner, path.member, path.subscripts):
            tokens = where.tokens
            if operator != "=":
                return None
            equals = token + 1
            while tokens[equals].text == "[":
                equals = matching_close(tokens, equals) + 1
            first, last = strip(tokens, (equals + 1, expression_end(tokens, equals + 1)))
            if is_null(tokens[first:last]):
                continue
            holder = facts.function_at(where, token)
            if holder is None:
                return None
            target = facts.path(where, (postfix_start(tokens, token + 1), token + 1))
            if target is None:
                return None
            allocation = self.allocated(where, first)
            if allocation is None:
                allocation = self._stored(where, holder, (first, last))
            if allocation is None or allocation.call.name in RESIZED:
                return None
            if where is file and holder is function:
                here = self._here(allocation, at)
                if here is not None and target.base == path.base:
                    sizes.add(here)
                    continue
            sizes.add(self._reexpressed(allocation, target.base, path.base, path.operator))
        return sizes.pop() if len(sizes) == 1 else None

    def _stored(self, file: SourceFile, function: Declaration, span: Span) -> Allocation | None:
        """`p = malloc(...); x->member = p;`: the allocation behind a local."""
        path = self.facts.path(file, span)
        if path is None or path.member or path.subscripts:
            return None
        found = [
            self.allocated(file, strip(file.tokens, value)[0])
            for _, value in self.facts.local_assignments(file, function, path.text)
        ]
        return found[0] if len(found) == 1 else None

    def _reexpressed(self, allocation: Allocation, old: str, new: str, operator: str) -> str | None:
        """The size of an allocation `old->member = malloc(...)` in terms of `new->member`, anywhere else."""
        if allocation.size.startswith(OBJECT):
            return allocation.size
        call = allocation.call
        out = []
        for place in SIZES[call.name][0]:
            text = self._translate(
                call.file, allocation.function, call.args[place], call.at, (old, new, operator)
            )
            if text is None:
                return None
            out.append(_factor(text) if len(SIZES[call.name][0]) > 1 else text)
        return " * ".join(out)

    def _translate(
        self,
        file: SourceFile,
        function: Declaration,
        span: Span,
        at: int,
        bases: tuple[str, str, str],
        depth: int = 0,
    ) -> str | None:
        """An expression of the allocating function with every variable found again through the object."""
        tokens = file.tokens
        out = ""
        number = span[0]
        while number < span[1]:
            token = tokens[number]
            gap = " " if number > span[0] and token.start > tokens[number - 1].end else ""
            if token.text == "sizeof":
                text, number = self._sizeof(file, number, span[1])
                if text is None:
                    return None
                out += gap + text
                continue
            if token.kind in ("n", "c", "p") and token.text not in ("++", "--"):
                out += gap + token.text
                number += 1
                continue
            if token.kind != "i":
                return None
            if (
                token.text in KEYWORDS
                or self.facts.is_constant(token, function)
                or (tokens[number + 1].text == "(" and self._is_macro(token.text, token.ref))
            ):
                out += gap + token.text
                number += 1
                continue
            end = number + 1
            while end + 1 < span[1] and tokens[end].text in ("->", ".") and tokens[end + 1].kind == "i":
                end += 2
            text = self._chain(file, function, (number, end), at, bases, depth)
            if text is None or (end < span[1] and tokens[end].text in ("(", "[", "++", "--")):
                return None
            out += gap + text
            number = end
        return out

    def _sizeof(self, file: SourceFile, at: int, stop: int) -> tuple[str | None, int]:
        tokens = file.tokens
        end = matching_close(tokens, at + 1) + 1 if tokens[at + 1].text == "(" else stop
        inner = strip(tokens, (at + 1, end))
        first = tokens[inner[0]]
        if (
            first.text in ("struct", "union")
            or first.text in KEYWORDS
            or (isinstance(first.ref, Ref) and first.ref.kind in ("type", "tag"))
        ):
            return f"sizeof ({source_text(file, inner)})", end
        kind = self.facts.type_of(file, inner)
        return (f"sizeof ({kind})" if kind else None), end

    def _chain(
        self,
        file: SourceFile,
        function: Declaration,
        span: Span,
        at: int,
        bases: tuple[str, str, str],
        depth: int,
    ) -> str | None:
        """`v->a.b` of the allocating function in terms of the object."""
        tokens = file.tokens
        old, new, operator = bases
        text = "".join(token.text for token in tokens[slice(*span)])
        for member in range(span[0] + 2, span[1], 2):
            if not self._steady(self.facts.owner(file, member), tokens[member].text, file, function, at):
                return None
        if old and text.startswith((old + "->", old + ".")):
            rest = text[len(old) :]
            return new + (operator if rest.startswith(("->", ".")) else "") + rest.lstrip("->.")
        name, rest = tokens[span[0]].text, text[len(tokens[span[0]].text) :]
        if depth > _DEPTH:
            return None
        if old:
            kept = self._kept_in(file, function, name, at, old)
            if kept:
                return f"{new}{operator}{kept}{rest}"
        values = self.facts.local_assignments(file, function, name)
        if not any(one.name == name for one in function.params):
            if (
                len(values) == 1
                and values[0][0] < at
                and not self.facts.is_changed(file, function, name, values[0][1][1], at)
            ):
                value = self._translate(file, function, values[0][1], at, bases, depth + 1)
                return None if value is None else _factor(value) + rest
            if not values and not rest and self._is_fixed_global(name):
                return text
        return None

    def _kept_in(self, file: SourceFile, function: Declaration, name: str, at: int, old: str) -> str:
        """The member that the allocating function stored a variable in: `old->member = name`."""
        tokens = file.tokens
        for where, number in self.facts.index.get(name, ()):
            if (
                where is not file
                or not function.body[0] <= number < function.body[1]
                or tokens[number - 1].text != "="
                or tokens[number + 1].text != ";"
                or tokens[number - 3].text not in ("->", ".")
            ):
                continue
            target = self.facts.path(file, (postfix_start(tokens, number - 1), number - 1))
            if (
                target is not None
                and target.base == old
                and not target.subscripts
                and self._steady(target.owner, target.member, file, function, at)
                and not self.facts.is_changed(file, function, name, min(number, at), max(number, at))
            ):
                return target.member
        return ""

    def _steady(self, owner: str, member: str, file: SourceFile, function: Declaration, at: int) -> bool:
        """Whether a member keeps the value it had at an allocation: set once, while its object is made."""
        if not owner:
            return False
        makers = set()
        for where, token, operator in self.facts.member_stores(owner, member):
            holder = self.facts.function_at(where, token)
            if holder is None or operator != "=":
                return False
            if self._place is not None and (where, holder) == self._place[:2] and token > self._place[2]:
                continue  # cleared once the block is free
            makers.add((where, holder.first))
            if where is file and holder is function:
                if token > at and not self._makes(where, holder, owner):
                    return False
            elif not self._makes(where, holder, owner) and not self._leads_to(
                where, holder, token, function.name
            ):
                return False
        return len(makers) <= 1

    def _makes(self, file: SourceFile, function: Declaration, owner: str) -> bool:
        """Whether a function allocates objects of a structure."""
        return any(
            one.call.file is file and one.function is function
            for one in self.by_type.get(f"struct {owner}", []) + self.by_type.get(owner, [])
        )

    def _leads_to(self, file: SourceFile, function: Declaration, at: int, name: str) -> bool:
        return any(
            where is file and at < token < function.body[1] and file.tokens[token + 1].text == "("
            for where, token in self.facts.index.get(name, ())
        )

    def _is_fixed_global(self, name: str) -> bool:
        found = False
        for file, at in self.facts.index.get(name, ()):
            tokens = file.tokens
            if tokens[at - 1].text in (".", "->"):
                continue
            function = self.facts.function_at(file, at)
            if function is None:
                found = True
                if tokens[at - 1].text == "&":  # a sysctl or tunable may change it
                    return False
            elif self.facts.is_changed(file, function, name, at, at + 1):
                return False
        return found

    # -- calls -----------------------------------------------------------------------------------------------

    def _from_call(self, file: SourceFile, function: Declaration, span: Span, at: int) -> str | None:
        """`p = g(a, b)` where g returns what it allocates."""
        tokens = file.tokens
        name = tokens[span[0]].text
        made = self._returns(name)
        if made is None:
            return None
        callee, size = made
        if size.startswith(OBJECT):
            return size
        args = split_arguments(tokens, span[0] + 1)
        if len(args) != len(callee.params):
            return None
        values = {}
        for one, arg in zip(callee.params, args, strict=True):
            values[one.name] = source_text(file, arg)
            if one.name in _words(size) and not self._unchanged(file, function, arg, span[1], at):
                return None
        return _substitute(size, values)

    def _returns(self, name: str) -> tuple[Declaration, str] | None:
        """A function of the family that returns a new block, and the size in terms of its parameters."""
        for file, at in self.facts.index.get(name, ()):
            function = self.facts.function_at(file, at)
            if function is None or function.name_token != at:
                continue
            sizes: set[str | None] = set()
            for where, number in self.facts.index.get("return", ()):
                if where is not file or not function.body[0] <= number < function.body[1]:
                    continue
                first, last = strip(file.tokens, (number + 1, expression_end(file.tokens, number + 1)))
                if is_null(file.tokens[first:last]):
                    continue
                allocation = self.allocated(file, first)
                if allocation is None:
                    allocation = self._stored(file, function, (first, last))
                sizes.add(self._of_params(allocation, function) if allocation else None)
            if len(sizes) == 1:
                size = sizes.pop()
                return (function, size) if size else None
            return None
        return None

    def _of_params(self, allocation: Allocation, function: Declaration) -> str | None:
        """A size that only the function's own parameters and constants make up."""
        if allocation.size.startswith(OBJECT):
            return allocation.size
        if allocation.call.name in RESIZED:
            return None
        call = allocation.call
        names = {one.name for one in function.params}
        for place in SIZES[call.name][0]:
            number, stop = call.args[place]
            while number < stop:
                token = call.tokens[number]
                if token.text == "sizeof":
                    text, number = self._sizeof(call.file, number, stop)
                    if text is None:
                        return None
                    continue
                if (
                    token.kind == "i"
                    and token.text not in KEYWORDS
                    and token.text not in names
                    and not self.facts.is_constant(token)
                    and not (call.tokens[number + 1].text == "(" and self._is_macro(token.text, token.ref))
                ):
                    return None
                if token.text in ("->", ".", "["):
                    return None
                if token.text in names and self.facts.is_changed(
                    call.file, function, token.text, function.body[0], call.at
                ):
                    return None
                number += 1
        return allocation.size

    def _parameter_size(
        self, file: SourceFile, function: Declaration, name: str, at: int, depth: int
    ) -> str | None:
        """The size of what callers pass as a parameter, in terms of the other parameters."""
        place = next(number for number, one in enumerate(function.params) if one.name == name)
        sizes: set[str | None] = set()
        seen = False
        for call in self.facts.calls(function.name):
            if call.at == function.name_token or len(call.args) != len(function.params):
                continue
            seen = True
            caller = call.function
            assert caller is not None
            size = self.size_of(call.file, caller, call.args[place], call.at, depth + 1)
            if size is None:
                return None
            path = self.facts.path(call.file, call.args[place])
            if path is not None and size == f"sizeof (*{path.text})":
                kind = pointee(self.facts.type_of(call.file, path.span))
                sizes.add(OBJECT + kind if kind not in ("", "void") else None)
                continue
            values: dict[str, str] = {}
            for number, one in enumerate(function.params):
                if number != place and number < len(call.args) and re.search(r"[A-Za-z_]", call.text(number)):
                    values.setdefault(re.sub(r"\s", "", call.text(number)), one.name)
            sizes.add(self._in_parameters(size, values))
        if not seen:
            return self._paired_size(file, function, name, at)
        size = sizes.pop() if len(sizes) == 1 else None
        if size:
            self._use(file, function, size)
        return size

    def _in_parameters(self, size: str, values: dict[str, str]) -> str | None:
        """A size of the caller with its expressions named as the parameters that carry them."""
        for expression, name in values.items():
            if not re.fullmatch(r"[A-Za-z_]\w*(?:(?:->|\.)\w+)*", expression):
                size = size.replace(f"({expression})", name)
        names = set(values.values())
        out, at = "", 0
        for found in re.finditer(r"sizeof \([^()]*\)|[A-Za-z_]\w*(?:(?:->|\.)\w+)*", size):
            text = found.group()
            out += size[at : found.start()]
            at = found.end()
            macro = text in _ANYWHERE and size[at:].startswith("(")
            if text.startswith("sizeof") or text.isupper() or macro:
                if text.startswith("sizeof (*"):
                    return None
                out += text
            elif text in values:
                out += values[text]
            elif text in names:
                out += text
            else:
                return None
        return out + size[at:]

    def _paired_size(self, file: SourceFile, function: Declaration, name: str, at: int) -> str | None:
        """No caller is in sight: who returns such blocks names their size as this function's parameter."""
        kind = pointee(self.facts.named_type(file, function, name))
        if not kind or kind in ("void", "char", "unsigned char"):
            return None
        types = {one.name: _plain(one.type_text) for one in function.params if one.name != name}
        sizes: set[str] = set()
        for allocation in self.by_type.get(kind, ()):
            if allocation.target is not None and allocation.target.member:
                continue
            made = self._returns(allocation.function.name)
            if made is None or self.returned_type(allocation.call.file, made[0]) != kind:
                return None
            callee, size = made
            if size.startswith(OBJECT):
                sizes.add(size)
                continue
            if any(
                one.name in _words(size) and types.get(one.name) != _plain(one.type_text)
                for one in callee.params
            ):
                return None
            sizes.add(size)
        if len(sizes) != 1:
            return None
        size = sizes.pop()
        for one in function.params:
            if one.name in _words(size) and self.facts.is_changed(
                file, function, one.name, function.body[0], at
            ):
                return None
        self._use(file, function, size)
        return size

    def _use(self, file: SourceFile, function: Declaration, size: str) -> None:
        """Parameters that the size now uses are no longer unused."""
        for one in function.params:
            if one.name in _words(size):
                for number in range(one.first, one.last):
                    if file.tokens[number].text == "__unused" and (file, number) not in self.unused_words:
                        self.unused_words.append((file, number))

    # -- lists that newbus allocates -------------------------------------------------------------------------

    def listed(self, release: Release) -> str | None:
        """The list of device_get_children(9) and its like: the count that came with it."""
        path = release.path
        if path is None or path.member or path.subscripts:
            return None
        facts, file, function = self.facts, release.call.file, release.function
        for call in facts.calls(*_LISTS):
            if call.file is not file or call.function is not function or call.at > release.call.at:
                continue
            where, count = _LISTS[call.name]
            if len(call.args) <= count or "".join(call.texts(where)) != f"&{path.text}":
                continue
            texts = call.texts(count)
            if len(texts) != 2 or texts[0] != "&":
                continue
            name = texts[1]
            if not facts.is_changed(file, function, name, call.end, release.call.at):
                return f"{name} * sizeof (*{path.text})"
            # The count is counted down: the body that uses the list keeps the size first.
            head = control_head(file.tokens, call.at)
            if head is None or file.tokens[head].text != "if":
                continue
            body = matching_close(file.tokens, head + 1) + 1
            if file.tokens[body].text == "{" and body < release.call.at < matching_close(file.tokens, body):
                release.local = f"size_t {path.text}_size = {name} * sizeof (*{path.text});"
                release.local_at = body
                return f"{path.text}_size"
        return None

    # -- null pointers ---------------------------------------------------------------------------------------

    def is_not_null(self, release: Release) -> bool:
        """Whether the code shows that the pointer is not null where it is freed."""
        waiting = {place for place, one in self.by_call.items() if one.waits}
        path = release.path
        return path is not None and Nullness(self.facts, waiting).shown(
            release.call.file, release.function, path, release.call.at
        )


_ANYWHERE = frozenset(("MAX", "MIN", "howmany", "roundup", "roundup2", "nitems", "max", "min"))


def is_null(tokens: Sequence[Token]) -> bool:
    return "".join(token.text for token in tokens) in ("NULL", "0", "((void*)0)", "")


def _factor(text: str) -> str:
    """Text that can stand in a product."""
    if re.fullmatch(r"[\w.>-]+|sizeof \([^()]*\)", text) and not re.search(r"-(?!>)", text):
        return text
    return f"({text})"


def _plain(type_text: str) -> str:
    return " ".join(word for word in type_text.split() if word not in ("const", "volatile", "__unused"))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))


def _substitute(text: str, values: dict[str, str]) -> str:
    out, at = "", 0
    for token in lex(text).tokens:
        if token.kind == "i" and token.text in values:
            out += text[at : token.start] + _factor(values[token.text])
            at = token.end
    return out + text[at:]
