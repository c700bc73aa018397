"""The rule tables: every example through the real engine, errors with their place, and the guide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from portkit.cli import main
from portkit.errors import PortkitError
from portkit.port import load_port
from portkit.report.describe import emit_text, guards, match_text
from portkit.report.guide import porting_guide
from portkit.report.rules_view import list_rules, print_rule
from portkit.rules.loader import RuleSet, builtin_tables, load_file, load_rules
from portkit.rules.selftest import Outcome, run_examples

TABLES = [path.name for path in builtin_tables()]
GUIDE = Path(__file__).parent.parent / "docs/porting-guide.md"
DRIVERS = GUIDE.parent.parent / "drivers-in"
RULE = """
[[rule]]
id = "foo"
match = "foo($x)"
emit = "bar($x)"
kind = "native"
[[rule.example]]
given = "int foo(int);"
before = "void f(void) { foo(1); }"
after = "void f(void) { bar(1); }"
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    """Every example of the built-in tables, by table."""
    found: dict[str, list[Outcome]] = {name: [] for name in TABLES}
    for outcome in run_examples():
        found[outcome.rule.file].append(outcome)
    return found


@pytest.mark.parametrize("port_file", sorted(DRIVERS.glob("*.toml")), ids=lambda path: path.name)
def test_the_examples_of_a_port_file(port_file: Path) -> None:
    rows = load_port(port_file).rows
    if rows is None:
        return
    outcomes = list(run_examples(port_file.name, (), rows))
    assert outcomes
    assert [outcome.report() for outcome in outcomes if not outcome.ok] == []


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules(examples=True)


