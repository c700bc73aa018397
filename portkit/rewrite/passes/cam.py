"""CAM(9) SCSI interface modules become host bus adapters of SCSA.

A module has one routine for all that CAM asks of it, an action routine with a switch over `func_code`. SCSA has an
entry point for each, so the routine is split: every group of cases becomes a function of its own, with the statements
in front of the switch and behind it as far as they matter to it, and the entry points of scsi_hba_tran(9S) that call
them follow. cam_sim_alloc() then names the table of these instead of the routine. What a function is called for stays
in its CCB, so that two codes may share one.

Where the routine has another shape, it is left as it is, and the report says where and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.illumos.layout import Module
from portkit.rewrite.context import Context, Dropped
from portkit.rewrite.dataflow import Call, Facts
from portkit.rewrite.edit import Kept, Part
from portkit.rewrite.passes.locals import Local, local_variables
from portkit.rewrite.passes.never import label_end
from portkit.rewrite.passes.warnings import ASSERTIONS
from portkit.rewrite.statements import HEADS, line_indent, statement_close
from portkit.rules.pattern import Span, matching_close

RULE = "cam"
_HEADERS = ("sys/scsi/scsi.h",)
ENTRIES = {
    "XPT_SCSI_IO": "start", "XPT_ABORT": "abort", "XPT_RESET_BUS": "reset_bus", "XPT_RESET_DEV": "reset_dev",
    "XPT_PATH_INQ": "path_inq", "XPT_GET_TRAN_SETTINGS": "get_tran", "XPT_SET_TRAN_SETTINGS": "set_tran",
    "XPT_CALC_GEOMETRY": "calc_geometry",
}
_NEVER = "SCSA never asks a host bus adapter for it"


class Unsplittable(Exception):
    """Why, and at which token."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


@dataclass
class Group:
    """Cases that share their statements: tokens [first, last) behind the labels."""

    labels: list[tuple[str, int]]
    first: int
    last: int
    body: list[Span] = field(default_factory=list)      # what is carried out: its own, and what it falls into
    out: bool = False                                   # a `break` that is not its end
    leaves: bool = False                                # its end is a return


def run(context: Context) -> None:
    facts = Facts.of(context)
    calls = [call for call in facts.calls("cam_sim_alloc") if len(call.args) == 9]
    routines: dict[str, _Routine | str] = {}        # or why there is none
    for call in calls:
        context.hbas.add(call.file.path)
        name = call.texts(0)[-1]
        if name not in routines:
            routines[name] = _routine(context, facts, call, name)
        _allocation(context, facts, call, routines[name])


def _routine(context: Context, facts: Facts, call: Call, name: str) -> _Routine | str:
    found = context.function(name)
    if found is None:
        return f"the action routine {name} is not a function of the driver's"
    routine = _Routine(context, facts, *found, call)
    try:
        routine.split()
    except Unsplittable as error:
        file, item = found
        return (f"the action routine {item.name}() cannot be split into the entry points of scsi_hba_tran(9S): {error} "
                f"({file.path}:{file.line(file.tokens[error.at].start)})")
    routine.emit()
    return routine


# -- the routine ---------------------------------------------------------------------------------------------

