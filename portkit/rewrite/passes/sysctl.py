"""sysctl(9) leaves become statistics of named kstats, kstat(9S): what the rows of sysctl.toml cannot see one at a time.

A statistic lives as long as its node, so its context is not passed on, and it has no description: variables that only
held the one or the other go.  Which handlers take new values is said where they are added.
"""

from __future__ import annotations

from collections.abc import Iterator

from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import Call, Facts
from portkit.rewrite.edit import Kept
from portkit.rewrite.statements import is_unbraced, starts_statement
from portkit.rules.pattern import Span, matching_close, matching_open, split_arguments, statement_end, statement_start

RULE = "sysctl"
_LEAVES = tuple(f"SYSCTL_ADD_{name}" for name in (
    "INT", "UINT", "S32", "U32", "LONG", "ULONG", "QUAD", "UQUAD", "S64", "U64", "STRING", "PROC"))
_NODE = "SYSCTL_ADD_NODE"
_READ_ONLY = frozenset(("CTLFLAG_RD", "CTLFLAG_RDTUN"))
_WRITERS = ("snprintf", "sprintf", "strlcpy", "ksprintf")


def run(context: Context) -> None:
    facts = Facts.of(context)
    leaves = list(facts.calls(*_LEAVES))
    nodes = list(facts.calls(_NODE))
    for call in leaves:
        _role(context, call)
        if _outlived(facts, call):
            _left(context, call)
    for file, function in {(call.file, _function(call).first): _function(call) for call in leaves + nodes}.items():
        _contexts(context, facts, file[0], function, leaves)
        _descriptions(context, facts, file[0], function, leaves + nodes)
    _shared(context, facts)


def _function(call: Call) -> Declaration:
    assert call.function is not None
    return call.function


def _role(context: Context, call: Call) -> None:
    """A handler that some leaf lets an administrator write to serves as `sysctl_write`."""
    if call.name == "SYSCTL_ADD_PROC" and len(call.args) == 10 and not _READ_ONLY & set(call.texts(4)):
        context.roles.setdefault(call.tokens[call.args[7][1] - 1].text, set()).add("sysctl_write")


def _shared(context: Context, facts: Facts) -> None:
    """`helper(oidp, arg1, arg2, req, low, high)`: handlers hand what they got to one that several share."""
    for file, item in context.functions():
        if file.tokens[item.name_token + 2].text != "SYSCTL_HANDLER_ARGS":
            continue
        for call in facts.calls(item.name):
            if len(call.args) < 4 or call.texts(0) != ["oidp"] or call.texts(3) != ["req"]:
                continue
            tokens = call.tokens
            oidp, before, req = tokens[call.args[0][0]], tokens[call.args[3][0] - 2], tokens[call.args[3][0]]
            context.edit(call.file, oidp.start, oidp.end, ["knp, rw"], RULE)
            context.edit(call.file, before.end, req.end, [], RULE)


# -- contexts that are freed before the node -----------------------------------------------------------------

def _outlived(facts: Facts, call: Call) -> bool:
    """Whether a leaf on the device's own node has a context that may be freed before the device's."""
    if len(call.args) < 2:
        return False
    node = _value(facts, call, call.args[1])
    owner = _value(facts, call, call.args[0])
    return "device_get_sysctl_tree" in node and owner[:1] == ["&"]


def _value(facts: Facts, call: Call, span: Span) -> list[str]:
    """The words of an argument, or of what was last assigned to the variable that it is."""
    tokens = call.tokens
    if span[1] - span[0] == 1:
        found = [value for at, value in facts.local_assignments(call.file, _function(call), tokens[span[0]].text)
                 if at < call.at]
        if found:
            span = found[-1]
    return [token.text for token in tokens[slice(*span)]]


def _left(context: Context, call: Call) -> None:
    start, end = call.tokens[call.at].start, call.tokens[call.end - 1].end
    context.edit(call.file, start, end, [Kept(start, end, raw=True)], RULE, "residue",
                 hint="this statistic would outlive its context: add it to a node of that context")


# -- variables that nobody asks any more ---------------------------------------------------------------------

def _contexts(context: Context, facts: Facts, file: SourceFile, function: Declaration, leaves: list[Call]) -> None:
    """`ctx = device_get_sysctl_ctx(dev)` and its declaration, where ctx is only passed to leaves."""
    passed = {call.args[0] for call in leaves if call.file is file and call.args}
    for name, declared in _locals(file, function):
        head = [token.text for token in file.tokens[declared[0]:declared[1]]]
        if head[:3] != ["struct", "sysctl_ctx_list", "*"]:
            continue
        gone: list[Span] = [declared]
        for at in _places(facts, file, function, name, declared):
            statement = _statement(file, at)
            if (at, at + 1) in passed or _dropped_by_macro(context, file, at):
                continue
            if statement is None or statement[0] != at or file.tokens[at + 1].text != "=" \
                    or not _pure(file, (at + 2, statement[1] - 1)):
                break
            gone.append(statement)
        else:
            if head[4:5] == ["="] and not _pure(file, (declared[0] + 5, declared[1] - 1)):
                continue
            _remove(context, file, gone)


