"""free(9) becomes kmem_free(9F): the size is the one that was allocated, wherever that was.

FreeBSD's allocator knows how large a block is, illumos' wants to be told.  For every `free(p, type)` the pass follows the
pointer back to its allocation: in the same function, by the member that holds it, by what all blocks of its type are, or
through the calls that hand it on.  Where the size cannot be told, the block and all that may be freed in the same place
get a header that holds it (`bsd_malloc`); where not even that is consistent, the call is left alone and reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from portkit.frontend.lexer import KEYWORDS, lex
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import (
    CAST_MACROS,
    Call,
    Facts,
    Path,
    Statements,
    cast_close,
    control_head,
    is_deref,
    is_prefix,
    pointee,
    source_text,
    starts_statement,
    statement_close,
    strip,
)
from portkit.rewrite.edit import Part
from portkit.rewrite.filters import strip_parentheses
from portkit.rules.pattern import Span, matching_close, matching_open, postfix_start, split_arguments

RULE = "memory"
_HEADERS = ("sys/kmem.h",)
# Where the size and the flags stand among the arguments; mallocarray multiplies its first two.
_SIZES = {"malloc": ((0,), 2), "malloc_domain": ((0,), 3), "malloc_domainset": ((0,), 3), "mallocarray": ((0, 1), 3),
          "realloc": ((1,), 3), "reallocf": ((1,), 3)}
_RESIZED = ("realloc", "reallocf")
# newbus allocates a list for its caller: the arguments that receive list and count.
_LISTS = {"device_get_children": (1, 2), "devclass_get_devices": (1, 2), "devclass_get_drivers": (1, 2)}
_DEPTH = 4
_OBJECT = "*"       # `*struct foo` as a size: one object of that type


@dataclass(eq=False)
class Allocation:
    call: Call
    size: str                   # as text; `*struct foo` for one object of that type
    waits: bool
    flags: list[str]
    target: Path | None         # what the block is assigned to
    pointee: str                # type of the object, as the receiver sees it
    returned: bool = False      # `return (malloc(...))`

    @property
    def function(self) -> Declaration:
        assert self.call.function is not None
        return self.call.function


@dataclass(eq=False)
class Release:
    call: Call
    path: Path | None
    size: str | None = None
    local: str = ""             # a local that has to keep the size, with where it is declared
    local_at: int = -1

    @property
    def function(self) -> Declaration:
        assert self.call.function is not None
        return self.call.function


def run(context: Context) -> None:
    facts = Facts.of(context)
    memory = Memory.of(context)
    statements = Statements(context, RULE)
    unknown = []
    for release in memory.releases:
        release.size = memory.size_of(release.call.file, release.function, release.call.args[0], release.call.at)
        if release.size is None:
            release.size = memory.listed(release)
        if release.size is None:
            unknown.append(release)
    if unknown:
        _support(context, memory, unknown)
    for release in memory.releases:
        if release.size is not None:
            _emit(context, memory, statements, release)
    statements.finish()


class Memory:
    """The allocations and releases of a family, and how they belong together."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.allocations: list[Allocation] = []
        self.by_call: dict[tuple[SourceFile, int], Allocation] = {}
        self.by_type: dict[str, list[Allocation]] = {}
        self.by_member: dict[tuple[str, str], list[Allocation]] = {}
        self.unused_words: list[tuple[SourceFile, int]] = []    # __unused of parameters that a size now uses
        for name in _SIZES:
            if facts.external(name):
                for call in facts.calls(name):
                    self._allocation(call)
        self.releases = [Release(call, facts.path(call.file, call.args[0]))
                         for name in ("free", "zfree") if facts.external(name)
                         for call in facts.calls(name) if len(call.args) == 2]
        self.releases.sort(key=lambda one: (one.call.file.path, one.call.at))
        self._busy: set[tuple[str, SourceFile, int]] = set()
        self._place: tuple[SourceFile, Declaration, int] | None = None      # of the release that is being sized

    @classmethod
    def of(cls, context: Context) -> Memory:
        """The allocations of a translation, found once."""
        facts = Facts.of(context)
        found = context.memo.get("memory")
        if not isinstance(found, Memory) or found.facts is not facts:
            found = context.memo["memory"] = cls(facts)
        return found

    def _allocation(self, call: Call) -> None:
        places, flags_at = _SIZES[call.name]
        if len(call.args) <= max(flags_at, *places):
            return
        facts, file = self.facts, call.file
        tokens = file.tokens
        size = " * ".join(_factor(call.text(place)) if len(places) > 1 else call.text(place) for place in places)
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
        one = Allocation(call, size, "M_WAITOK" in flags and "M_NOWAIT" not in flags, flags, target, found, returned)
        if len(places) == 1 and self._is_object(one, call.args[places[0]]):
            one.size = _OBJECT + found
        self.allocations.append(one)
        self.by_call[(file, call.at)] = one
        if found and found != "void":
            self.by_type.setdefault(found, []).append(one)
        if target is not None and target.member:
            self.by_member.setdefault((target.owner, target.member), []).append(one)

    def returned_type(self, file: SourceFile, function: Declaration) -> str:
        """What a function's result points at."""
        return pointee(self.facts.type_of(file, (function.name_token, function.name_token + 1)) or self._prototype(
            file, function))

    def _prototype(self, file: SourceFile, function: Declaration) -> str:
        found = self.facts.program.type_of(file.tokens[function.name_token])
        return found.split("(", 1)[0].strip()

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
        if words and tokens[first].kind == "i" and isinstance(tokens[first].ref, Ref) \
                and tokens[first].ref.kind == "type":
            found = self.facts.program.type_of(tokens[first])
            return found + ("*" if found.endswith("*") else " *") * (len(words) - 1) if found else ""
        return self.facts.type_of(file, span)

    # -- the size of what a pointer points at ----------------------------------------------------------------

    def size_of(self, file: SourceFile, function: Declaration, span: Span, at: int, depth: int = 0) -> str | None:
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
            found = self._member_size(file, function, path, at) if path.member else self._variable_size(
                file, function, path, at, depth)
            if found is None:
                found = self._type_size(file, function, path)
            if found is None or not found.startswith(_OBJECT):
                return found
            kind = found[len(_OBJECT):]
            own = pointee(self.facts.type_of(file, path.span))
            return f"sizeof (*{path.text})" if kind == own else f"sizeof ({kind})"
        finally:
            self._busy.discard(key)

    def _type_size(self, file: SourceFile, function: Declaration, path: Path) -> str | None:
        """Every block of this type that the family allocates is one object of it."""
        kind = pointee(self.facts.type_of(file, path.span))
        if self._one_object(kind):
            return _OBJECT + kind
        if kind != "void" or path.member or path.subscripts:
            return None
        # A `void *` that the function also knows by its real type.
        tokens = file.tokens
        for where, number in self.facts.index.get(path.text, ()):
            if where is not file or not function.body[0] <= number < function.body[1]:
                continue
            before = number - 1
            while tokens[before].text == ")" and cast_close(tokens, matching_open(tokens, before), number + 2):
                before = matching_open(tokens, before) - 1
            if tokens[before].text == "=" and tokens[number + 1].text in (";", ","):
                start = postfix_start(tokens, before)
                real = pointee(self.facts.type_of(file, (start, before))) if start >= 0 else ""
                if real != "void" and self._one_object(real):
                    return f"sizeof ({real})"
        return None

    def _one_object(self, kind: str) -> bool:
        found = self.by_type.get(kind)
        return bool(kind) and bool(found) and all(
            one.size.startswith(_OBJECT) and one.call.name not in _RESIZED for one in found or ())

    def _variable_size(self, file: SourceFile, function: Declaration, path: Path, at: int,
                       depth: int) -> str | None:
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
            if _is_null(tokens[first:last]):
                continue
            allocation = self._allocated(file, first)
            if allocation is not None:
                if allocation.call.name in _RESIZED:
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

    def _allocated(self, file: SourceFile, at: int) -> Allocation | None:
        return self.by_call.get((file, at))

    def _is_call(self, file: SourceFile, span: Span) -> bool:
        tokens = file.tokens
        first, last = span
        return last - first > 2 and tokens[first].kind == "i" and tokens[first + 1].text == "(" \
            and matching_close(tokens, first + 1) == last - 1

    def _here(self, allocation: Allocation, at: int) -> str | None:
        """A size in the function that allocated, when nothing in it changed until token `at`."""
        if allocation.size.startswith(_OBJECT):
            return allocation.size
        call = allocation.call
        for place in _SIZES[call.name][0]:
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
                elif tokens[number + 1].text == "(" and not self._is_macro(token.text, token.ref):
                    return False
                elif facts.is_changed(file, function, token.text, first, last,
                                      tokens[number - 1].text == "*" and is_deref(tokens, number)):
                    return False
            elif token.text in ("++", "--"):
                return False
            number += 1
        return True

    def _is_macro(self, name: str, ref: object) -> bool:
        return name == "sizeof" or name in self.facts.program.own_macros or (
            isinstance(ref, Ref) and ref.kind == "macro") or name in (
            "MAX", "MIN", "howmany", "roundup", "roundup2", "nitems", "max", "min", "strlen")

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
            first, last = strip(tokens, (at + 2, _end(tokens, at + 2)))
            if _is_null(tokens[first:last]):
                continue
            allocation = self._allocated(where, first)
            if allocation is None or allocation.call.name in _RESIZED:
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
            first, last = strip(tokens, (equals + 1, _end(tokens, equals + 1)))
            if _is_null(tokens[first:last]):
                continue
            holder = facts.function_at(where, token)
            if holder is None:
                return None
            target = facts.path(where, (postfix_start(tokens, token + 1), token + 1))
            if target is None:
                return None
            allocation = self._allocated(where, first)
            if allocation is None:
                allocation = self._stored(where, holder, (first, last))
            if allocation is None or allocation.call.name in _RESIZED:
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
        found = [self._allocated(file, strip(file.tokens, value)[0])
                 for _, value in self.facts.local_assignments(file, function, path.text)]
        return found[0] if len(found) == 1 else None

    def _reexpressed(self, allocation: Allocation, old: str, new: str, operator: str) -> str | None:
        """The size of an allocation `old->member = malloc(...)` in terms of `new->member`, anywhere else."""
        if allocation.size.startswith(_OBJECT):
            return allocation.size
        call = allocation.call
        out = []
        for place in _SIZES[call.name][0]:
            text = self._translate(call.file, allocation.function, call.args[place], call.at, (old, new, operator))
            if text is None:
                return None
            out.append(_factor(text) if len(_SIZES[call.name][0]) > 1 else text)
        return " * ".join(out)

    def _translate(self, file: SourceFile, function: Declaration, span: Span, at: int,
                   bases: tuple[str, str, str], depth: int = 0) -> str | None:
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
            if token.text in KEYWORDS or self.facts.is_constant(token, function) or (
                    tokens[number + 1].text == "(" and self._is_macro(token.text, token.ref)):
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
        if first.text in ("struct", "union") or first.text in KEYWORDS or (
                isinstance(first.ref, Ref) and first.ref.kind in ("type", "tag")):
            return f"sizeof ({source_text(file, inner)})", end
        kind = self.facts.type_of(file, inner)
        return (f"sizeof ({kind})" if kind else None), end

    def _chain(self, file: SourceFile, function: Declaration, span: Span, at: int, bases: tuple[str, str, str],
               depth: int) -> str | None:
        """`v->a.b` of the allocating function in terms of the object."""
        tokens = file.tokens
        old, new, operator = bases
        text = "".join(token.text for token in tokens[slice(*span)])
        for member in range(span[0] + 2, span[1], 2):
            if not self._steady(self.facts.owner(file, member), tokens[member].text, file, function, at):
                return None
        if old and text.startswith((old + "->", old + ".")):
            rest = text[len(old):]
            return new + (operator if rest.startswith(("->", ".")) else "") + rest.lstrip("->.")
        name, rest = tokens[span[0]].text, text[len(tokens[span[0]].text):]
        if depth > _DEPTH:
            return None
        if old:
            member = self._kept_in(file, function, name, at, old)
            if member:
                return f"{new}{operator}{member}{rest}"
        values = self.facts.local_assignments(file, function, name)
        if not any(one.name == name for one in function.params):
            if len(values) == 1 and values[0][0] < at and not self.facts.is_changed(
                    file, function, name, values[0][1][1], at):
                value = self._translate(file, function, values[0][1], at, bases, depth + 1)
                return None if value is None else _factor(value) + rest
            if not values and not rest and self._is_fixed_global(name):
                return text
        return None

    def _kept_in(self, file: SourceFile, function: Declaration, name: str, at: int, old: str) -> str:
        """The member of the object that the allocating function stored a variable in: `old->member = name`."""
        tokens = file.tokens
        for where, number in self.facts.index.get(name, ()):
            if where is not file or not function.body[0] <= number < function.body[1] \
                    or tokens[number - 1].text != "=" or tokens[number + 1].text != ";" \
                    or tokens[number - 3].text not in ("->", "."):
                continue
            target = self.facts.path(file, (postfix_start(tokens, number - 1), number - 1))
            if target is not None and target.base == old and not target.subscripts \
                    and self._steady(target.owner, target.member, file, function, at) \
                    and not self.facts.is_changed(file, function, name, min(number, at), max(number, at)):
                return target.member
        return ""

    def _steady(self, owner: str, member: str, file: SourceFile, function: Declaration, at: int) -> bool:
        """Whether a member keeps the value it had at an allocation: it is set while its object is made, once."""
        if not owner:
            return False
        makers = set()
        for where, token, operator in self.facts.member_stores(owner, member):
            holder = self.facts.function_at(where, token)
            if holder is None or operator != "=":
                return False
            if self._place is not None and (where, holder) == self._place[:2] and token > self._place[2]:
                continue        # cleared once the block is free
            makers.add((where, holder.first))
            if where is file and holder is function:
                if token > at and not self._makes(where, holder, owner):
                    return False
            elif not self._makes(where, holder, owner) and not self._leads_to(where, holder, token, function.name):
                return False
        return len(makers) <= 1

    def _makes(self, file: SourceFile, function: Declaration, owner: str) -> bool:
        """Whether a function allocates objects of a structure."""
        return any(one.call.file is file and one.function is function
                   for one in self.by_type.get(f"struct {owner}", []) + self.by_type.get(owner, []))

    def _leads_to(self, file: SourceFile, function: Declaration, at: int, name: str) -> bool:
        return any(where is file and at < token < function.body[1] and file.tokens[token + 1].text == "("
                   for where, token in self.facts.index.get(name, ()))

    def _is_fixed_global(self, name: str) -> bool:
        found = False
        for file, at in self.facts.index.get(name, ()):
            tokens = file.tokens
            if tokens[at - 1].text in (".", "->"):
                continue
            function = self.facts.function_at(file, at)
            if function is None:
                found = True
                if tokens[at - 1].text == "&":      # a sysctl or tunable may change it
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
        if size.startswith(_OBJECT):
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
        """A function of the family that returns a new block, and the block's size in terms of its parameters."""
        for file, at in self.facts.index.get(name, ()):
            function = self.facts.function_at(file, at)
            if function is None or function.name_token != at:
                continue
            sizes: set[str | None] = set()
            for where, number in self.facts.index.get("return", ()):
                if where is not file or not function.body[0] <= number < function.body[1]:
                    continue
                first, last = strip(file.tokens, (number + 1, _end(file.tokens, number + 1)))
                if _is_null(file.tokens[first:last]):
                    continue
                allocation = self._allocated(file, first)
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
        if allocation.size.startswith(_OBJECT):
            return allocation.size
        if allocation.call.name in _RESIZED:
            return None
        call = allocation.call
        names = {one.name for one in function.params}
        for place in _SIZES[call.name][0]:
            number, stop = call.args[place]
            while number < stop:
                token = call.tokens[number]
                if token.text == "sizeof":
                    text, number = self._sizeof(call.file, number, stop)
                    if text is None:
                        return None
                    continue
                if token.kind == "i" and token.text not in KEYWORDS and token.text not in names \
                        and not self.facts.is_constant(token) and not self._is_macro(token.text, token.ref):
                    return None
                if token.text in ("->", ".", "["):
                    return None
                if token.text in names and self.facts.is_changed(
                        call.file, function, token.text, function.body[0], call.at):
                    return None
                number += 1
        return allocation.size

    def _parameter_size(self, file: SourceFile, function: Declaration, name: str, at: int,
                        depth: int) -> str | None:
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
                sizes.add(_OBJECT + kind if kind not in ("", "void") else None)
                continue
            values = {}
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
            out += size[at:found.start()]
            at = found.end()
            if text.startswith("sizeof") or text.isupper() or text in _ANYWHERE:
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
        """No caller is in sight: the one function that returns such blocks names its size as this one's parameter."""
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
            if size.startswith(_OBJECT):
                sizes.add(size)
                continue
            if any(one.name in _words(size) and types.get(one.name) != _plain(one.type_text)
                   for one in callee.params):
                return None
            sizes.add(size)
        if len(sizes) != 1:
            return None
        size = sizes.pop()
        for one in function.params:
            if one.name in _words(size) and self.facts.is_changed(file, function, one.name, function.body[0], at):
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
        facts, file, function = self.facts, release.call.file, release.function
        path, at = release.path, release.call.at
        if path is None:
            return False
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
            if start < 0 or "".join(token.text for token in tokens[start:number + 1]) != text:
                continue
            after = number + 1
            if self._cleared(file, function, path, after, at):
                continue
            if tokens[after].text == "=":
                value = strip(tokens, (after + 1, _end(tokens, after + 1)))
                allocation = self._allocated(file, value[0])
                if (allocation is not None and allocation.waits or self._first_of_full(file, number, value)) \
                        and facts.always_before(file, function, number, at):
                    return True
            elif self._uses(tokens, start, after) and facts.always_before(file, function, number, at):
                return True
        return False

    @staticmethod
    def _uses(tokens: list, start: int, after: int) -> bool:        # type: ignore[type-arg]
        """A dereference, an assertion that it is there, or a list macro that follows it."""
        if tokens[after].text in ("->", "["):
            return tokens[start - 1].text != "sizeof" and tokens[start - 2].text != "sizeof"
        if tokens[start - 1].text == "*" and is_prefix(tokens, start - 1):
            return tokens[start - 2].text != "(" or tokens[start - 3].text != "sizeof"
        if tokens[after].text == "!=" and tokens[after + 1].text == "NULL":
            return tokens[start - 1].text == "(" and tokens[start - 2].text in ("KASSERT", "MPASS")
        opening = start - 1
        return tokens[opening].text in ("(", ",") and tokens[after].text == "," and any(
            tokens[number].text.endswith(("_REMOVE", "_INSERT_HEAD", "_INSERT_TAIL"))
            for number in range(max(0, start - 8), start))

    def _cleared(self, file: SourceFile, function: Declaration, path: Path, first: int, last: int) -> bool:
        """Whether the pointer gets another value between two tokens."""
        tokens = file.tokens
        if tokens[first].text == "=":
            first = _end(tokens, first + 1)
        base = re.match(r"\w+", path.text)
        if base is not None and self.facts.is_changed(file, function, base.group(), first, last):
            return True
        return bool(path.member) and any(
            where is file and first <= at < last for where, at, _ in
            self.facts.member_stores(path.owner, path.member, path.subscripts))

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
        head = "".join(token.text for token in tokens[value[0] + 1:value[1]])
        return tokens[opening - 1].text in ("while", "if") and condition == \
            f"(!{first[:-len('_FIRST')]}_EMPTY{head})"

    def _tested(self, file: SourceFile, function: Declaration, text: str, at: int) -> bool:
        """Under an `if` that holds only when the pointer is not null, or behind one that leaves when it is."""
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
            condition = [token.text for token in tokens[opening + 1:close]]
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
            condition = "".join(token.text for token in tokens[number + 2:close])
            if condition in (f"{text}==NULL", f"!{text}", f"NULL=={text}") or re.fullmatch(
                    rf"\({re.escape(text)}=.*\)==NULL", condition):
                body_end = statement_close(tokens, close + 1)
                body = [token.text for token in tokens[close + 1:body_end]]
                if body_end <= at and _leaves(body) and tokens[body_end].text != "else" \
                        and self.facts.always_before(file, function, number, at) \
                        and not (name and self.facts.is_changed(file, function, name.group(), body_end, at)):
                    return True
        return False


