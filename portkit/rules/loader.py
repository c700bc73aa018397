"""Read the rule tables: TOML files, one a subsystem (docs/rules.md describes them).

A row that cannot be used, or a rule without an example, is an error that names the file and the line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError
from portkit.rules.pattern import Pattern, PatternError, compile_pattern

KINDS = ("same", "native", "template", "support", "dropped", "residue")
GUARDS = ("is", "not", "has", "hasnot", "type", "const", "ref")
PLACES = ("if", "function", "role", "returns")
FILTERS = ("deref", "paren", "nonl", "log", "kfmt", "member", "raw", "cond", "first", "ident", "text", "strip")
_RULE_KEYS = {"id", "match", "where", "within", "emit", "kind", "headers", "support", "freebsd", "illumos", "why",
              "hint", "locals", "example", "release", "unused", "own", "mends", "words"}
_MEMBER_KEYS = {"of", "name", "names", "emit", "type", "pointer", "array", "lvalue", "compared", "kind", "headers",
                "support", "freebsd", "illumos", "why", "hint", "example"}
_RELEASE = re.compile(r"\s*(>=|<=|==|>|<)\s*\d+\s*")
_EMIT = re.compile(r"\$\$([a-z]+)|\$\{([a-z_][a-z0-9_]*)((?:\|[a-z]+)*)\}|\$([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Example:
    before: str
    after: str
    given: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of an emit text: literal text, or a metavariable with its filters."""

    text: str
    name: str = ""
    filters: tuple[str, ...] = ()
    special: str = ""           # function, dev, release


@dataclass(frozen=True, eq=False)
class Rule:
    id: str
    pattern: Pattern
    emit: tuple[Piece, ...]
    emit_text: str
    kind: str
    where: Mapping[str, Mapping[str, Any]]
    within: Mapping[str, str]
    release: str
    unused: bool | None
    own: bool                   # the pattern begins at a name of the driver's
    mends: bool                 # what it replaces is wrong upstream, too
    headers: tuple[str, ...]
    support: tuple[str, ...]
    locals: tuple[str, ...]
    freebsd: str
    illumos: str
    why: str
    hint: str
    examples: tuple[Example, ...]
    subsystem: str
    file: str
    line: int
    user: bool = False
    words: Mapping[str, str] = field(default_factory=dict)      # `words`: each word and what comes in its place


@dataclass(frozen=True, eq=False)
class MemberRow:
    """What becomes of members of a structure that illumos keeps elsewhere.

    `emit` with `$o`, a pointer to the structure; None: the member stays, in helper code's structure of its own.
    """

    of: str                     # tag; `tag.member` for a structure or union without a tag of its own
    names: tuple[str, ...]
    emit: str | None
    type: str                   # of the member: the tag whose rows come next in a chain
    pointer: bool               # the new text is a pointer to what the member is
    array: bool                 # it is a pointer to the first element of what the member is
    lvalue: bool                # it can be stored to
    compared: Mapping[str, tuple[str, str]]     # a comparison with this word becomes one of these two
    kind: str
    headers: tuple[str, ...]
    support: tuple[str, ...]
    freebsd: str
    illumos: str
    why: str
    hint: str
    examples: tuple[Example, ...]
    subsystem: str
    file: str
    line: int
    user: bool = False
    release: str = ""
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.of}.{self.names[0]}"

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(f"{self.of}.{name}" for name in self.names)


@dataclass(frozen=True)
class Same:
    name: str
    headers: tuple[str, ...]
    illumos: str
    file: str
    why: str = ""


@dataclass(frozen=True)
class Support:
    name: str
    files: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Config:
    """What becomes of a conditional on a macro: undefined, defined, keep, or another name for it."""

    macro: str
    value: str
    why: str


@dataclass(frozen=True)
class Method:
    """What becomes of a row of a DEVMETHOD table: `drop`, `absorb` (the glue does it) or a role it plays."""

    name: str
    action: str
    why: str


