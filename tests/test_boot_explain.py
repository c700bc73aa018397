"""`portkit boot --explain`: captures of a real machine's console, resolved against modules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from portkit.boot.explain import clean_lines, parse_panics
from portkit.boot.symbols import addr2line
from portkit.cli import main
from portkit.illumos.compile import compile_port, load_modules_toml

# A module whose lines are known: the call that faults, its caller, and a copy of the name in another file.
DRIVER = """
#include <sys/types.h>
#include <sys/cmn_err.h>
#include <sys/modctl.h>

struct softc { int a; int *b; };
extern int demo_deep(struct softc *);

__attribute__((noinline, noclone)) int
demo_deep(struct softc *sc)
{
	cmn_err(CE_CONT, "deep\\n");
	return (*sc->b);	/* FAULT */
}

static __attribute__((noinline, noclone)) int
demo_open(struct softc *sc)
{
	int error;

	cmn_err(CE_CONT, "open\\n");
	error = demo_deep(sc);	/* CALL */
	cmn_err(CE_CONT, "opened\\n");
	return (error);
}

static struct modlmisc modlmisc = { &mod_miscops, "demo" };
static struct modlinkage modlinkage = { MODREV_1, { &modlmisc, NULL } };

int
_init(void)
{
	return (demo_open(NULL) + mod_install(&modlinkage));
}

int
_fini(void)
{
	return (demo_open((struct softc *)&modlinkage) + mod_remove(&modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&modlinkage, modinfop));
}
"""
MODULES = """
[[module]]
name = "demo"
kind = "misc"
sources = ["io/demo/demo.c"]
"""


def line_of(mark: str) -> int:
    return next(number for number, line in enumerate(DRIVER.splitlines(), 1) if mark in line)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("driver")
    (folder / "io/demo").mkdir(parents=True)
    (folder / "io/demo/demo.c").write_text(DRIVER, encoding="ascii")
    (folder / "modules.toml").write_text(MODULES, encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def offsets(driver: Path) -> dict[str, int]:
    """Where the loads and calls are: symbol offsets whose line is the marked one, from the object's own line table."""
    result = compile_port(driver, load_modules_toml(driver / "modules.toml"))
    [module] = result.modules
    assert module.object is not None and not module.errors
    found = {}
    with open(module.object, "rb") as stream:
        elf = ELFFile(stream)
        symbols = {symbol.name: symbol for section in elf.iter_sections() if isinstance(section, SymbolTableSection)
                   for symbol in section.iter_symbols()}
        for function, mark in (("demo_deep", "FAULT"), ("demo_open", "CALL")):
            symbol = symbols[function]
            section = elf.get_section(symbol["st_shndx"]).name
            every = range(symbol["st_value"], symbol["st_value"] + symbol["st_size"])
            lines = addr2line(module.object, list(every), section)
            at = [address for address in every if lines[address][0].line == line_of(mark)]
            assert at, f"no instruction of line {line_of(mark)} in {function}"
            # The fault is in the line's first instruction; a call returns behind its last.
            found[function] = (at[0] if mark == "FAULT" else at[-1] + 1) - symbol["st_value"]
    result.close()
    return found


def explain(driver: Path, text: str | bytes, *more: str) -> Result:
    capture = driver / "capture.txt"
    capture.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
    return CliRunner().invoke(main, ["boot", "--source", str(driver), "--modules", str(driver / "modules.toml"),
                                     "--explain", str(capture), *more])


