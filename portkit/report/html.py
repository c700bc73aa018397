"""The page that a reviewer opens: one HTML file that needs nothing else (docs/report.md).

All that it shows is in the port: portkit.json, the lock with upstream's and the emitted text, the ledger, and the last
results of compile and boot.  The same port gives the same bytes.
"""

from __future__ import annotations

import html
import importlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from portkit import __version__
from portkit.errors import PortkitError
from portkit.illumos.modules import modules_from_portkit_json
from portkit.output import RECORD
from portkit.port import find_port
from portkit.report.describe import config_words, emit_text, guards, match_text
from portkit.report.record import DISPOSITIONS, MAP, STATUSES, mends_of
from portkit.report.results import Kept, kept
from portkit.resync.ledger import LEDGER, STATES, Entry, load_ledger
from portkit.resync.lock import LOCK, Lock, read_lock
from portkit.resync.textmerge import diff, lines
from portkit.rules.loader import Rule, RuleSet, load_rules
from portkit.translate import port_places

PAGE = "portkit.html"
_CONTEXT = 4            # lines kept on either side of what changed
_FOLD = 16              # unchanged lines in a row, from which on they fold away
_LONG = 400             # characters of a line, from which on its words are not compared
_DISPOSITION = {
    "same": "exists in illumos with the same name and meaning", "native": "rewritten to the DDI",
    "template": "absorbed by generated glue", "support": "goes through helper code that the port carries",
    "dropped": "left out, with a reason", "residue": "left to a person",
}
_STATUS = {
    "verbatim": "as upstream has it, but for white space", "rewritten": "changed by a rule",
    "template": "generated glue", "support": "helper code",
}
# What the source map names beside rows of the tables and passes of portkit.rewrite.passes.
_PASS = {"style": "portkit.rewrite.style", "pointer-sign": "portkit.rewrite.passes.warnings",
         "asserted": "portkit.rewrite.passes.warnings", "initialise": "portkit.rewrite.passes.warnings",
         "sleep-order": "portkit.rewrite.passes.sleep"}
_WORDS = {"headers": "#include lines that the rewritten text of a file needs: the headers that the manual pages of its "
                     "rules name."}
# Control characters, which HTML does not allow, as the pictures that Unicode has of them.
_PICTURES = {127: 0x2421, **{code: 0x2400 + code for code in range(32) if code not in (9, 10)},
             **dict.fromkeys(range(128, 160), 0xfffd)}


def write_report(out: Path, target: Path | None = None) -> Path:
    """Write the page of the port in `out`; returns where it is.

    PortkitError where there is no port, or the page cannot be written.
    """
    target = target or out / PAGE
    data = page(out).encode()
    if not target.absolute().parent.is_dir():
        raise PortkitError("no such folder", file=target.parent, hint="name a file in a folder that exists with -o")
    if target.is_dir():
        raise PortkitError("this is a folder, not a file", file=target, hint="name another file with -o")
    try:
        handle, stage = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(stage, 0o644)
            os.replace(stage, target)
        except BaseException:
            os.unlink(stage)
            raise
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=target, hint="name another file with -o") from error
    return target


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    folder = Path(__file__).resolve().parent.parent / "templates"
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined,
                              autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


# -- what is shown -------------------------------------------------------------------------------------------

@dataclass
class File:
    """One emitted file."""

    number: int
    path: str                       # in OUT
    upstream: str                   # in upstream's tree; '' for a file of portkit's own
    body: Markup = Markup()
    lines: int = 0
    changed: int = 0                # lines that a rule changed
    hand: int = 0                   # lines that a person changed
    left: int = 0
    gone: bool = False              # a person removed it

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Place:
    """A place in a file, linked where the page shows the file."""

    text: str
    link: str = ""


@dataclass
class Item:
    """What is left, left out, mended or complained of."""

    place: Place
    what: str
    why: str
    rule: str = ""


