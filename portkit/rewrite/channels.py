"""Where a family sleeps and wakes, on what, and under which locks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portkit.frontend.structure import Declaration
from portkit.frontend.unit import SourceFile
from portkit.rewrite.dataflow import (
    Call,
    Facts,
    Struct,
    lock_text,
    strip,
)
from portkit.rewrite.edit import Kept, Part


@dataclass(frozen=True)
class Form:
    """Where a sleeping function has its arguments; -1 for what it lacks."""

    lock: int
    priority: int
    time: int
    precision: int = -1  # of the sbintime_t forms
    flags: int = -1


SLEEPS = {
    "msleep": Form(1, 2, 4),
    "mtx_sleep": Form(1, 2, 4),
    "sx_sleep": Form(1, 2, 4),
    "rw_sleep": Form(1, 2, 4),
    "msleep_spin": Form(1, -1, 3),
    "tsleep": Form(-1, 1, 3),
    "msleep_sbt": Form(1, 2, 4, 5, 6),
    "msleep_spin_sbt": Form(1, -1, 3, 4, 5),
    "tsleep_sbt": Form(-1, 1, 3, 4, 5),
}
SHARED_LOCK = frozenset(("sx_sleep", "rw_sleep"))  # an rwlock(9F): cv_wait(9F) takes a mutex only
WAKES = {"wakeup": "cv_broadcast", "wakeup_one": "cv_signal", "wakeup_any": "cv_signal"}
_LOCKS = {
    "mtx_init": "init",
    "sx_init": "init",
    "sx_init_flags": "init",
    "rw_init": "init",
    "rw_init_flags": "init",
    "mtx_destroy": "destroy",
    "sx_destroy": "destroy",
    "rw_destroy": "destroy",
    "mtx_lock": "acquire",
    "mtx_lock_spin": "acquire",
    "mtx_lock_flags": "acquire",
    "mtx_unlock": "release",
    "mtx_unlock_spin": "release",
    "mtx_unlock_flags": "release",
}


@dataclass(eq=False)
class LockSite:
    """A call that initialises, destroys, takes or releases a lock, macros of the family seen through."""

    action: str
    text: str  # the lock's address: &sc->lock
    call: Call
    tag: str  # the structure that holds the lock; '' for a global
    member: str
    base: str  # `sc->`, with its operator


@dataclass(eq=False)
class Site:
    """One sleep or wakeup."""

    call: Call
    address: list[Part]  # text in front of the condvar's name: `&`, the object, its operator
    base: str  # the object as text, with its operator; '' for a global
    exact: bool  # the channel is this very member, not one element of it


@dataclass(eq=False)
class Channel:
    """What is slept on: a member of a structure, an object of a type, or a global."""

    kind: str  # member, object, global
    tag: str
    member: str
    sleeps: list[Site] = field(default_factory=list)
    wakes: list[Site] = field(default_factory=list)
    struct: Struct | None = None
    name: str = ""  # of the condition variable
    lock: str = ""  # of a mutex of its own, where sleepers have none
    guard: tuple[str, str] = ("", "")  # structure and member (or address) of the lock that sleepers hold

    @property
    def sites(self) -> list[Site]:
        return self.sleeps + self.wakes


def read_channels(facts: Facts) -> list[Channel]:
    found: dict[tuple[str, str, str], Channel] = {}
    calls = [(call, True) for name in SLEEPS if facts.external(name) for call in facts.calls(name)]
    calls += [(call, False) for name in WAKES if facts.external(name) for call in facts.calls(name)]
    calls.sort(key=lambda one: (one[0].file.path, one[0].at))
    for call, sleeps in calls:
        if not call.args or (sleeps and len(call.args) <= SLEEPS[call.name].time):
            continue
        read = _read_channel(facts, call)
        if read is None:
            continue
        key, site = read
        channel = found.setdefault(key, Channel(*key))
        (channel.sleeps if sleeps else channel.wakes).append(site)
    return list(found.values())


def _read_channel(facts: Facts, call: Call) -> tuple[tuple[str, str, str], Site] | None:
    file, tokens = call.file, call.tokens
    first, last = strip(tokens, call.args[0])
    address = tokens[first].text == "&"
    if address:
        first, last = strip(tokens, (first + 1, last))
    path = facts.path(file, (first, last))
    function = call.function
    if path is None or function is None:
        return None
    first, last = path.span
    if path.member:
        kind = facts.type_of(file, (first, last))
        stop = last
        while tokens[stop - 1].text == "]":
            stop -= 1
            while tokens[stop].text != "[":
                stop -= 1
        if (address or "[" in kind) and path.owner in facts.structs:
            base = path.base + path.operator
            before = Kept(tokens[first].start, tokens[stop - 2].end)
            return ("member", path.owner, path.member), Site(call, ["&", before], base, path.subscripts == 0)
        tag = facts.tag(kind)
        if address or tag not in facts.structs or not kind.endswith("*"):
            return None
        return ("object", tag, ""), Site(
            call, ["&", Kept(tokens[first].start, tokens[last - 1].end), "->"], path.text + "->", True
        )
    if path.subscripts:
        return None
    kind = facts.named_type(file, function, path.text)
    if facts.is_global(file, function, path.text) and (address or "[" in kind):
        return ("global", "", path.text), Site(call, ["&"], "", True)
    tag = facts.tag(kind)
    name: Part = Kept(tokens[first].start, tokens[last - 1].end)
    if address:
        return None  # an object on the stack
    text = path.text
    if tag not in facts.structs or not kind.endswith("*"):
        alias = _alias(facts, file, function, path.text)
        if not alias:
            return None
        text, tag = alias
        name = text
    return ("object", tag, ""), Site(call, ["&", name, "->"], text + "->", True)


def _alias(facts: Facts, file: SourceFile, function: Declaration, name: str) -> tuple[str, str] | None:
    """A variable of a structure's type that a `void *` was assigned to."""
    tokens = file.tokens
    for where, at in facts.index.get(name, ()):
        if (
            where is not file
            or not function.body[0] <= at < function.body[1]
            or tokens[at + 1].text not in (";", ",")
        ):
            continue
        equals = at - 1
        while tokens[equals].text == ")":
            depth = 0
            while equals > 0:
                depth += (tokens[equals].text == ")") - (tokens[equals].text == "(")
                equals -= 1
                if depth == 0:
                    break
        if (
            tokens[equals].text != "="
            or tokens[equals - 1].kind != "i"
            or tokens[equals - 2].text in (".", "->")
        ):
            continue
        other = tokens[equals - 1].text
        tag = facts.tag(facts.named_type(file, function, other))
        if tag in facts.structs:
            return other, tag
    return None


