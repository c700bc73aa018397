"""Giant, the lock that FreeBSD's newbus holds over every driver, becomes what it protects.

Around calls that change the device tree it is the busy state of the parent node (ndi_devi_enter).  What is
left protects the driver's own state: a mutex of the module.  newbus calls a function that says
GIANT_REQUIRED with the lock held; illumos calls attach(9E) and detach(9E) without it, so the outermost such
function takes the mutex, and lets go of it where it returns.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import (
    Call,
    Facts,
    strip,
)
from portkit.rewrite.edit import Kept
from portkit.rewrite.statements import (
    Statements,
    is_unbraced,
    line_indent,
    starts_statement,
    statement_close,
)
from portkit.rules.pattern import statement_end, statement_start

RULE = "giant"
_LOCK = frozenset(("mtx_lock", "mtx_lock_flags"))
_UNLOCK = frozenset(("mtx_unlock", "mtx_unlock_flags"))
# Calls that change the device tree, by what their first argument is.
_OF_PARENT = frozenset(
    (
        "device_add_child",
        "device_add_child_ordered",
        "device_delete_child",
        "device_delete_children",
        "bus_generic_attach",
        "bus_generic_detach",
        "bus_generic_probe",
        "bus_generic_driver_added",
    )
)
_OF_CHILD = frozenset(("device_probe_and_attach", "device_attach", "device_detach", "device_probe"))
_HEADERS = ("sys/ksynch.h",)


@dataclass(eq=False)
class User:
    """A function that knows Giant."""

    file: SourceFile
    function: Declaration
    calls: list[Call] = field(default_factory=list)  # of mtx_lock and mtx_unlock
    words: list[int] = field(default_factory=list)  # tokens `Giant`
    required: int = -1  # token GIANT_REQUIRED
    parent: str = ""  # the node that is busy instead
    inner: bool = False  # called with the lock held

    def actions(self) -> list[tuple[int, str, str]]:
        out = [(call.at, "acquire" if call.name in _LOCK else "release", "Giant") for call in self.calls]
        if self.required >= 0:
            out.append((self.required, "acquire", "Giant"))
        return sorted(out)


def run(context: Context) -> None:
    facts = Facts.of(context)
    if not facts.external("Giant"):
        return
    users = _users(facts)
    macros = _macro_words(context)
    if not users and not macros:
        return
    for user in users:
        user.parent = _parent(facts, user)
    module = [user for user in users if not user.parent]
    if module or macros:
        lock = _name(context, module)
        _mark_inner(facts, module)
        statements = Statements(context, RULE)
        for user in module:
            _own_lock(context, facts, statements, user, lock)
        _guard_callers(context, facts, statements, module, lock)
        statements.finish()
        for file, start, end in macros:
            context.edit(file, start, end, [lock], RULE, headers=_HEADERS)
        _declare(context, lock, [user.file for user in module], {file.path for file, _, _ in macros})
    for user in users:
        if user.parent:
            _busy_parent(context, user)


def _users(facts: Facts) -> list[User]:
    found: dict[tuple[SourceFile, int], User] = {}

    def user_at(file: SourceFile, at: int) -> User | None:
        function = facts.function_at(file, at)
        if function is None or function.name in facts.context.dropped_functions:
            return None
        return found.setdefault((file, function.first), User(file, function))

    for file, at in facts.index.get("Giant", ()):
        user = user_at(file, at)
        if user is not None:
            user.words.append(at)
    for file, at in facts.index.get("GIANT_REQUIRED", ()):
        user = user_at(file, at)
        if user is not None:
            user.required = at
    for call in facts.calls(*sorted(_LOCK | _UNLOCK)):
        assert call.function is not None
        user = found.get((call.file, call.function.first))
        if user is not None and call.args and call.texts(0) == ["&", "Giant"]:
            user.calls.append(call)
    for user in found.values():
        user.calls.sort(key=lambda call: call.at)
    return sorted(found.values(), key=lambda user: (user.file.path, user.function.first))


def _macro_words(context: Context) -> list[tuple[SourceFile, int, int]]:
    return [
        (file, token.start, token.end)
        for file in context.files()
        for directive in file.directives
        if directive.name == "define" and not directive.skipped
        for token in directive.body
        if token.text == "Giant"
    ]


# -- the device tree -----------------------------------------------------------------------------------------


def _parent(facts: Facts, user: User) -> str:
    """The node whose children a function changes under Giant; '' when it protects something else."""
    file, function = user.file, user.function
    if user.required >= 0 or not user.calls or len(user.words) != len(user.calls):
        return ""
    first, last = user.calls[0].at, user.calls[-1].at
    parents = set()
    children = {}
    until = first
    for call in facts.calls(*sorted(_OF_PARENT | _OF_CHILD)):
        if (
            call.file is not file
            or call.function is not function
            or not call.args
            or not first < call.at < last
        ):
            continue
        until = max(until, call.at)
        if call.name in _OF_PARENT:
            parents.add(call.text(0))
            start = statement_start(file.tokens, call.at)
            if "=" in [token.text for token in file.tokens[start : call.at]]:
                children["".join(token.text for token in file.tokens[start : call.at - 1])] = call.text(0)
        else:
            child = "".join(call.texts(0))
            parents.add(children.get(child, f"ddi_get_parent({call.text(0)})"))
    if len(parents) != 1:
        return ""
    parent = parents.pop()
    base = re.sub(r"^ddi_get_parent\(", "", parent)
    for name in re.findall(r"(?<![.>])\b[A-Za-z_]\w*", base):
        if facts.is_changed(file, function, name, first, until):
            return ""
        known = (
            any(one.name == name for one in function.params)
            or facts.is_global(file, function, name)
            or any(where < first for where, _ in facts.local_assignments(file, function, name))
        )
        if not known:
            return ""
    return parent


def _busy_parent(context: Context, user: User) -> None:
    file, function = user.file, user.function
    tokens = file.tokens
    for call in user.calls:
        enter = call.name in _LOCK
        text = f"ndi_devi_enter({user.parent}, &circ)" if enter else f"ndi_devi_exit({user.parent}, circ)"
        context.edit(
            file, tokens[call.at].start, tokens[call.end - 1].end, [text], RULE, headers=("sys/sunndi.h",)
        )
    brace = tokens[function.body[0] - 1]
    context.insert(file, brace.end, "\n\tint circ;", RULE, verbatim_indent=True)


# -- the module's own lock -----------------------------------------------------------------------------------


def _name(context: Context, users: list[User]) -> str:
    """`<prefix>_giant`: what the names of the functions that use it begin with."""
    prefix = os.path.commonprefix([user.function.name for user in users])
    if len(users) == 1 or not prefix.endswith("_"):
        prefix = prefix.rsplit("_", 1)[0] if "_" in prefix else ""
    if len(users) == 1:
        prefix = users[0].function.name.split("_", 1)[0]
    prefix = prefix.strip("_") or context.driver_name or (users[0].file.path.stem if users else "bsd")
    return f"{prefix}_giant"


def _mark_inner(facts: Facts, users: list[User]) -> None:
    """Functions that are called by one that holds the lock must not take it again."""
    required = {user.function.name: user for user in users if user.required >= 0}
    for user in users:
        actions = user.actions()
        for name, other in required.items():
            if other is not user and any(
                facts.held(user.file, user.function, at, actions)
                for file, at in facts.index.get(name, ())
                if file is user.file and user.function.body[0] <= at < user.function.body[1]
            ):
                other.inner = True


def _guard_callers(
    context: Context, facts: Facts, statements: Statements, users: list[User], lock: str
) -> None:
    """Who calls such an inner function without the lock takes it around the call."""
    by_function = {(user.file, user.function.first): user for user in users}
    for user in users:
        if not user.inner:
            continue
        for call in facts.calls(user.function.name):
            assert call.function is not None
            caller = by_function.get((call.file, call.function.first))
            if caller is not None and (
                caller.inner or facts.held(call.file, call.function, call.at, caller.actions())
            ):
                continue
            start = statement_start(call.tokens, call.at)
            if not starts_statement(call.tokens, start) or call.tokens[start].text in (
                "return",
                "if",
                "while",
                "for",
            ):
                continue
            span = (start, statement_end(call.tokens, call.at))
            statements.before(call.file, span, f"mutex_enter(&{lock});", headers=_HEADERS)
            statements.after(call.file, span, f"mutex_exit(&{lock});", headers=_HEADERS)


def _own_lock(context: Context, facts: Facts, statements: Statements, user: User, lock: str) -> None:
    file = user.file
    tokens = file.tokens
    for at in user.words:
        context.edit(file, tokens[at].start, tokens[at].end, [lock], RULE, headers=_HEADERS)
    if user.required < 0:
        return
    word = tokens[user.required]
    if user.inner:
        context.edit(
            file,
            word.start,
            word.end,
            [f"ASSERT(MUTEX_HELD(&{lock}))"],
            RULE,
            headers=("sys/debug.h", *_HEADERS),
        )
        return
    context.edit(file, word.start, word.end, [f"mutex_enter(&{lock})"], RULE, headers=_HEADERS)
    _leave(context, facts, statements, user, f"mutex_exit(&{lock});")


def _leave(context: Context, facts: Facts, statements: Statements, user: User, text: str) -> None:
    """Put a statement in front of every return reached with the lock held, and at the function's end."""
    file, function = user.file, user.function
    tokens = file.tokens
    actions = user.actions()
    for where, at in sorted(
        (
            (file, at)
            for at in range(user.required, function.body[1])
            if tokens[at].text == "return" and not tokens[at].skipped
        ),
        key=lambda one: one[1],
    ):
        if not facts.held(where, function, at, actions):
            continue
        span = (at, statement_end(tokens, at))
        value = strip(tokens, (at + 1, span[1] - 1))
        if any(
            tokens[number].kind == "i" and tokens[number + 1].text == "(" and tokens[number].text != "sizeof"
            for number in range(value[0], value[1] - 1)
        ):
            _return_call(context, statements, user, span, value, text)
        else:
            statements.before(file, span, text, headers=_HEADERS)
    end = function.body[1]
    if (
        function.returns.split()[-1:] == ["void"]
        and facts.held(file, function, end, actions)
        and not _ends_in_return(user)
    ):
        offset = tokens[end - 1].end
        context.insert(
            file,
            offset,
            "\n" + line_indent(file.text, tokens[user.required].start) + text,
            RULE,
            verbatim_indent=True,
            headers=_HEADERS,
        )