@dataclass
class RuleText:
    """What the page says of a rule."""

    id: str
    kind: str
    what: str                       # match, as C
    emit: str
    when: str
    pages: str
    why: str
    used: int = 0


def page(out: Path) -> str:
    """The whole page."""
    modules_from_portkit_json(out)
    return _environment().get_template("report.html.j2").render(_Page(out).values())


@dataclass
class _Notes:
    """What is said at lines of upstream's: (file, line) -> texts."""

    residue: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    dropped: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    mends: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def at(self, key: tuple[str, int]) -> list[tuple[str, str]]:
        return [(kind, text) for kind, table in (("residue", self.residue), ("mend", self.mends),
                                                 ("dropped", self.dropped)) for text in table.get(key, ())]


class _Page:
    def __init__(self, out: Path) -> None:
        self.out = out
        self.record = json.loads((out / RECORD).read_bytes())
        self.lock: Lock | None = read_lock(out) if (out / LOCK).exists() else None
        self.modules: list[dict[str, Any]] = self.record["modules"]
        self.mends = mends_of(out)
        self.compile, self.boot = kept(out, "compile"), kept(out, "boot")
        self.notes = _Notes()
        for module in self.modules:
            for item in module.get("residue", ()):
                _add(self.notes.residue, item, f"left to a person: {item['symbol']}: {item['hint']}")
            for item in module.get("dropped", ()):
                _add(self.notes.dropped, item, f"{item['what']}: {item['reason']}")
        for item in self.mends:
            _add(self.notes.mends, item, f"wrong upstream, mended here: {item['why']}")
        self.map = self._map()
        self.rules = self._rules()
        self.used: Counter[str] = Counter()
        self.by_upstream: dict[str, File] = {}
        self.by_path: dict[str, File] = {}
        self.wanted = self._wanted()

    def values(self) -> dict[str, Any]:
        groups = [(module, [self._file(path) for path in self._paths(module)]) for module in self.modules]
        title = self._title()
        upstream = self.record["upstream"]
        ledger = self._ledger()
        residue = [self._item(item, item["symbol"], item["hint"]) for module in self.modules
                   for item in module.get("residue", ())]
        return {
            "title": title, "family": self.record["family"], "version": __version__,
            "made_by": self.record.get("portkit", ""), "upstream": upstream,
            "base": self.lock.base if self.lock is not None and self.lock.base != self.lock.upstream else None,
            "groups": groups, "residue": residue, "has_text": self.lock is not None,
            "dropped": self._dropped(), "mends": self._mends(),
            "mend_count": len(self.mends), "dropped_count": sum(len(one.get("dropped", ())) for one in self.modules),
            "hand": [file for _, files in groups for file in files if file.hand or file.gone],
            "lines": _sums(self.modules, "lines", STATUSES), "uses": _sums(self.modules, "uses", DISPOSITIONS),
            "modules": self.modules, "dispositions": _DISPOSITION, "statuses": _STATUS,
            "ledger": ledger, "ledger_file": LEDGER,
            "ledger_counts": {state: sum(entry.state == state for entry in ledger) for state in STATES},
            "compile": self.compile, "compile_rows": self._compile_rows(), "compile_ok": _compile_ok(self.compile),
            "boot": self.boot, "boot_ok": _boot_ok(self.boot), "findings": self._findings(),
            "rules": self._rule_texts(),
        }

    def _title(self) -> str:
        names = sorted({module["from"] for module in self.modules if module.get("from")})
        port = find_port(names, port_places())
        return port.title if port is not None and port.family == self.record["family"] else self.record["family"]

    def _ledger(self) -> list[Entry]:
        if self.lock is None:
            return []
        return load_ledger(self.out / LEDGER, self.lock.base).entries

    # -- text ------------------------------------------------------------------------------------------------

    def _map(self) -> dict[str, list[list[Any]]]:
        if self.lock is not None:
            data = self.lock.source_map
        else:
            try:
                data = json.loads((self.out / MAP).read_bytes())
            except (OSError, ValueError) as error:
                raise PortkitError("the source map cannot be read", file=self.out / MAP,
                                   hint="run portkit translate again") from error
        try:
            return {path: list(entry["lines"]) for path, entry in data["files"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise PortkitError("this is not a source map that portkit wrote", file=self.out / MAP,
                               hint="run portkit translate again") from error

    def _paths(self, module: Mapping[str, Any]) -> list[str]:
        conf = [path for path in sorted(self.record.get("files", {})) if path.endswith(f"/{module['name']}.conf")]
        return [*module["sources"], *module["headers"], *conf]

    def _origin(self, path: str) -> str:
        if self.lock is not None:
            return self.lock.origin.get(path, "")
        return next((span[2] for span in self.map.get(path, ()) if span[2]), "")

    def _wanted(self) -> set[tuple[str, int]]:
        """Emitted places that something else on the page points to."""
        found = set()
        for message in self._messages():
            if message.get("file") and message.get("line"):
                found.add((os.path.normpath(message["file"]), int(message["line"])))
        return found

    def _messages(self) -> list[dict[str, Any]]:
        out = []
        if self.compile is not None:
            out += [message for module in self.compile.data.get("modules", ())
                    for message in (*module.get("errors", ()), *module.get("warnings", ()))]
        if self.boot is not None:
            out += [*self.boot.data.get("violations", ()), *self.boot.data.get("panics", ())]
        return out

    def _file(self, path: str) -> File:
        if path in self.by_path:
            return self.by_path[path]
        file = File(len(self.by_path), path, self._origin(path))
        self.by_path[path] = file
        if file.upstream:
            self.by_upstream.setdefault(file.upstream, file)
        place = self.out / path
        file.gone = not place.is_file()
        now = place.read_bytes() if not file.gone else b""
        emitted = self.lock.emitted.get(path, now) if self.lock is not None else now
        source = self.lock.source.get(file.upstream, b"") if self.lock is not None else b""
        rows = _Rows(file, self.map.get(path, ()), self.notes, self.wanted, self.used)
        file.body = rows.render(_texts(source), _texts(emitted), _texts(now), lines(emitted), lines(now))
        file.left = sum(len(texts) for (name, _), texts in self.notes.residue.items() if name == file.upstream)
        return file

    # -- lists -----------------------------------------------------------------------------------------------

    def _item(self, item: Mapping[str, Any], what: str, why: str) -> Item:
        return Item(self._upstream_place(item["file"], int(item["line"])), what, why, str(item.get("rule", "")))

    def _upstream_place(self, path: str, line: int) -> Place:
        file = self.by_upstream.get(path)
        return Place(f"{path}:{line}", f"f{file.number}u{line}" if file is not None and self.lock is not None else "")

    def _place(self, item: Mapping[str, Any]) -> Place:
        if not item.get("file"):
            return Place("")
        path, line = os.path.normpath(item["file"]), item.get("line")
        file = self.by_path.get(path)
        return Place(f"{path}:{line}" if line else path, f"f{file.number}l{line}" if file is not None and line else "")

    def _dropped(self) -> list[tuple[str, list[Item]]]:
        """By reason, the most frequent first."""
        found: dict[str, list[Item]] = {}
        for module in self.modules:
            for item in module.get("dropped", ()):
                found.setdefault(item["reason"], []).append(self._item(item, item["what"], ""))
        return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))

    def _mends(self) -> list[tuple[str, list[Item]]]:
        found: dict[str, list[Item]] = {}
        for item in self.mends:
            found.setdefault(item["why"], []).append(self._item(item, "", ""))
        return list(found.items())

    def _compile_rows(self) -> list[tuple[dict[str, Any], list[Item]]]:
        if self.compile is None:
            return []
        return [(module, [Item(self._place(message), message["severity"], message["message"])
                          for message in (*module.get("errors", ()), *module.get("warnings", ()))])
                for module in self.compile.data.get("modules", ())]

    def _findings(self) -> list[Item]:
        if self.boot is None:
            return []
        return [Item(self._place(item), str(item.get("check", "panic")), str(item.get("message", "")))
                for item in (*self.boot.data.get("panics", ()), *self.boot.data.get("violations", ()))]

    # -- rules -----------------------------------------------------------------------------------------------

    def _rules(self) -> RuleSet:
        """The rows that were in force: the tables', the port file's, and those that were given with --rules."""
        names = sorted({module["from"] for module in self.modules if module.get("from")})
        port = find_port(names, port_places())
        own = port.path if port is not None and port.rows is not None else None
        if self.lock is None or not self.lock.rule_files and not self.lock.own_port:
            return load_rules((), own)
        with tempfile.TemporaryDirectory(prefix="portkit-rules-") as folder:
            files = []
            for name, data in self.lock.rule_files.items():
                files.append(Path(folder) / name)
                files[-1].write_bytes(data)
            for name, data in self.lock.own_port.items():
                own = Path(folder) / f"port-{name}"
                own.write_bytes(data)
            return load_rules(files, own)

    def _rule_texts(self) -> list[RuleText]:
        """Every rule that the page names."""
        rows: dict[str, Rule] = {}
        for rule in self.rules.rules:
            if rule.id not in rows or rule.user:
                rows[rule.id] = rule
        wanted = {*self.used, *(str(item.get("rule")) for item in self.mends if item.get("rule"))}
        out = []
        for name in sorted(wanted):
            text = _rule_text(rows[name]) if name in rows else self._other_rule(name)
            text.used = self.used[name]
            out.append(text)
        return out

    def _other_rule(self, name: str) -> RuleText:
        config = self.rules.config.get(name)
        if config is not None:
            return RuleText(name, "config", f"#if {name}", "", "", "", f"{config_words(config)}: {config.why}")
        words = _WORDS.get(name) or _pass_words(name)
        return RuleText(name, "pass" if words else "", "", "", "", "", words or "This portkit does not know it.")