@dataclass
class Subsystem:
    name: str
    about: str
    file: str


@dataclass
class RuleSet:
    rules: list[Rule] = field(default_factory=list)
    by_anchor: dict[str, list[Rule]] = field(default_factory=dict)
    same: dict[str, Same] = field(default_factory=dict)
    includes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    support: dict[str, Support] = field(default_factory=dict)
    config: dict[str, Config] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    nocounterpart: dict[str, str] = field(default_factory=dict)     # symbol -> reason (drop.toml)
    driver_scope: dict[str, str] = field(default_factory=dict)      # the same, of a whole driver
    member_rows: list[MemberRow] = field(default_factory=list)
    members: dict[tuple[str, str], MemberRow] = field(default_factory=dict)     # (structure, member) -> its row
    never: dict[str, str] = field(default_factory=dict)             # constant that is no value here -> reason
    upkeep: set[str] = field(default_factory=set)                   # calls that only keep data
    subsystems: list[Subsystem] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        self.rules.append(rule)
        if not rule.words:
            self.by_anchor.setdefault(rule.pattern.anchor_name, []).append(rule)
        for word, text in rule.words.items():
            pattern = compile_pattern(word)
            one = replace(rule, pattern=pattern, emit=parse_emit(text, pattern.names), emit_text=text)
            self.by_anchor.setdefault(pattern.anchor_name, []).append(one)

    def add_members(self, row: MemberRow) -> None:
        self.member_rows.append(row)
        for name in row.names:
            self.members[row.of, name] = row

    def with_examples(self) -> list[Rule | MemberRow]:
        """The rows that the examples of `portkit rules test` belong to, in file order."""
        return [*self.rules, *self.member_rows]

    def find(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)


class _File:
    """One table being read: where its rows stand, and its complaints."""

    def __init__(self, path: Path, text: str, name: str) -> None:
        self.path = path
        self.name = name
        self.lines = text.splitlines()
        self.line = 1               # of the row that is being read
        self._seen: dict[str, int] = {}

    def row_line(self, key: str) -> int:
        """The line of the next row `[[key]]`, in file order."""
        start = self._seen.get(key, 0)
        header = f"[[{key}]]"
        for number in range(start, len(self.lines)):
            if self.lines[number].strip().replace(" ", "").startswith(header):
                self._seen[key] = number + 1
                self.line = number + 1
                return number + 1
        return 1

    def fail(self, message: str, line: int, hint: str | None = None) -> PortkitError:
        return PortkitError(message, file=self.path, line=line, hint=hint or "docs/rules.md has the format")


def parse_emit(text: str, names: Iterable[str]) -> tuple[Piece, ...]:
    """Split an emit text; ValueError for a metavariable or a filter that does not exist."""
    known = set(names)
    pieces: list[Piece] = []
    at = 0
    for match in _EMIT.finditer(text):
        if match.start() > at:
            pieces.append(Piece(text[at:match.start()]))
        special, braced, filters, plain = match.groups()
        if special:
            if special not in ("function", "dev", "release"):
                raise ValueError(f"unknown $${special}")
            pieces.append(Piece("", special=special))
        else:
            name = braced or plain
            if name not in known:
                raise ValueError(f"${name} is emitted but not matched")
            chosen = tuple(word for word in (filters or "").split("|") if word)
            for word in chosen:
                if word not in FILTERS:
                    raise ValueError(f"unknown filter |{word}")
            pieces.append(Piece("", name=name, filters=chosen))
        at = match.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


_LEFT_OUT = {"left_out": True}
_EXAMPLE_HEADERS = ("[[rule.example]]", "[[member.example]]")


