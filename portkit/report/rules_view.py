"""`portkit rules list` and `portkit rules show`: the tables on a terminal."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from portkit.errors import PortkitError
from portkit.report.describe import (
    config_kind,
    config_words,
    guards,
    include_kind,
    method_kind,
    one_line,
)
from portkit.report.terminal import console
from portkit.rules.loader import MemberRow, Rule, RuleSet, load_rules

_COLOURS = {"same": "green", "native": "cyan", "template": "blue", "support": "yellow", "dropped": "magenta",
            "residue": "red"}
_WIDE = 200         # columns where standard output is no terminal: a line a row, for grep(1)


def list_rules(pattern: str | None, rule_files: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """All rows, or those whose id, text or subsystem has `pattern` in it (in any case).

    A row of any table: `row` says which (rule, same, include, config, method, nocounterpart).
    """
    rules = load_rules(rule_files)
    chapter = {one.file: one.name for one in rules.subsystems}
    rows = [_rule_row(rule) for rule in rules.rules]
    rows += [_member_row(row) for row in rules.member_rows]
    rows += [_row("never", name, name, "", "dropped", chapter["drop.toml"], why=why)
             for name, why in rules.never.items()]
    for name, same in rules.same.items():
        rows.append(_row("same", name, name, name, "same", chapter.get(same.file, same.file),
                         illumos=same.illumos, headers=same.headers, why=same.why))
    for header, emit in rules.includes.items():
        lines = "\n".join(f"#include <{name}>" for name in emit)
        rows.append(_row("include", header, f"#include <{header}>", lines, include_kind(header, emit),
                         chapter["headers.toml"], headers=emit))
    for name, config in rules.config.items():
        answer = config_words(config).replace("`", "")
        rows.append(_row("config", name, f"#if {name}", answer, config_kind(config), chapter["config.toml"],
                         why=config.why))
    for name, method in rules.methods.items():
        rows.append(_row("method", name, f"DEVMETHOD({name}, ...)", method.action, method_kind(method),
                         chapter["methods.toml"], why=method.why))
    for name, why in {**rules.nocounterpart, **rules.driver_scope}.items():
        rows.append(_row("nocounterpart", name, name, "", "dropped", chapter["drop.toml"], why=why))
    if pattern:
        wanted = pattern.lower()
        rows = [row for row in rows if any(wanted in str(row[key]).lower() for key in (
            "id", "match", "emit", "subsystem", "why", "hint"))]
    return sorted(rows, key=lambda row: row["subsystem"].lower())


def _member_row(row: MemberRow) -> dict[str, Any]:
    return _row("member", row.id, ", ".join(row.ids), row.emit or "", row.kind, row.subsystem, freebsd=row.freebsd,
                illumos=row.illumos, headers=row.headers, support=row.support, why=row.why, hint=row.hint,
                file=row.file, line=row.line, user=row.user)


def _match(rule: Rule) -> str:
    return ", ".join(rule.words) or rule.pattern.text.strip()


def _emit(rule: Rule) -> str:
    return ", ".join(rule.words.values()) or rule.emit_text.strip("\n")


def _rule_row(rule: Rule) -> dict[str, Any]:
    return _row("rule", rule.id, _match(rule), _emit(rule), rule.kind,
                rule.subsystem, freebsd=rule.freebsd, illumos=rule.illumos, headers=rule.headers,
                support=rule.support, why=rule.why, hint=rule.hint, guards=guards(rule), file=rule.file,
                line=rule.line, user=rule.user)


def _row(table: str, name: str, match: str, emit: str, kind: str, subsystem: str,
         **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"row": table, "id": name, "match": match, "emit": emit, "kind": kind,
                           "subsystem": subsystem, "freebsd": "", "illumos": "", "headers": [], "support": [],
                           "why": "", "hint": "", "guards": [], "file": "", "line": 0, "user": False}
    row.update({key: list(value) if isinstance(value, tuple) else value for key, value in more.items()})
    return row


def print_list(rows: Sequence[dict[str, Any]]) -> None:
    """A table: id, what it matches, the first line of what it emits, kind, subsystem."""
    screen = console()
    if not screen.is_terminal:
        screen.width = _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True, ratio=6)
    table.add_column("match", no_wrap=True, ratio=9)
    table.add_column("emit", no_wrap=True, ratio=9)
    table.add_column("kind", no_wrap=True, min_width=8)
    table.add_column("subsystem", no_wrap=True, ratio=5)
    for row in rows:
        emit = one_line(row["emit"]) if row["emit"] else "-"
        table.add_row(Text(row["id"]), Text(one_line(row["match"])), Text(emit),
                      Text(row["kind"], style=_COLOURS.get(row["kind"], "")), Text(row["subsystem"]))
    if rows:
        screen.print(table)
    screen.print(f"{len(rows)} rows" if len(rows) != 1 else "1 row")


def print_rule(rule_id: str, rule_files: Sequence[Path] = ()) -> None:
    """One row in full by its id, or all rows on a FreeBSD name; PortkitError with near names for neither."""
    rules = load_rules(rule_files, examples=True)
    screen = console()
    name = rule_id.strip("<>")
    # A user's row wins over a built-in one of the same id: it comes first.
    found = sorted((rule for rule in rules.rules if rule.id == name), key=lambda rule: not rule.user)
    near = [rule for rule in rules.rules if name in _names(rule) and rule not in found]
    shown = found or near
    for number, rule in enumerate(shown):
        if number:
            screen.print()
        _print_one(screen, rule)
    printed = _print_other(screen, rules, name, bool(shown))
    if not shown and not printed:
        raise PortkitError(f"no row is called {rule_id}, and none is on that name",
                           hint=_suggest(rules, name))
    if found and near:
        screen.print()
        others = ", ".join(rule.id for rule in near)
        screen.print(f"Rows on the same name: {others}", markup=False, soft_wrap=True)


def _names(rule: Rule) -> set[str]:
    """Literal words of a pattern: the FreeBSD names that it is about."""
    return {rule.pattern.anchor_name, rule.pattern.text.strip(), *rule.words} | {
        element.text for element in rule.pattern.elements if element.literal and element.text[:1].isalpha()}


def _suggest(rules: RuleSet, name: str) -> str:
    known = {rule.id for rule in rules.rules} | {rule.pattern.anchor_name for rule in rules.rules}
    known |= {f"{of}.{name}" for of, name in rules.members} | {name for _, name in rules.members}
    known |= {word for rule in rules.rules for word in rule.words}
    known |= {*rules.same, *rules.never, *rules.includes, *rules.config, *rules.methods, *rules.nocounterpart,
              *rules.driver_scope, *rules.support}
    close = difflib.get_close_matches(name, sorted(known), n=5, cutoff=0.6)
    return f"near names: {', '.join(close)}" if close else "`portkit rules list` lists them all"


def _print_one(screen: Console, rule: Rule) -> None:
    by = " (yours)" if rule.user else ""
    kind = (rule.kind, _COLOURS.get(rule.kind, ""))
    screen.print(Text.assemble((rule.id, "bold"), f"  {rule.subsystem}  ", kind, by))
    _code(screen, "match", _match(rule))
    held = guards(rule)
    if held:
        _words(screen, "where", "; ".join(held).replace("`", ""))
    if rule.kind != "residue":
        _code(screen, "emit", _emit(rule) or "(nothing)")
    _words(screen, "FreeBSD", rule.freebsd)
    _words(screen, "illumos", rule.illumos)
    _words(screen, "headers", _angled(rule.headers))
    _words(screen, "helper", ", ".join(rule.support))
    _words(screen, "why", rule.why)
    _words(screen, "to do", rule.hint)
    _words(screen, "from", f"{rule.file}:{rule.line}")
    for example in rule.examples:
        screen.print()
        _code(screen, "before", example.before.strip("\n"))
        _code(screen, "after", example.after.strip("\n"))


def _print_other(screen: Console, rules: RuleSet, name: str, after: bool) -> bool:
    """Rows of the other tables that are called so; whether there was any."""
    facts: list[tuple[str, str, dict[str, str]]] = []
    same = rules.same.get(name)
    if same is not None:
        facts.append((name, "same", {"illumos": same.illumos, "headers": _angled(same.headers),
                                     "why": same.why, "from": same.file}))
    emit = rules.includes.get(name)
    if emit is not None:
        facts.append((f"#include <{name}>", include_kind(name, emit), {
            "becomes": _angled(emit) or "(nothing: the line goes)"}))
    config = rules.config.get(name)
    if config is not None:
        facts.append((f"#if {name}", config_kind(config), {
            "becomes": config_words(config).replace("`", ""), "why": config.why}))
    method = rules.methods.get(name)
    if method is not None:
        facts.append((f"DEVMETHOD({name}, ...)", method_kind(method), {
            "action": method.action, "why": method.why}))
    for row in rules.member_rows:
        if name in (*row.names, *row.ids, row.of):
            facts.append((", ".join(row.ids), row.kind, {
                "emit": row.emit or "(the same name)", "illumos": row.illumos, "helper": ", ".join(row.support),
                "why": row.why, "to do": row.hint, "from": f"{row.file}:{row.line}"}))
    if name in rules.never:
        facts.append((name, "dropped", {"goes": "branches for it", "why": rules.never[name]}))
    for table, scope in ((rules.nocounterpart, "what uses it"), (rules.driver_scope, "its whole driver")):
        if name in table:
            facts.append((name, "dropped", {"goes": scope, "why": table[name]}))
    support = rules.support.get(name)
    if support is not None:
        users = [rule.id for rule in rules.rules if name in rule.support]
        facts.append((name, "support", {"files": ", ".join(support.files), "needs": ", ".join(support.needs),
                                        "used by": ", ".join(users)}))
    for heading, kind, lines in facts:
        if after:
            screen.print()
        after = True
        screen.print(Text.assemble((heading, "bold"), "  ", (kind, _COLOURS.get(kind, ""))))
        for label, text in lines.items():
            _words(screen, label, text)
    return bool(facts)


def _angled(headers: Sequence[str]) -> str:
    return ", ".join(f"<{header}>" for header in headers)


def _words(screen: Console, label: str, text: str) -> None:
    if text:
        folded = " ".join(text.split())
        screen.print(Text.assemble((f"  {label:<8}", "dim"), folded), soft_wrap=not screen.is_terminal)


def _code(screen: Console, label: str, code: str) -> None:
    """A piece of C under its label, highlighted on a terminal."""
    code = code.expandtabs(8)
    lines = code.split("\n")
    if len(lines) == 1 and len(code) < screen.width - 12 and label in ("match", "emit"):
        screen.print(Text.assemble((f"  {label:<8}", "dim"), code))
        return
    screen.print(Text(f"  {label}", style="dim"))
    if screen.is_terminal:
        screen.print(Padding(Syntax(code, "c", theme="ansi_dark", background_color="default"), (0, 0, 0, 6)))
        return
    for line in lines:
        screen.print(f"      {line}".rstrip(), markup=False, soft_wrap=True)