def _add(table: dict[tuple[str, int], list[str]], item: Mapping[str, Any], text: str) -> None:
    texts = table.setdefault((str(item["file"]), int(item["line"])), [])
    if text not in texts:
        texts.append(text)


def _sums(modules: Iterable[Mapping[str, Any]], key: str, names: Sequence[str]) -> dict[str, int]:
    return {name: sum(int(module[key].get(name, 0)) for module in modules) for name in names}


def _compile_ok(result: Kept | None) -> bool:
    return result is not None and all(module.get("object") and not (
        module.get("errors") or module.get("warnings") or module.get("undefined")) for module in result.data["modules"])


def _boot_ok(result: Kept | None) -> bool:
    return result is not None and bool(result.data.get("runs")) and not result.data.get("faults") and not (
        result.data.get("violations") or result.data.get("panics")) and \
        all(run.get("ok") for run in result.data["runs"]) and \
        all(item.get("ok") for item in result.data.get("milestones", ()))


def _rule_text(rule: Rule) -> RuleText:
    pages = ", ".join(text for text in (rule.freebsd, rule.illumos) if text)
    return RuleText(rule.id, "mend" if rule.mends else rule.kind, match_text(rule), emit_text(rule),
                    "; ".join(guards(rule)).replace("`", ""), pages, " ".join((rule.why or rule.hint).split()))