def table(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# -- the built-in tables -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", TABLES)
def test_the_examples_of_a_table(name: str, outcomes: dict[str, list[Outcome]], rules: RuleSet) -> None:
    expected = sum(len(rule.examples) for rule in rules.with_examples() if rule.file == name)
    assert len(outcomes[name]) == expected
    assert "\n".join(outcome.report() for outcome in outcomes[name] if not outcome.ok) == ""


def test_every_rule_has_an_example_and_its_two_pages(rules: RuleSet) -> None:
    every = rules.with_examples()
    assert [rule.id for rule in every if rule.kind != "residue" and not rule.examples] == []
    assert [rule.id for rule in every if not rule.freebsd] == []
    # What is plain C, or nothing, rests on no page of illumos'.
    assert [rule.id for rule in every if (rule.headers or rule.support) and not rule.illumos] == []


def test_tables_say_what_they_are_about(rules: RuleSet) -> None:
    assert [one.file for one in rules.subsystems if not one.about.strip()] == []
    assert len({one.name for one in rules.subsystems}) == len(TABLES)


def test_helper_files_are_there(rules: RuleSet) -> None:
    folder = Path(__file__).parent.parent / "portkit/templates/support"
    for row in rules.support.values():
        assert [name for name in row.files if not (folder / name).is_file()] == []
        assert [name for name in row.needs if name not in rules.support] == []


def test_an_example_that_comes_out_otherwise_is_seen(tmp_path: Path) -> None:
    path = table(tmp_path, RULE.replace("bar(1)", "bar(2)"))
    (outcome,) = run_examples("mine.toml", [path])
    assert not outcome.ok
    assert "mine.toml:2: rule foo: the example came out as" in outcome.report()
    assert "bar(1)" in outcome.got


def test_an_example_that_its_rule_has_no_part_in_is_seen(tmp_path: Path) -> None:
    text = RULE.replace("{ foo(1); }", "{ foo(1, 2); }").replace("{ bar(1); }", "{ foo(1, 2); }")
    (outcome,) = run_examples("mine.toml", [table(tmp_path, text)])
    assert not outcome.ok
    assert "does not make the rule match" in outcome.report()


# -- errors ---

ERRORS = {
    "not TOML": (RULE + "\n[[rule]\n", 12, "not TOML"),
    "an open string": (RULE + '\nid = "\n', 12, "not TOML"),
    "unknown table": (RULE + "\n[[ruel]]\n", 12, "unknown table [ruel]"),
    "unknown key": (RULE.replace("kind =", 'emmit = "x"\nkind ='), 2, "rule foo: unknown key `emmit`"),
    "no id": (RULE.replace('id = "foo"\n', ""), 2, "`id ="),
    "no match": (RULE.replace('match = "foo($x)"\n', ""), 2, "`match ="),
    "no emit": (RULE.replace('emit = "bar($x)"\n', ""), 2, "rule foo: needs `emit`"),
    "no example": (RULE.split("[[rule.example]]")[0], 2, "rule foo: has no example"),
    "half an example": (RULE.replace("after =", "afterwards ="), 2, "rule foo: has no example"),
    "no pattern": (RULE.replace("foo($x)", "$x;"), 2, "rule foo: a pattern needs at least one word"),
    "not a metavariable": (RULE.replace("foo($x)", "foo($X)"), 2, "$X is no metavariable"),
    "kind": (RULE.replace('"native"', '"nativ"'), 2, "not nativ"),
    "variable": (RULE.replace("bar($x)", "bar($y)"), 2, "rule foo: $y is emitted but not matched"),
    "filter": (RULE.replace("bar($x)", "bar(${x|upper})"), 2, "rule foo: unknown filter |upper"),
    "special": (RULE.replace("bar($x)", "bar($$who)"), 2, "rule foo: unknown $$who"),
    "guard": (RULE.replace("kind =", 'where.x = { hass = "A" }\nkind ='), 2, "unknown guard `hass`"),
    "guard on nothing": (RULE.replace("kind =", 'where.y = { has = "A" }\nkind ='), 2, "a guard on $y"),
    "guard's value": (RULE.replace("kind =", 'where.x = { const = "yes" }\nkind ='), 2, "`const` on $x"),
    "no guard": (RULE.replace("kind =", 'where.x = "A"\nkind ='), 2, "rule foo: unknown guard"),
    "place": (RULE.replace("kind =", 'within.iff = "A"\nkind ='), 2, "unknown place `within.iff`"),
    "release": (RULE.replace("kind =", 'release = "12.1"\nkind ='), 2, "`release` compares"),
    "unused": (RULE.replace("kind =", 'unused = "yes"\nkind ='), 2, "`unused` is true or false"),
    "headers": (RULE.replace("kind =", 'headers = "sys/types.h"\nkind ='), 2, "`headers = [...]`"),
    "dropped": (RULE.replace("native", "dropped"), 2, "rule foo: what is dropped needs a reason"),
    "residue": (RULE.replace("native", "residue"), 2, "rule foo: what is left to a person needs a `hint`"),
    "same id": (RULE + RULE, 12, "rule foo: the id is taken (mine.toml:2)"),
    "second row": (RULE + RULE.replace('"foo"', '"oof"').replace("native", "x"), 12, "rule oof: kind"),
    "match of a wrong type": (RULE.replace('"foo($x)"', "1"), 2, "`match ="),
    "where of a wrong type": (RULE.replace("kind =", "where = 1\nkind ="), 2, "wrong type"),
    "same": (RULE + '\n[[same]]\nnames = "a"\n', 12, "`names = [...]`"),
    "include": (RULE + '\n[[include]]\nheader = "a.h"\nemit = "b.h"\n', 12, "`emit = [...]`"),
    "config": (RULE + '\n[[config]]\nmacro = "A"\n', 12, "`value ="),
    "method": (RULE + '\n[[method]]\nnames = ["a"]\n', 12, "`action ="),
    "nocounterpart": (RULE + '\n[[nocounterpart]]\nnames = ["a"]\n', 12, "`why ="),
}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_names_its_file_and_line(name: str, tmp_path: Path) -> None:
    text, line, words = ERRORS[name]
    path = table(tmp_path, text)
    with pytest.raises(PortkitError) as error:
        load_file(path, RuleSet(), user=True)
    assert words in error.value.message
    assert Path(error.value.file or "").name == "mine.toml"
    assert error.value.line == line
    assert error.value.hint


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="cannot read the rule table"):
        load_rules([tmp_path / "missing.toml"])
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\0")
    with pytest.raises(PortkitError, match="not UTF-8"):
        load_rules([binary])


