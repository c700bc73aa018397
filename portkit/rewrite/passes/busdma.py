"""bus_dma(9) tags become DMA attributes, ddi_dma_attr(9S), and maps DMA handles, ddi_dma_alloc_handle(9F).

FreeBSD has one type for two things: the tag of a bus, which says no more than which device it is for, and a
tag that a driver made. By where its value comes from and goes to, each variable of that type is told to be
the one, a dev_info_t, or the other, attributes. Attributes do not hold their device, and a handle not the
access handle of its memory: where these are asked for, they get a companion beside them, `tag_dip` and
`map_acc`.

A variable whose uses do not tell plainly keeps its type, and all that is done with it is reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import Call, Facts, is_prefix, source_text
from portkit.rewrite.edit import Kept, Part
from portkit.rewrite.passes.packetdma import PacketMaps
from portkit.rewrite.statements import (
    Removals,
    Statements,
    declaration_end,
    line_indent,
    starts_statement,
    statement_close,
)
from portkit.rules.pattern import CLOSE, OPEN, Span, enclosing_open, matching_close, postfix_start, split_arguments

RULE = "busdma"
TAG, MAP = "bus_dma_tag_t", "bus_dmamap_t"
_HEADERS = ("sys/ddi.h", "sys/sunddi.h")
_ATTR_HEADERS = ("sys/param.h", "sys/sysmacros.h", *_HEADERS)
_NULL = ("NULL", "0")
_UNLIMITED = re.compile(r"BUS_SPACE_MAX(SIZE|ADDR)\w*|PAGE_SIZE")


@dataclass(eq=False)
class Variable:
    """A variable, member or parameter of type bus_dma_tag_t or bus_dmamap_t."""

    key: tuple[str, ...]    # ("member", tag, name), ("local", path, function, name), ("param", function, number)
    name: str
    declared: list[tuple[SourceFile, int, int, Span]] = field(default_factory=list)
    # of each declaration: its type's token, the name's token (-1: a prototype without names), the whole declaration
    created: bool = False
    plain: bool = True              # nothing is done with it that is not understood
    companion: bool = False         # its companion is asked for
    tests: list[tuple[SourceFile, int]] = field(default_factory=list)   # names that are compared with or set to NULL


@dataclass(frozen=True)
class Creation:
    """A bus_dma_tag_create() and the statements that come in its place."""

    tag: Variable
    call: Call
    span: Span
    members: list[list[Part]]       # of the attributes
    device: list[Part]              # the companion
    rest: list[list[Part]]          # what the call's value went to


def run(context: Context) -> None:
    facts = Facts.of(context)
    if TAG not in facts.index and MAP not in facts.index:
        return
    work = Work(context, facts)
    work.collect()
    packets = PacketMaps(context, facts, work)
    packets.run()
    work.taken = packets.taken
    work.classify()
    work.emit()
    work.statements.finish()


class Work:
    def __init__(self, context: Context, facts: Facts) -> None:
        self.context = context
        self.facts = facts
        self.statements = Statements(context, RULE)
        self.removals = Removals(context, RULE)
        self.tags: dict[tuple[str, ...], Variable] = {}
        self.maps: dict[tuple[str, ...], Variable] = {}
        self.creates = [call for call in facts.calls("bus_dma_tag_create") if len(call.args) == 14]
        self.creations: list[Creation] = []
        self.taken: set[tuple[SourceFile, int]] = set()     # calls that are dealt with elsewhere
        self.macro_words = {token.text for directive in context.program.own_macros.values()
                            for token in directive.body}

    # -- the variables ---------------------------------------------------------------------------------------

    def collect(self) -> None:
        for word, found in ((TAG, self.tags), (MAP, self.maps)):
            for file, at in self.facts.index.get(word, ()):
                self._declaration(file, at, found)

    def _declaration(self, file: SourceFile, at: int, found: dict[tuple[str, ...], Variable]) -> None:
        outline = self.context.outline(file)
        item = next((one for one in outline.declarations if one.first <= at < one.last), None)
        if item is None:
            return
        if item.kind in ("function", "prototype"):
            for number, param in enumerate(item.params):
                if param.first <= at < param.last:
                    words = [token.text for token in file.tokens[param.first:param.last]]
                    key = ("param", item.name, str(number))
                    one = found.setdefault(key, Variable(key, param.name))
                    one.name = one.name or param.name
                    one.plain = one.plain and words[0] == file.tokens[at].text and len(words) <= 2
                    name = param.last - 1 if len(words) == 2 else -1
                    if item.kind == "function":
                        one.name = param.name
                    one.declared.append((file, at, name, (param.first, param.last)))
                    return
            if item.kind == "prototype" or not item.body[0] <= at < item.body[1]:
                return
        owner: tuple[str, ...]
        if item.kind in ("struct", "typedef"):
            tag = self.facts.typedefs.get(item.name, item.name)
            owner = ("member", tag)
        elif item.kind == "function":
            owner = ("local", str(file.path), item.name)
        elif item.kind == "variable":
            owner = ("local", str(file.path) if item.static else "", "")
        else:
            return
        if not (starts_statement(file.tokens, at) or file.tokens[at - 1].text in ("static", "extern")):
            return
        end = statement_close(file.tokens, at)
        place = at + 1
        while place < end:
            token = file.tokens[place]
            pointer = token.text == "*"
            if pointer:
                place += 1
                token = file.tokens[place]
            after = file.tokens[place + 1].text
            if token.kind != "i":
                return
            key = (*owner, token.text)
            one = found.setdefault(key, Variable(key, token.text))
            one.plain = one.plain and not pointer
            one.declared.append((file, at, place, (at, end)))
            place += 1
            while place < end and file.tokens[place].text not in (",", ";"):
                if file.tokens[place].text in OPEN:
                    place = matching_close(file.tokens, place)
                place += 1
            if after == "=":
                one.plain = False
            place += 1

    def variable(self, file: SourceFile, at: int, found: dict[tuple[str, ...], Variable]) -> Variable | None:
        """What the name at a token stands for."""
        tokens = file.tokens
        name = tokens[at].text
        if tokens[at - 1].text in (".", "->"):
            return found.get(("member", self.facts.owner(file, at), name))
        function = self.facts.function_at(file, at)
        if function is not None:
            for number, param in enumerate(function.params):
                if param.name == name:
                    return found.get(("param", function.name, str(number)))
            local = found.get(("local", str(file.path), function.name, name))
            if local is not None:
                return local
        return found.get(("local", str(file.path), "", name)) or found.get(("local", "", "", name))

    def argument(self, call: Call, number: int, found: dict[tuple[str, ...], Variable],
                 address: bool = False) -> Variable | None:
        """The variable that an argument is, or (`address`) whose address it is."""
        first, last = call.args[number]
        if address:
            if call.tokens[first].text != "&":
                return None
            first += 1
        path = self.facts.path(call.file, (first, last))
        if path is None or (path.span != (first, last)):
            return None
        at = last - 1
        while call.tokens[at].text == "]":
            at = _matching(call.tokens, at) - 1
        return self.variable(call.file, at, found)

    # -- which is which --------------------------------------------------------------------------------------

    def classify(self) -> None:
        for call in self.creates:
            one = self.argument(call, 13, self.tags, address=True)
            if one is not None and self._representable(call):
                one.created = True
        for call in self.creates:               # a window in memory, a filter: none of the tag's tags is plain
            one = self.argument(call, 13, self.tags, address=True)
            if one is not None and not self._representable(call):
                one.plain = False
        for variable in self.tags.values():
            if variable.name in self.macro_words or (variable.created and variable.key[0] == "param"):
                variable.plain = False
        changed = True
        while changed:
            before = [one.plain for one in self.tags.values()]
            for name in sorted({one.name for one in self.tags.values()}):
                for file, at in self.facts.index.get(name, ()):
                    one = self.variable(file, at, self.tags)
                    if one is None or any(where is file and at == place for where, _, place, _ in one.declared):
                        continue
                    if not self._understood(one, file, at):
                        one.plain = False
            for one in self.tags.values():
                if one.key[0] == "param" and not self._called_with_parents(one):
                    one.plain = False
                if len({other.created for other in self._declared_with(one)}) > 1 or not all(
                        other.plain for other in self._declared_with(one)):
                    one.plain = False
            changed = before != [one.plain for one in self.tags.values()]

    def _declared_with(self, one: Variable) -> list[Variable]:
        """The variables of one declaration share its type."""
        places = {(file.path, at) for file, at, _, _ in one.declared}
        return [other for other in self.tags.values()
                if any((file.path, at) in places for file, at, _, _ in other.declared)]

    def _representable(self, call: Call) -> bool:
        """Attributes have an address range without a hole, and no filter."""
        low, high = call.texts(3), call.texts(4)
        return (high == low or high == ["BUS_SPACE_MAXADDR"]) and call.texts(5)[-1:] in (["NULL"], ["0"])

    def _understood(self, one: Variable, file: SourceFile, at: int) -> bool:
        """Whether a use of a tag is one that its kind has a counterpart for."""
        tokens = file.tokens
        start, end = _extent(tokens, at)
        before, after = tokens[start - 1], tokens[end]
        if before.text == "&" and is_prefix(tokens, start - 1):
            place = _argument_of(tokens, start - 1, end)
            return place is not None and place[0] == "bus_dma_tag_create" and place[1] == 13 and one.created
        place = _argument_of(tokens, start, end)
        if place is not None:
            name, number = place
            if one.created:
                return number == 0 and name.startswith("bus_dma")
            if name == "bus_dma_tag_create":
                return number == 0
            parameter = self.tags.get(("param", name, str(number)))
            return parameter is not None and parameter.plain and not parameter.created
        if after.text == "=" and tokens[end + 1].text in ("NULL", "bus_get_dma_tag"):
            if one.created and tokens[end + 1].text == "NULL" and tokens[end + 2].text == ";":
                self._test(one, file, at)
                return True
            return not one.created
        if (after.text in ("==", "!=") and tokens[end + 1].text in _NULL) or before.text == "!" or (
                after.text in ("&&", "||", ")") and before.text in ("(", "&&", "||") and _condition(tokens, start)):
            if one.created:
                self._test(one, file, at)
            return True
        return False

    @staticmethod
    def _test(one: Variable, file: SourceFile, at: int) -> None:
        if (file, at) not in one.tests:
            one.tests.append((file, at))

    def _called_with_parents(self, one: Variable) -> bool:
        """Every call of the function passes a bus's tag."""
        _, name, number = one.key
        if any(tokens.tokens[at + 1].text != "(" for tokens, at in self.facts.index.get(name, ())):
            return False                        # its address is taken
        for call in self.facts.calls(name):
            if int(number) >= len(call.args):
                return False
            texts = call.texts(int(number))
            if texts in (["NULL"], ["0"]) or texts[0] == "bus_get_dma_tag":
                continue
            passed = self.argument(call, int(number), self.tags)
            if passed is None or not passed.plain or passed.created:
                return False
        return True

    # -- what is written -------------------------------------------------------------------------------------

    def emit(self) -> None:
        for call in self.creates:
            self._create(call)
        for name, one in (("bus_dmamem_alloc", self._alloc), ("bus_dmamap_create", self._map),
                          ("bus_dmamem_free", self._free), ("bus_dma_tag_destroy", self._destroy)):
            for call in self.facts.calls(name):
                if (call.file, call.at) not in self.taken:
                    one(call)
        self._nulls()
        for creation in self.creations:
            if creation.tag.plain:
                self._fill(creation)
        for variable in self.tags.values():
            if variable.plain:
                self._declare(variable)
        for variable in self.maps.values():
            if variable.companion:
                self._beside(variable, "ddi_acc_handle_t", "_acc")
        self._zero()

    def tag(self, call: Call, number: int = 0) -> Variable | None:
        """The attributes that an argument is."""
        one = self.argument(call, number, self.tags, address=number == 13)
        return one if one is not None and one.plain and one.created else None

    def parent(self, call: Call) -> list[Part] | None:
        """The device that a tag is created for, as new text."""
        texts = call.texts(0)
        if texts in (["NULL"], ["0"]):
            return ["ddi_root_node()"]
        if texts[0] == "bus_get_dma_tag":
            return [call.kept(0)]
        one = self.argument(call, 0, self.tags)
        if one is None or not one.plain:
            return None
        if one.created:
            one.companion = True
            return [_with(call.text(0), "_dip")]
        return [call.kept(0)]

    def device(self, call: Call) -> str | None:
        """The device of the attributes that are a call's first argument: in scope, or their companion."""
        one = self.tag(call)
        if one is None:
            return None
        for create in self.creates:
            if create.file is not call.file or create.function is not call.function or create.at > call.at \
                    or create.texts(13)[1:] != call.texts(0):
                continue
            texts = create.texts(0)
            plain = len(texts) == 1 and texts[0] not in _NULL
            if texts[0] == "bus_get_dma_tag" and len(texts) == 4:
                texts, plain = texts[2:3], True
            assert call.function is not None
            if plain and self.facts.always_before(call.file, call.function, create.at, call.at) and \
                    not self.facts.is_changed(call.file, call.function, texts[0], create.at, call.at):
                return texts[0]
        one.companion = True
        return _with(call.text(0), "_dip")

    def _create(self, call: Call) -> None:
        one = self.tag(call, 13)
        parent = self.parent(call)
        if one is None or parent is None:
            return
        above = self.argument(call, 0, self.tags)
        tag = source_text(call.file, (call.args[13][0] + 1, call.args[13][1]))
        limits = _with(call.text(0), "") if above is not None and above.created else ""
        members: list[list[Part]] = [
            [f"{tag}.{name} = ", *value] for name, value in (
                ("dma_attr_version", ["DMA_ATTR_V0"]),
                ("dma_attr_addr_lo", ["0"]),
                ("dma_attr_addr_hi", _least(limits, "dma_attr_addr_hi", [call.kept(3)])),
                ("dma_attr_count_max", _page(call, 9, "- 1")),
                ("dma_attr_align", ["1"] if call.texts(1) == ["0"] else [call.kept(1)]),
                ("dma_attr_burstsizes", ["0xfff"]),
                ("dma_attr_minxfer", ["1"]),
                ("dma_attr_maxxfer", _page(call, 7, "")),
                ("dma_attr_seg", _least(limits, "dma_attr_seg", _segment(call))),
                ("dma_attr_sgllen", ["INT_MAX"] if call.texts(8) == ["0"] else [call.kept(8)]),
                ("dma_attr_granular", ["1"]),
                ("dma_attr_flags", ["0"]))]
        place = self._place(call)
        if place is None:
            one.plain = False
            return
        span, value, returns = place
        rest: list[list[Part]] = [[f"{value} = 0"]] if value else [["return (0)"]] if returns else []
        self.creations.append(Creation(one, call, span, members, [_with(tag, "_dip"), " = ", *parent], rest))

    def _place(self, call: Call) -> tuple[Span, str, bool] | None:
        """The statement that a creation is, the variable that gets its value, whether it is returned.

        An `if` that asks whether it failed goes with what it guards.
        """
        tokens, at = call.tokens, call.at
        end = call.end
        start = at
        value = ""
        if tokens[start - 1].text == "=":
            left = postfix_start(tokens, start - 1)
            if left < 0:
                return None
            value, start = source_text(call.file, (left, start - 1)), left
        elif [token.text for token in tokens[start - 3:start]] == ["(", "void", ")"]:
            start -= 3
        if tokens[end].text == ";" and starts_statement(tokens, start):
            return (start, end + 1), value, False
        opened = 0
        while tokens[start - 1].text == "(" and tokens[end].text == ")":
            start, end, opened = start - 1, end + 1, opened + 1
            if tokens[end].text == "!=" and tokens[end + 1].text == "0":
                end += 2
        if tokens[end].text == "!=" and tokens[end + 1].text == "0" and tokens[start - 1].text == "(" \
                and tokens[end + 2].text == ")":
            start, end = start - 1, end + 3
        if tokens[start - 1].text == "return" and tokens[end].text == ";" and not value:
            return (start - 1, end + 1), "", True
        if tokens[start - 1].text == "if" and starts_statement(tokens, start - 1):
            close = statement_close(tokens, start - 1)
            body = statement_close(tokens, end)
            return ((start - 1, close), value, False) if close == body else None
        return None

    def _alloc(self, call: Call) -> None:
        """bus_dmamem_alloc(tag, &vaddr, flags, &map)"""
        handle = self.argument(call, 3, self.maps, address=True) if len(call.args) == 4 else None
        if handle is None or not handle.plain or handle.key[0] == "param":
            return
        device = self.device(call)
        if device is None:
            return
        handle.companion = True
        span = self.facts.whole_statement(call)
        first = span[0] if span is not None else call.at
        self.context.edit(
            call.file, call.tokens[first].start, call.tokens[call.end - 1].end,
            ["(void) " if span is not None else "", f"bsd_dmamem_alloc({device}, &", call.kept(0), ", ",
             call.kept(2), ", ", call.kept(1), ", ", call.kept(3), ", ", _with(call.text(3), "_acc"), ")"],
            RULE, "support", support=("busdma",))

    def _free(self, call: Call) -> None:
        """bus_dmamem_free(tag, vaddr, map)"""
        handle = self.argument(call, 2, self.maps) if len(call.args) == 3 else None
        span = self.facts.whole_statement(call)
        if handle is None or not handle.companion or span is None or self.tag(call) is None:
            return
        self.statements.replace(call.file, span, [
            [f"ddi_dma_mem_free(&{_with(call.text(2), '_acc')})"],
            ["ddi_dma_free_handle(&", call.kept(2), ")"]], headers=_HEADERS)

    def _map(self, call: Call) -> None:
        """bus_dmamap_create(tag, flags, &map)"""
        device = self.device(call) if len(call.args) == 3 else None
        if device is None:
            return
        parts: list[Part] = [f"ddi_dma_alloc_handle({device}, &", call.kept(0), ", DDI_DMA_DONTWAIT, NULL, ",
                             call.kept(2), ")"]
        first, last = call.at, call.end
        span = self.facts.whole_statement(call)
        if span is not None:
            first, last = span[0], span[1] - 1
            parts.insert(0, "(void) ")
        else:
            parts.append(" == DDI_SUCCESS ? 0 : ENOMEM")
            around = (call.tokens[first - 1].text, call.tokens[last].text)
            if around not in (("=", ";"), ("(", ")")):
                parts = ["(", *parts, ")"]
        self.context.edit(call.file, call.tokens[first].start, call.tokens[last - 1].end, parts, RULE,
                          headers=(*_HEADERS, "sys/errno.h"))

    def _destroy(self, call: Call) -> None:
        """bus_dma_tag_destroy(tag): attributes hold nothing."""
        span = self.facts.whole_statement(call)
        one = self.tag(call)
        if span is None or one is None:
            return
        found = self.removals.remove(call.file, span)
        for where, at in list(one.tests):
            if where is call.file and found.first <= at < found.last:
                one.tests.remove((where, at))

    def _nulls(self) -> None:
        """`tag != NULL` asks for the companion; NULL for a parent is the root of the device tree."""
        for one in self.tags.values():
            if not one.plain:
                continue
            for file, at in one.tests if one.created else ():
                one.companion = True
                token = file.tokens[at]
                self.context.edit(file, token.start, token.end, [token.text + "_dip"], RULE)
            if one.key[0] == "param" and not one.created:
                for call in self.facts.calls(one.key[1]):
                    number = int(one.key[2])
                    if call.texts(number) in (["NULL"], ["0"]):
                        token = call.tokens[call.args[number][0]]
                        self.context.edit(call.file, token.start, token.end, ["ddi_root_node()"], RULE,
                                          headers=_HEADERS)

    def _fill(self, creation: Creation) -> None:
        """The attributes, and the companion if somebody asked for it by now."""
        file, tokens, span = creation.call.file, creation.call.tokens, creation.span
        lines = [*creation.members, *([creation.device] if creation.tag.companion else []), *creation.rest]
        self.statements.brace(file, span)
        indent = self.statements.indent(file, span[0])
        parts: list[Part] = []
        for number, line in enumerate(lines):
            parts += [f"\n{indent}" if number else "", *line, ";"]
        self.context.edit(file, tokens[span[0]].start, tokens[span[1] - 1].end, parts, RULE, verbatim_indent=True,
                          headers=_ATTR_HEADERS)

    # -- declarations ----------------------------------------------------------------------------------------

    def _declare(self, one: Variable) -> None:
        if not one.created and one.key[0] == "member" and not self._assigned(one):
            return
        for file, at, name, _ in one.declared:
            token = file.tokens[at]
            if ("busdma", file.path, at) not in self.context.once:
                self.context.once.add(("busdma", file.path, at))
                self.context.edit(file, token.start, token.end,
                                  ["ddi_dma_attr_t" if one.created else "dev_info_t *"], RULE, headers=_HEADERS)
            if not one.created and name > at + 1 and one.key[0] != "param":
                self.context.insert(file, file.tokens[name].start, "*", RULE)
        if one.created and one.companion:
            self._beside(one, "dev_info_t", "_dip", "*")

    def _assigned(self, one: Variable) -> bool:
        """A member that is never given a value of a bus's is not known to be a parent."""
        return any(
            self.variable(file, at, self.tags) is one and file.tokens[_extent(file.tokens, at)[1]].text == "="
            for file, at in self.facts.index.get(one.name, ()))

    def _beside(self, one: Variable, type_text: str, suffix: str, star: str = "") -> None:
        """Declare a companion behind the declaration of what it goes with, in its columns."""
        for file, at, name, (_, end) in one.declared:
            if name < 0 or one.key[0] == "param":
                continue
            tokens = file.tokens
            white = file.text[tokens[at].end:tokens[at + 1].start]
            stop = name + 1
            while tokens[stop].text == "[":
                stop = matching_close(tokens, stop) + 1
            head = tokens[at - 1].text + " " if tokens[at - 1].text in ("static", "extern") else ""
            bounds = source_text(file, (name + 1, stop))
            text = f"{head}{type_text}{white}{star}{one.name}{suffix}{bounds};"
            offset = declaration_end(file, tokens[end - 1].end)
            self.context.insert(file, offset, "\n" + line_indent(file.text, tokens[at].start) + text, RULE,
                                verbatim_indent=True, headers=_HEADERS)

    # -- flags -----------------------------------------------------------------------------------------------

    def _zero(self) -> None:
        """Memory comes zeroed, so nobody has to ask."""
        for file in self.context.files():
            for region in self.context.regions(file):
                tokens = region.tokens
                for at, token in enumerate(tokens):
                    if token.text != "BUS_DMA_ZERO" or token.skipped:
                        continue
                    start, end, parts = token.start, token.end, []
                    if at and tokens[at - 1].text == "|":
                        start = tokens[at - 2].end
                    elif at + 1 < len(tokens) and tokens[at + 1].text == "|":
                        end = tokens[at + 2].start
                    else:
                        parts = ["0"]
                    self.context.edit(file, start, end, parts, RULE, "template",
                                      why="the memory comes zeroed, whoever asks")