class Locks:
    """The locks of a family: where each is initialised, destroyed, taken and released."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.sites = self._lock_sites()
        self.by_function: dict[tuple[SourceFile, int], list[LockSite]] = {}
        for site in self.sites:
            assert site.call.function is not None
            self.by_function.setdefault((site.call.file, site.call.function.first), []).append(site)
        for sites in self.by_function.values():
            sites.sort(key=lambda one: one.call.at)

    def _lock_sites(self) -> list[LockSite]:
        facts = self.facts
        names = {name: action for name, action in _LOCKS.items() if facts.external(name)}
        for name, directive in facts.program.own_macros.items():
            if directive.params and directive.body and len(directive.body) < 40:
                first = next((word for word in directive.body if word.kind == "i"), None)
                if first is not None and first.text in _LOCKS:
                    names[name] = _LOCKS[first.text]
        out = []
        for name, action in names.items():
            for call in facts.calls(name):
                text = self._lock_of(call)
                if text:
                    tag, member, base = self.split(call, text)
                    out.append(LockSite(action, text, call, tag, member, base))
        return out

    def _lock_of(self, call: Call) -> str:
        if call.name in _LOCKS:
            return lock_text(self.facts, call.texts(0)) if call.args else ""
        words = self.facts.expand([token.text for token in call.tokens[call.at : call.end]])
        while words and words[0] in ("(", "do", "{"):
            words = words[1:]
        if len(words) < 3 or words[0] not in _LOCKS or words[1] != "(":
            return ""
        depth, end = 0, 1
        for end in range(1, len(words)):
            depth += (words[end] in "([{") - (words[end] in ")]}")
            if depth == 0 or (depth == 1 and words[end] == ","):
                break
        return lock_text(self.facts, words[2:end])

    def split(self, call: Call, text: str) -> tuple[str, str, str]:
        """Structure, member and object of a lock's address."""
        found = re.fullmatch(r"&?(.+?)(->|\.)(\w+)", text)
        if found is None:
            return "", text, ""
        found = re.fullmatch(r"&?(.+)(->|\.)(\w+)", text)
        assert found is not None
        base, operator, member = found.groups()
        tag = self.facts.tag(self.facts.text_type(call.file, call.function, base))
        return tag, member, base + operator

    def held(self, site: Site) -> dict[str, LockSite]:
        """Locks that are held around a call, as its function's text shows."""
        call = site.call
        function = call.function
        assert function is not None
        sites = self.by_function.get((call.file, function.first), [])
        actions = [(one.call.at, one.action, one.text) for one in sites]
        held = self.facts.held(call.file, function, call.at, actions)
        by_place = {one.call.at: one for one in sites}
        return {text: by_place[at] for text, at in held.items()}