_ANYWHERE = frozenset(("MAX", "MIN", "howmany", "roundup", "roundup2", "nitems", "max", "min"))


def _end(tokens: list, first: int) -> int:          # type: ignore[type-arg]
    from portkit.rewrite.dataflow import expression_end
    return expression_end(tokens, first)


def _is_null(tokens: list) -> bool:                 # type: ignore[type-arg]
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
            out += text[at:token.start] + _factor(values[token.text])
            at = token.end
    return out + text[at:]


def _first_argument(texts: list[str]) -> list[str]:
    return texts[:texts.index(",")] if "," in texts else texts


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
    return part in (text, f"{text}!=NULL", f"NULL!={text}", f"{text}!=0") or bool(
        re.fullmatch(rf"\({re.escape(text)}=[^=].*\)!=NULL", part)) or bool(
        re.fullmatch(rf"\(?{re.escape(text)}=[^=].*\)?", part)) and not part.endswith("NULL")


def _leaves(body: list[str]) -> bool:
    words = [text for text in body if text not in ("{", "}", ";")]
    return bool(words) and any(text in ("return", "goto", "continue", "break", "panic") for text in body[-12:])


# -- what is written -----------------------------------------------------------------------------------------


def _emit(context: Context, memory: Memory, statements: Statements, release: Release) -> None:
    call, size = release.call, release.size
    assert size is not None
    file, tokens = call.file, call.tokens
    whole = memory.facts.whole_statement(call)
    path = release.path
    support = size == "bsd_free"
    zero = call.name == "zfree"
    if support:
        name = "bsd_zfree" if zero else "bsd_free"
        context.edit(file, tokens[call.at].start, tokens[call.end - 1].end, [f"{name}(", call.kept(0), ")"], RULE,
                     "support", support=("bsd_malloc",))
        return
    if release.local:
        brace = tokens[release.local_at]
        indent = statements.indent(file, release.local_at + 1)
        context.insert(file, brace.end, "\n" + indent + release.local + (
            "\n" if not _declares(tokens, release.local_at + 1) else ""), RULE, verbatim_indent=True)
    size = strip_parentheses(size)
    parts: list[Part] = ["kmem_free(", call.kept(0), f", {size})"]
    guarded = not memory.is_not_null(release)
    if guarded and (path is None or whole is None):
        return
    lines: list[list[Part]] = [parts]
    if zero:
        lines = [["bzero(", call.kept(0), f", {size})"], parts]
    more: dict[str, object] = {"headers": _HEADERS + (("sys/systm.h",) if zero else ())}
    if whole is None:
        if len(lines) == 1:
            context.edit(file, tokens[call.at].start, tokens[call.end - 1].end, parts, RULE, **more)    # type: ignore[arg-type]
        return
    if guarded:
        assert path is not None
        test = f"if ({source_text(file, path.span)} != NULL)"
        if zero:
            lines = [[test + " {"], ["\t", *lines[0], ";"], ["\t", *lines[1], ";"], ["}"]]
            _braced(context, statements, file, whole, lines, more)
            return
        lines = [[test], ["\t", *parts]]
    statements.replace(file, whole, lines, single=guarded, **more)
    for where, number in memory.unused_words:
        before = where.tokens[number - 1].end
        context.edit(where, before, where.tokens[number].end, [], RULE, what="__unused")
    memory.unused_words = []