# -- tokens --------------------------------------------------------------------------------------------------

def _matching(tokens: Sequence[Token], close: int) -> int:
    depth = 0
    for number in range(close, -1, -1):
        depth += (tokens[number].text in CLOSE) - (tokens[number].text in OPEN)
        if depth == 0:
            return number
    return -1


def _extent(tokens: Sequence[Token], at: int) -> Span:
    """The postfix expression whose last member or variable is at a token, subscripts included."""
    end = at + 1
    while tokens[end].text == "[":
        end = matching_close(tokens, end) + 1
    return max(postfix_start(tokens, at + 1), 0), end


def _argument_of(tokens: Sequence[Token], start: int, end: int) -> tuple[str, int] | None:
    """The function that an expression is an argument of, and its number."""
    if tokens[start - 1].text not in ("(", ",") or tokens[end].text not in (")", ","):
        return None
    opening = enclosing_open(tokens, start)
    if opening < 1 or tokens[opening].text != "(":
        return None
    name = tokens[opening - 1]
    if name.kind != "i" or name.text in KEYWORDS:
        return None
    args = split_arguments(tokens, opening)
    return (name.text, args.index((start, end))) if (start, end) in args else None


def _condition(tokens: Sequence[Token], start: int) -> bool:
    """Whether an expression stands in the condition of an `if` or a loop."""
    opening = enclosing_open(tokens, start)
    return opening > 0 and tokens[opening - 1].text in ("if", "while")