def _return_call(
    context: Context,
    statements: Statements,
    user: User,
    span: tuple[int, int],
    value: tuple[int, int],
    text: str,
) -> None:
    """`return (f(sc));`: the call still runs with the lock held."""
    file = user.file
    tokens = file.tokens
    kind = re.sub(r"\b(static|inline|__inline)\b\s*", "", user.function.returns).strip()
    indent = line_indent(file.text, tokens[span[0]].start)
    unbraced = is_unbraced(tokens, span[0])
    inner = indent if unbraced else indent + "\t"
    first, last = tokens[value[0]].start, tokens[value[1] - 1].end
    gap = "" if kind.endswith("*") else " "
    lines = f";\n\n{inner}{text}\n{inner}return (rv);"
    if unbraced:
        statements.brace(file, span)
        head, tail = f"{kind}{gap}rv = ", lines
    else:
        head, tail = f"{{\n{inner}{kind}{gap}rv = ", f"{lines}\n{indent}}}"
    context.edit(
        file,
        tokens[span[0]].start,
        tokens[span[1] - 1].end,
        [head, Kept(first, last), tail],
        RULE,
        verbatim_indent=True,
        headers=_HEADERS,
    )


def _ends_in_return(user: User) -> bool:
    """Whether the last statement of a function leaves it."""
    tokens = user.file.tokens
    at, end = user.function.body
    last = at
    while at < end:
        if tokens[at].kind == "#" or tokens[at].skipped:
            at += 1
            continue
        last = at
        at = statement_close(tokens, at)
    return tokens[last].text == "return"