def without_examples(text: str) -> str:
    """A table without its examples, line numbers kept: nine tenths of it, which a translation has no use for.

    An example that says so stays where they were, so that a rule without any is still found out.
    """
    out: list[str] = []
    inside = quoted = header = False
    for line in text.split("\n"):
        if not quoted:
            stripped = line.strip()
            if stripped.startswith("["):
                started = stripped.replace(" ", "") in _EXAMPLE_HEADERS
                if started and not inside:
                    out.append(line)
                    inside = header = True
                    continue
                if not started:
                    inside = False
        marks = line.count("'''") + line.count('"""')
        if marks % 2:
            quoted = not quoted
        out.append("left_out = true" if header else "" if inside else line)
        header = False
    return "\n".join(out)


def load_file(path: Path, rules: RuleSet, *, user: bool = False, examples: bool = True) -> None:
    """Add one table to `rules`; PortkitError with the line for a row that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PortkitError(f"cannot read the rule table: {reason}", file=path, hint="give a TOML file") from error
    try:
        data = tomllib.loads(text if examples else without_examples(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else len(text.splitlines())
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise PortkitError(f"not TOML: {message}", file=path, line=line, hint="docs/rules.md has the format") \
            from error
    table = _File(path, text, path.name)
    known = {"meta", "rule", "same", "include", "support", "config", "method", "nocounterpart", "member", "never",
             "upkeep"}
    for key in data:
        if key not in known:
            raise table.fail(f"unknown table [{key}]", table.row_line(key), f"known: {', '.join(sorted(known))}")
    meta = data.get("meta", {})
    subsystem = str(meta.get("subsystem", path.stem))
    rules.subsystems.append(Subsystem(subsystem, str(meta.get("about", "")), path.name))
    try:
        for row in data.get("rule", []):
            _add_rule(row, table, table.row_line("rule"), subsystem, rules, user)
        for row in data.get("same", []):
            line = table.row_line("same")
            headers = _list(row, "headers", table, line)
            for name in _words(row, "names", table, line):
                rules.same[name] = Same(name, headers, str(row.get("illumos", "")),
                                        path.name, str(row.get("why", "")))
        for row in data.get("include", []):
            line = table.row_line("include")
            rules.includes[_text(row, "header", table, line)] = _list(row, "emit", table, line)
        for row in data.get("support", []):
            line = table.row_line("support")
            name = _text(row, "name", table, line)
            files, needs = _list(row, "files", table, line), _list(row, "needs", table, line)
            rules.support[name] = Support(name, files, needs)
        for row in data.get("config", []):
            line = table.row_line("config")
            macro = _text(row, "macro", table, line)
            rules.config[macro] = Config(macro, _text(row, "value", table, line), str(row.get("why", "")))
        for row in data.get("method", []):
            line = table.row_line("method")
            for name in _words(row, "names", table, line):
                rules.methods[name] = Method(name, _text(row, "action", table, line), str(row.get("why", "")))
        for row in data.get("nocounterpart", []):
            line = table.row_line("nocounterpart")
            why = _text(row, "why", table, line)
            scope = rules.driver_scope if row.get("scope") == "driver" else rules.nocounterpart
            for name in _words(row, "names", table, line):
                scope[name] = why
        for row in data.get("member", []):
            _add_members(row, table, table.row_line("member"), subsystem, rules, user)
        for row in data.get("never", []):
            line = table.row_line("never")
            why = _text(row, "why", table, line)
            rules.never.update((name, why) for name in _words(row, "names", table, line))
        for row in data.get("upkeep", []):
            rules.upkeep.update(_words(row, "names", table, table.row_line("upkeep")))
    except (AttributeError, TypeError) as error:
        raise table.fail(f"a row has a value of the wrong type ({error})", table.line) from error


def _text(row: Mapping[str, Any], key: str, table: _File, line: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise table.fail(f"the row needs `{key} = \"...\"`", line)
    return value


def _words(row: Mapping[str, Any], key: str, table: _File, line: int) -> list[str]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise table.fail(f"the row needs `{key} = [...]`", line)
    return value


def _list(row: Mapping[str, Any], key: str, table: _File, line: int) -> tuple[str, ...]:
    """A list of words that may be missing."""
    return tuple(_words(row, key, table, line)) if key in row else ()


def _add_rule(row: dict[str, Any], table: _File, line: int, subsystem: str, rules: RuleSet, user: bool) -> None:
    rule_id = _text(row, "id", table, line)

    def fail(message: str) -> PortkitError:
        return table.fail(f"rule {rule_id}: {message}", line)

    for key in row:
        if key not in _RULE_KEYS:
            raise fail(f"unknown key `{key}`")
    words = _word_list(row, fail)
    try:
        pattern = compile_pattern(next(iter(words)) if words else _text(row, "match", table, line))
        for word in words:
            compile_pattern(word)
    except PatternError as error:
        raise fail(str(error)) from error
    kind = _text(row, "kind", table, line)
    if kind not in KINDS:
        raise fail(f"kind is one of {', '.join(KINDS)}, not {kind}")
    emit_text = next(iter(words.values())) if words else row.get("emit", "")
    if not isinstance(emit_text, str) or (not words and "emit" not in row and kind not in ("dropped", "residue")):
        raise fail("needs `emit`")
    try:
        emit = parse_emit(emit_text, pattern.names)
    except ValueError as error:
        raise fail(str(error)) from error
    if kind == "dropped" and not row.get("why"):
        raise fail("what is dropped needs a reason: `why`")
    if kind == "residue" and not row.get("hint"):
        raise fail("what is left to a person needs a `hint`")
    where = row.get("where", {})
    for name, guard in where.items():
        if name not in pattern.names:
            raise fail(f"a guard on ${name}, which is not matched")
        for word in guard:
            if word not in GUARDS:
                raise fail(f"unknown guard `{word}`")
            if word == "const" and not isinstance(guard[word], bool):
                raise fail(f"the guard `const` on ${name} is true or false")
    within = row.get("within", {})
    for word in within:
        if word not in PLACES:
            raise fail(f"unknown place `within.{word}`")
    examples = _examples(row, kind, fail)
    for flag in ("unused", "own", "mends"):
        if flag in row and not isinstance(row[flag], bool):
            raise fail(f"`{flag}` is true or false")
    if "release" in row and not _RELEASE.fullmatch(str(row["release"])):
        raise fail("`release` compares with a __FreeBSD_version, as in \">=1100000\"")
    other = next((rule for rule in rules.rules if rule.id == rule_id and rule.user == user), None)
    if other is not None:
        raise fail(f"the id is taken ({other.file}:{other.line})")
    rules.add(Rule(
        rule_id, pattern, emit, emit_text, kind, where, within, str(row.get("release", "")), row.get("unused"),
        row.get("own", False), row.get("mends", False),
        _list(row, "headers", table, line), _list(row, "support", table, line),
        _list(row, "locals", table, line),
        str(row.get("freebsd", "")), str(row.get("illumos", "")), str(row.get("why", "")),
        str(row.get("hint", "")), examples, subsystem, table.name, line, user, words))


def _word_list(row: Mapping[str, Any], fail: Callable[[str], PortkitError]) -> dict[str, str]:
    """`words = {A = "B"}`, or `words = ["A"]` of words that stay: {} where a row has none."""
    if "words" not in row:
        return {}
    if "match" in row or "emit" in row:
        raise fail("`words` stands for `match` and `emit`")
    given = row["words"]
    if isinstance(given, list) and given and all(isinstance(word, str) for word in given):
        return {word: word for word in given}
    if isinstance(given, dict) and given and all(isinstance(text, str) for text in given.values()):
        return given
    raise fail("`words` is a list of words, or a table of words and what comes in their place")


def _examples(row: Mapping[str, Any], kind: str, fail: Callable[[str], PortkitError]) -> tuple[Example, ...]:
    given = row.get("example", [])
    if given == [_LEFT_OUT]:
        return ()
    examples = tuple(Example(str(item["before"]), str(item["after"]), str(item.get("given", "")))
                     for item in given if "before" in item and "after" in item)
    if not examples and kind != "residue":
        raise fail("has no example with `before` and `after`")
    return examples


def _add_members(row: dict[str, Any], table: _File, line: int, subsystem: str, rules: RuleSet, user: bool) -> None:
    of = _text(row, "of", table, line)

    def fail(message: str) -> PortkitError:
        return table.fail(f"members of {of}: {message}", line)

    for key in row:
        if key not in _MEMBER_KEYS:
            raise fail(f"unknown key `{key}`")
    if ("name" in row) == ("names" in row):
        raise fail("the row needs `name = \"...\"` or `names = [...]`")
    names = [_text(row, "name", table, line)] if "name" in row else _words(row, "names", table, line)
    if not names:
        raise fail("`names` is empty")
    kind = _text(row, "kind", table, line)
    if kind not in KINDS:
        raise fail(f"kind is one of {', '.join(KINDS)}, not {kind}")
    if kind == "residue" and not row.get("hint"):
        raise fail("what is left to a person needs a `hint`")
    compared = row.get("compared", {})
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in compared.values()):
        raise fail("`compared` gives the two sides of the new comparison: { WORD = [\"$o->left\", \"right\"] }")
    emit = _text(row, "emit", table, line) if "emit" in row else None
    for text in (emit or "$o", *(pair[0] for pair in compared.values())):
        if text.count("$") != 1 or "$o" not in text:
            raise fail(f"`{text}`: a member's new text has one `$o`, the pointer to its structure")
    for flag in ("pointer", "array", "lvalue"):
        if not isinstance(row.get(flag, False), bool):
            raise fail(f"`{flag}` is true or false")
    for name in names:
        other = rules.members.get((of, name))
        if other is not None and other.user == user:
            raise fail(f"{name} has a row already ({other.file}:{other.line})")
    rules.add_members(MemberRow(
        of, tuple(names), emit, str(row.get("type", "")), row.get("pointer", emit == "$o"), row.get("array", False),
        row.get("lvalue", True), {word: (pair[0], pair[1]) for word, pair in compared.items()}, kind,
        _list(row, "headers", table, line), _list(row, "support", table, line),
        str(row.get("freebsd", "")), str(row.get("illumos", "")), str(row.get("why", "")), str(row.get("hint", "")),
        _examples(row, kind, fail), subsystem, table.name, line, user))


def load_rules(user_files: Sequence[Path] = (), port_file: Path | None = None, examples: bool = False) -> RuleSet:
    """The built-in tables, the rows of a port file and the user's own, which win."""
    if not user_files and port_file is None and not examples:
        return _builtin()
    rules = RuleSet()
    for path in builtin_tables():
        load_file(path, rules, examples=examples)
    if port_file is not None:
        text = port_file.read_text(encoding="utf-8")
        table = _File(port_file, text, port_file.name)
        try:
            for row in tomllib.loads(text).get("rule", []):
                _add_rule(row, table, table.row_line("rule"), "Port file", rules, user=True)
        except (AttributeError, TypeError) as error:
            raise table.fail(f"a row has a value of the wrong type ({error})", table.line) from error
    for path in user_files:
        load_file(path, rules, user=True)
    _check(rules)
    return rules


def builtin_tables() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.toml"))


@lru_cache(maxsize=1)
def _builtin() -> RuleSet:
    rules = RuleSet()
    for path in builtin_tables():
        load_file(path, rules, examples=False)
    _check(rules)
    return rules


def _check(rules: RuleSet) -> None:
    for rule in rules.with_examples():
        for name in rule.support:
            if name not in rules.support:
                raise PortkitError(f"rule {rule.id}: no [[support]] row is called {name}", file=rule.file,
                                   line=rule.line, hint=f"known: {', '.join(sorted(rules.support))}")