def _descriptions(context: Context, facts: Facts, file: SourceFile, function: Declaration, calls: list[Call]) -> None:
    """A buffer that was only filled with descriptions."""
    passed = {call.args[-1] for call in calls if call.file is file and call.args}
    for name, declared in _locals(file, function):
        head = [token.text for token in file.tokens[declared[0]:declared[1]]]
        if head[0] != "char" or head[2] != "[" or "=" in head:
            continue
        gone: list[Span] = [declared]
        shown = False
        for at in _places(facts, file, function, name, declared):
            statement = _statement(file, at)
            if (at, at + 1) in passed:
                shown = True
                continue
            if statement is None or not _fills(file, statement, name):
                break
            gone.append(statement)
        else:
            if shown:
                _remove(context, file, list(dict.fromkeys(gone)))


def _dropped_by_macro(context: Context, file: SourceFile, at: int) -> bool:
    """Whether a word is an argument of one of the family's macros that passes it on as the context of leaves alone."""
    tokens = file.tokens
    opening = at - 1
    while opening > 0 and tokens[opening].text not in ("(", ";", "{", "}"):
        opening = matching_open(tokens, opening) - 1 if tokens[opening].text == ")" else opening - 1
    macro = context.program.own_macros.get(tokens[opening - 1].text)
    if tokens[opening].text != "(" or macro is None or macro.params is None:
        return False
    args = split_arguments(tokens, opening)
    if (at, at + 1) not in args or args.index((at, at + 1)) >= len(macro.params):
        return False
    name = macro.params[args.index((at, at + 1))]
    places = [number for number, token in enumerate(macro.body) if token.text == name]
    return bool(places) and all(macro.body[number - 1].text == "(" and macro.body[number - 2].text in _LEAVES
                                for number in places)


def _locals(file: SourceFile, function: Declaration) -> Iterator[tuple[str, Span]]:
    """Declarations of one variable each in the outermost block: (name, statement)."""
    tokens = file.tokens
    at, end = function.body
    while at < end:
        if tokens[at].kind == "#" or tokens[at].skipped or tokens[at].text == "{":
            at = matching_close(tokens, at) + 1 if tokens[at].text == "{" else at + 1
            continue
        close = statement_end(tokens, at)
        first = 2 if tokens[at].text == "struct" else 1
        name = at + first
        while name < close and tokens[name].text == "*":
            name += 1
        if tokens[at].kind == "i" and tokens[name].kind == "i" and tokens[name + 1].text in ("=", ";", "[") \
                and not any(token.text == "," for token in tokens[name:close] if tokens[name + 1].text != "="):
            yield tokens[name].text, (at, close)
        at = close


def _places(facts: Facts, file: SourceFile, function: Declaration, name: str, declared: Span) -> list[int]:
    return [at for where, at in facts.index.get(name, ())
            if where is file and function.body[0] <= at < function.body[1] and not declared[0] <= at < declared[1]
            and file.tokens[at - 1].text not in (".", "->")]


def _statement(file: SourceFile, at: int) -> Span | None:
    """The statement of a token where it can be taken out, since it is not the only one of an `if` or a loop."""
    tokens = file.tokens
    start = statement_start(tokens, at)
    while start > 0 and tokens[start - 1].text in ("(", "["):
        at = start - 1
        start = statement_start(tokens, at)
    if not starts_statement(tokens, start) or is_unbraced(tokens, start):
        return None
    return start, statement_end(tokens, at)


def _pure(file: SourceFile, span: Span) -> bool:
    """An expression that does nothing but name a context."""
    words = [token.text for token in file.tokens[slice(*span)]]
    if words[:2] == ["device_get_sysctl_ctx", "("]:
        words = words[2:]
    return not any(word in ("=", "++", "--") for word in words) and words.count("(") == 0


def _fills(file: SourceFile, statement: Span, name: str) -> bool:
    """`snprintf(name, sizeof (name), ...);`, its value not used."""
    tokens = file.tokens
    start = statement[0]
    if [token.text for token in tokens[start:start + 3]] == ["(", "void", ")"]:
        start += 3
    if tokens[start].text not in _WRITERS or tokens[start + 1].text != "(" \
            or matching_close(tokens, start + 1) != statement[1] - 2:
        return False
    args = split_arguments(tokens, start + 1)
    return [token.text for token in tokens[slice(*args[0])]] == [name]


def _remove(context: Context, file: SourceFile, spans: list[Span]) -> None:
    tokens = file.tokens
    for first, last in spans:
        context.remove(file, tokens[first].start, tokens[last - 1].end, RULE, "template")
