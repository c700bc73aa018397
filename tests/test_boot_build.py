"""Building simulator and modules: the cache, symbol prefixes, sanitizers, the plan, and what is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from portkit.boot import build as building
from portkit.boot.build import BuildError, build_simulator, check_tools, parse_sanitize
from portkit.boot.cache import Cache, read_dependencies
from portkit.boot.plan import Port, find_conf, loading_order, open_port, plan_text
from portkit.errors import PortkitError
from portkit.illumos.compile import Compiler, find_compilers
from portkit.illumos.modules import ModuleSpec, load_modules_toml


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "cache-home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture
def shared_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """For builds of the whole simulator: one cache for all of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "portkit-cache"))


@pytest.fixture
def compiler() -> Compiler:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    return find_compilers(["gcc"])[0]


# -- the cache -----------------------------------------------------------------------------------------------

def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(10**18, 10**18))         # made long before any compilation
    return path


def test_an_object_is_found_while_nothing_it_read_has_changed(tmp_path: Path) -> None:
    cache = Cache.open()
    write(tmp_path / "a.c", "int a;")
    write(tmp_path / "a.h", "")
    made = write(tmp_path / "made.o", "object")
    cache.store("command", tmp_path, ["a.c", "a.h"], 2 * 10**18, made, {"said": []})
    again = Cache.open()
    found = again.find("command", tmp_path)
    assert found is not None and found.object is not None and found.object.read_text() == "object"
    assert again.find("other", tmp_path) is None
    assert again.find("command", tmp_path, ["never noted"]) is None
    write(tmp_path / "a.h", "int b;")
    assert Cache.open().find("command", tmp_path) is None
    write(tmp_path / "a.h", "")
    assert Cache.open().find("command", tmp_path) is not None        # as it was: content counts, not time
    (tmp_path / "a.h").unlink()
    assert Cache.open().find("command", tmp_path) is None


def test_what_changed_while_it_compiled_is_not_kept(tmp_path: Path) -> None:
    cache = Cache.open()
    write(tmp_path / "a.c", "int a;")
    kept = cache.store("command", tmp_path, ["a.c"], 10**17, write(tmp_path / "made.o", "object"), {})
    assert kept.object is not None and kept.object.is_file()
    assert cache.find("command", tmp_path) is None


def test_the_cache_is_bounded_and_drops_the_least_used(tmp_path: Path) -> None:
    cache = Cache.open()
    for number in range(4):
        place = cache.put_file(f"key{number}", write(tmp_path / "made", "x" * 1000))
        os.utime(place, ns=(number * 10**9, number * 10**9))
    assert cache.find_file("key0") is not None      # used now
    cache.prune(2500)
    assert sorted(path.name for path in (cache.root / "objects").iterdir()) == ["key0", "key3"]


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[1]", b'[{"key": "x"}]', b'{"a": 1}', b"\xff",
                                     b'[{"key": "x", "files": [], "facts": {}, "object": true}]'])
def test_a_broken_cache_is_no_cache(tmp_path: Path, rubbish: bytes) -> None:
    cache = Cache.open()
    write(tmp_path / "a.c", "int a;")
    (cache.root / "manifests" / "command.json").write_bytes(rubbish)
    assert cache.find("command", tmp_path) is None
    cache.store("command", tmp_path, ["a.c"], 2 * 10**18, write(tmp_path / "m", "o"), {})
    assert cache.find("command", tmp_path) is not None


def test_a_cache_that_cannot_be_written_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache = Cache.open()
    assert not cache.root.is_relative_to(tmp_path / "file")
    assert cache.put_file("key", write(tmp_path / "made", "x")).is_file()


def test_dependencies_are_read_from_a_makefile_rule() -> None:
    text = "made.o: a.c /usr/include/x.h \\\n  with\\ blank.h do$$lar.h \\\n ha\\#sh.h\n\nx.h:\n"
    assert read_dependencies(text) == ["a.c", "/usr/include/x.h", "with blank.h", "do$lar.h", "ha#sh.h"]


# -- sanitizers and tools --------------------------------------------------------------------------------------