def _pass_words(name: str) -> str:
    """What a pass says of itself: the first two paragraphs of its module."""
    module = _PASS.get(name) or (f"portkit.rewrite.passes.{name}" if name.isidentifier() else "")
    if not module:
        return ""
    try:
        text = importlib.import_module(module).__doc__ or ""
    except ImportError:
        return ""
    return " ".join(" ".join(text.split("\n\n")[:2]).split()).replace("`", "")


# -- side by side --------------------------------------------------------------------------------------------

def _texts(data: bytes) -> list[str]:
    """Lines for a reader: UTF-8 where it is that, else Latin-1, without what HTML cannot show."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    out = text.translate(_PICTURES).split("\n")
    return out[:-1] if out and not out[-1] else out


@dataclass
class _Row:
    left: int = 0                   # 1-based line numbers; 0 for none
    right: int = 0
    kind: str = ""                  # '' the same, c changed, d gone, a added, g glue, h by hand
    rules: tuple[str, ...] = ()
    hand: str = ""


class _Rows:
    """The rows of one file: upstream's lines beside those that they became."""

    def __init__(self, file: File, spans: Iterable[Sequence[Any]], notes: _Notes, wanted: set[tuple[str, int]],
                 used: Counter[str]) -> None:
        self.file, self.notes, self.wanted, self.used = file, notes, wanted, used
        self.origin: dict[int, tuple[int, tuple[str, ...]]] = {}
        for first, last, upstream, line, rules in spans:
            for number in range(first, last + 1):
                self.origin[number] = (line + number - first if upstream else 0, tuple(rules))

    def render(self, source: list[str], emitted: list[str], now: list[str], emitted_raw: Sequence[bytes],
               now_raw: Sequence[bytes]) -> Markup:
        rows = self._edited(self._emitted(source, emitted), emitted, emitted_raw, now_raw)
        self.file.lines = len(now)
        self.file.changed = sum(row.kind == "c" for row in rows)
        self.file.hand = sum(row.kind == "h" for row in rows)
        for row in rows:
            self.used.update(row.rules)
        return Markup("".join(self._blocks(rows, source, now)))

    def _emitted(self, source: list[str], emitted: list[str]) -> list[_Row]:
        """Upstream beside what portkit emitted; `right` counts emitted lines."""
        rows: list[_Row] = []
        at = 0
        for number in range(1, len(emitted) + 1):
            line, rules = self.origin.get(number, (0, ()))
            if not line or not source:
                rows.append(_Row(0, number, "a" if rules else "g", rules))
            elif line <= at:
                rows.append(_Row(0, number, "a", rules))
            else:
                rows += [_Row(gone, 0, "d") for gone in range(at + 1, line)]
                at = line
                same = line <= len(source) and source[line - 1].rstrip() == emitted[number - 1].rstrip()
                rows.append(_Row(line, number, "" if same else "c", rules))
        rows += [_Row(gone, 0, "d") for gone in range(at + 1, len(source) + 1)]
        return self._blamed(rows)

    def _blamed(self, rows: list[_Row]) -> list[_Row]:
        """Lines that are gone, with the rules of the line that they went into: the one before them, or behind."""
        at = 0
        while at < len(rows):
            end = at
            while end < len(rows) and rows[end].kind == "d":
                end += 1
            run = rows[at:end]
            if run and not any(self.notes.at((self.file.upstream, row.left)) for row in run):
                beside = [rows[place] for place in (at - 1, end) if 0 <= place < len(rows)]
                rules = next((row.rules for row in beside if row.kind in ("c", "a") and row.rules), ())
                for row in run:
                    row.rules = rules
            at = end + 1
        return rows

    def _edited(self, rows: list[_Row], emitted: list[str], base: Sequence[bytes],
                now: Sequence[bytes]) -> list[_Row]:
        """The same with the hand edits: `right` counts lines of OUT."""
        hunks = diff(base, now)
        if not hunks:
            return rows
        moved: dict[int, int] = {}
        shift, at = 0, 0
        for hunk in hunks:
            moved.update({line + 1: line + 1 + shift for line in range(at, hunk.a0)})
            at = hunk.a1
            shift = hunk.b1 - hunk.a1
        moved.update({line + 1: line + 1 + shift for line in range(at, len(base))})
        added = {hunk.a0: range(hunk.b0 + 1, hunk.b1 + 1) for hunk in hunks}
        out: list[_Row] = []

        def put(place: int) -> None:
            out.extend(_Row(0, line, "h", (), "added by hand") for line in added.pop(place, ()))

        put(0)
        for row in rows:
            if not row.right:
                out.append(row)
                continue
            put(row.right - 1)
            if row.right in moved:
                out.append(_Row(row.left, moved[row.right], row.kind, row.rules))
            else:
                out.append(_Row(row.left, 0, "h", row.rules, f"changed by hand; was: {emitted[row.right - 1].strip()}"))
        for place in sorted(added):
            put(place)
        return out

    # -- as HTML ---------------------------------------------------------------------------------------------

    def _blocks(self, rows: list[_Row], source: list[str], now: list[str]) -> list[str]:
        """Tables, long runs of unchanged lines folded away."""
        keep = [bool(row.kind) or bool(self._said(row)) for row in rows]
        shown = [any(keep[max(0, at - _CONTEXT):at + _CONTEXT + 1]) for at in range(len(rows))]
        plain = not self.file.upstream or not source
        out: list[str] = []
        at = 0
        while at < len(rows):
            end = at
            while end < len(rows) and shown[end] == shown[at]:
                end += 1
            part = "".join(self._row(row, source, now, plain) for row in rows[at:end])
            table = f'<table class="{"one" if plain else "two"}">{part}</table>'
            if not shown[at] and end - at >= _FOLD:
                out.append(f'<details class="fold"><summary>{end - at} lines as upstream has them</summary>{table}'
                           '</details>')
            else:
                out.append(table)
            at = end
        return out

    def _said(self, row: _Row) -> list[tuple[str, str]]:
        said = self.notes.at((self.file.upstream, row.left)) if row.left else []
        return said + ([("hand", row.hand)] if row.hand else [])

    def _row(self, row: _Row, source: list[str], now: list[str], plain: bool) -> str:
        left = source[row.left - 1] if row.left and row.left <= len(source) else ""
        right = now[row.right - 1] if row.right and row.right <= len(now) else ""
        said = self._said(row)
        anchors = ""
        if row.left and any(kind != "hand" for kind, _ in said):
            anchors += f'<a id="f{self.file.number}u{row.left}"></a>'
        if (self.file.path, row.right) in self.wanted:
            anchors += f'<a id="f{self.file.number}l{row.right}"></a>'
        notes = "".join(f'<span class="note {kind}">{html.escape(text)}</span>' for kind, text in said)
        links = " ".join(f'<a href="#rule-{html.escape(name)}">{html.escape(name)}</a>' for name in row.rules)
        numbers = f'<td class="n">{anchors}{row.right or ""}</td>'
        if plain:
            return f'<tr class="k{row.kind}">{numbers}<td>{html.escape(right)}{notes}</td></tr>'
        if row.kind == "c" and max(len(left), len(right)) < _LONG:
            shown_left, shown_right = _marked(left, right)
        else:
            shown_left, shown_right = html.escape(left), html.escape(right)
        return (f'<tr class="k{row.kind}"><td class="n">{row.left or ""}</td><td>{shown_left}</td>{numbers}'
                f'<td>{shown_right}{notes}</td><td class="r">{links}</td></tr>')


def _marked(left: str, right: str) -> tuple[str, str]:
    """Two lines with the words marked in which they differ."""
    one, two = (re.findall(r"\w+|\s+|.", text) for text in (left, right))
    out: tuple[list[str], list[str]] = ([], [])
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        for side, words, mark in ((0, one[i1:i2], "del"), (1, two[j1:j2], "ins")):
            text = html.escape("".join(words))
            out[side].append(f"<{mark}>{text}</{mark}>" if tag != "equal" and text.strip() else text)
    return "".join(out[0]), "".join(out[1])
