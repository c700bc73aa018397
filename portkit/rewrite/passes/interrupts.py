"""An IDT vector that an assembly stub serves becomes a registered interrupt handler.

FreeBSD's `vector.S` saves a trap frame and calls a C function; the driver puts the stub into a free IDT
slot with lapic_ipi_alloc(), or by its own search of idt[]. illumos enters a handler of its own:
psm_get_ipivect() finds the vector and add_avintr() registers the function. The stub's file is not emitted;
a small handler of the emitted glue calls the same C function.
"""

from __future__ import annotations

import re
from pathlib import Path

from portkit.errors import PortkitError
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Kept
from portkit.rules.pattern import statement_end, statement_start

_STUB = re.compile(r"^\s*(?:INTR_HANDLER\s+(\w+)|IDTVEC\((\w+)\))", re.MULTILINE)
_CALL = re.compile(r"^\s*call\s+(\w+)", re.MULTILINE)


def read_stubs(text: str) -> dict[str, str]:
    """Stub -> the C function that it calls."""
    out: dict[str, str] = {}
    stubs = list(_STUB.finditer(text))
    for number, found in enumerate(stubs):
        end = stubs[number + 1].start() if number + 1 < len(stubs) else len(text)
        call = _CALL.search(text, found.end(), end)
        name = found.group(1) or found.group(2)
        if call is not None:
            out[name] = call.group(1)
        elif number + 1 < len(stubs):
            # Two labels of one stub (the second for page-table isolation).
            call = _CALL.search(text, found.end())
            if call is not None:
                out[name] = call.group(1)
    return out


def run(context: Context, assembly: list[Path]) -> None:
    stubs: dict[str, str] = {}
    for path in assembly:
        try:
            stubs.update(read_stubs((context.program.root / path).read_text("latin-1")))
        except OSError as error:
            raise PortkitError(f"cannot read: {error.strerror}", file=path) from error
    if not stubs:
        return
    for file in context.files():
        _file(context, file, stubs)


def _file(context: Context, file: SourceFile, stubs: dict[str, str]) -> None:
    tokens = file.tokens
    handler = ""
    for number, token in enumerate(tokens):
        if token.text == "IDTVEC" and tokens[number + 2].text in stubs and not token.skipped:
            handler = handler or stubs[tokens[number + 2].text]
    if not handler:
        return
    name = f"{handler}_avintr"
    for item in context.outline(file).declarations:
        texts = [token.text for token in tokens[item.first:item.last]]
        if item.kind != "function" and "inthand_t" in texts:
            start, end = tokens[item.first].start, tokens[item.last - 1].end
            context.edit(file, start, end, [f"static uint_t {name}(caddr_t, caddr_t);"], "interrupts", "native",
                         headers=("sys/ddi.h", "sys/sunddi.h"))
        elif item.kind == "function":
            _function(context, file, item, name, stubs)
    parameter = context.function(handler)
    argument = "NULL" if parameter is not None and parameter[1].params else ""
    context.appended.setdefault(file.path, []).append(
        "/*\n * The interrupt as add_avintr() enters it, on the processor that it came to.\n */\n"
        "/* ARGSUSED */\n"
        f"static uint_t\n{name}(caddr_t arg1, caddr_t arg2)\n{{\n\t{handler}({argument});\n"
        "\treturn (DDI_INTR_CLAIMED);\n}\n")


def _function(context: Context, file: SourceFile, item: Declaration, name: str, stubs: dict[str, str]) -> None:
    tokens = file.tokens
    first, last = item.body
    body = [token.text for token in tokens[first:last]]
    if "setidt" in body:
        frees = not any(word in stubs for number, word in enumerate(body) if body[number - 2:number] == ["IDTVEC", "("]
                        and _in_call(body, number, "setidt"))
        start = tokens[first - 1].start
        end = tokens[last].end
        if frees:
            vector = item.params[0].name if item.params else "vector"
            text = f"{{\n\tif ({vector} == 0)\n\t\treturn;\n\tbsd_intr_vector_free({name}, {vector});\n}}"
        else:
            text = (f"{{\n\tint vector;\n\n\tif (bsd_intr_vector_alloc({name}, NULL, \"{context.driver_name}\",\n"
                    "\t    &vector) != 0)\n\t\treturn (0);\n\treturn (vector);\n}")
        context.edit(file, start, end, [text], "interrupts", "native", support=("cpu",), verbatim_indent=True)
        return
    for number in range(first, last):
        if tokens[number].text == "lapic_ipi_alloc" and tokens[number - 1].text == "=":
            start, end = statement_start(tokens, number), statement_end(tokens, number)
            where = Kept(tokens[start].start, tokens[number - 2].end)
            context.edit(file, tokens[start].start, tokens[end - 1].end, [
                f"if (bsd_intr_vector_alloc({name}, NULL,\n    \"{context.driver_name}\", &", where, ") != 0)\n\t",
                where, " = -1;"], "interrupts", "native", support=("cpu",))
        elif tokens[number].text == "lapic_ipi_free":
            context.edit(file, tokens[number].start, tokens[number + 1].end, [f"bsd_intr_vector_free({name}, "],
                         "interrupts", "native", support=("cpu",))


def _in_call(body: list[str], at: int, function: str) -> bool:
    """Whether the word at an index stands in the arguments of a call of `function`."""
    depth = 0
    for number in range(at, -1, -1):
        if body[number] == ")":
            depth += 1
        elif body[number] == "(":
            depth -= 1
            if depth < 0 and body[number - 1] == function:
                return True
        elif body[number] == ";":
            return False
    return False