def test_sanitizers_by_name() -> None:
    assert parse_sanitize("undefined, address") == ("address", "undefined")
    assert parse_sanitize("none") == ()
    for bad in ("", ",", "memory", "address,thread", "none,address"):
        with pytest.raises(PortkitError):
            parse_sanitize(bad)


def fake_compiler(tmp_path: Path, fails: str) -> Compiler:
    """A compiler that is gcc but for command lines with a word in `fails`."""
    file = tmp_path / "fakecc"
    file.write_text(f"#!/bin/sh\ncase \"$*\" in *{fails}*) echo '/usr/bin/ld: cannot find -lasan' >&2; exit 1;; esac\n"
                    "exec gcc \"$@\"\n", encoding="ascii")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return Compiler(str(file), "gcc", "fake 1")


def test_a_missing_sanitizer_runtime_is_one_line_with_a_way_out(tmp_path: Path, compiler: Compiler) -> None:
    with pytest.raises(PortkitError, match=r"no runtime for -fsanitize=address: .*cannot find -lasan.*--sanitize none"):
        check_tools(fake_compiler(tmp_path, "-fsanitize=address"), ("address",))
    check_tools(fake_compiler(tmp_path, "-fsanitize=address"), ())
    with pytest.raises(PortkitError, match="cannot link a program"):
        check_tools(fake_compiler(tmp_path, "probe"), ("address",))


def test_binutils_are_needed(monkeypatch: pytest.MonkeyPatch, compiler: Compiler) -> None:
    monkeypatch.setattr(building.shutil, "which", lambda name: None)
    with pytest.raises(PortkitError, match="objcopy is not installed.*binutils"):
        check_tools(compiler, ())


# -- modules and the plan --------------------------------------------------------------------------------------

def spec(name: str, *depends: str, kind: str = "drv", **more: object) -> ModuleSpec:
    return ModuleSpec(name, kind, (f"{name}.c",), depends_on=depends, **more)  # type: ignore[arg-type]


def test_modules_load_after_what_they_depend_on() -> None:
    given = [spec("c", "drv/b", "misc/a"), spec("x"), spec("b", "misc/a", "misc/scsi"), spec("a", kind="misc")]
    assert [item.name for item in loading_order(given)] == ["a", "b", "c", "x"]
    with pytest.raises(PortkitError, match="in a circle: drv/a -> drv/b -> drv/a"):
        loading_order([spec("a", "drv/b"), spec("b", "drv/a")])


def test_driver_conf_is_found(tmp_path: Path) -> None:
    source = ModuleSpec("d", "drv", ("io/d.c",))
    assert find_conf(tmp_path, source) is None
    (tmp_path / "io").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "else/d.conf").write_text("")
    assert find_conf(tmp_path, source) == tmp_path / "else/d.conf"
    (tmp_path / "io/d.conf").write_text("")
    assert find_conf(tmp_path, source) == tmp_path / "io/d.conf"
    assert find_conf(tmp_path, ModuleSpec("d", "misc", ("io/d.c",))) is None
    named = ModuleSpec("d", "drv", ("io/d.c",), conf="else/d.conf")
    assert find_conf(tmp_path, named) == tmp_path / "else/d.conf"
    with pytest.raises(PortkitError, match="there is no else/e.conf"):
        find_conf(tmp_path, ModuleSpec("d", "drv", ("io/d.c",), conf="else/e.conf"))


def test_the_plan_file(tmp_path: Path) -> None:
    port = Port(tmp_path, [spec("a", kind="misc"), spec("b", "misc/a", aliases=("one", "two"))],
                confs={"b": Path("/x/b.conf")})
    text = plan_text(port, {"a": Path("/x/a.so"), "b": Path("/x/b.so")}, [("b", "two"), ("b", "three")])
    assert text == ("module\tmisc\ta\t/x/a.so\nmodule\tdrv\tb\t/x/b.so\ndepends\tb\tmisc/a\nconf\tb\t/x/b.conf\n"
                    "alias\tb\tone\nalias\tb\ttwo\nalias\tb\tthree\n")
    with pytest.raises(PortkitError, match="tab"):
        plan_text(port, {"a": Path("/x/\ta.so"), "b": Path("/x/b.so")})


