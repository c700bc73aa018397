"""What becomes of one stretch of changed lines: it has a place in the port, is there, changes nothing, or is left."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from portkit.resync import headers
from portkit.resync.align import Edit, Pair, same_code
from portkit.resync.cwords import Source, Word, announced, balance, declared
from portkit.resync.place import Placer
from portkit.resync.settle import ABSENT, APPLIED, LEFT, NOTHING, THERE, Part, fresh_names, values
from portkit.resync.sides import Sides
from portkit.resync.textmerge import Hunk

_AROUND = 0.2           # of the words in a hunk and its context, below which the port has nothing of it
_STATIC = re.compile(rb"^static[ \t][\w \t*]*?(\w+)(?:\[[^]]*\])*[ \t]*[=;]", re.MULTILINE)


class Decider:
    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self._placers: dict[Any, Placer] = {}
        self._fresh = fresh_names(sides.before, sides.after)

    def part(self, old: Source, new: Source, hunk: Hunk, effects: list[Hunk] | None) -> Part:
        """The stretch `hunk` with its place; `effects`: what it changes in the translated text, None for not known."""
        part = self._placed(old, new, hunk, effects)
        lines = [*((False, old.name, line) for line in range(hunk.a0, hunk.a1)),
                 *((True, new.name, line) for line in range(hunk.b0, hunk.b1))]
        flags = [self.sides.left_out[line] for line in lines if line in self.sides.left_out]
        if flags and part.state == NOTHING:
            part.state, part.reason = ABSENT, f"it stands under {flags[0].decode('latin-1')}, which the port left out"
        elif flags and part.how == "translated":
            part.reason = f"less what stands under {flags[0].decode('latin-1')}, which the port left out"
        return part

    def nowhere(self, old: Source, new: Source, whole: Hunk, part: Part) -> None:
        """A change that has no place since the port's function has next to nothing of the hunk, context and all."""
        block = part.old_block
        if part.state != LEFT or block is None or part.port is None or part.port_block is None:
            return
        placer = self._placer(Pair(old, block, new, new.block_of(part.hunk.b0, part.hunk.b1), part.port,
                                   part.port_block))
        if placer.around(max(whole.a0, block.start), min(whole.a1, block.end)) < _AROUND:
            part.state = ABSENT
            part.reason = f"the port's {block.kind} has nothing of the text around it"

    def _placer(self, pair: Pair) -> Placer:
        key = (id(pair.old), pair.old_block, id(pair.new), pair.new_block, pair.port.name, pair.port_block)
        return self._placers.setdefault(key, Placer(pair))

    def _placed(self, old: Source, new: Source, hunk: Hunk, effects: list[Hunk] | None) -> Part:
        part = Part(hunk, old_block=old.block_of(hunk.a0, hunk.a1))
        pair = self.sides.pair(old, new, hunk, old)
        if isinstance(pair, str):
            part.reason, part.state = pair, ABSENT if "no counterpart" in pair else LEFT
            if effects == [] and part.state == ABSENT and not same_code(old, new, hunk):
                part.reason, part.state = "it changes nothing in the translated text", NOTHING
            part.port = self.sides.counterparts.file(old.name)
            part.line = 1 if part.port else 0
            if part.port is not None and part.old_block is not None:
                outer = self._placer(Pair(old, None, new, None, part.port, None))
                part.line = outer.line(Hunk(part.old_block.start, part.old_block.start, 0, 0))
            return part
        placer = self._placer(pair)
        part.port, part.port_block, part.line = pair.port, pair.port_block, placer.line(hunk)
        settled = headers.settled(self.sides, old, new, hunk, pair.port, effects)
        if settled or placer.already(hunk) or self._gone(pair, hunk):
            part.state = settled or THERE
            return part
        if effects == [] and not same_code(old, new, hunk):
            part.state, part.reason = NOTHING, "it changes nothing in the translated text"
            return part
        if effects and self._translated(part, old, new, effects) and not self._unknown(part):
            return part
        edit = placer.edit(hunk)
        if edit is not None:
            tried = _anew(part)
            self._take(tried, [edit], "upstream", [(old, new, hunk)])
            if part.state != APPLIED or not self._unknown(tried):
                return tried
        if part.state == LEFT:
            part.reason = "the port's text is not upstream's here"
            if self._foreign_names(old, hunk, pair):
                part.state, part.reason = ABSENT, "the port has nothing of what it changes"
        return part

    def _foreign_names(self, old: Source, hunk: Hunk, pair: Pair) -> bool:
        """Whether a change is one of declarations that the port has not."""
        if pair.old_block is not None and pair.old_block.kind == "function":
            return False
        text = b"".join(old.lines[hunk.a0:hunk.a1])
        names = declared(text) | announced(text)
        return bool(names) and not names & self.sides.names

    def _gone(self, pair: Pair, hunk: Hunk) -> bool:
        """Whether all that upstream takes away is not in the port in the first place."""
        if [word for word in pair.new.code if hunk.b0 <= word.line < hunk.b1]:
            return False
        inside = [block for block in pair.old.blocks if hunk.a0 <= block.start and block.end <= hunk.a1]
        text = b"".join(pair.old.lines[hunk.a0:hunk.a1])
        names = declared(text) | announced(text)
        if (pair.old_block is None or pair.old_block.kind == "struct") and not inside and names and \
                not names & self.sides.names:
            return True
        rest = [word for word in pair.old.code if hunk.a0 <= word.line < hunk.a1
                and not any(block.start <= word.line < block.end for block in inside)]
        if pair.old_block is not None and rest and not inside:
            port = {word.text for word in pair.port.stream(pair.port_block, False)}
            own = declared(text)
            if own and not own & port and not any(word.text == b"(" for word in rest):
                return True
        return bool(inside or rest) and \
            all(self.sides.counterparts.block(pair.old, block) is None for block in inside) and \
            all(word.text.startswith(b"#include") and word.text not in pair.port.names for word in rest)

    def _translated(self, part: Part, old: Source, new: Source, effects: Sequence[Hunk]) -> bool:
        """Place what the change changes in the translated text."""
        was, now = self.sides.old_emitted[old.name].source, self.sides.new_emitted[new.name].source
        edits, steps = [], []
        for step in effects:
            pair = self.sides.pair(was, now, step, old)
            if isinstance(pair, str) or (pair.port_block is not None and pair.port_block != part.port_block):
                return False
            placer = self._placer(pair)
            if headers.settled(self.sides, was, now, step, pair.port) or placer.already(step):
                continue
            edit = placer.edit(step)
            if edit is None:
                return False
            edits.append(edit)
            steps.append((was, now, step))
        if edits:
            self._take(part, edits, "translated", steps)
        else:
            part.state, part.how = THERE, "translated"
        return True

    def _take(self, part: Part, edits: list[Edit], how: str, texts: Sequence[tuple[Source, Source, Hunk]]) -> None:
        part.state, part.how, part.edits, part.reason = APPLIED, how, edits, ""
        part.line = bisect_right(self.sides.port[edits[0].file].starts, edits[0].start)
        part.names, part.defines, part.removes, part.local = set(), set(), set(), set()
        weight = [0, 0, 0, 0]
        for old, new, hunk in texts:
            gone = [word for word in old.code if hunk.a0 <= word.line < hunk.a1]
            come = [word for word in new.code if hunk.b0 <= word.line < hunk.b1]
            if [word.text for word in gone] == [word.text for word in come]:
                continue
            part.names |= _names(come) - _names(gone)
            was, now = b"".join(old.lines[hunk.a0:hunk.a1]), b"".join(new.lines[hunk.b0:hunk.b1])
            part.defines |= declared(now)
            part.removes |= declared(was) - declared(now)
            part.drops |= values(old, hunk.a0, hunk.a1) - values(new, hunk.b0, hunk.b1)
            part.statics |= set(_STATIC.findall(now))
            part.sets |= {word.text for word, then in zip(come, come[1:], strict=False)
                          if word.name and then.text in (b"=", b"|=")}
            block = new.block_of(hunk.b0, hunk.b1)
            if block is not None and block.kind == "function":
                part.local |= declared(b"".join(new.lines[block.start:block.end]))
            for index, (a, b) in enumerate(zip(balance(gone), balance(come), strict=True)):
                weight[index] += b - a
        part.weight = tuple(weight)

    def _unknown(self, part: Part) -> set[bytes]:
        """The names that a change uses, and neither the port nor upstream's new text defines."""
        return {name for name in part.names if name not in self.sides.names and name not in self._fresh
                and name not in part.local}


def _names(words: Sequence[Word]) -> set[bytes]:
    return {word.text for word in words if word.name or word.text.startswith(b"#include")}


def _anew(part: Part) -> Part:
    return Part(part.hunk, old_block=part.old_block, port=part.port, port_block=part.port_block, line=part.line)