def _braced(context: Context, statements: Statements, file: SourceFile, whole: Span, lines: list[list[Part]],
            more: dict[str, object]) -> None:
    """An `if` with a block in the place of a statement and its `;`."""
    indent = statements.indent(file, whole[0])
    parts: list[Part] = []
    for number, line in enumerate(lines):
        parts.extend((["\n" + indent] if number else []) + line)
    tokens = file.tokens
    if tokens[whole[1]].text == "else":
        statements.brace(file, whole)
    context.edit(file, tokens[whole[0]].start, tokens[whole[1] - 1].end, parts, RULE, verbatim_indent=True,
                 **more)


def _declares(tokens: list, at: int) -> bool:       # type: ignore[type-arg]
    """Whether a declaration stands at a token."""
    return tokens[at].text in ("struct", "union", "int", "unsigned", "char", "long", "const", "static", "void") or (
        tokens[at].kind == "i" and tokens[at + 1].kind == "i" and tokens[at].text not in KEYWORDS) or (
        tokens[at].kind == "i" and tokens[at + 1].text == "*" and starts_statement(tokens, at))


# -- blocks that know their size -----------------------------------------------------------------------------


def _support(context: Context, memory: Memory, unknown: list[Release]) -> None:
    """Send what cannot be sized through bsd_malloc, with everything that may be freed in the same places."""
    facts = memory.facts
    releases = {id(one): one for one in memory.releases}
    allocations = {id(one): one for one in memory.allocations}
    keys: dict[int, set[str]] = {}
    items: dict[str, list[int]] = {}
    exact: set[str] = set()
    for allocation in memory.allocations:
        keys[id(allocation)] = _allocation_keys(facts, allocation)
        exact |= keys[id(allocation)]
    for release in memory.releases:
        # A member or variable that blocks are assigned to by name; its type matters only where there is none.
        names = _release_keys(memory, release)
        named = {name for name in names & exact if not name.startswith("type ")}
        keys[id(release)] = named or names
    for number, names in keys.items():
        for name in names:
            items.setdefault(name, []).append(number)
    done: set[int] = set()
    for start in unknown:
        if id(start) in done:
            continue
        group, queue = [id(start)], [id(start)]
        while queue:
            for name in sorted(keys[queue.pop()]):
                for number in items[name]:
                    if number not in group:
                        group.append(number)
                        queue.append(number)
        done.update(group)
        made = [allocations[number] for number in group if number in allocations]
        freed = [releases[number] for number in group if number in releases]
        if not made or not all(_switchable(one) for one in made) or not all(
                _sources_known(memory, one) for one in freed):
            continue
        for release in freed:
            release.size = "bsd_free"
        for allocation in made:
            _switch(context, allocation)


