"""docs/porting-guide.md: every row of the tables, as a developer of either system would look it up.

The guide is generated, and a test compares the file with the tables, so it is never out of date.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portkit.report.describe import config_words, emit_text, filter_notes, guards, match_text, one_line
from portkit.rules.loader import Example, MemberRow, Rule, RuleSet, Same, Subsystem, load_rules

_MANY = 24              # rows of one manual page: beyond this, no examples
_FEW = 3                # rows of one manual page: with fewer, they share a table
_ALIKE = 3              # rows that differ in nothing but a type's name: from this on they are one line
_OPENING = """\
# Porting FreeBSD drivers to illumos

For each call, type and macro of FreeBSD's kernel that portkit knows: what takes its place in illumos, on
which manual pages that rests, and what to look out for. The chapters are generated from the rule tables
that `portkit translate` works by (`portkit rules guide -o docs/porting-guide.md`); `portkit rules show
NAME` shows any row with all its examples.

How to read the tables: the names in a call stand for its arguments, and `...` for any further ones. *When*
is a condition on what was written; of several rows that hold, the one with more conditions counts. *T*
stands for the types that a line lists, each with illumos' word for it where that differs. *Helper* names
code that the port carries because the DDI lacks it (see [Helper code](#helper-code)); *glue* is what the
generated module linkage takes over. Manual pages are those of FreeBSD at a group's head and those of
illumos in the rows, both where a table has several; where there is no page, it is the header.
"""
_TYPE_WORD = re.compile(
    r"(?<=_)(?:u?int|u?long|u?short|u?char|ptr|8|16|32|64)(?=_|\b)"
    r"|\b(?:u(?:int|long|short|char)_t|u?int(?:8|16|32|64)_t|uintptr_t)\b|\b(?:int|long|short|char)(?= \*)")
_PAGE = re.compile(r"\b([A-Za-z_]\w*)\(9\)")


def porting_guide() -> str:
    """The guide as Markdown."""
    rules = load_rules(examples=True)
    chapters = [_Chapter(one, [rule for rule in rules.rules if rule.subsystem == one.name],
                         [row for row in rules.same.values() if row.file == one.file],
                         [row for row in rules.member_rows if row.file == one.file])
                for one in sorted(rules.subsystems, key=lambda one: one.name.lower())]
    named = {one.about.file: one.about for one in chapters}
    chapters = [one for one in chapters if one.rules or one.same]
    tail = [
        _headers(rules, named["headers.toml"]),
        _config(rules, named["config.toml"]),
        _methods(rules, named["methods.toml"]),
        _dropped(rules, named["drop.toml"]),
        _helpers(rules, [one for name, one in named.items() if name.endswith("_support.toml")]),
    ]
    parts = [_OPENING, _contents([one.title for one in chapters] + [_title(text) for text in tail]
                                 + ["Index of FreeBSD names"])]
    parts += [one.text() for one in chapters]
    parts += tail
    parts.append(_index(rules, chapters))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _title(text: str) -> str:
    return text.split("\n", 1)[0].removeprefix("## ")


def _contents(titles: Iterable[str]) -> str:
    return "\n".join(["## Contents", "", *(f"- [{_escape(title)}](#{_slug(title)})" for title in titles)])


def _slug(title: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


# -- a chapter -----------------------------------------------------------------------------------------------

@dataclass
class _Chapter:
    about: Subsystem
    rules: list[Rule]
    same: list[Same]
    members: list[MemberRow]

    @property
    def title(self) -> str:
        return self.about.name

    def text(self) -> str:
        out = [f"## {self.title}", "", _prose(self.about.about), ""]
        pages: dict[str, list[Rule]] = {}
        for rule in self.rules:
            pages.setdefault(rule.freebsd, []).append(rule)
        large = {page: rules for page, rules in pages.items() if len(rules) >= _FEW}
        for page, rules in large.items():
            out += _group(_escape(page), rules, False)
        few = [rule for page, rules in pages.items() if page not in large for rule in rules]
        if few:
            out += _group("More" if large else "", few, True)
        if self.members:
            out += _member_lines(self.members)
        if self.same:
            out += ["### The same in both", ""]
            out += _same_lines(self.same)
        return "\n".join(out)


def _group(title: str, rules: list[Rule], with_page: bool) -> list[str]:
    """The rows on one FreeBSD manual page; `with_page` where they are on several."""
    out = [f"### {title}", ""] if title else []
    done = [rule for rule in rules if rule.kind != "residue"]
    if done:
        out += [f"| FreeBSD | illumos | {'pages' if with_page else 'page'} | notes |", "|---|---|---|---|"]
        out += _rows(done, with_page)
        out.append("")
    left = [rule for rule in rules if rule.kind == "residue"]
    if left:
        out += ["Left to a person:", "", "| FreeBSD | what to do |", "|---|---|"]
        for rule in left:
            held = " and ".join(guards(rule))
            hint = f"*when* {held}: {_escape(rule.hint)}" if held else _escape(rule.hint)
            out.append(f"| {_code(match_text(rule))} | {_cell(hint)} |")
        out.append("")
    if len(done) <= _MANY:
        shown: set[str] = set()
        for rule in done:
            if rule.examples and _needs_example(rule) and rule.pattern.anchor_name not in shown:
                shown.add(rule.pattern.anchor_name)
                out += _example(rule, min(rule.examples, key=_size))
    return out


def _rows(rules: list[Rule], with_page: bool) -> list[str]:
    """A line a row, but one for all rows that differ in nothing but a type's name."""
    families: dict[tuple[str, ...], list[Rule]] = {}
    for rule in rules:
        families.setdefault(_shape(rule), []).append(rule)
    out: list[str] = []
    for rule in rules:
        family = families[_shape(rule)]
        pages = ": ".join(page for page in (rule.freebsd if with_page else "", rule.illumos) if page)
        if rule.words:
            out += _word_lines(rule, pages)
        elif len(family) < _ALIKE:
            out.append(_line(match_text(rule), emit_text(rule), pages, _notes(rule, guards(rule))))
        elif family[0] is rule:
            types = f"*T* is {', '.join(_types(one) for one in family)}"
            match, emit, *held = (_TYPE_WORD.sub("T", text) for text in (
                match_text(rule), emit_text(rule), *guards(rule)))
            held = [re.sub(r" is of type .*", " points to a signed *T*", text) for text in held]
            out.append(_line(match, emit, pages, [types, *_notes(rule, held)]))
    return out


def _word_lines(rule: Rule, pages: str) -> list[str]:
    """A line a word that gets another name, and one for all that keep theirs."""
    notes = _notes(rule, guards(rule))
    lines = [_line(word, text, pages, notes) for word, text in rule.words.items() if word != text]
    kept = [word for word, text in rule.words.items() if word == text]
    if kept:
        words = ", ".join(_code(word) for word in kept)
        lines.append(f"| {words} | (the same name) | {_cell(_escape(pages))} | {_cell('; '.join(notes))} |")
    return lines


def _member_lines(rows: Sequence[MemberRow]) -> list[str]:
    """Members of structures, `o` being a pointer to the structure."""
    out = ["### Members", "", "`o` is a pointer to the structure.", "",
           "| FreeBSD | illumos | page | notes |", "|---|---|---|---|"]
    for row in rows:
        names = ", ".join(_code(f"{row.of}.{name}") for name in row.names)
        becomes = "(left to a person)" if row.kind == "residue" else (
            "(the same name)" if row.emit is None else _code(row.emit.replace("$o", "o")))
        notes = [f"*helper* {', '.join(row.support)}"] if row.support else []
        notes += [f"compared with {word}: `{pair[0].replace('$o', 'o')}` with `{pair[1]}`"
                  for word, pair in row.compared.items()]
        notes += [_escape(text) for text in (row.why, row.hint if row.kind == "residue" else "") if text]
        out.append(f"| {names} | {becomes} | {_cell(_escape(row.illumos))} | {_cell('; '.join(notes))} |")
    return [*out, ""]


def _types(rule: Rule) -> str:
    """The type that a row is about, with illumos' word for it where that is another."""
    found = [_TYPE_WORD.search(text) for text in (match_text(rule), emit_text(rule))]
    words = [word.group() for word in found if word]
    return f"`{words[0]}`" if len(set(words)) == 1 else f"`{words[0]}` (`{words[1]}`)"


def _shape(rule: Rule) -> tuple[str, ...]:
    """What rows that differ in nothing but a type's name have in common; the id of a row without a type."""
    match = match_text(rule)
    shape = _TYPE_WORD.sub("T", match)
    if shape == match:
        return (rule.id,)
    held = ["type" if " is of type " in text else text for text in guards(rule)]
    return (shape, _TYPE_WORD.sub("T", emit_text(rule)), rule.kind, rule.why, " ".join(rule.support), *held)


def _line(match: str, emit: str, pages: str, notes: Sequence[str]) -> str:
    cells = [_code(match), _code(emit) or "(nothing)", _cell(_escape(pages)), _cell("; ".join(notes))]
    return f"| {' | '.join(cells)} |"


def _notes(rule: Rule, held: Sequence[str]) -> list[str]:
    notes = [f"*when* {' and '.join(held)}"] if held else []
    if rule.kind == "template":
        notes.append("*glue*")
    if rule.support:
        notes.append(f"*helper* {', '.join(rule.support)}")
    elif rule.kind == "support":
        notes.append("*helper*")
    if rule.kind == "dropped":
        notes.append("*left out*")
    notes += filter_notes(rule)
    if rule.why:
        notes.append(_escape(rule.why))
    return notes


def _needs_example(rule: Rule) -> bool:
    """Whether a line of the table does not say it: several statements, or an `if` that counts."""
    several = "\n" in rule.emit_text.strip() and ";" in rule.emit_text
    return several or rule.pattern.text.count(";") > 1 or "if" in rule.within


def _size(example: Example) -> tuple[int, str]:
    return len(example.before) + len(example.after), example.before


def _example(rule: Rule, example: Example) -> list[str]:
    what = _code(one_line(match_text(rule)))
    return [f"{what}, before and after:", "", "```c", example.before.strip("\n"), "```", "", "```c",
            example.after.strip("\n"), "```", ""]


def _same_lines(rows: Sequence[Same]) -> list[str]:
    """Names by the page that has them, in the order of the table."""
    pages: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for row in rows:
        pages.setdefault((row.illumos, row.headers, row.why), []).append(row.name)
    out = []
    for (page, headers, why), names in pages.items():
        where = ", ".join(_code(f"<{header}>") for header in headers)
        place = ", ".join(text for text in ("" if page in headers else _escape(page), where) if text)
        note = f" {_prose(why)}" if why else ""
        out.append(f"- {place}: {', '.join(_code(name) for name in names)}.{note}")
    return [*out, ""]


# -- what is not a rule --------------------------------------------------------------------------------------

def _headers(rules: RuleSet, about: Subsystem) -> str:
    out = [f"## {about.name}", "", _prose(about.about), "", "| FreeBSD | illumos |", "|---|---|"]
    for header, emit in sorted(rules.includes.items()):
        becomes = "<br>".join(_code(f"<{name}>") for name in emit) or "(the line goes)"
        out.append(f"| {_code(f'<{header}>')} | {becomes} |")
    return "\n".join(out)


def _config(rules: RuleSet, about: Subsystem) -> str:
    out = [f"## {about.name}", "", _prose(about.about), ""]
    out += ["| macro | its conditional | why |", "|---|---|---|"]
    out += [f"| {_code(name)} | {_cell(_escape(config_words(row)))} | {_cell(_escape(row.why))} |"
            for name, row in sorted(rules.config.items())]
    return "\n".join(out)


def _methods(rules: RuleSet, about: Subsystem) -> str:
    out = [f"## {about.name}", "", _prose(about.about), ""]
    out += ["| methods | what becomes of them | why |", "|---|---|---|"]
    rows: dict[tuple[str, str], list[str]] = {}
    for name, row in rules.methods.items():
        rows.setdefault((row.action, row.why), []).append(name)
    words = {"drop": "left out", "absorb": "*glue*: the function goes"}
    for (action, why), names in rows.items():
        spans = ", ".join(_code(name) for name in names)
        out.append(f"| {spans} | {words.get(action, action)} | {_cell(_escape(why))} |")
    return "\n".join(out)


def _dropped(rules: RuleSet, about: Subsystem) -> str:
    out = [f"## {about.name}", "", _prose(about.about), "", "| FreeBSD | what goes | why |", "|---|---|---|"]
    out += [f"| {_code(name)} | branches for it | {_cell(_escape(why))} |" for name, why in sorted(rules.never.items())]
    for what, table in (("what uses it", rules.nocounterpart), ("a driver that uses it", rules.driver_scope)):
        out += [f"| {_code(name)} | {what} | {_cell(_escape(why))} |" for name, why in sorted(table.items())]
    return "\n".join(out)


def _helpers(rules: RuleSet, about: Sequence[Subsystem]) -> str:
    """The code that a port carries, and which chapters call for it."""
    out = ["## Helper code", "",
           "What the DDI lacks comes with the port, as source, and only where a driver uses it.", ""]
    for one in about:
        out += [_prose(f"{one.name}: {one.about}"), ""]
    out += ["| name | files | needs | called for in |", "|---|---|---|---|"]
    for name, row in sorted(rules.support.items()):
        users = sorted({rule.subsystem for rule in rules.rules if name in rule.support}, key=str.lower)
        links = ", ".join(f"[{_escape(user)}](#{_slug(user)})" for user in users) or "(by a pass)"
        out.append(f"| {_code(name)} | {', '.join(_code(file) for file in row.files)} | "
                   f"{', '.join(_code(word) for word in row.needs)} | {links} |")
    return "\n".join(out)


def _index(rules: RuleSet, chapters: Sequence[_Chapter]) -> str:
    where: dict[str, set[str]] = {}
    for chapter in chapters:
        for rule in chapter.rules:
            for name in rule.words or (rule.pattern.anchor_name,):
                where.setdefault(name, set()).add(chapter.title)
        for same in chapter.same:
            where.setdefault(same.name, set()).add(chapter.title)
        for row in chapter.members:
            where.setdefault(row.of.split(".")[0], set()).add(chapter.title)
        for name in _PAGE.findall(chapter.about.about):     # what a pass sees to has no row
            where.setdefault(name, set()).add(chapter.title)
    files = {one.file: one.name for one in rules.subsystems}
    for file, names in (("config.toml", list(rules.config)), ("methods.toml", list(rules.methods)),
                        ("drop.toml", [*rules.nocounterpart, *rules.driver_scope])):
        for name in names:
            where.setdefault(name, set()).add(files[file])
    letters: dict[str, list[str]] = {}
    for name in sorted(where, key=lambda name: (name.strip("_").lower(), name)):
        letters.setdefault(name.strip("_")[:1].upper(), []).append(name)
    out = ["## Index of FreeBSD names", "", "Headers are in [Headers](#headers)."]
    for letter, group in letters.items():
        entries = []
        for name in group:
            first, *more = sorted(where[name], key=str.lower)
            others = "".join(f" [{number}](#{_slug(title)})" for number, title in enumerate(more, 2))
            entries.append(f"[{_code(name)}](#{_slug(first)}){others}")
        out += ["", f"**{letter}** {', '.join(entries)}"]
    return "\n".join(out)


# -- Markdown ------------------------------------------------------------------------------------------------

def _code(text: str) -> str:
    """C in a table: a code span a line."""
    spans = []
    for line in text.strip("\n").split("\n"):
        body = line.strip()
        if body:
            indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
            spans.append("&nbsp;" * indent + f"`{' '.join(body.split())}`")
    return "<br>".join(spans).replace("|", "\\|")


def _escape(text: str) -> str:
    """Words that Markdown must not take for markup; what stands in `...` stays."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if number % 2 else re.sub(r"([<*]|\b_|_\b)", r"\\\1", piece)
                   for number, piece in enumerate(pieces))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _prose(text: str) -> str:
    """Paragraphs, folded."""
    return "\n\n".join(textwrap.fill(_escape(" ".join(paragraph.split())), 110, break_long_words=False,
                                     break_on_hyphens=False) for paragraph in text.strip().split("\n\n"))