def test_a_modules_file_may_name_conf_and_aliases(tmp_path: Path) -> None:
    file = tmp_path / "modules.toml"
    head = '[[module]]\nname = "d"\nkind = "drv"\nsources = ["d.c"]\n'
    file.write_text(head + 'conf = "x/d.conf"\naliases = ["a", "b"]\n')
    [module] = load_modules_toml(file)
    assert module.conf == "x/d.conf" and module.aliases == ("a", "b")
    for bad in ("conf = 3", "conf = \"\"", "aliases = \"a\"", "aliases = [1]"):
        file.write_text(f"{head}{bad}\n")
        with pytest.raises(PortkitError) as error:
            load_modules_toml(file)
        assert error.value.line == 5


# -- a build -------------------------------------------------------------------------------------------------

DRIVER = """
#include <sys/types.h>
#include <sys/cmn_err.h>
#include <sys/modctl.h>
#include <sys/sunddi.h>
%s
static struct modlmisc modlmisc = { &mod_miscops, "m" };
static struct modlinkage modlinkage = { MODREV_1, { &modlmisc, NULL } };
int _init(void) { %s return (mod_install(&modlinkage)); }
int _fini(void) { return (mod_remove(&modlinkage)); }
int _info(struct modinfo *m) { return (mod_info(&modlinkage, m)); }
"""


def module(tmp_path: Path, before: str = "", code: str = "") -> Port:
    folder = tmp_path / "driver"
    folder.mkdir(exist_ok=True)
    write(folder / "m.c", DRIVER % (before, code))
    write(folder / "modules.toml", '[[module]]\nname = "m"\nkind = "misc"\nsources = ["m.c"]\n')
    return open_port(Path("."), folder, folder / "modules.toml")


def names(file: Path) -> dict[str, str]:
    out = subprocess.run(["nm", "-D", file], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1]: line.split()[-2] for line in out.splitlines()}


@pytest.mark.usefixtures("shared_cache")
def test_a_module_has_its_own_names_and_the_kernel_s(tmp_path: Path, compiler: Compiler) -> None:
    port = module(tmp_path, "extern int printf_of_mine(void); int printf_of_mine(void) { return (1); }",
                  'char b[8]; (void) memcpy(b, "1234567", 8); delay(b[0]);')
    build = build_simulator(port, compiler, tmp_path / "out", jobs=2)
    found = names(build.objects["m"])
    assert found["k__init"] == found["k_printf_of_mine"] == "T"
    assert found["k_mod_install"] == found["k_delay"] == "U"
    assert "delay" not in found and "__sanitizer_cov_trace_pc" in found
    assert build.problems == [] and build.stubs == []
    # Nothing changed: nothing is compiled.
    again = tmp_path / "again"
    seen = sorted((Cache.open().root / "objects").iterdir())
    build_simulator(port, compiler, again, jobs=2)
    assert sorted((Cache.open().root / "objects").iterdir()) == seen
    assert (again / "simulator").read_bytes() == build.simulator.read_bytes()


def lacking(compiler_name: str, tmp_path: Path) -> tuple[list[str], str]:
    """What is stubbed of a function, and what is said of a variable, that the simulated kernel does not have."""
    [compiler] = find_compilers([compiler_name])
    port = module(tmp_path, "extern int never_simulated(int);", "if (never_simulated(3) != 0) return (1);")
    stubs = build_simulator(port, compiler, tmp_path / "out", jobs=2).stubs
    port = module(tmp_path, "extern int never_a_variable;", "if (never_a_variable != 0) return (1);")
    with pytest.raises(BuildError) as error:
        build_simulator(port, compiler, tmp_path / "out", jobs=2)
    return stubs, str(error.value)


@pytest.mark.usefixtures("shared_cache")
@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_what_the_simulated_kernel_lacks(tmp_path: Path, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    stubs, said = lacking(name, tmp_path)
    assert stubs == ["never_simulated"]
    assert said == "m uses the variable never_a_variable, which the simulated kernel does not have"


@pytest.mark.usefixtures("shared_cache")
def test_a_build_that_fails_names_the_file(tmp_path: Path, compiler: Compiler) -> None:
    port = module(tmp_path, "int x = ;")
    with pytest.raises(BuildError, match=r"m\.c:6:\d+: error"):
        build_simulator(port, compiler, tmp_path / "out", jobs=2)
