"""What nothing uses any more, once text has been left out: members, variables, functions and structures.

Only what lost a use to the text that went is looked at: a driver's own unused names are its author's.  A member that
only such text gave a value is always 0, which decides conditions.  Data that is still made and freed, but that nobody
looks at, goes with the statements that keep it, as long as they do no more than that ([[upkeep]] rows).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import ASSIGNMENTS, Facts, Struct
from portkit.rewrite.passes.locals import Local, local_variables
from portkit.rewrite.passes.never import Never, statements, stores
from portkit.rewrite.statements import HEADS
from portkit.rules.pattern import Span, matching_close, matching_open, postfix_start

_STAYS = ("return", "goto", "switch")
Use = tuple[SourceFile, int]
Statements = dict[tuple[SourceFile, Span], Declaration]     # in the body of which function each stands


class Taking(Protocol):
    """What the drops pass offers."""

    context: Context
    names: dict[str, str]
    gone: set[tuple[Path, int]]
    spans: dict[Path, list[tuple[int, int]]]

    def take(self, file: SourceFile, start: int, end: int, why: str, what: str, comment: bool = True,
             quiet: bool = False, stays: str = "") -> None: ...

    def inside(self, file: SourceFile, offset: int) -> str: ...

    def leave_out(self, file: SourceFile, at: int, item: Declaration, why: str) -> int: ...

    def remove(self, file: SourceFile, span: Span, item: Declaration, why: str, what: str = "") -> None: ...


class Dead:
    """One round of a translation's drops after another; `finish` once, at the end."""

    def __init__(self, drops: Taking) -> None:
        self.drops = drops
        self.context = drops.context
        self.facts = Facts.of(drops.context)
        self.lost: set[str] = set()
        self.zeros: dict[tuple[str, str], str] = {}         # (structure, member) that is always 0 -> reason
        self.in_macros = {token.text for file in self.context.files() for directive in file.directives
                          if directive.name == "define" for token in directive.body if not token.skipped}

    def _lost_words(self) -> set[str]:
        """The words in the text that went: only these lost a use."""
        out: set[str] = set()
        for file in self.context.files():
            tokens = file.tokens
            for first, last in self.drops.spans.get(file.path, ()):
                at = bisect.bisect_left(tokens, first, key=lambda token: token.start)
                while at < len(tokens) and tokens[at].start < last:
                    out.add(tokens[at].text)
                    at += 1
        return out

    def round(self) -> None:
        reasons = self.context.rules.never
        if reasons or self.zeros:
            for file, item in self.context.functions():
                if item.name not in self.drops.names:
                    Never(file, item, reasons, self.zero, self._gone, self.drops.take,
                          self.drops.remove).run()
        if not any(self.drops.spans.values()):
            return
        self.lost = self._lost_words()
        for file, item in self.context.functions():
            if item.name not in self.drops.names and self._touched(file, item):
                self._orphans(file, item)
                self._empty(file, item)
        self._functions()
        self.structures()
        for name in self._variables():
            self._upkeep(name)

    def structures(self) -> None:
        """Members and structures that only text that went named, and macros."""
        self.lost = self._lost_words()
        for struct in self.facts.structs.values():
            for member in struct.item.members:
                self._member(struct, member.name)
        for _ in self.facts.structs:
            before = len(self.drops.gone)
            for struct in self.facts.structs.values():
                self._structure(struct)
            if before == len(self.drops.gone):
                break
        for file in self.context.files():
            self._macros(file)

    def _macros(self, file: SourceFile) -> None:
        """A source's own constants."""
        for directive in file.directives:
            name = directive.macro
            if directive.name != "define" or not name or name not in self.lost or file.is_header or directive.skipped \
                    or (file.path, directive.start) in self.drops.gone or name in self.in_macros:
                continue
            whys = [why for _, _, why in self._uses(name)]
            if whys and all(whys) and not any(token.text == name for other in self.context.files()
                                              for line in other.directives for token in line.tokens
                                              if line is not directive):
                self.drops.gone.add((file.path, directive.start))
                start = file.text.rfind("\n", 0, directive.start) + 1
                self.drops.take(file, start, min(len(file.text), directive.line_end + 1), whys[0], f"#define {name}",
                                comment=False)

    def zero(self, file: SourceFile, at: int) -> str:
        """The reason why the member that a token names is always 0; '' when it need not be."""
        if not self.zeros or file.tokens[at - 1].text not in (".", "->"):
            return ""
        return self.zeros.get((self.facts.owner(file, at), file.tokens[at].text), "")

    def _gone(self, file: SourceFile, offset: int) -> str:
        return self.drops.inside(file, offset)

    def _touched(self, file: SourceFile, item: Declaration) -> bool:
        start, end = file.tokens[item.first].start, file.tokens[item.last - 1].end
        return any(start <= first < end for first, _ in self.drops.spans.get(file.path, ()))

    def _uses(self, name: str) -> Iterator[tuple[SourceFile, int, str]]:
        """(file, token, reason when it went) of every word of this name."""
        for file, at in self.facts.index.get(name, ()):
            yield file, at, self._gone(file, file.tokens[at].start)

    # -- functions -------------------------------------------------------------------------------------------

    def _orphans(self, file: SourceFile, item: Declaration) -> None:
        """Statements on a variable whose declaration went."""
        tokens = file.tokens
        for local in local_variables(file, item):
            why = self._gone(file, tokens[local.name].start)
            if not why:
                continue
            for at in local.uses(file):
                if not self._gone(file, tokens[at].start):
                    self.drops.leave_out(file, at, item, why)

    def _empty(self, file: SourceFile, item: Declaration) -> None:
        """A function of which nothing is left but declarations."""
        tokens = file.tokens
        if not item.static or self.context.roles.get(item.name) or item.body[1] <= item.body[0]:
            return
        declared = {number for local in local_variables(file, item) if local.plain(tokens)
                    for number in range(*local.statement)}
        why = ""
        for number in range(*item.body):
            token = tokens[number]
            if token.skipped or number in declared or token.text in (";", "{", "}"):
                continue
            reason = self._gone(file, token.start)
            if not reason:
                return
            why = why or reason
        called = all(file.tokens[at + 1].text == "(" or file.tokens[at - 1].text == "," and self._in_macro(file, at)
                     for file, at in self.facts.index.get(item.name, ()))
        if why and called:
            self.drops.names[item.name] = why

    def _in_macro(self, file: SourceFile, at: int) -> bool:
        """Whether a word is an argument of a macro at the top level: SYSINIT(...)."""
        return any(item.kind == "macro" and item.first <= at < item.last
                   for item in self.context.outline(file).declarations)

    def _functions(self) -> None:
        """Functions with external linkage that no header declares, and that only text that went called."""
        for file, item in list(self.context.functions()):
            if item.static or file.is_header or item.name not in self.lost or item.name in self.drops.names \
                    or self.context.roles.get(item.name) or item.name in self.in_macros:
                continue
            lost = ""
            for where, at, why in self._uses(item.name):
                if where is file and item.first <= at < item.last or self._declares(where, at, item.name):
                    if where.is_header:
                        break
                    continue
                if not why:
                    break
                lost = why
            else:
                if lost:
                    self.drops.names[item.name] = lost

    def _declares(self, file: SourceFile, at: int, name: str) -> bool:
        return any(one.kind == "prototype" and one.name == name and one.first <= at < one.last
                   for one in self.context.outline(file).declarations)

    # -- structures ------------------------------------------------------------------------------------------

    @staticmethod
    def _is_private(struct: Struct) -> bool:
        """Not laid out for anybody else: it has a pointer in it, and nothing says that others write to it."""
        words = {token.text for token in struct.file.tokens[struct.item.first:struct.item.last]}
        return "*" in words and not words & {"__packed", "__attribute__", "volatile"}

    def _member(self, struct: Struct, name: str) -> None:
        if name not in self.lost:
            return
        member = struct.member(name)
        key = (struct.file.path, member.first) if member is not None else None
        if member is None or key in self.drops.gone or not name or name in self.in_macros \
                or not self._is_private(struct) \
                or any(token.text == "," for token in struct.file.tokens[member.first:member.last]):
            return
        lost, given = "", False
        live: list[Use] = []
        for file, at, why in self._uses(name):
            tokens = file.tokens
            if tokens[at - 1].text not in (".", "->"):
                ref = tokens[at].ref
                if (file is struct.file and member.first <= at < member.last) or (
                        isinstance(ref, Ref) and (ref.kind in ("variable", "param") or (
                            ref.kind == "member" and ref.owner not in (struct.name, "")))):
                    continue
                if not why:
                    return                  # offsetof, a queue macro, another thing of this name
                lost = lost or why
                continue
            if self.facts.owner(file, at) not in (struct.name, ""):
                continue
            if why:
                lost = lost or why
                given = given or stores(tokens, at) == "?"
            else:
                live.append((file, at))
        if not lost:
            return
        if not live:
            self._drop_member(struct, name, lost)
        elif given and not member.array and all(self._harmless(file, at) for file, at in live):
            self.zeros[struct.name, name] = lost
            spans = [self._whole(file, at) for file, at in live]
            if all(spans):
                for (file, _), span in zip(live, spans, strict=True):
                    if span:
                        self.drops.take(file, file.tokens[span[0]].start, file.tokens[span[1] - 1].end, lost,
                                        f"{name} = 0")

    def _harmless(self, file: SourceFile, at: int) -> bool:
        """A use that gives the member no value but 0."""
        start = postfix_start(file.tokens, at + 1)
        return stores(file.tokens, at) in ("", "0") and file.tokens[start - 1].text not in ("&", "++", "--")

    def _whole(self, file: SourceFile, at: int) -> Span | None:
        """The statement that does nothing but store to a member."""
        tokens = file.tokens
        start = postfix_start(tokens, at + 1)
        if stores(tokens, at) == "0" and tokens[at + 3].text == ";" and tokens[start - 1].text in (";", "{", "}"):
            return start, at + 4
        return None

    def _drop_member(self, struct: Struct, name: str, why: str) -> None:
        member = struct.member(name)
        if member is not None:
            tokens = struct.file.tokens
            self.drops.gone.add((struct.file.path, member.first))
            self.drops.take(struct.file, tokens[member.first].start, tokens[member.last - 1].end, why,
                            f"member {name}")

    def _structure(self, struct: Struct) -> None:
        """A structure whose tag nothing names any more, with the variable that it is declared with."""
        item, file = struct.item, struct.file
        if struct.name not in self.lost and not self.lost.intersection(self._declared_with(struct)):
            return
        if (file.path, item.first) in self.drops.gone or not struct.is_tagged or item.kind != "struct" \
                or struct.name in self.in_macros:
            return
        names = self._declared_with(struct)
        if any(name not in self.drops.names for name in names):
            return
        lost = next((self.drops.names[name] for name in names), "")
        for where, at, why in self._uses(struct.name):
            if where is file and item.first <= at < item.last:
                continue
            if not why:
                return
            lost = lost or why
        if lost:
            self.drops.gone.add((file.path, item.first))
            self.drops.take(file, file.tokens[item.first].start, file.tokens[item.last - 1].end, lost,
                            f"struct {struct.name}")

    @staticmethod
    def _declared_with(struct: Struct) -> list[str]:
        """Variables declared behind the brace of a structure's definition."""
        item, tokens = struct.item, struct.file.tokens
        brace = next((number for number in range(item.first, item.last) if tokens[number].text == "{"), item.last)
        return [token.text for token in tokens[matching_close(tokens, brace) + 1:item.last]
                if token.kind == "i" and not token.text.startswith("__")]

    # -- data that is only kept ------------------------------------------------------------------------------

    def _variables(self) -> list[str]:
        """Variables of file scope that lost a use and have others."""
        out = []
        names = [item.name for file in self.context.files() for item in self.context.outline(file).declarations
                 if item.kind == "variable" and item.name]
        for struct in self.facts.structs.values():
            names += self._declared_with(struct) if struct.item.kind == "struct" else []
        for file in self.context.files():           # LIST_HEAD(, buffer) pool;
            names += [file.tokens[item.last - 2].text for item in self.context.outline(file).declarations
                      if item.kind == "macro" and item.name.endswith("_HEAD")
                      and file.tokens[item.last - 2].kind == "i"]
        for name in dict.fromkeys(names):
            if name in self.lost and name not in self.drops.names and name not in self.in_macros:
                whys = [why for _, _, why in self._uses(name)]
                if any(whys):
                    out.append(name)
        return out

    def _upkeep(self, name: str) -> None:
        """Take out all statements on a variable, when they only keep what it holds."""
        found: Statements = {}
        lost = ""
        for file, at, why in self._uses(name):
            item = self.facts.function_at(file, at)
            if why:
                lost = lost or why
            elif item is not None and item.body[0] <= at < item.body[1]:
                found.setdefault((file, self._cover(file, item.body, at)), item)
        changed = True
        while changed:
            changed = False
            found = self._outermost(found)
            for (file, span), item in list(found.items()):
                owned = self._owned(file, item, [one for where, one in found if where is file])
                others = self._touches(file, span, owned | {name})
                if others is None:
                    return
                for local in local_variables(file, item):
                    if local.text in others:        # its other statements would have to go, too
                        for at in local.uses(file):
                            if not self._gone(file, file.tokens[at].start):
                                key = file, self._cover(file, item.body, at)
                                changed = changed or not self._within(key, found)
                                found.setdefault(key, item)
                if others - {local.text for local in local_variables(file, item)}:
                    return
        self.drops.names[name] = lost
        for (file, span), item in found.items():
            self.drops.remove(file, span, item, lost, f"what keeps {name}")

    @staticmethod
    def _within(key: tuple[SourceFile, Span], found: Statements) -> bool:
        file, (first, last) = key
        return any(where is file and span[0] <= first and last <= span[1] for where, span in found)

    def _outermost(self, found: Statements) -> Statements:
        """Statements without those inside others; an `if` or loop in the place of all that its body holds."""
        out = dict(found)
        for (file, span), item in found.items():
            tokens = file.tokens
            outer = self._around(file, item.body, span)
            if outer is not None and all(
                    self._within((file, one), out) or self._gone(file, tokens[one[0]].start)
                    for one in statements(tokens, matching_open(tokens, outer[1] - 1) + 1, outer[1] - 1)):
                out[file, outer] = item
        return {key: item for key, item in out.items()
                if not any(other != key and other[0] is key[0] and other[1][0] <= key[1][0]
                           and key[1][1] <= other[1][1] for other in out)}

    @staticmethod
    def _around(file: SourceFile, body: Span, span: Span) -> Span | None:
        """The loop, or `if` without `else`, whose block ends with or holds a statement; None in the function's own."""
        tokens = file.tokens
        opening = enclosing_brace(tokens, span[0], body[0])
        if opening < body[0] or tokens[opening - 1].text != ")":
            return None
        head = matching_open(tokens, opening - 1) - 1
        end = matching_close(tokens, opening) + 1
        if tokens[head].text not in ("for", "while", "if") or "else" in (tokens[end].text, tokens[head - 1].text):
            return None
        return head, end

    def _cover(self, file: SourceFile, body: Span, at: int) -> Span:
        """The smallest statement around a token, or the `if` or loop whose condition it stands in."""
        tokens = file.tokens
        for first, last in statements(tokens, *body):
            if not first <= at < last:
                continue
            while tokens[first + 1].text == ":" and tokens[first].kind == "i":
                first += 2
            if tokens[first].text == "{":
                return self._cover(file, (first + 1, last - 1), at)
            if tokens[first].text in (*HEADS, "else", "do"):
                opening = first + 1
                close = matching_close(tokens, opening) if tokens[opening].text == "(" else first
                if at > close:
                    return self._cover(file, (close + 1, last), at)
            return first, last
        return body

    def _owned(self, file: SourceFile, item: Declaration, spans: list[Span]) -> set[str]:
        """Local variables of a function that are used in these statements only."""
        return {local.text for local in local_variables(file, item)
                if all(any(first <= at < last for first, last in spans) or self._gone(file, file.tokens[at].start)
                       for at in local.uses(file))}

    def _touches(self, file: SourceFile, span: Span, owned: set[str]) -> set[str] | None:
        """Other variables that a statement changes or hands on; None when it does more than keep data."""
        tokens = file.tokens
        out: set[str] = set()
        for number in range(*span):
            token = tokens[number]
            text = token.text
            if text in _STAYS:
                return None
            if text in ASSIGNMENTS or text in ("++", "--"):
                start = postfix_start(tokens, number)
                root = tokens[start].text if 0 <= start < number else tokens[number + 1].text
                out |= {root} - owned
            if token.kind == "i" and tokens[number + 1].text == "(" and text not in KEYWORDS:
                if text not in self.context.rules.upkeep:
                    return None
                out |= self._arguments(file, number) - owned
        return out

    def _arguments(self, file: SourceFile, call: int) -> set[str]:
        """The local variables and parameters that a call is given: what it frees or links."""
        tokens = file.tokens
        function = self.facts.function_at(file, call)
        if function is None:
            return set()
        known = {local.text for local in local_variables(file, function)} | {param.name for param in function.params}
        return {tokens[at].text for at in range(call + 2, matching_close(tokens, call + 1))
                if tokens[at].text in known and tokens[at - 1].text not in (".", "->")}

    # -- local variables -------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Variables of functions that only text that went used."""
        for file, item in self.context.functions():
            if item.name in self.drops.names or not self._touched(file, item):
                continue
            found = [local for local in local_variables(file, item)
                     if not self._gone(file, file.tokens[local.name].start)]
            dead: list[Local] = []
            changed = True
            while changed:
                changed = False
                for local in found:
                    if local not in dead and local.plain(file.tokens) and self._unused(file, local, dead):
                        dead.append(local)
                        changed = True
            self._take_locals(file, item, found, dead)

    def _unused(self, file: SourceFile, local: Local, dead: list[Local]) -> bool:
        uses = local.uses(file)
        live = [at for at in uses if not self._gone(file, file.tokens[at].start)
                and not any(one.span[0] <= at < one.span[1] for one in dead)]
        return bool(uses) and not live

    def _take_locals(self, file: SourceFile, item: Declaration, found: list[Local], dead: list[Local]) -> None:
        tokens = file.tokens
        for statement in dict.fromkeys(local.statement for local in dead):
            group = [local for local in found if local.statement == statement]
            kept = [local for local in group if local not in dead]
            why = next(self._gone(file, tokens[at].start) for local in dead if local.statement == statement
                       for at in local.uses(file)) or "only text that is left out used it"
            if not kept:
                self.drops.take(file, tokens[statement[0]].start, tokens[statement[1] - 1].end, why,
                                f"in {item.name}(): {' '.join(one.text for one in group)}")
                continue
            for number, local in enumerate(group):
                if local in kept:
                    continue
                first, last = tokens[local.span[0]].start, tokens[local.span[1] - 1].end
                if number + 1 < len(group):
                    last = tokens[group[number + 1].span[0]].start
                elif kept:
                    first = tokens[group[max(n for n in range(number) if group[n] in kept)].span[1] - 1].end
                self.drops.take(file, first, last, why, f"in {item.name}(): {local.text}", comment=False)


def enclosing_brace(tokens: list[Token], at: int, stop: int) -> int:
    """Index of the brace that is open around a token; -1 when none is behind `stop`."""
    depth = 0
    for number in range(at - 1, stop - 1, -1):
        text = tokens[number].text
        depth += (text == "}") - (text == "{")
        if depth < 0:
            return number
    return -1