def capture(offsets: dict[str, int]) -> str:
    return f"""\
SunOS Release 5.11 Version test 64-bit
panic[cpu1]/thread=ffffff0004e5bc40: BAD TRAP: type=e (#pf Page fault) rp=ffffff0004e5ba10 addr=8 occurred in \
module "demo" due to a NULL pointer dereference

sched: #pf Page fault
Bad kernel fault at addr=0x8
pid=0, pc=0xfffffffff7a3b1a3, sp=0xffffff0004e5bb00, eflags=0x10246
cr0: 8005003b<pg,wp,ne,et,ts,mp,pe> cr4: 6f8<xmme,fxsr,pge,mce,pae,pse,de>
cr2: 8 cr3: 1c00000 cr8: c

        rdi:                0 rsi: ffffff01d0b6ddc0 rdx: ffffff0004e5bc40
        rcx:                0  r8:                0  r9:                0
        trp:                e err:                0 rip: fffffffff7a3b1a3

ffffff0004e5b900 unix:die+df ()
ffffff0004e5ba00 unix:trap+dd8 ()
ffffff0004e5ba10 unix:cmntrap+e6 ()
ffffff0004e5bb40 demo:demo_deep+{offsets["demo_deep"]:x} ()
ffffff0004e5bb80 demo:demo_open+{offsets["demo_open"]:x} ()
ffffff0004e5bc20 genunix:modinstall+a0 ()
ffffff0004e5bc30 unix:thread_start+8 ()
"""


def places(result: Result) -> list[tuple[str, str, int]]:
    data = json.loads(result.output)
    return [(frame["function"], frame["file"], frame["line"]) for panic in data["panics"] for frame in panic["stack"]
            if frame["file"]]


def expected() -> list[tuple[str, str, int]]:
    return [("demo_deep", "io/demo/demo.c", line_of("FAULT")), ("demo_open", "io/demo/demo.c", line_of("CALL"))]


def test_a_trap_is_shown_with_its_lines(driver: Path, offsets: dict[str, int]) -> None:
    result = explain(driver, capture(offsets))
    assert result.exit_code == 0, result.output
    assert f"io/demo/demo.c:{line_of('FAULT')}" in result.output
    assert f"io/demo/demo.c:{line_of('CALL')}" in result.output
    assert "NULL pointer dereference at address 0x8" in result.output
    assert "genunix:modinstall+a0" in result.output         # what is not the port's stays as it is


def test_the_machine_form(driver: Path, offsets: dict[str, int]) -> None:
    result = explain(driver, capture(offsets), "--json", "-")
    assert places(result) == expected()
    [panic] = json.loads(result.output)["panics"]
    assert panic["cpu"] == 1 and panic["thread"] == "ffffff0004e5bc40"
    assert panic["registers"]["rip"] == "fffffffff7a3b1a3" and panic["registers"]["cr2"] == "8"
    assert len(panic["stack"]) == 7


def noisy(text: str, how: str) -> bytes:
    lines = text.splitlines()
    match how:
        case "cr":
            text = "\r\n\r".join(lines)
        case "escapes":
            text = "\n".join(f"\x1b[2K\x1b[0;37m{line}\x1b[0m\x00" for line in lines)
        case "seconds":
            text = "\n".join(f"[{number:5d}.123456] {line}" for number, line in enumerate(lines))
        case "iso":
            text = "\n".join(f"2024-05-06T07:08:09.123Z {line}" for line in lines)
        case "syslog":
            text = "\n".join(f"May  6 07:08:09 host genunix: [ID 655072 kern.notice] {line}" for line in lines if line)
        case "wrapped":
            text = "\n".join(line[at:at + 80] for line in lines for at in range(0, max(len(line), 1), 80))
    return text.encode("latin-1")


@pytest.mark.parametrize("how", ["cr", "escapes", "seconds", "iso", "syslog", "wrapped"])
def test_what_consoles_add_does_not_matter(driver: Path, offsets: dict[str, int], how: str) -> None:
    result = explain(driver, noisy(capture(offsets), how), "--json", "-")
    assert result.exit_code == 0, result.output
    assert places(result) == expected()
    [panic] = json.loads(result.output)["panics"]
    assert panic["message"].endswith('occurred in module "demo" due to a NULL pointer dereference')


def test_a_frame_that_is_broken_over_two_lines(driver: Path, offsets: dict[str, int]) -> None:
    text = capture(offsets).replace("demo:demo_deep", "demo:demo_\ndeep")
    assert places(explain(driver, text, "--json", "-")) == expected()


