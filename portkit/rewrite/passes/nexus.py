"""A bus driver becomes a nexus: newbus's calls that make and remove children become calls of the emitted glue.

device_add_child() and device_set_ivars() are one step in illumos (the node is allocated with its parent data),
device_probe_and_attach() brings it online, device_delete_child() takes it offline and removes it
(ndi_devi_offline(9F) frees the node).
"""

from __future__ import annotations

from portkit.frontend.lexer import Token
from portkit.frontend.unit import Ref, SourceFile
from portkit.illumos.layout import Module
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Kept
from portkit.rewrite.statements import Removals
from portkit.rules.pattern import matching_close, split_arguments, statement_end, statement_start

_CALLS = ("device_add_child", "device_add_child_ordered", "BUS_ADD_CHILD", "device_probe_and_attach",
          "device_delete_child", "bus_attach_children", "device_attach")


def run(context: Context, modules: list[Module]) -> None:
    for module in modules:
        if module.driver is None or not is_nexus(context, module):
            continue
        for path in module.sources:
            _file(context, context.program.files[path], module.name)


def is_nexus(context: Context, module: Module) -> bool:
    """A driver with bus methods, or one that adds children of its own."""
    driver = module.driver
    if driver is None:
        return False
    if any(name.startswith("bus_") for name in driver.methods):
        return True
    return any(token.text == "device_add_child" and _external(token)
               for path in module.sources for token in context.program.files[path].tokens)


def _external(token: Token) -> bool:
    return isinstance(token.ref, Ref) and token.ref.external and not token.skipped


def _file(context: Context, file: SourceFile, prefix: str) -> None:
    tokens = file.tokens
    used = False
    for number, token in enumerate(tokens):
        if token.text not in _CALLS or not _external(token) or tokens[number + 1].text != "(":
            continue
        function = context.outline(file).function_at(number)
        if function is None or function.name in context.dropped_functions or function.name in context.absorbed:
            continue
        used = True
        arguments = split_arguments(tokens, number + 1)
        close = matching_close(tokens, number + 1)
        end = tokens[close].end
        unused = statement_start(tokens, number) == number and tokens[close + 1].text == ";"
        void = "(void) " if unused else ""
        spans = [(tokens[first].start, tokens[last - 1].end) for first, last in arguments]
        if token.text.startswith("device_add_child") or token.text == "BUS_ADD_CHILD":
            ivars = _take_ivars(context, file, number, function.body[1])
            context.edit(file, token.start, end, [
                f"{prefix}_ndi_add_child(", Kept(*spans[0]), ", ", Kept(*ivars) if ivars else "NULL", ")"],
                "nexus", "template", headers=("sys/sunndi.h",))
        elif token.text in ("device_probe_and_attach", "device_attach"):
            context.edit(file, token.start, end, [f"{void}{prefix}_ndi_attach_child(", Kept(*spans[0]), ")"],
                         "nexus", "template", headers=("sys/sunndi.h",))
        elif token.text == "device_delete_child":
            context.edit(file, token.start, end, [
                f"{void}{prefix}_ndi_delete_child(", Kept(*spans[0]), ",\n    ", Kept(*spans[1]), ")"],
                "nexus", "template", headers=("sys/sunndi.h",))
    if used:
        context.nexus_files[file.path] = prefix


def _take_ivars(context: Context, file: SourceFile, call: int, stop: int) -> tuple[int, int] | None:
    """`x = device_add_child(...); ... device_set_ivars(x, iv);`: the ivars, their own statement taken out."""
    tokens = file.tokens
    start = statement_start(tokens, call)
    target = [token.text for token in tokens[start:call] if token.text not in ("=",)]
    for number in range(call, stop):
        if tokens[number].text != "device_set_ivars" or not _external(tokens[number]):
            continue
        spans = split_arguments(tokens, number + 1)
        if [token.text for token in tokens[slice(*spans[0])]] != target:
            continue
        end = statement_end(tokens, number)
        Removals(context, "nexus").remove(file, (number, end))
        return tokens[spans[1][0]].start, tokens[spans[1][1] - 1].end
    return None