def _declare(context: Context, lock: str, users: list[SourceFile], headers: set[Path]) -> None:
    """Define the mutex in the first source that uses it; every other file that does names it."""
    files = {file.path: file for file in users}
    program = context.program
    for path in headers:
        files.update(
            {
                source: program.files[source]
                for source, included in program.includes.items()
                if (path in included or source == path) and source in program.files
            }
        )
    sources = [file for path, file in sorted(files.items()) if not file.is_header]
    if not sources:
        return
    home = sources[0]
    shared = len({file.path for file in users} | headers) > 1 or bool(
        headers & {file.path for file in context.files() if file.is_header}
    )
    comment = "/* Held where newbus would hold Giant. */\n"
    storage = "" if shared else "static "
    context.insert(
        home,
        _top(context, home),
        f"{comment}{storage}kmutex_t {lock};\n\n",
        RULE,
        verbatim_indent=True,
        headers=_HEADERS,
    )
    for file in dict.fromkeys([*sources[1:], *(one for one in users if one.is_header)]):
        context.insert(
            file,
            _top(context, file),
            f"extern kmutex_t {lock};\n\n",
            RULE,
            verbatim_indent=True,
            headers=_HEADERS,
        )
    context.module_locks.append((lock, home.path))


def _top(context: Context, file: SourceFile) -> int:
    """In front of the first function that stands under no #if, and of the comment above it."""
    tokens = file.tokens
    functions: Iterable[Declaration] = (
        item for item in context.outline(file).declarations if item.kind == "function"
    )
    for function in functions:
        depth = 0
        for token in tokens[: function.first]:
            if token.kind == "#" and token.directive is not None:
                depth += token.directive.name in ("if", "ifdef", "ifndef")
                depth -= token.directive.name == "endif"
        if depth > (1 if file.is_header else 0):
            continue
        offset = tokens[function.first].start
        for start, end in reversed(file.lexed.comments):
            if end <= offset and not file.text[end:offset].strip() and file.text[end:offset].count("\n") == 1:
                offset = start
        return file.text.rfind("\n", 0, offset) + 1
    last = max(
        (directive.line_end + 1 for directive in file.directives if directive.name == "include"), default=0
    )
    return min(last, len(file.text))


__all__ = ["run"]
