"""`portkit boot` from the command line: bad usage, bad input, and small modules that go from load to unload."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portkit.cli import main

DRIVER = """
#include <sys/types.h>
#include <sys/cmn_err.h>
#include <sys/kmem.h>
#include <sys/modctl.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

extern void work(void);

static struct modlmisc modlmisc = { &mod_miscops, "m" };
static struct modlinkage modlinkage = { MODREV_1, { &modlmisc, NULL } };
static volatile int zero;

void
work(void)
{
	zero = 0;
	/* WORK */
}

int
_init(void)
{
	work();
	return (mod_install(&modlinkage));
}

int
_fini(void)
{
	return (mod_remove(&modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&modlinkage, modinfop));
}
"""
WORK = DRIVER.splitlines().index("\t/* WORK */") + 1


@pytest.fixture(autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "portkit-cache"))


def driver(tmp_path: Path, work: str) -> list[str]:
    """A module that does `work` when it is loaded, on line WORK; the arguments that name it."""
    folder = tmp_path / "driver"
    folder.mkdir(exist_ok=True)
    (folder / "m.c").write_text(DRIVER.replace("/* WORK */", work), encoding="ascii")
    (folder / "modules.toml").write_text('[[module]]\nname = "m"\nkind = "misc"\nsources = ["m.c"]\n')
    return ["--source", str(folder), "--modules", str(folder / "modules.toml")]


def boot(arguments: list[str], *more: str) -> Result:
    result = CliRunner().invoke(main, ["boot", *arguments, "--scenario", "module", *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def booted(tmp_path: Path, work: str, *more: str, status: int = 1) -> dict[str, Any]:
    file = tmp_path / "result.json"
    result = boot(driver(tmp_path, work), "--json", str(file), *more)
    assert result.exit_code == status, result.output
    return json.loads(file.read_text())


def one_line(result: Result) -> str:
    assert result.exit_code == 2, result.output
    said = [line for line in result.output.splitlines() if not line.startswith("booting")]
    assert len(said) == 1, result.output
    return said[0]


# -- bad usage -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("options", "what"), [
    (["--sanitize", "memory"], "there is no sanitizer 'memory'"),
    (["--sanitize", "address,thread"], "exclude each other"),
    (["--fail-alloc", "0"], "--fail-alloc takes a number"),
    (["--disk", "/nonexistent/disk"], "no such disk image"),
    (["--scenario", "nonsense"], "there is no scenario 'nonsense'"),
    (["--cc", "no-such-compiler"], "no C compiler called no-such-compiler"),
    (["--gate", "/nonexistent"], "no such directory"),
    (["--json", "/nonexistent/x.json"], "no such folder"),
])
def test_bad_usage_is_one_line(tmp_path: Path, options: list[str], what: str) -> None:
    assert what in one_line(boot(driver(tmp_path, ""), *options))


def test_what_to_boot_must_exist(tmp_path: Path) -> None:
    assert "portkit translate" in one_line(boot([str(tmp_path)]))
    assert "go together" in one_line(boot(["--source", str(tmp_path)]))
    arguments = driver(tmp_path, "")
    (tmp_path / "driver/m.c").unlink()
    assert "there is no source file m.c" in one_line(boot(arguments))


@pytest.mark.parametrize("options", [["--cpus", "0"], ["--cpus", "9"], ["--host", "2003"], ["--seed", "x"],
                                     ["--jobs", "0"], ["--limit", "0"]])
def test_values_out_of_range(tmp_path: Path, options: list[str]) -> None:
    assert boot(driver(tmp_path, ""), *options).exit_code == 2


def test_the_scenarios_are_listed(tmp_path: Path, project: Path) -> None:
    result = CliRunner().invoke(main, ["boot", "--list", "--json", str(tmp_path / "list.json")])
    assert result.exit_code == 0, result.output
    listed = {item["name"]: item["about"] for item in json.loads((tmp_path / "list.json").read_text())}
    assert {"boot", "reload", "hotplug", "twins", "storms", "fail-alloc", "module"} <= set(listed)
    for name, about in listed.items():
        assert f"{name} " in result.output and about in result.output
        assert f"`{name}`" in (project / "docs/boot.md").read_text(encoding="utf-8")


# -- modules -----------------------------------------------------------------------------------------------------

def test_a_clean_module(tmp_path: Path) -> None:
    data = booted(tmp_path, 'cmn_err(CE_CONT, "hello\\n");', status=0)
    assert data["violations"] == [] and data["panic"] is None
    assert "hello" in data["console"]
    assert data["milestones"] and all(item["ok"] for item in data["milestones"])
    assert [(run["scenario"], run["cpus"], run["host"], run["ok"]) for run in data["runs"]] == [
        ("module", 2, "2016", True)]
    assert "compile" not in data


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    arguments = driver(tmp_path, 'cmn_err(CE_CONT, "%p\\n", kmem_alloc(24, KM_SLEEP));')
    for name in ("one", "two"):
        assert boot(arguments, "--json", str(tmp_path / name), "--cpus", "4").exit_code == 1
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_leak_names_its_line(tmp_path: Path) -> None:
    data = booted(tmp_path, "(void) kmem_alloc(24, KM_SLEEP);")
    [leak] = data["violations"]
    assert (leak["check"], leak["file"], leak["line"], leak["function"], leak["upstream"]) == (
        "leak", "m.c", WORK, "work", None)
    assert [frame["function"] for frame in leak["stack"]][:3] == ["kmem_alloc", "work", "_init"]


def test_a_panic_names_its_line(tmp_path: Path) -> None:
    data = booted(tmp_path, "*(volatile int *)(uintptr_t)zero = 1;")
    assert (data["panic"]["file"], data["panic"]["line"]) == ("m.c", WORK)


def test_a_module_that_never_returns(tmp_path: Path) -> None:
    data = booted(tmp_path, "while (zero == 0) continue;")
    [hang] = data["violations"]
    assert (hang["check"], hang["file"], hang["line"]) == ("hang", "m.c", WORK)
    assert [frame["function"] for frame in hang["stack"]] == ["work", "_init"]
    assert data["runs"][0]["fault"] is None


def test_a_call_that_is_not_simulated(tmp_path: Path) -> None:
    data = booted(tmp_path, "(void) ldi_get_size(NULL, NULL);")
    assert data["panic"]["message"] == "ldi_get_size is not simulated"
    assert (data["panic"]["file"], data["panic"]["line"]) == ("m.c", WORK)


def test_the_place_of_undefined_behaviour(tmp_path: Path) -> None:
    data = booted(tmp_path, "zero = 1 << (zero + 40);", "--sanitize", "address,undefined")
    [found] = data["violations"]
    assert (found["check"], found["file"], found["line"]) == ("undefined", "m.c", WORK)
    assert data["runs"][0]["sanitize"] == ["address", "undefined"]


def test_two_builds_find_one_thing_once(tmp_path: Path) -> None:
    data = booted(tmp_path, "(void) kmem_alloc(24, KM_SLEEP);", "--sanitize", "undefined", "--sanitize", "none")
    [leak] = data["violations"]
    assert leak["runs"] == ["module, 2 CPUs, 2016 (undefined)", "module, 2 CPUs, 2016"]


def test_a_module_that_does_not_compile_is_not_booted(tmp_path: Path) -> None:
    data = booted(tmp_path, "nonsense here;")
    assert data["runs"] == [] and data["milestones"] == []
    [module] = data["compile"]["modules"]
    assert module["errors"][0]["line"] == WORK
    assert f"m.c:{WORK}" in boot(driver(tmp_path, "nonsense here;")).output


def test_an_undefined_symbol_is_not_booted(tmp_path: Path) -> None:
    result = boot(driver(tmp_path, "{ extern void nobody(void); nobody(); }"))
    assert result.exit_code == 1
    assert "misc/m: undefined symbol nobody" in result.output and "Not booted" in result.output


def test_warnings_are_left_to_a_person(tmp_path: Path) -> None:
    for _ in range(2):          # the second time from the cache
        data = booted(tmp_path, "int unused;")
        assert data["violations"] == [] and data["runs"][0]["ok"]
        assert "unused" in data["compile"]["modules"][0]["warnings"][0]["message"]