class _Routine:
    def __init__(self, context: Context, facts: Facts, file: SourceFile, item: Declaration, call: Call) -> None:
        self.context, self.facts, self.file, self.item, self.call = context, facts, file, item, call
        self.tokens = file.tokens
        base = item.name.removesuffix("action").rstrip("_") or item.name
        self.base = base
        self.table = f"{base}_sim_ops"
        self.sim, self.ccb = "", ""
        self.locals: list[list[Local]] = []     # in front of the switch, by declaration
        self.before: list[Span] = []            # statements in front of the switch
        self.groups: list[Group] = []
        self.behind: tuple[int, int] = (0, 0)   # tokens behind the switch
        self.functions: dict[str, tuple[str, Group]] = {}       # entry -> name of its function, group

    # -- reading -------------------------------------------------------------------------------------------

    def split(self) -> None:
        if len(self.item.params) != 2:
            raise Unsplittable("it does not take a SIM and a CCB", self.item.name_token)
        self.sim, self.ccb = (param.name for param in self.item.params)
        switch = self._switch()
        self._prologue(switch)
        opening = matching_close(self.tokens, switch + 1) + 1
        if self.tokens[opening].text != "{":
            raise Unsplittable("its switch has no braces", switch)
        close = matching_close(self.tokens, opening)
        self._read_groups(opening, close)
        self.behind = (close + 1, self.item.body[1])
        for group in self.groups:
            self._body(group)
        self._labels()
        for group in self.groups:
            for label, _ in group.labels:
                if label in ENTRIES:
                    self.functions.setdefault(ENTRIES[label], ("", group))
        self._name()
        if "start" not in self.functions:
            raise Unsplittable("it has no case for XPT_SCSI_IO", switch)

    def _live(self, number: int) -> bool:
        token = self.tokens[number]
        return not token.skipped and token.kind != "#"

    def _step(self, at: int, stop: int) -> int:
        """The next token that counts, from `at` on."""
        while at < stop and not self._live(at):
            at += 1
        return at

    def _close(self, at: int) -> int:
        """The end of a statement; a macro of the driver's that stands for a part of one is one by itself."""
        tokens = self.tokens
        if tokens[at].text in self.context.program.own_macros:
            end = at + 1
            if tokens[end].text == "(":
                end = matching_close(tokens, end) + 1
            if tokens[end].kind == "i" or tokens[end].text in ("{", "}"):
                return end
        return statement_close(tokens, at)

    def _switch(self) -> int:
        """The switch over the function code, on the outermost level of the routine."""
        at, stop = self._step(*self.item.body), self.item.body[1]
        code = {"func_code"}
        found = nested = -1
        while at < stop:
            end = self._close(at)
            texts = [token.text for token in self.tokens[at:end]]
            if texts[0] == "switch":
                condition = texts[2:matching_close(self.tokens, at + 1) - at]
                if code & set(condition):
                    found = at          # of several, the last: those before it look whether there is a target
            elif code & set(texts) and "switch" in texts:
                nested = at + texts.index("switch")
            elif "func_code" in texts and "=" in texts and texts[-1] == ";":
                code.add(texts[texts.index("=") - 1])
            at = self._step(end, stop)
        if found >= 0:
            return found
        if nested >= 0:
            raise Unsplittable("its switch is inside another statement", nested)
        first = next((number for number in range(*self.item.body) if self.tokens[number].text == "func_code"
                      and self._live(number)), self.item.name_token)
        raise Unsplittable("it has no switch over func_code", first)

    def _prologue(self, switch: int) -> None:
        """Declarations and statements in front of the switch."""
        declared: dict[Span, list[Local]] = {}
        for local in local_variables(self.file, self.item):
            declared.setdefault(local.statement, []).append(local)
        at = self._step(self.item.body[0], switch)
        while at < switch:
            end = self._close(at)
            if not self.before and (at, end) in declared:
                self.locals.append(declared[at, end])
            else:
                self.before.append((at, end))
            at = self._step(end, switch)

    def _read_groups(self, opening: int, close: int) -> None:
        tokens = self.tokens
        at = self._step(opening + 1, close)
        labels: list[tuple[str, int]] = []
        while at < close:
            if tokens[at].text in ("case", "default"):
                if self.groups and labels == []:
                    self.groups[-1].last = at
                labels.append((tokens[at + 1].text if tokens[at].text == "case" else "default", at))
                at = self._step(label_end(tokens, at, close), close)
                continue
            if labels:
                self.groups.append(Group(labels, at, close))
                labels = []
            elif not self.groups:
                raise Unsplittable("its switch has statements in front of the first case", at)
            end = statement_close(tokens, at)
            if tokens[at].text == "{" or tokens[at].text in HEADS:
                inner = next((number for number in range(at, end) if tokens[number].text in ("case", "default")
                              and self._live(number) and not self._within_switch(number, at)), None)
                if inner is not None:
                    raise Unsplittable("a case of its switch is inside another statement", inner)
            at = self._step(end, close)
        if labels:
            self.groups.append(Group(labels, close, close))

    def _within_switch(self, number: int, start: int) -> bool:
        """Whether a label belongs to a switch that begins behind `start`."""
        return any(self.tokens[at].text == "switch" and at < number < statement_close(self.tokens, at)
                   for at in range(start, number))

    def _last_statement(self, span: Span) -> Span | None:
        """The last statement of a list of them, the braces of a block taken off."""
        last = None
        at = self._step(*span)
        while at < span[1]:
            end = statement_close(self.tokens, at)
            last = (at, end)
            at = self._step(end, span[1])
        if last is not None and self.tokens[last[0]].text == "{":
            return self._last_statement((last[0] + 1, last[1] - 1))
        return last

    def _own_body(self, group: Group) -> Span:
        """A group's statements without the braces around them and without the `break` at their end."""
        tokens = self.tokens
        first, last = group.first, group.last
        while first < last and tokens[first].text == "{":
            close = matching_close(tokens, first)
            rest = [number for number in range(close + 1, last) if self._live(number)]
            if rest and [tokens[number].text for number in rest] != ["break", ";"]:
                break
            first, last = self._step(first + 1, close), close
        end = self._last_statement((first, last))
        if end is not None and tokens[end[0]].text == "break" and not self._nested(end[0], first):
            last = end[0]
        while last > first and not self._live(last - 1):
            last -= 1
        return first, last

    def _nested(self, at: int, first: int) -> bool:
        """Whether a token is inside a block of its own, so that it cannot simply be taken off the end."""
        depth = 0
        for number in range(first, at):
            if self._live(number):
                depth += (self.tokens[number].text == "{") - (self.tokens[number].text == "}")
        return depth > 0

    def _ends(self, group: Group) -> bool:
        """Whether a group does not fall into the next one."""
        end = self._last_statement((group.first, group.last))
        return end is not None and self.tokens[end[0]].text in ("break", "return", "goto", "panic")

    def _body(self, group: Group) -> None:
        number = self.groups.index(group)
        while True:
            one = self.groups[number]
            own = self._own_body(one)
            if own[0] < own[1]:
                group.body.append(own)
            if self._ends(one) or number + 1 == len(self.groups):
                end = self._last_statement((one.first, one.last))
                group.leaves = end is not None and self.tokens[end[0]].text == "return"
                break
            number += 1
        group.out = any(self._breaks(span) for span in group.body)

    def _breaks(self, span: Span) -> list[int]:
        """Each `break` in a span that leaves the routine's own switch."""
        out: list[int] = []
        at = span[0]
        while at < span[1]:
            text = self.tokens[at].text
            if self._live(at):
                if text in ("for", "while", "switch") or ("FOREACH" in text and self.tokens[at + 1].text == "("):
                    at = statement_close(self.tokens, at)
                    continue
                if text == "do":
                    at = statement_close(self.tokens, at + 1)
                    continue
                if text == "break":
                    out.append(at)
            at += 1
        return out

    def _labels(self) -> None:
        """A goto may not leave its function."""
        tokens = self.tokens
        places = {tokens[number].text: number for number in range(*self.item.body)
                  if tokens[number].kind == "i" and tokens[number + 1].text == ":" and self._live(number)
                  and tokens[number - 1].text in (";", "}", "{", ":")}
        for group in self.groups:
            for span in group.body:
                for number in range(*span):
                    if tokens[number].text != "goto" or not self._live(number):
                        continue
                    place = places.get(tokens[number + 1].text, -1)
                    inside = any(first <= place < last for first, last in group.body)
                    if not inside and not self.behind[0] <= place < self.behind[1]:
                        raise Unsplittable("it jumps from one case into another", number)

    def _name(self) -> None:
        """Give each group that SCSA has a use for the name of its first entry."""
        taken = {item.name for _, item in self.context.functions()}
        named: dict[int, str] = {}
        for entry, (_, group) in self.functions.items():
            key = id(group)
            if key not in named:
                suffix = entry
                if entry.startswith("reset") and {label for label, _ in group.labels} >= {
                        "XPT_RESET_BUS", "XPT_RESET_DEV"}:
                    suffix = "reset"
                name = f"{self.base}_{suffix}"
                named[key] = name if name not in taken else f"{self.base}_cam_{suffix}"
            self.functions[entry] = (named[key], group)

    # -- writing -------------------------------------------------------------------------------------------

    def emit(self) -> None:
        from portkit.rewrite.glue import render
        context, tokens, file = self.context, self.tokens, self.file
        used: dict[str, Group] = {}
        for name, group in self.functions.values():
            used.setdefault(name, group)
        parts: list[Part] = []
        for name, group in used.items():
            parts += self._function(name, group)
            parts.append("\n")
        static = "" if self._foreign() else "static "
        parts.append(render("scsa.c.j2", {
            "base": self.base, "static": static, "poll": self._poll(), "flags": self._flags(),
            **{entry: self.functions[entry][0] if entry in self.functions else None
               for entry in ENTRIES.values()}}).rstrip("\n"))
        omitted = []
        for group in self.groups:
            if any(label in ENTRIES for label, _ in group.labels):
                continue
            stop = tokens[group.last - 1].end
            omitted.append((tokens[group.labels[0][1]].start, stop))
            what = ", ".join(f"case {label}" if label != "default" else label for label, _ in group.labels)
            context.dropped.append(Dropped(file.path, file.line(tokens[group.labels[0][1]].start), what, _NEVER))
        # The whole definition, from the start of its first line.
        context.edit(file, tokens[self.item.first].start, tokens[self.item.last - 1].end, parts, RULE, "template",
                     verbatim_indent=True, headers=_HEADERS, support=("cam",), omitted=tuple(omitted))
        self._prototypes(static)

    def _function(self, name: str, group: Group) -> list[Part]:
        used = self._identifiers([*group.body, *([] if group.leaves and not group.out else [self.behind])])
        statements: list[Span] = []
        names = {local.text for declared in self.locals for local in declared}
        for span in reversed(self.before):
            target = self._assigned(span)
            if target and target not in used:
                continue
            if self._asserts(span) and not (self._identifiers([span]) & names) <= used:
                continue                # nothing but an assertion asks for it, and ASSERT(9F) may be empty
            statements.insert(0, span)
            used |= self._identifiers([span])
        declarations: list[list[Part]] = []
        for declared in reversed(self.locals):
            wanted = [local for local in declared if local.text in used]
            if not wanted:
                continue
            used |= self._identifiers([local.span for local in wanted])
            declarations.insert(0, self._declaration(declared, wanted))
        parts: list[Part] = [f"static void\n{name}(struct bsd_sim *{self.sim}, struct bsd_ccb *{self.ccb})\n{{\n"]
        for line in declarations:
            parts += ["\t", *line, "\n"]
        if declarations:
            parts.append("\n")
        for span in statements:
            parts += [*self._lines(span), "\n"]
        for span in group.body:
            parts += [*self._lines(span), "\n"]
        parts += self._end(group)
        parts.append("}\n")
        return parts

    def _end(self, group: Group) -> list[Part]:
        """What comes behind the switch, with a label where a `break` goes there."""
        first, last = self.behind
        first = self._step(first, last)
        plain = first >= last or [token.text for token in self.tokens[first:last] if not token.skipped] == [
            "return", ";"]
        for span in group.body:
            for at in self._breaks(span):
                key = (RULE, self.file.path, at)
                if key not in self.context.once:
                    self.context.once.add(key)
                    token = self.tokens[at]
                    self.context.edit(self.file, token.start, token.end, ["return" if plain else "goto out"], RULE)
        if plain or (group.leaves and not group.out):
            return []
        parts: list[Part] = ["\nout:\n"] if group.out else []
        return [*parts, *self._lines((first, last)), "\n"]

    def _lines(self, span: Span) -> list[Part]:
        """Statements with the comments in front of them, moved to the indentation of a function's body."""
        text = self.file.text
        start, end = self.tokens[span[0]].start, self.tokens[span[1] - 1].end
        depth = len(line_indent(text, start).replace("        ", "\t"))
        line = text.rfind("\n", 0, start) + 1
        floor = self.tokens[span[0] - 1].end if span[0] else 0
        while line > floor:                     # comment lines that stand directly above
            above = text.rfind("\n", 0, line - 1) + 1
            if above < floor or not self._comment_line(above, line - 1):
                break
            line = above
        if line < floor:
            line = start
        end = self._with_comment(end)
        lead = "" if line != start else "\t"
        return [lead, Kept(line, end, dedent=max(depth - 1, 0))]

    def _with_comment(self, end: int) -> int:
        """The end of a comment that follows on the same line."""
        text = self.file.text
        stop = text.find("\n", end)
        for first, last in self.file.lexed.comments:
            if end <= first < stop and not text[end:first].strip():
                return last
        return end

    def _comment_line(self, start: int, end: int) -> bool:
        text = self.file.text[start:end]
        if not text.strip():
            return False
        offset = start + len(text) - len(text.lstrip())
        return any(first <= offset < last for first, last in self.file.lexed.comments)

    def _declaration(self, declared: Sequence[Local], wanted: Sequence[Local]) -> list[Part]:
        """A declaration with the declarators that are wanted of it."""
        tokens = self.tokens
        first, last = declared[0].statement
        start = tokens[first].start
        if len(wanted) == len(declared):
            return [Kept(start, tokens[last - 1].end)]
        name = declared[0].span[0]
        end = tokens[name - 1].end              # of the type
        gap = self.file.text[end:tokens[name].start]
        parts: list[Part] = [Kept(start, end), gap or " "]
        for number, local in enumerate(wanted):
            parts += [", " if number else "", Kept(tokens[local.span[0]].start, tokens[local.span[1] - 1].end)]
        return [*parts, ";"]

    def _identifiers(self, spans: Sequence[Span]) -> set[str]:
        return {self.tokens[number].text for first, last in spans for number in range(first, last)
                if self.tokens[number].kind == "i" and self._live(number)
                and self.tokens[number - 1].text not in (".", "->")}

    def _asserts(self, span: Span) -> bool:
        word = self.tokens[span[0]].text
        return word in ASSERTIONS or "ASSERT" in word

    def _assigned(self, span: Span) -> str:
        """The local variable that a statement does nothing but set."""
        tokens = self.tokens
        first = span[0]
        names = {local.text for declared in self.locals for local in declared}
        if tokens[first].text in names and tokens[first + 1].text == "=":
            return tokens[first].text
        return ""

    def _poll(self) -> str | None:
        name = self.call.texts(1)[-1]
        return None if name in ("NULL", "0") else name

    def _flags(self) -> str:
        """What the helper code has to know of the driver: whether it looks at data, whether it has timers."""
        seen: set[str] = set()
        for file in self.context.files():
            for token in file.tokens:
                ref = token.ref
                if token.skipped or not isinstance(ref, Ref) or not ref.external or ref.kind != "member":
                    continue
                if (ref.owner, token.text) in (("ccb_scsiio", "data_ptr"), ("ccb_hdr", "timeout")):
                    seen.add(token.text)
        flags = []
        if "data_ptr" in seen:
            flags.append("BSD_SIM_DATA_PTR")
        if "timeout" not in seen:
            flags.append("BSD_SIM_WATCHDOG")
        return " | ".join(flags)

    # -- who knows it --------------------------------------------------------------------------------------

    def _foreign(self) -> bool:
        """Whether the table is named in another file than the one that the routine is in."""
        return any(one.file is not self.file for one in self.facts.calls("cam_sim_alloc")
                   if one.texts(0)[-1] == self.item.name)

    def _prototypes(self, static: str) -> None:
        text = f"{static or 'extern '}const bsd_sim_ops_t {self.table};"
        for file in self.context.files():
            for item in self.context.outline(file).declarations:
                if item.kind == "prototype" and item.name == self.item.name:
                    self.context.edit(file, file.tokens[item.first].start, file.tokens[item.last - 1].end, [text],
                                      RULE, "template", headers=_HEADERS, support=("cam",))