def test_a_stack_as_mdb_prints_it(driver: Path, offsets: dict[str, int]) -> None:
    text = (f"demo`demo_open+{offsets['demo_open']:#x}(ffffff01d0b6ddc0, 0)\n"
            "modinstall+0xa0()\ngenunix`modload+0x1b()\n")
    result = explain(driver, text, "--json", "-")
    assert places(result) == expected()[1:]
    with_pointers = "".join(f"ffffff0004e5bb80 {line}\n" for line in text.splitlines())
    assert places(explain(driver, with_pointers, "--json", "-")) == expected()[1:]


def test_a_failed_assertion_names_the_ports_line(driver: Path) -> None:
    text = ("panic[cpu0]/thread=ffffff0004e5bc40: assertion failed: sc->b != NULL, "
            "file: ../../intel/io/demo/demo.c, line: 12\n\nffffff0004e5bc20 genunix:assfail+7d ()\n")
    result = explain(driver, text, "--json", "-")
    [panic] = json.loads(result.output)["panics"]
    assert (panic["file"], panic["line"]) == ("io/demo/demo.c", 12)


def test_two_panics_in_one_capture(driver: Path, offsets: dict[str, int]) -> None:
    result = explain(driver, capture(offsets) * 2, "--json", "-")
    assert places(result) == expected() * 2


def test_an_offset_of_another_build_is_said(driver: Path) -> None:
    result = explain(driver, "panic[cpu0]/thread=1: x\n1234567890abcdef demo:demo_open+fff ()\n"
                             "1234567890abcdef demo:never_heard_of+8 ()\n")
    assert result.exit_code == 0
    assert "built otherwise" in result.output and "no such function" in result.output


def test_frames_of_unknown_modules_stay(driver: Path) -> None:
    result = explain(driver, "panic[cpu0]/thread=1: mutex_enter: bad mutex, lp=0 owner=0\n"
                             "1234567890abcdef unix:mutex_panic+73 ()\n")
    assert result.exit_code == 0
    assert "unix:mutex_panic+73" in result.output and "No frame is in a module of the port" in result.output


@pytest.mark.parametrize("text", [b"", b"NOTICE: all is well\n", b"\xff\x00\xfe" * 50, b"no panic\na: b (x)\n"])
def test_no_panic_in_the_file(driver: Path, text: bytes) -> None:
    result = explain(driver, text)
    assert result.exit_code == 2
    assert result.output.count("\n") == 1 and "no panic in it" in result.output


def test_a_capture_that_cannot_be_read(driver: Path, tmp_path: Path) -> None:
    arguments = ["boot", "--source", str(driver), "--modules", str(driver / "modules.toml"), "--explain"]
    for bad in (tmp_path / "none", tmp_path):
        result = CliRunner().invoke(main, [*arguments, str(bad)])
        assert result.exit_code == 2 and "cannot read the console capture" in result.output


def test_a_module_that_does_not_compile_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int x = ;\n", encoding="ascii")
    (tmp_path / "modules.toml").write_text('[[module]]\nname = "bad"\nkind = "misc"\nsources = ["bad.c"]\n')
    (tmp_path / "capture").write_text("panic[cpu0]/thread=1: x\n1234567890abcdef bad:f+3 ()\n")
    result = CliRunner().invoke(main, ["boot", "--source", str(tmp_path), "--modules", str(tmp_path / "modules.toml"),
                                       "--explain", str(tmp_path / "capture")])
    assert result.exit_code == 1
    assert "bad.c:1" in result.output and "bad:f+3" in result.output


def test_a_line_that_fills_the_terminal_goes_on_in_the_next() -> None:
    text = "x" * 80 + "\n" + "y\nshort\n"
    assert clean_lines(text)[:2] == ["x" * 80 + "y", "short"]


def test_words_with_a_colon_are_no_frames() -> None:
    [panic] = parse_panics("panic[cpu0]/thread=1: message\nNOTICE: vmbus0: attached (x)\npid:name (4)\n")
    assert panic.stack == []
