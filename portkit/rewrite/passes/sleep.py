"""sleep(9) and wakeup(9) become condition variables (condvar(9F)).

FreeBSD sleeps on any address.  What the address stands for (a member, an object, a global) gets a
kcondvar_t with the same life time, initialised and destroyed with it.  wakeup(9) only compares addresses,
so FreeBSD may call it for an object that the woken thread has already freed; cv_broadcast(9F) touches the
object.  Where wakeup follows the release of the lock that the sleeper holds, the two therefore change
places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.allocation import OBJECT, Memory
from portkit.rewrite.channels import SHARED_LOCK, SLEEPS, WAKES, Channel, Locks, LockSite, Site, read_channels
from portkit.rewrite.context import Context
from portkit.rewrite.dataflow import (
    Call,
    Facts,
    lock_text,
    source_text,
)
from portkit.rewrite.edit import Kept, Part
from portkit.rewrite.statements import (
    Statements,
    control_head,
    declaration_end,
    is_unbraced,
    line_indent,
    starts_statement,
    statement_close,
)
from portkit.rules.pattern import (
    Span,
    matching_close,
    postfix_start,
    split_arguments,
    statement_end,
    statement_start,
)

RULE = "sleep"
_HEADERS = ("sys/ksynch.h",)


def run(context: Context) -> None:
    facts = Facts.of(context)
    channels = read_channels(facts)
    if not channels:
        return
    work = _Work(context, facts)
    for channel in channels:
        if work.prepare(channel):
            work.emit(channel)
    work.reorder()
    work.statements.finish()


class _Work:
    """Gives channels their condition variables and writes them."""

    def __init__(self, context: Context, facts: Facts) -> None:
        self.context = context
        self.facts = facts
        self.statements = Statements(context, RULE)
        self.locks = Locks(facts)
        self.ordered: dict[tuple[SourceFile, int], tuple[Span, LockSite]] = {}
        self.locals: set[tuple[SourceFile, int, str]] = set()
        self.used: dict[str, set[str]] = {}

    # -- what a channel gets ---------------------------------------------------------------------------------

    def prepare(self, channel: Channel) -> bool:
        """Name the condition variable, find the lock that goes with it, and where both come and go."""
        facts = self.facts
        if channel.kind != "global":
            channel.struct = facts.structs[channel.tag]
            if channel.kind == "member" and channel.struct.member(channel.member) is None:
                return False
        self._guard(channel)
        channel.name = self._name(channel)
        needs = any(site.call.name in SHARED_LOCK for site in channel.sleeps)
        if channel.sleeps and (needs or not channel.guard[1]):
            channel.lock = self._lock_name(channel)
        if channel.kind == "global":
            return self._global(channel)
        return self._life(channel)

    def _guard(self, channel: Channel) -> None:
        """The lock that sleepers hold, or, where they hold none, one that every wakeup is called with."""
        for site in channel.sleeps:
            text = self._interlock(site.call)
            if text and site.call.name not in SHARED_LOCK:
                tag, member, _ = self.locks.split(site.call, text)
                channel.guard = (tag, member)
                return
        common: set[tuple[str, str]] | None = None
        for site in channel.wakes:
            held = {
                (one.tag, one.member)
                for one in self.locks.held(site).values()
                if not one.base or one.base == site.base
            }
            common = held if common is None else common & held
        if common:
            channel.guard = min(common)

    def _interlock(self, call: Call) -> str:
        """The lock that a sleep releases; '' where it is given none."""
        place = SLEEPS[call.name].lock
        if place < 0:
            return ""
        text = lock_text(self.facts, call.texts(place))
        return "" if text in ("NULL", "0", "((void*)0)") else text

    def _name(self, channel: Channel) -> str:
        if channel.kind == "global":
            return f"{channel.member}_cv"
        assert channel.struct is not None
        if channel.kind == "member":
            wanted = [f"{channel.member}_cv"]
        else:
            prefix = channel.struct.prefix()
            wanted = [f"{prefix}cv"] if prefix else ["wait_cv"]
        wanted.append(f"{channel.tag}_cv")
        taken = self.used.setdefault(channel.tag, {one.name for one in channel.struct.item.members})
        name = next((one for one in wanted if one not in taken), f"{wanted[0]}2")
        taken.add(name)
        return name

    def _lock_name(self, channel: Channel) -> str:
        """`wait_cv` goes with `wait_lock`."""
        taken = self.used.setdefault(channel.tag, set())
        name = channel.name.removesuffix("cv") + "lock"
        if name in taken or name in self.facts.index:
            name = f"{channel.name}_lock"
        taken.add(name)
        return name

    def _global(self, channel: Channel) -> bool:
        """A global's condition variable stands beside it and lives as long as the module."""
        placed = False
        home = None
        for file in self.context.files():
            for item in self.context.outline(file).declarations:
                if item.kind != "variable" or item.name != channel.member:
                    continue
                head = [token.text for token in file.tokens[item.first : item.name_token]]
                storage = "extern " if "extern" in head else "static " if item.static else ""
                text = f"\n{storage}kcondvar_t {channel.name};"
                if channel.lock:
                    text += f"\n{storage}kmutex_t {channel.lock};"
                self.context.insert(
                    file,
                    declaration_end(file, file.tokens[item.last - 1].end),
                    text,
                    RULE,
                    verbatim_indent=True,
                    headers=_HEADERS,
                )
                placed = True
                if "extern" not in head:
                    home = file
        if not placed or home is None:
            return False
        init = [
            one
            for one in self.locks.sites
            if one.action == "init" and not one.base and one.member == channel.guard[1]
        ]
        destroy = [
            one
            for one in self.locks.sites
            if one.action == "destroy" and not one.base and one.member == channel.guard[1]
        ]
        if init and destroy and not channel.lock:
            self._beside(channel, init, destroy)
        else:
            self.context.module_condvars.append((channel.name, home.path))
            if channel.lock:
                self.context.module_locks.append((channel.lock, home.path))
        return True

    def _life(self, channel: Channel) -> bool:
        """A member: initialised and destroyed with a lock of the same structure, else with the object."""
        tag = channel.tag
        inits = [one for one in self.locks.sites if one.action == "init" and one.tag == tag]
        if inits:
            chosen = (
                channel.guard[1]
                if channel.guard[0] == tag and any(one.member == channel.guard[1] for one in inits)
                else inits[0].member
            )
            inits = [one for one in inits if one.member == chosen]
            destroys = [
                one
                for one in self.locks.sites
                if one.action == "destroy" and one.tag == tag and one.member == chosen
            ]
            if not all(self.facts.whole_statement(one.call) for one in inits + destroys):
                return False
            self._declare(channel)
            if destroys or not self._at_end(channel, made_here=True):
                self._beside(channel, inits, destroys)
            return True
        places = self._creations(tag)
        if not places:
            return False
        self._declare(channel)
        for file, span, base, above in places:
            put = self.statements.before if above else self.statements.after
            for text in (
                reversed(self._texts(channel, base, True)) if not above else self._texts(channel, base, True)
            ):
                put(file, span, text, headers=_HEADERS)
        self._at_end(channel)
        return True

    def _texts(self, channel: Channel, base: str, init: bool) -> list[str]:
        out = []
        if init:
            if channel.lock:
                out.append(f"mutex_init(&{base}{channel.lock}, NULL, MUTEX_DRIVER, NULL);")
            out.append(f"cv_init(&{base}{channel.name}, NULL, CV_DRIVER, NULL);")
        else:
            out.append(f"cv_destroy(&{base}{channel.name});")
            if channel.lock:
                out.append(f"mutex_destroy(&{base}{channel.lock});")
        return out

    def _beside(self, channel: Channel, inits: Iterable[LockSite], destroys: Iterable[LockSite]) -> None:
        for site in inits:
            span = self.facts.whole_statement(site.call)
            assert span is not None
            for text in self._texts(channel, site.base, True):
                self.statements.after(site.call.file, span, text, headers=_HEADERS)
        for site in destroys:
            span = self.facts.whole_statement(site.call)
            assert span is not None
            for text in self._texts(channel, site.base, False):
                self.statements.before(site.call.file, span, text, headers=_HEADERS)

    def _creations(self, tag: str) -> list[tuple[SourceFile, Span, str, bool]]:
        """Where objects of a structure begin to live: (file, statement, `object->`, put it in front)."""
        facts = self.facts
        out: list[tuple[SourceFile, Span, str, bool]] = []
        memory = Memory.of(self.context)
        for allocation in memory.by_type.get(f"struct {tag}", []) + memory.by_type.get(tag, []):
            if (
                allocation.target is None
                or allocation.target.subscripts
                or not allocation.size.startswith(OBJECT)
            ):
                return []
            file = allocation.call.file
            start = statement_start(file.tokens, allocation.call.at)
            head = control_head(file.tokens, allocation.call.at)
            if head is not None and file.tokens[head].text == "if" and start > head:
                start = head
            end = statement_close(file.tokens, start)
            if (
                not allocation.waits
                and file.tokens[end].text == "if"
                and allocation.target.text
                in source_text(file, (end + 1, matching_close(file.tokens, end + 1)))
            ):
                end = statement_close(file.tokens, end)
            span = (start, end)
            base = allocation.target.text + "->"
            body = _first_statement(file, allocation.function)
            if body is not None and start < body:
                out.append((file, (body, statement_close(file.tokens, body)), base, True))
            else:
                out.append((file, span, base, False))
        if out:
            return out
        attach = _methods(self.context, facts, "device_attach")
        for call in facts.calls("device_get_softc"):
            function = call.function
            if function is None or function.name not in attach:
                continue
            tokens = call.tokens
            equals = call.at - 1
            while tokens[equals].text not in ("=", ";", "{", "}"):
                equals -= 1
            start = postfix_start(tokens, equals) if tokens[equals].text == "=" else -1
            path = facts.path(call.file, (start, equals)) if start >= 0 else None
            if (
                path is None
                or path.member
                or facts.tag(facts.named_type(call.file, function, path.text)) != tag
            ):
                continue
            body = _first_statement(call.file, function)
            if body is None:
                continue
            if call.at < body:
                out.append((call.file, (body, statement_close(tokens, body)), path.text + "->", True))
            else:
                start = statement_start(tokens, call.at)
                out.append((call.file, (start, statement_close(tokens, start)), path.text + "->", False))
        return out

    def _at_end(self, channel: Channel, *, made_here: bool = False) -> bool:
        """No lock of the structure is ever destroyed: the condition variable goes with the object itself.

        With `made_here`, an object that the glue makes gets its condition variable there as well, because a
        failing probe or attach ends in the same glue; True when it did.
        """
        facts, tag = self.facts, channel.tag
        memory = Memory.of(self.context)
        freed = False
        for release in memory.releases:
            path = release.path
            if (
                path is None
                or path.subscripts
                or facts.tag(facts.type_of(release.call.file, path.span)) != tag
            ):
                continue
            span = facts.whole_statement(release.call)
            if span is None:
                continue
            freed = True
            test = "" if memory.is_not_null(release) else f"if ({path.text} != NULL) "
            for text in self._texts(channel, path.text + "->", False):
                if test:
                    indent = self.statements.indent(release.call.file, span[0])
                    text = f"{test.strip()}\n{indent}\t{text}"
                self.statements.before(release.call.file, span, text, headers=_HEADERS)
        if freed:
            return False
        # In the words of the glue around the method, which has the node and nothing else.
        kind = f"struct {tag}" if channel.struct and channel.struct.is_tagged else tag
        base = f"(({kind} *)ddi_get_driver_private(dip))->"
        made = False
        for name in sorted(_methods(self.context, facts, "device_detach")):
            found = self.context.function(name)
            if found is None:
                continue
            file, function = found
            if any(
                facts.tag(facts.type_of(file, (number, number + 1))) == tag
                for number in range(function.first, function.last)
                if file.tokens[number].kind == "i" and file.tokens[number - 1].text == "*"
            ):
                self.context.extra_detach.setdefault(name, []).extend(self._texts(channel, base, False))
                if made_here:
                    self.context.extra_attach.setdefault(name, []).extend(self._texts(channel, base, True))
                    made = True
        return made

    def _declare(self, channel: Channel) -> None:
        """The member, behind what it stands for, in the columns of its neighbours."""
        struct = channel.struct
        assert struct is not None
        file, members = struct.file, struct.item.members
        beside = struct.member(channel.member) if channel.kind == "member" else None
        if beside is None and channel.guard[0] == channel.tag:
            beside = struct.member(channel.guard[1])
        if beside is None:
            beside = members[-1]
        text = file.text
        start = file.tokens[beside.first].start
        name = next(
            number for number in range(beside.first, beside.last) if file.tokens[number].text == beside.name
        )
        while file.tokens[name - 1].text == "*":
            name -= 1
        line = text.rfind("\n", 0, file.tokens[name].start) + 1
        column = len(text[line : file.tokens[name].start].expandtabs(8))
        gap = text[file.tokens[name - 1].end : file.tokens[name].start]
        indent = line_indent(text, start)
        out = ""
        for kind, word in (("kmutex_t", channel.lock), ("kcondvar_t", channel.name)):
            if word:
                width = len(indent.expandtabs(8)) + len(kind)
                tabs = "\t" * max(1, -(-(column - width) // 8)) if "\t" in gap else " "
                out += f"\n{indent}{kind}{tabs}{word};"
        self.context.insert(
            file,
            declaration_end(file, file.tokens[beside.last - 1].end),
            out,
            RULE,
            verbatim_indent=True,
            headers=_HEADERS,
        )

    # -- what is written -------------------------------------------------------------------------------------

    def emit(self, channel: Channel) -> None:
        for site in channel.sleeps:
            self._sleep(channel, site)
        for site in channel.wakes:
            self._wake(channel, site)

    def _wake(self, channel: Channel, site: Site) -> None:
        call = site.call
        name = WAKES[call.name] if site.exact else "cv_broadcast"
        parts: list[Part] = [f"{name}(", *_address(channel, site), ")"]
        span = self.facts.whole_statement(call)
        if channel.lock:
            lock = f"{site.base}{channel.lock}"
            if span is not None:
                self.statements.replace(
                    call.file,
                    span,
                    [[f"mutex_enter(&{lock})"], parts, [f"mutex_exit(&{lock})"]],
                    headers=_HEADERS,
                )
                return
            parts = [f"(mutex_enter(&{lock}), ", *parts, f", mutex_exit(&{lock}))"]
        tokens = call.tokens
        self.context.edit(
            call.file, tokens[call.at].start, tokens[call.end - 1].end, parts, RULE, headers=_HEADERS
        )
        if span is not None and not channel.lock:
            self._note_order(channel, call, span)

    def _sleep(self, channel: Channel, site: Site) -> None:
        call, form = site.call, SLEEPS[site.call.name]
        words = call.texts(form.priority) if form.priority >= 0 else []
        text = self._interlock(call)
        before: list[list[Part]] = []
        after: list[list[Part]] = []
        lock: list[Part]
        if call.name in SHARED_LOCK and text:
            lock = [f"&{site.base}{channel.lock}"]
            shared = call.kept(form.lock)
            before = [["mutex_enter(", *lock, ")"], ["rw_exit(", shared, ")"]]
            after = [["mutex_exit(", *lock, ")"]]
            if "PDROP" not in words:
                after.append(["rw_enter(", shared, ", RW_WRITER)"])
        elif text:
            lock = [call.kept(form.lock)]
            if "PDROP" in words:
                after = [["mutex_exit(", *lock, ")"]]
        else:
            tag, member = channel.guard
            if channel.lock:
                address = f"&{site.base}{channel.lock}"
            elif tag:
                address = f"&{site.base}{member}"
            else:
                address = member
            lock = [address]
            if address not in self.locks.held(site):
                before = [[f"mutex_enter({address})"]]
                after = [[f"mutex_exit({address})"]]
        self._write(channel, site, lock, "PCATCH" in words, before, after)

    def _write(
        self,
        channel: Channel,
        site: Site,
        lock: list[Part],
        catch: bool,
        before: list[list[Part]],
        after: list[list[Part]],
    ) -> None:
        call = site.call
        file, tokens = call.file, call.tokens
        whole = self.facts.whole_statement(call)
        wait = _Wait(call, _address(channel, site), lock, catch)
        if whole is not None:
            lines = wait.statement()
            self.statements.replace(
                file,
                whole,
                [*before, *lines, *after]
                if len(lines) == 1 or not before + after
                else [*before, _joined(lines), *after],
                single=len(lines) > 1 and not before + after,
                headers=wait.headers,
            )
            return
        start = statement_start(tokens, call.at)
        assigned = (
            starts_statement(tokens, start)
            and tokens[call.at - 1].text == "="
            and tokens[call.end].text == ";"
            and not any(token.text in ("return", "(", "=") for token in tokens[start : call.at - 1])
        )
        value = wait.value(self._local(call, "clock_t", "left") if wait.needs_local else "")
        if not before and not after:
            end = call.end
            compared = wait.compared()
            if compared:
                value, end = compared
            self.context.edit(
                file, tokens[call.at].start, tokens[end - 1].end, value, RULE, headers=wait.headers
            )
            return
        if assigned and not _declaration(tokens, start):
            target = Kept(tokens[start].start, tokens[call.at - 1].end)
            self.statements.replace(
                file,
                (start, statement_end(tokens, call.at)),
                [*before, [target, " ", *value], *after],
                headers=wait.headers,
            )
            return
        result = self._local(call, "int", "slept")
        parts: list[Part] = ["("]
        for line in [*before, [f"{result} = ", *value], *after]:
            parts.extend([*line, ", "])
        parts.extend([result, ")"])
        self.context.edit(
            file, tokens[call.at].start, tokens[call.end - 1].end, parts, RULE, headers=wait.headers
        )

    def _local(self, call: Call, kind: str, name: str) -> str:
        """A local variable at the head of the function, once."""
        function = call.function
        assert function is not None
        words = {token.text for token in call.tokens[function.first : function.last] if token.kind == "i"}
        while name in words:
            name = f"cv_{name}"
        key = (call.file, function.first, name)
        if key not in self.locals:
            self.locals.add(key)
            brace = call.tokens[function.body[0] - 1]
            self.context.insert(call.file, brace.end, f"\n\t{kind} {name};", RULE, verbatim_indent=True)
        return name

    # -- wakeup behind the release of the lock ---------------------------------------------------------------

    def _note_order(self, channel: Channel, call: Call, span: Span) -> None:
        """Remember a wakeup that follows the release of the sleepers' lock."""
        if not channel.sleeps or not channel.guard[1]:
            return
        tokens, function = call.tokens, call.function
        assert function is not None
        start, end = span
        if is_unbraced(tokens, start):
            head = control_head(tokens, start)
            if (
                head is None
                or tokens[head].text != "if"
                or tokens[end].text == "else"
                or is_unbraced(tokens, head)
            ):
                return
            start = head
        for site in self.locks.by_function.get((call.file, function.first), ()):
            if site.action != "release" or (site.tag, site.member) != channel.guard:
                continue
            unlock = self.facts.whole_statement(site.call)
            if unlock is None or is_unbraced(tokens, unlock[0]):
                continue
            if unlock[1] == start:
                self.ordered[(call.file, unlock[0])] = (start, end), site
                return
            for key, ((first, last), other) in self.ordered.items():
                if other is site and last == start:
                    self.ordered[key] = (first, end), site
                    return

    def reorder(self) -> None:
        for (file, unlock), ((start, end), _) in self.ordered.items():
            tokens = file.tokens
            first = tokens[unlock]
            close = tokens[start - 1].end
            at = close
            while file.text[at] in " \t\n\r":
                at += 1
            indent = line_indent(file.text, first.start)
            self.context.edit(
                file,
                first.start,
                tokens[end - 1].end,
                [Kept(at, tokens[end - 1].end), "\n" + indent, Kept(first.start, close)],
                "sleep-order",
                verbatim_indent=True,
                why="the woken thread may free the object as soon as it gets the lock",
            )


class _Wait:
    """The illumos form of one sleep, as a statement or as a value."""

    def __init__(self, call: Call, address: list[Part], lock: list[Part], catch: bool) -> None:
        form = SLEEPS[call.name]
        self.call = call
        self.catch = catch
        self.time = form.time
        words = call.texts(form.time)
        self.untimed = words == ["0"]
        self.headers: tuple[str, ...] = _HEADERS
        sig = "_sig" if catch else ""
        self.forever: list[Part] = [f"cv_wait{sig}(", *address, ", ", *lock, ")"]
        if form.precision >= 0:
            absolute = len(call.args) > form.flags and "C_ABSOLUTE" in call.texts(form.flags)
            precise = call.texts(form.precision) != ["0"]
            self.timed: list[Part] = [
                f"cv_timedwait{sig}_hires(",
                *address,
                ", ",
                *lock,
                ", ",
                "" if absolute else "gethrtime() + ",
                call.kept(form.time),
                ", ",
                call.kept(form.precision) if precise else "1",
                ", 0)",
            ]
            self.headers = (*_HEADERS, "sys/time.h")
        else:
            self.timed = [
                f"cv_reltimedwait{sig}(",
                *address,
                ", ",
                *lock,
                ", ",
                call.kept(form.time),
                ", TR_CLOCK_TICK)",
            ]
        # A time that may be 0 means that there may be no timeout.
        self.open = (
            not self.untimed
            and "hz" not in words
            and not any(word.startswith("SBT_") for word in words)
            and any(
                token.kind == "i" and not token.text.isupper()
                for token in call.tokens[slice(*call.args[form.time])]
            )
        )

    @property
    def needs_local(self) -> bool:
        return self.catch and not self.untimed

    def statement(self) -> list[list[Part]]:
        void = "(void) "
        forever: list[Part] = [void if self.catch else "", *self.forever]
        if self.untimed:
            return [forever]
        if not self.open:
            return [[void, *self.timed]]
        return [
            [f"if ({self.call.text(self.time)} != 0)"],
            [f"\t{void}", *self.timed, ";"],
            ["else"],
            ["\t", *forever],
        ]

    def value(self, local: str) -> list[Part]:
        """The value as sleep(9) returns it."""
        forever: list[Part] = (
            ["(", *self.forever, " == 0 ? EINTR : 0)"] if self.catch else ["(", *self.forever, ", 0)"]
        )
        if self.untimed:
            return forever
        timed: list[Part]
        if self.catch:
            timed = [f"(({local} = ", *self.timed, f") > 0 ? 0 : {local} == 0 ? EINTR : EWOULDBLOCK)"]
        else:
            timed = ["(", *self.timed, " == -1 ? EWOULDBLOCK : 0)"]
        if not self.open:
            return timed
        return [f"({self.call.text(self.time)} == 0 ? ", *forever, " : ", *timed, ")"]

    def compared(self) -> tuple[list[Part], int] | None:
        """`msleep(...) == EWOULDBLOCK` asks for what cv_reltimedwait(9F) says with -1."""
        if self.untimed or self.catch or self.open:
            return None
        tokens, end = self.call.tokens, self.call.end
        asked = (tokens[end].text, tokens[end + 1].text)
        if asked in (("==", "EWOULDBLOCK"), ("==", "EAGAIN"), ("!=", "0")):
            return [*self.timed, " == -1"], end + 2
        if asked in (("!=", "EWOULDBLOCK"), ("==", "0")):
            return [*self.timed, " != -1"], end + 2
        return None


def _joined(lines: Sequence[Sequence[Part]]) -> list[Part]:
    """An `if` and its branches in one line of source for where other statements stand around it."""
    out: list[Part] = []
    for line in lines:
        out.extend([" "] if out else [])
        out.extend(part.strip("\t") if isinstance(part, str) else part for part in line)
    return out


def _address(channel: Channel, site: Site) -> list[Part]:
    return [*site.address, channel.name]


def _declaration(tokens: Sequence[Token], start: int) -> bool:
    return tokens[start].kind == "i" and tokens[start + 1].kind == "i"


def _first_statement(file: SourceFile, function: Declaration) -> int | None:
    """The first statement of a function behind its declarations."""
    tokens = file.tokens
    at, end = function.body
    while at < end:
        if tokens[at].kind == "#" or tokens[at].skipped:
            at += 1
            continue
        one, two = tokens[at], tokens[at + 1]
        types = one.text in (
            "struct",
            "union",
            "enum",
            "const",
            "static",
            "unsigned",
            "signed",
            "int",
            "char",
            "long",
            "short",
            "void",
            "volatile",
            "register",
            "float",
            "double",
        )
        if not types and not (
            one.kind == "i"
            and (
                two.kind == "i"
                or (two.text == "*" and tokens[at + 2].kind == "i" and tokens[at + 3].text in ("=", ";", ","))
            )
            and one.text not in ("return", "goto", "else", "do", "case")
        ):
            return at
        at = statement_close(tokens, at)
    return None


def _methods(context: Context, facts: Facts, method: str) -> set[str]:
    """The functions that serve as a newbus method."""
    out = {str(driver.methods[method]) for driver in context.drivers if method in driver.methods}
    out |= {name for name, roles in context.roles.items() if method in roles}
    for file, at in facts.index.get("DEVMETHOD", ()):
        if file.tokens[at + 1].text == "(":
            args = split_arguments(file.tokens, at + 1)
            if len(args) == 2 and file.tokens[args[0][0]].text == method:
                out.add(file.tokens[args[1][0]].text)
    return out