def test_helper_code_that_no_row_names(tmp_path: Path) -> None:
    path = table(tmp_path, RULE.replace("kind =", 'support = ["nothing"]\nkind ='))
    with pytest.raises(PortkitError, match=r"toml:2: rule foo: no \[\[support\]\] row is called nothing"):
        load_rules([path])


def test_an_id_of_a_built_in_table_cannot_be_taken_by_another(tmp_path: Path) -> None:
    rules = RuleSet()
    load_file(table(tmp_path, RULE), rules)
    with pytest.raises(PortkitError, match="the id is taken"):
        load_file(table(tmp_path, RULE, "other.toml"), rules)


# -- a user's rows -----------------------------------------------------------------------------------------

MINE = """
[[rule]]
id = "mtx-lock"
match = "mtx_lock($m)"
emit = "my_enter($m)"
kind = "native"
[[rule.example]]
given = "struct mtx; void mtx_lock(struct mtx *);"
before = "void f(struct mtx *m) { mtx_lock(m); }"
after = "void f(kmutex_t *m) { my_enter(m); }"
"""


def test_a_users_row_wins_over_a_built_in_one(tmp_path: Path) -> None:
    path = table(tmp_path, MINE)
    (outcome,) = run_examples("mine.toml", [path])
    assert outcome.ok, outcome.report()
    (builtin,) = [one for one in run_examples("mtx-lock", [path])
                  if one.rule.id == "mtx-lock" and not one.rule.user]
    assert "my_enter(m)" in builtin.got


def test_a_users_row_wins_over_a_built_in_one_with_more_guards(tmp_path: Path) -> None:
    text = MINE.replace("mtx-lock", "my-init").replace("mtx_lock($m)", "mtx_init($rest...)")
    text = text.replace("my_enter($m)", "my_init($rest)").replace("my_enter(m)", "my_init(m, 0, 0, MTX_SPIN)")
    text = text.replace("mtx_lock(m)", "mtx_init(m, 0, 0, MTX_SPIN)")
    (outcome,) = run_examples("mine.toml", [table(tmp_path, text)])
    assert outcome.ok, outcome.report()


def test_two_rows_of_a_user_for_the_same_text_are_an_error_that_names_both(tmp_path: Path) -> None:
    path = table(tmp_path, MINE.replace('"mtx-lock"', '"one"') + MINE.replace('"mtx-lock"', '"two"'))
    for outcome in run_examples("mine.toml", [path]):
        assert "one" in outcome.error
        assert "two" in outcome.error


def test_users_rows_of_the_other_tables_replace_built_in_ones(tmp_path: Path) -> None:
    path = table(tmp_path, """
[[same]]
names = ["my_call"]
headers = ["sys/my.h"]
[[include]]
header = "sys/mutex.h"
emit = ["sys/my.h"]
[[config]]
macro = "INVARIANTS"
value = "undefined"
""")
    rules = load_rules([path])
    assert rules.same["my_call"].headers == ("sys/my.h",)
    assert rules.includes["sys/mutex.h"] == ("sys/my.h",)
    assert rules.config["INVARIANTS"].value == "undefined"
    assert load_rules().config["INVARIANTS"].value == "DEBUG"


def test_the_commands_take_a_users_file(tmp_path: Path) -> None:
    path = table(tmp_path, RULE.replace("bar(1)", "bar(2)"))
    result = CliRunner().invoke(main, ["rules", "test", "mine.toml", "--rules", str(path)])
    assert result.exit_code == 1
    assert "0 passed, 1 failed" in result.output
    good = table(tmp_path, RULE, "good.toml")
    assert CliRunner().invoke(main, ["rules", "test", "good.toml", "--rules", str(good)]).exit_code == 0
    bad = table(tmp_path, "[[rule]\n", "bad.toml")
    result = CliRunner().invoke(main, ["rules", "list", "--rules", str(bad)])
    assert result.exit_code == 2
    assert "bad.toml:1: not TOML" in result.stderr


# -- rules list and show -----------------------------------------------------------------------------------