def _with(text: str, suffix: str) -> str:
    """An lvalue's text with a suffix on its last name: `sc->map[i]` gives `sc->map_acc[i]`."""
    found = re.fullmatch(r"(.*?\w)((?:\s*\[[^\]]*\])*)", text)
    return f"{found.group(1)}{suffix}{found.group(2)}" if found else text + suffix


def _page(call: Call, number: int, less: str) -> list[Part]:
    """A size as the DDI wants it: at least a page, which is no loss for memory that lies within one."""
    texts = call.texts(number)
    kept = call.kept(number)
    if len(texts) == 1 and _UNLIMITED.fullmatch(texts[0]):
        return [kept, f" {less}" if less and texts[0] == "PAGE_SIZE" else ""]
    return ["MAX(", kept, ", PAGESIZE)", f" {less}" if less else ""]


def _segment(call: Call) -> list[Part]:
    """FreeBSD's boundary as the mask that it is here; no boundary is all ones."""
    texts, kept = call.texts(2), call.kept(2)
    if texts == ["0"]:
        return ["UINT64_MAX"]
    if len(texts) == 1 and texts[0] == "PAGE_SIZE":
        return [kept, " - 1"]
    paren = Kept(kept.start, kept.end, ("paren",))
    return [paren, " == 0 ? UINT64_MAX : MAX(", kept, ", PAGESIZE) - 1"]


def _least(limits: str, member: str, value: list[Part]) -> list[Part]:
    """Not more than the tag that this one is derived from."""
    return [f"MIN({limits}.{member}, ", *value, ")"] if limits else value


__all__ = ["run"]
