"""bus_dmamap_load_ccb(9): a packet of SCSA comes with its data bound, so there is nothing to load.

The driver's callback gets the packet's cookies at once. A map that served for nothing else goes with all that was done
to it; the tag stays as the attributes that the framework binds packets with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import Call, Facts
from portkit.rewrite.edit import Part
from portkit.rewrite.statements import Removals, Statements, declaration_end, starts_statement, statement_close
from portkit.rules.pattern import postfix_start

if TYPE_CHECKING:
    from portkit.rewrite.passes.busdma import Variable, Work

RULE = "packetdma"
_HEADERS = ("sys/scsi/scsi.h",)
_WHY = "the framework binds the packet's data, and has a handle for it"
_DONE_TO_MAPS = {"bus_dmamap_create": 2, "bus_dmamap_destroy": 1, "bus_dmamap_sync": 1, "bus_dmamap_unload": 1,
                 "bus_dmamap_load_ccb": 1}


class PacketMaps:
    """The maps that only packets are loaded into, and the calls that go with them."""

    def __init__(self, context: Context, facts: Facts, work: Work) -> None:
        self.context, self.facts, self.work = context, facts, work
        self.statements = Statements(context, RULE)
        self.removals = Removals(context, RULE)
        self.taken: set[tuple[SourceFile, int]] = set()     # calls that are dealt with here
        self.copies: list[tuple[SourceFile, int, int]] = []  # statements that copy one such map to another

    def run(self) -> None:
        loads = [call for call in self.facts.calls("bus_dmamap_load_ccb") if len(call.args) == 6]
        maps: set[Variable] = set()
        for call in loads:
            self._load(call)
            one = self.work.argument(call, 1, self.work.maps)
            if one is not None:
                maps.add(one)
        maps = self._copied(maps)
        if maps and all(self._only_packets(one, maps) for one in maps):
            self._take(maps)
        self.statements.finish()

    def _load(self, call: Call) -> None:
        """bus_dmamap_load_ccb(tag, map, ccb, callback, argument, flags)"""
        file, tokens = call.file, call.tokens
        ccb = f"({call.text(2)})" if call.texts(2)[0] in ("&", "*", "(") else call.text(2)
        made: list[Part] = [call.kept(3), "(", call.kept(4), f", {ccb}->pkt->pkt_cookies,\n    "
                            f"{ccb}->pkt->pkt_numcookies, 0)"]
        span = self.facts.whole_statement(call)
        if span is not None:
            self.context.edit(file, tokens[span[0]].start, tokens[span[1] - 2].end, made, RULE, headers=_HEADERS)
            return
        left = postfix_start(tokens, call.at - 1) if tokens[call.at - 1].text == "=" else -1
        if left >= 0 and starts_statement(tokens, left) and tokens[call.end].text == ";":
            value = file.text[tokens[left].start:tokens[call.at - 2].end]
            indent = self.statements.indent(file, left)
            made = [part.replace("\n", "\n" + indent) if isinstance(part, str) else part for part in made]
            self.statements.replace(file, (left, call.end + 1), [made, [f"{value} = 0"]], headers=_HEADERS)
            return
        self.context.edit(file, tokens[call.at].start, tokens[call.end - 1].end, ["(", *made, ", 0)"], RULE,
                          headers=_HEADERS)

    # -- which maps ------------------------------------------------------------------------------------------

    def _uses(self, one: Variable) -> list[tuple[SourceFile, int]]:
        return [(file, at) for file, at in self.facts.index.get(one.name, ())
                if not any(where is file and at == place for where, _, place, _ in one.declared)
                and self.work.variable(file, at, self.work.maps) is one]

    def _copied(self, maps: set[Variable]) -> set[Variable]:
        """With the maps that these are copied from and to."""
        todo = list(maps)
        while todo:
            one = todo.pop()
            for file, at in self._uses(one):
                tokens = file.tokens
                start = at
                while not starts_statement(tokens, start):
                    start -= 1
                end = statement_close(tokens, start)
                equals = [number for number in range(start, end) if tokens[number].text == "="]
                if len(equals) != 1 or any(token.text == "(" for token in tokens[start:end]):
                    continue
                for place in (equals[0] - 1, end - 2):
                    other = self.work.variable(file, place, self.work.maps)
                    if other is None:
                        break
                    if other not in maps:
                        maps.add(other)
                        todo.append(other)
                else:
                    self.copies.append((file, start, end))
        return maps

    def _only_packets(self, one: Variable, maps: set[Variable]) -> bool:
        if one.key[0] == "param" or any(span[1] - span[0] > 3 for _, _, _, span in one.declared):
            return False
        for file, at in self._uses(one):
            if any(where is file and start <= at < end for where, start, end in self.copies):
                continue
            if not any(call.file is file and len(call.args) > number
                       and call.args[number][0] <= at < call.args[number][1]
                       for name, number in _DONE_TO_MAPS.items() for call in self.facts.calls(name)):
                return False
        return True

    # -- away with them --------------------------------------------------------------------------------------

    def _take(self, maps: set[Variable]) -> None:
        for name, number in _DONE_TO_MAPS.items():
            if name == "bus_dmamap_load_ccb":
                continue
            for call in self.facts.calls(name):
                if len(call.args) <= number or self.work.argument(
                        call, number, self.work.maps, address=name == "bus_dmamap_create") not in maps:
                    continue
                self.taken.add((call.file, call.at))
                span = self.facts.whole_statement(call)
                if span is not None:
                    self.removals.remove(call.file, span)
                else:
                    tokens = call.tokens
                    self.context.edit(call.file, tokens[call.at].start, tokens[call.end - 1].end, ["0"], RULE,
                                      "template", why=_WHY)
        for file, start, end in dict.fromkeys(self.copies):
            self.removals.remove(file, (start, end))
        for one in maps:
            for file, at, _, (first, last) in one.declared:
                stop = file.tokens[last - 1].end
                if file.tokens[last].start >= (line := declaration_end(file, stop)):
                    stop = line         # with the comment behind it
                self.context.once.add(("busdma", file.path, at))
                self.context.remove(file, file.tokens[first].start, stop, RULE, "template")