def _release_keys(memory: Memory, release: Release) -> set[str]:
    facts, path = memory.facts, release.path
    if path is None:
        return set()
    file, function = release.call.file, release.function
    out = _keys(facts, file, function, path, pointee(facts.type_of(file, path.span)))
    if not path.member:
        for _, value in facts.local_assignments(file, function, path.text):
            source = facts.path(file, value)
            if source is not None and source.member:
                out |= _keys(facts, file, function, source, "")
    return out


def _allocation_keys(facts: Facts, allocation: Allocation) -> set[str]:
    target, file, function = allocation.target, allocation.call.file, allocation.function
    if target is None:
        return {f"type {allocation.pointee}"} if allocation.pointee not in _UNTYPED else set()
    out = _keys(facts, file, function, target, allocation.pointee)
    if not target.member:
        # Where the variable goes, the block goes.
        for where, at in facts.index.get(target.text, ()):
            if where is not file or not function.body[0] <= at < function.body[1] or \
                    file.tokens[at - 1].text != "=" or file.tokens[at + 1].text not in (";", ",", ")"):
                continue
            start = postfix_start(file.tokens, at - 1)
            other = facts.path(file, (start, at - 1)) if start >= 0 else None
            if other is not None:
                out |= _keys(facts, file, function, other, "")
    return out


