"""What FreeBSD's build lets pass and the gate's does not.

FreeBSD compiles its kernel with -Wno-pointer-sign and without gcc's -Wmaybe-uninitialized. clang says where
the gate's compilers would complain: a pointer to the other signedness gets a cast, a variable that some
path reads before it is set starts at zero (which is a bug of upstream's now and then: the report shows
each), and a variable that only an assertion reads is marked as unused, because ASSERT(9F) is empty in a
production build.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile, Warning
from portkit.rewrite.context import Context
from portkit.rewrite.passes.locals import local_variables
from portkit.rules.pattern import CLOSE, OPEN, enclosing_open, matching_close, matching_open

ASSERTIONS = ("KASSERT", "MPASS", "VNASSERT", "mtx_assert", "sx_assert", "rw_assert")
_TARGET = re.compile(
    r"(?:to parameter of type|assigning to|initializing|returning .* from a function with result type) '([^']+)'")


def run(context: Context) -> None:
    program = context.program
    for warning in program.warnings:
        file = program.files.get(program.relative(warning.file))
        if file is None or file.path in context.dropped_files:
            continue
        at = _token_at(file.tokens, warning.offset)
        if at < 0:
            continue
        if warning.option == "-Wpointer-sign":
            _cast(context, file, at, warning)
        elif warning.option.endswith("uninitialized"):
            _initialise(context, file, at, warning)
    for file, function in context.functions():
        _asserted(context, file, function)


def _token_at(tokens: Sequence[Token], offset: int) -> int:
    at = bisect.bisect_right([token.start for token in tokens], offset) - 1
    return at if at >= 0 and tokens[at].start <= offset < tokens[at].end else -1


def _cast(context: Context, file: SourceFile, at: int, warning: Warning) -> None:
    found = _TARGET.search(warning.text)
    if found is None:
        return
    tokens = file.tokens
    if warning.text.startswith("passing"):
        start = at
        while start > 0 and not (tokens[start - 1].text in OPEN or tokens[start - 1].text == ","):
            start = matching_open(tokens, start - 1) if tokens[start - 1].text in CLOSE else start - 1
        callee = _callee(tokens, start)
        if callee is None or not _keeps_its_name(context, callee):
            return
    else:
        start = at
        while start < len(tokens) and tokens[start].text not in ("=", ";"):
            start += 1
        if tokens[start].text != "=":
            return
        start += 1
    target = context.illumos_type(found.group(1))
    context.insert(file, tokens[start].start, f"({target})", "pointer-sign")


def _callee(tokens: Sequence[Token], argument: int) -> Token | None:
    """The name of the function whose argument list an argument stands in."""
    opening = enclosing_open(tokens, argument)
    if opening < 1 or tokens[opening].text != "(" or tokens[opening - 1].kind != "i":
        return None
    return tokens[opening - 1]


def _keeps_its_name(context: Context, callee: Token) -> bool:
    """A function of the family's, or one that illumos has under the same name: no row has seen to its arguments."""
    ref = callee.ref
    if not isinstance(ref, Ref) or not ref.external:
        return True
    return callee.text in context.rules.same and callee.text not in context.rules.by_anchor


def _initialise(context: Context, file: SourceFile, at: int, warning: Warning) -> None:
    found = re.search(r"variable '(\w+)'", warning.text)
    function = context.outline(file).function_at(at)
    if found is None or function is None:
        return
    tokens = file.tokens
    name = found.group(1)
    for number in range(function.body[0], at):
        token = tokens[number]
        if token.text != name or tokens[number + 1].text not in (";", ","):
            continue
        before = tokens[number - 1]
        if before.text == "*" or before.kind == "i" or before.text == ",":
            value = "NULL" if before.text == "*" else "0"
            first = number
            while first > function.body[0] and tokens[first - 1].text not in (";", "{", "}"):
                first -= 1
            if tokens[first].text == "bool":
                value = "false"
            key = (file.path, token.end, "initialise")
            if key not in context.once:
                context.once.add(key)
                context.insert(file, token.end, f" = {value}", "initialise",
                               why=f"{name} may be read before it is set (upstream line {file.line(warning.offset)})")
            return


def _asserted(context: Context, file: SourceFile, function: Declaration) -> None:
    tokens = file.tokens
    first, last = function.body
    spans = []
    for number in range(first, last):
        token = tokens[number]
        if token.text in ASSERTIONS and isinstance(token.ref, Ref) and token.ref.external \
                and tokens[number + 1].text == "(":
            spans.append((number, matching_close(tokens, number + 1)))
    if not spans:
        return
    names = {tokens[at].text for a, b in spans for at in range(a, b)
             if tokens[at].kind == "i" and tokens[at - 1].text not in ("->", ".")}
    declarations = {local.name for local in local_variables(file, function)}
    for name in sorted(names):
        declared = -1
        read = False
        for number in range(first, last):
            if tokens[number].text != name or tokens[number].kind != "i" or tokens[number - 1].text in ("->", "."):
                continue
            if any(a < number < b for a, b in spans):
                continue
            after = tokens[number + 1].text
            before = tokens[number - 1]
            if declared < 0 and after in (";", ",", "=") and number in declarations:
                declared = number
            elif not (after == "=" and before.text in (";", "{", "}", ")")):
                read = True
                break
        if declared >= 0 and not read:
            context.insert(file, tokens[declared].end, " __unused", "asserted", headers=("sys/ccompile.h",))
