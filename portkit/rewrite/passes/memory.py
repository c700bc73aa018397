"""free(9) becomes kmem_free(9F): the size is the one that was allocated, wherever that was.

FreeBSD's allocator knows how large a block is, illumos' wants to be told.  For every `free(p, type)` the
pass follows the pointer back to its allocation (portkit.rewrite.allocation).  Where the size cannot be
told, the block and all that may be freed in the same place get a header that holds it (`bsd_malloc`); where
not even that is consistent, the call is left alone and reported.
"""

from __future__ import annotations

from collections.abc import Sequence

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.allocation import RESIZED, SIZES, Allocation, Memory, Release, is_null
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import (
    Facts,
    Path,
    expression_end,
    pointee,
    source_text,
    strip,
)
from portkit.rewrite.edit import Part
from portkit.rewrite.filters import strip_parentheses
from portkit.rewrite.statements import (
    Statements,
    starts_statement,
)
from portkit.rules.pattern import (
    Span,
    matching_close,
    postfix_start,
)

RULE = "memory"
_HEADERS = ("sys/kmem.h",)


def run(context: Context) -> None:
    memory = Memory.of(context)
    statements = Statements(context, RULE)
    unknown = []
    for release in memory.releases:
        release.size = memory.size_of(
            release.call.file, release.function, release.call.args[0], release.call.at
        )
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
    for file, number in memory.unused_words:
        before = file.tokens[number - 1].end
        context.edit(file, before, file.tokens[number].end, [], RULE, what="__unused")


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
        context.edit(
            file,
            tokens[call.at].start,
            tokens[call.end - 1].end,
            [f"{name}(", call.kept(0), ")"],
            RULE,
            "support",
            support=("bsd_malloc",),
        )
        return
    if release.local:
        brace = tokens[release.local_at]
        indent = statements.indent(file, release.local_at + 1)
        context.insert(
            file,
            brace.end,
            "\n" + indent + release.local + ("\n" if not _declares(tokens, release.local_at + 1) else ""),
            RULE,
            verbatim_indent=True,
        )
    size = strip_parentheses(size)
    parts: list[Part] = ["kmem_free(", call.kept(0), f", {size})"]
    guarded = not memory.is_not_null(release)
    if guarded and (path is None or whole is None):
        return
    lines: list[list[Part]] = [parts]
    if zero:
        lines = [["bzero(", call.kept(0), f", {size})"], parts]
    headers = (*_HEADERS, "sys/systm.h") if zero else _HEADERS
    if whole is None:
        if len(lines) == 1:
            context.edit(file, tokens[call.at].start, tokens[call.end - 1].end, parts, RULE, headers=headers)
        return
    if guarded:
        assert path is not None
        test = f"if ({source_text(file, path.span)} != NULL)"
        if zero:
            lines = [[test + " {"], ["\t", *lines[0], ";"], ["\t", *lines[1], ";"], ["}"]]
            _braced(context, statements, file, whole, lines, headers)
            return
        lines = [[test], ["\t", *parts]]
    statements.replace(file, whole, lines, single=guarded, headers=headers)


def _braced(
    context: Context,
    statements: Statements,
    file: SourceFile,
    whole: Span,
    lines: list[list[Part]],
    headers: tuple[str, ...],
) -> None:
    """An `if` with a block in the place of a statement and its `;`."""
    indent = statements.indent(file, whole[0])
    parts: list[Part] = []
    for number, line in enumerate(lines):
        parts.extend((["\n" + indent] if number else []) + line)
    tokens = file.tokens
    if tokens[whole[1]].text == "else":
        statements.brace(file, whole)
    context.edit(
        file,
        tokens[whole[0]].start,
        tokens[whole[1] - 1].end,
        parts,
        RULE,
        verbatim_indent=True,
        headers=headers,
    )


def _declares(tokens: Sequence[Token], at: int) -> bool:
    """Whether a declaration stands at a token."""
    return (
        tokens[at].text in ("struct", "union", "int", "unsigned", "char", "long", "const", "static", "void")
        or (tokens[at].kind == "i" and tokens[at + 1].kind == "i" and tokens[at].text not in KEYWORDS)
        or (tokens[at].kind == "i" and tokens[at + 1].text == "*" and starts_statement(tokens, at))
    )


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
        if (
            not made
            or not all(_switchable(one) for one in made)
            or not all(_sources_known(memory, one) for one in freed)
        ):
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
            if (
                where is not file
                or not function.body[0] <= at < function.body[1]
                or file.tokens[at - 1].text != "="
                or file.tokens[at + 1].text not in (";", ",", ")")
            ):
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
            values.append(
                (file, facts.function_at(file, at), (equals + 1, expression_end(file.tokens, equals + 1)))
            )
    else:
        values = [
            (release.call.file, release.function, value)
            for _, value in facts.local_assignments(release.call.file, release.function, path.text)
        ]
        if not values:
            return False
    for file, function, value in values:
        first, last = strip(file.tokens, value)
        if is_null(file.tokens[first:last]) or memory.by_call.get((file, first)) is not None:
            continue
        source = facts.path(file, (first, last))
        if function is None or source is None or source.member:
            return False
        inner = [strip(file.tokens, one) for _, one in facts.local_assignments(file, function, source.text)]
        if not inner or not all(
            is_null(file.tokens[one:two]) or memory.by_call.get((file, one)) is not None for one, two in inner
        ):
            return False
    return True


def _switchable(allocation: Allocation) -> bool:
    return all(word in ("|", "(", ")") or word.startswith("M_") for word in allocation.flags) and (
        allocation.target is not None or allocation.returned
    )


def _switch(context: Context, allocation: Allocation) -> None:
    call = allocation.call
    zero = "M_ZERO" in allocation.flags
    wait = "KM_NOSLEEP" if "M_NOWAIT" in allocation.flags else "KM_SLEEP"
    places = SIZES[call.name][0]
    name = "bsd_zalloc" if zero else "bsd_malloc"
    parts: list[Part] = [f"{name}("]
    if call.name in RESIZED:
        parts = ["bsd_reallocf(" if call.name == "reallocf" else "bsd_realloc(", call.kept(0), ", "]
    for number, place in enumerate(places):
        if number:
            parts.append(" * ")
        if len(places) > 1:
            parts.extend(["(", call.kept(place), ")"])
        else:
            parts.append(call.kept(place))
    parts.append(f", {wait})")
    context.edit(
        call.file,
        call.tokens[call.at].start,
        call.tokens[call.end - 1].end,
        parts,
        RULE,
        "support",
        headers=_HEADERS,
        support=("bsd_malloc",),
    )