_UNTYPED = frozenset(("", "void", "char", "unsigned char"))


def _keys(facts: Facts, file: SourceFile, function: Declaration, path: Path, kind: str) -> set[str]:
    out = set()
    if path.member and path.owner:
        out.add(f"member {path.owner}.{path.member}{'[]' * path.subscripts}")
    elif not path.member:
        scope = "" if facts.is_global(file, function, path.text) else f"{file.path}:{function.name}"
        out.add(f"variable {scope}:{path.text}{'[]' * path.subscripts}")
    if kind not in _UNTYPED:
        out.add(f"type {kind}")
    return out


def _sources_known(memory: Memory, release: Release) -> bool:
    """Whether no block but the family's own, seen ones, can come to where this one is freed."""
    path, facts = release.path, memory.facts
    if path is None:
        return False
    if pointee(facts.type_of(release.call.file, path.span)) not in _UNTYPED:
        return True
    values: list[tuple[SourceFile, Declaration | None, Span]] = []
    if path.member:
        if not path.owner:
            return False
        for file, at, operator in facts.member_stores(path.owner, path.member, path.subscripts):
            if operator != "=":
                return False
            equals = at + 1
            while file.tokens[equals].text == "[":
                equals = matching_close(file.tokens, equals) + 1
            values.append((file, facts.function_at(file, at), (equals + 1, _end(file.tokens, equals + 1))))
    else:
        values = [(release.call.file, release.function, value) for _, value in facts.local_assignments(
            release.call.file, release.function, path.text)]
        if not values:
            return False
    for file, function, value in values:
        first, last = strip(file.tokens, value)
        if _is_null(file.tokens[first:last]) or memory.by_call.get((file, first)) is not None:
            continue
        source = facts.path(file, (first, last))
        if function is None or source is None or source.member:
            return False
        inner = [strip(file.tokens, one) for _, one in facts.local_assignments(file, function, source.text)]
        if not inner or not all(_is_null(file.tokens[one:two]) or memory.by_call.get((file, one)) is not None
                                for one, two in inner):
            return False
    return True


def _switchable(allocation: Allocation) -> bool:
    return all(word in ("|", "(", ")") or word.startswith("M_") for word in allocation.flags) and (
        allocation.target is not None or allocation.returned)


def _switch(context: Context, allocation: Allocation) -> None:
    call = allocation.call
    zero = "M_ZERO" in allocation.flags
    wait = "KM_NOSLEEP" if "M_NOWAIT" in allocation.flags else "KM_SLEEP"
    places = _SIZES[call.name][0]
    name = "bsd_zalloc" if zero else "bsd_malloc"
    parts: list[Part] = [f"{name}("]
    if call.name in _RESIZED:
        parts = ["bsd_reallocf(" if call.name == "reallocf" else "bsd_realloc(", call.kept(0), ", "]
    for number, place in enumerate(places):
        if number:
            parts.append(" * ")
        if len(places) > 1:
            parts.extend(["(", call.kept(place), ")"])
        else:
            parts.append(call.kept(place))
    parts.append(f", {wait})")
    context.edit(call.file, call.tokens[call.at].start, call.tokens[call.end - 1].end, parts, RULE, "support",
                 headers=_HEADERS, support=("bsd_malloc",))


__all__ = ["CAST_MACROS", "run"]