# -- its allocation ------------------------------------------------------------------------------------------

def _allocation(context: Context, facts: Facts, call: Call, routine: _Routine | str) -> None:
    """cam_sim_alloc(action, poll, name, softc, unit, lock, untagged, tagged, queue)"""
    tokens = call.tokens
    if isinstance(routine, str):
        token = tokens[call.at]
        context.edit(call.file, token.start, token.end, [token.text], RULE, "residue",
                     hint=f"{routine}: give it one switch over func_code on its outermost level, or port it by hand")
        return
    limit = 6 if call.texts(7) == ["0"] else 7
    attributes = packet_tag(facts, call)
    context.edit(
        call.file, tokens[call.at].start, tokens[call.end - 1].end,
        [f"bsd_sim_alloc(&{routine.table}, ", call.kept(2), ", ", call.kept(3), ", ", call.kept(4), ", ",
         call.kept(5), ", ", call.kept(limit), ", ", call.kept(8), f", {attributes})"],
        RULE, "support", headers=_HEADERS, support=("cam",))


def packet_tag(facts: Facts, call: Call) -> str:
    """The attributes that packets are bound with, as an expression at a cam_sim_alloc(): `&sc->dmat`, or NULL."""
    softc = call.text(3)
    found = next((one for one in facts.calls("bus_dmamap_load_ccb") if len(one.args) == 6), None)
    if found is None or call.function is None:
        return "NULL"
    path = facts.path(found.file, found.args[0])
    if path is None or path.subscripts:
        return "NULL"
    if not path.operator:
        return f"&{path.member}"
    return f"&{softc}->{path.member}" if facts.structs.get(path.owner) is not None else "NULL"


# -- its softc -----------------------------------------------------------------------------------------------

def softc(context: Context, module: Module, home: Path | None,
          place: Callable[[Context, SourceFile], int]) -> None:
    """device_get_softc() asks by instance: the framework has the node's private data for its transport."""
    if home is None or module.driver is None or not module.driver.softc:
        return
    facts = Facts.of(context)
    state = f"{module.name}_ddi_state"
    for call in facts.calls("device_get_softc"):
        if call.file.path in module.sources and len(call.args) == 1:
            tokens = call.tokens
            context.edit(call.file, tokens[call.at].start, tokens[call.end - 1].end,
                         [f"ddi_get_soft_state({state},\n    ddi_get_instance(", call.kept(0), "))"], RULE,
                         headers=("sys/ddi.h", "sys/sunddi.h"))
    file = context.program.files[home]
    context.insert(file, place(context, file), f"static void *{state};\n\n", RULE, "template", verbatim_indent=True)


__all__ = ["run", "softc"]