def test_list_finds_rows_by_id_text_and_subsystem() -> None:
    ids = {row["id"] for row in list_rules("mtx_lock")}
    assert {"mtx-lock", "mtx-lock-spin"} <= ids
    assert "sx-xlock" not in ids
    assert {row["subsystem"] for row in list_rules("Synchronisation")} >= {"Synchronisation"}
    kinds = {(row["row"], row["kind"]) for row in list_rules("uint32_t") if row["id"] == "uint32_t"}
    assert kinds == {("same", "same")}
    assert [row["emit"] for row in list_rules("sys/mutex.h") if row["row"] == "include"] == [
        "#include <sys/ksynch.h>"]
    assert len(list_rules(None)) > len(load_rules().rules)


def test_list_prints_a_line_a_row() -> None:
    result = CliRunner().invoke(main, ["rules", "list", "mtx_destroy"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["id", "match", "emit", "kind", "subsystem"]
    assert lines[1].split() == ["mtx-destroy", "mtx_destroy($m)", "mutex_destroy($m)", "native",
                                "Synchronisation"]
    assert lines[2] == "1 row"


def test_show_prints_a_row_in_full() -> None:
    output = CliRunner().invoke(main, ["rules", "show", "mtx-init-spin"]).output
    for words in ("mtx_init($m, $name, $type, $opts)", "opts has MTX_SPIN", "mutex(9)", "mutex_init(9F)",
                  "<sys/ksynch.h>", "before", "after"):
        assert words in output


def test_show_finds_rows_by_the_name_in_freebsd() -> None:
    output = CliRunner().invoke(main, ["rules", "show", "mtx_assert"]).output
    assert "mtx-assert-owned" in output
    assert "mtx-assert-notowned" in output
    for name, words in (("uint32_t", "<sys/types.h>"), ("<sys/mutex.h>", "<sys/ksynch.h>"),
                        ("INVARIANTS", "DEBUG"), ("timecounter", "no timecounter"),
                        ("bus_add_child", "absorb"), ("taskqueue", "bsd_taskqueue.c")):
        assert words in CliRunner().invoke(main, ["rules", "show", name]).output


def test_show_suggests_near_names() -> None:
    with pytest.raises(PortkitError) as error:
        print_rule("mtx_lok")
    assert "mtx_lock" in (error.value.hint or "")
    result = CliRunner().invoke(main, ["rules", "show", "no_such_thing_at_all"])
    assert result.exit_code == 2
    assert result.stdout == ""


def test_rows_in_words(rules: RuleSet) -> None:
    rule = rules.find("mtx-init-spin")
    assert rule is not None
    assert match_text(rule) == "mtx_init(m, name, type, opts)"
    assert guards(rule) == ["`opts` has `MTX_SPIN`", "`opts` has no `MTX_RECURSE`"]
    rule = rules.find("panic")
    assert rule is not None
    assert match_text(rule) == "panic(fmt, ...)"
    assert emit_text(rule) == "panic(fmt, ...)"


# -- the porting guide -------------------------------------------------------------------------------------

def test_the_porting_guide_is_up_to_date() -> None:
    assert GUIDE.read_text(encoding="utf-8") == porting_guide(), \
        "run: portkit rules guide -o docs/porting-guide.md"


def test_the_porting_guide_has_every_row(rules: RuleSet) -> None:
    """In the index, where a reader looks; and every link has a heading."""
    text = porting_guide()
    index = text.split("## Index of FreeBSD names")[1]
    names = {rule.pattern.anchor_name for rule in rules.rules} | set(rules.same) | set(rules.config)
    names |= {*rules.methods, *rules.nocounterpart, *rules.driver_scope}
    assert [name for name in sorted(names) if f"[`{name}`](" not in index] == []
    assert [name for name in rules.includes if f"| `<{name}>` |" not in text] == []
    assert [name for name in rules.support if f"| `{name}` |" not in text] == []
    anchors = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
               for line in text.splitlines() if line.startswith("#")}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


def test_the_porting_guide_has_tables_that_viewers_read() -> None:
    """Each row of a table has as many cells as its head."""
    cells = 0
    for line in porting_guide().splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert cells in (0, found), line
        cells = found
