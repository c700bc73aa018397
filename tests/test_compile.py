"""portkit compile: building kernel objects, and resolving their symbols as the module loader does."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.illumos.compile import (
    ModuleSpec,
    SourceMap,
    _SourceBuild,
    compile_port,
    find_compilers,
    load_modules_toml,
    modules_from_portkit_json,
    parse_diagnostics,
    read_symbols,
)

COMPILERS = [
    pytest.param(cc, marks=pytest.mark.skipif(shutil.which(cc) is None, reason=f"{cc} is not installed"))
    for cc in ("gcc", "clang")
]
GATES = [Path(path) for path in os.environ.get("PORTKIT_GATE", "").split(":") if path]
HEADERS = [pytest.param(None, id="embedded"), *(pytest.param(gate, id=gate.name) for gate in GATES)]
if not GATES:
    HEADERS.append(pytest.param("unset", id="gate", marks=pytest.mark.skip(reason="PORTKIT_GATE is not set")))
SOURCES = Path(__file__).parent / "test_compile_drivers"
HELLO, NEXUS, LINKAGE = ((SOURCES / name).read_text() for name in ("hello.c", "nx.c", "linkage.c"))
CC = "gcc" if shutil.which("gcc") else "clang"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.c").write_text(text)
    return folder


def texts(messages: list) -> list[str]:
    return [str(message) for message in messages]


@pytest.mark.parametrize("gate", HEADERS)
@pytest.mark.parametrize("cc", COMPILERS)
def test_drivers_build_clean(cc: str, gate: Path | None, tmp_path: Path) -> None:
    write(
        tmp_path,
        hello=HELLO,
        nx=NEXUS,
        util="int util_answer(void);\nint util_answer(void) { return (42); }\n" + LINKAGE,
    )
    result = compile_port(
        tmp_path,
        [
            ModuleSpec("util", "misc", ("util.c",)),
            ModuleSpec("hello", "drv", ("hello.c",)),
            ModuleSpec("nx", "drv", ("nx.c",)),
        ],
        gate=gate,
        cc=cc,
        work=tmp_path / "work",
        jobs=2,
    )
    for module in result.modules:
        assert texts(module.errors + module.warnings) == []
        assert module.undefined == []
        assert module.object is not None and module.object.is_file()
    assert result.ok
    undefined, defined = read_symbols(result.modules[1].object)
    assert {"ddi_soft_state_init", "uiomove", "mutex_enter", "mod_driverops"} <= set(undefined)
    assert {"_init", "_fini", "_info"} <= set(defined)


def test_loader_searches_direct_dependencies_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        low="int low(void);\nint low(void) { return (1); }\n" + LINKAGE,
        mid="int low(void);\nint mid(void);\nint mid(void) { return (low()); }\n" + LINKAGE,
        top="int low(void);\nint mid(void);\nint top(void);\nint top(void) { return (low() + mid()); }\n"
        + LINKAGE,
    )

    def build(*depends: str) -> list:
        return compile_port(
            tmp_path,
            [
                ModuleSpec("low", "misc", ("low.c",)),
                ModuleSpec("mid", "misc", ("mid.c",), depends_on=("misc/low",)),
                ModuleSpec("top", "drv", ("top.c",), depends_on=depends),
            ],
            cc=CC,
            work=tmp_path / "work",
        ).modules

    assert texts(build("misc/low", "misc/mid")[2].errors) == []
    # krtld does not look into what misc/mid depends on.
    [error] = texts(build("misc/mid")[2].errors)
    assert error == (
        "error: low is defined by misc/low, on which the module does not depend: "
        "add it to depends_on (ld -N misc/low)"
    )
    assert any(
        "it depends on misc/nowhere" in text
        for text in texts(build("misc/low", "misc/mid", "misc/nowhere")[2].errors)
    )


def test_undefined_and_missing_entry_points(tmp_path: Path) -> None:
    write(tmp_path, bad="void nobody(void);\nint start(void);\nint start(void) { nobody(); return (0); }\n")
    [module] = compile_port(
        tmp_path, [ModuleSpec("bad", "drv", ("bad.c",))], cc=CC, work=tmp_path / "w"
    ).modules
    assert module.undefined == ["nobody"]
    assert texts(module.errors) == [
        f"error: no {name}: the module loader needs it ({name}(9E))" for name in ("_init", "_fini", "_info")
    ]
    assert module.object is not None


def test_one_name_defined_twice(tmp_path: Path) -> None:
    same = "int same(void);\nint same(void) { return (1); }\n"
    write(
        tmp_path,
        a=same + LINKAGE,
        b=same + LINKAGE,
        c=same,
        d="int nulldev(void);\nint nulldev(void) { return (1); }\n" + LINKAGE,
    )
    one, two = compile_port(
        tmp_path,
        [ModuleSpec("one", "misc", ("a.c",)), ModuleSpec("two", "misc", ("b.c",))],
        cc=CC,
        work=tmp_path / "w",
    ).modules
    assert "same is also defined by misc/two" in one.errors[0].message
    assert "same is also defined by misc/one" in two.errors[0].message
    [within] = compile_port(
        tmp_path, [ModuleSpec("m", "misc", ("a.c", "c.c"))], cc=CC, work=tmp_path / "w"
    ).modules
    assert within.object is None
    assert texts(within.errors) == ["error: same is defined by two sources of the module"]
    [kernel] = compile_port(tmp_path, [ModuleSpec("d", "misc", ("d.c",))], cc=CC, work=tmp_path / "w").modules
    assert texts(kernel.errors) == ["error: nulldev is also defined by the kernel"]


@pytest.mark.parametrize("cc", COMPILERS)
def test_messages_carry_the_upstream_place(cc: str, tmp_path: Path) -> None:
    (tmp_path / "port").mkdir()
    write(
        tmp_path / "port",
        bad="/* head */\nint f(void);\nint\nf(void)\n{\n\treturn (nothing);\n}\n" + LINKAGE,
        warns="int g(void);\nint g(void)\n{\n\tint unused;\n\treturn (0);\n}\n",
    )
    (tmp_path / "portkit.map.json").write_text(
        json.dumps(
            {
                "files": {
                    "port/bad.c": {
                        "lines": [[1, 1, None, None, []], [3, 7, "sys/dev/bad/bad.c", 103, ["mtx-init"]]]
                    },
                    "port/warns.c": {
                        "lines": [[1, 3, "sys/dev/bad/warns.c", 1, []], [4, 4, "sys/dev/bad/warns.c", 9, []]]
                    },
                }
            }
        )
    )
    [module] = compile_port(
        tmp_path,
        [ModuleSpec("bad", "drv", ("port/bad.c", "port/warns.c"))],
        cc=cc,
        work=tmp_path / "w",
        source_map=tmp_path,
    ).modules
    assert module.object is None
    assert (module.errors[0].file, module.errors[0].line) == ("port/bad.c", 6)
    assert module.errors[0].upstream == ("sys/dev/bad/bad.c", 106)
    assert "nothing" in module.errors[0].message
    [warning] = [message for message in module.warnings if message.file == "port/warns.c"]
    assert (warning.line, warning.option, warning.upstream) == (
        4,
        "-Wunused-variable",
        ("sys/dev/bad/warns.c", 9),
    )
    shown = module.to_json()
    assert list(shown) == ["name", "object", "errors", "warnings", "undefined"]
    assert shown["object"] is None
    assert shown["errors"][0]["upstream"] == {"file": "sys/dev/bad/bad.c", "line": 106}


@pytest.mark.parametrize("cc", COMPILERS)
def test_a_module_with_warnings_is_built_but_not_ok(cc: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        warns="int f(void);\nint f(void) { int unused; return (0); }\nvoid nobody(void);\n"
        "void g(void);\nvoid g(void) { nobody(); }\n" + LINKAGE,
    )
    result = compile_port(tmp_path, [ModuleSpec("warns", "misc", ("warns.c",))], cc=cc, work=tmp_path / "w")
    [module] = result.modules
    assert not result.ok
    assert module.errors == [] and module.object is not None
    assert [warning.option for warning in module.warnings] == ["-Wunused-variable"]
    assert module.undefined == ["nobody"]


@pytest.mark.parametrize("cc", COMPILERS)
def test_printf_formats_are_checked_but_for_bit_names(cc: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        fmt="#include <sys/cmn_err.h>\nvoid f(int n, uint64_t wide);\nvoid f(int n, uint64_t wide)\n{\n"
        '\tcmn_err(CE_CONT, "?0x%b and %d\\n", n, "\\020\\001ONE", n);\n'
        '\tcmn_err(CE_NOTE, "%d", wide);\n}\n' + LINKAGE,
    )
    [module] = compile_port(
        tmp_path, [ModuleSpec("fmt", "misc", ("fmt.c",))], cc=cc, work=tmp_path / "w"
    ).modules
    assert [(warning.line, warning.option.rstrip("=")) for warning in module.warnings] == [(6, "-Wformat")]
    assert module.object is not None


def test_defines_include_dirs_and_flags(tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "own.h").write_text("#define OWN 1\n")
    write(
        tmp_path,
        m='#include "own.h"\n#if OWN != 1 || LEVEL != 3 || !defined(PLAIN) || EXTRA != 7\n#error no\n'
        "#endif\n" + LINKAGE,
    )
    spec = ModuleSpec("m", "misc", ("m.c",), ("inc",), ("LEVEL=3", "PLAIN"))
    assert compile_port(tmp_path, [spec], cc=CC, work=tmp_path / "w", extra_flags=["-DEXTRA=7"]).ok


def test_messages_do_not_name_the_private_folder(tmp_path: Path) -> None:
    """A note may point into the headers that are made for a gate, beside the objects."""
    headers, source = tmp_path / "work/gate-headers", tmp_path / "source"
    headers.mkdir(parents=True)
    source.mkdir()
    (headers / "made.h").write_text("int demo(int);\n")
    (source / "a.c").write_text("#include <made.h>\nint demo(char *);\n")
    build = _SourceBuild(ModuleSpec("demo", "misc", ("a.c",)), "a.c", tmp_path / "work/obj/demo/a.c.o")
    [compiler] = find_compilers([CC])
    [message] = build.run(compiler, ["-isystem", str(headers)], source, None, ()).messages
    assert message.severity == "error" and message.file == "a.c"
    assert any(note.startswith("gate-headers/made.h:1: ") for note in message.notes)
    assert str(tmp_path) not in str(message.to_json())


def test_private_work_directory_is_removed(tmp_path: Path) -> None:
    write(tmp_path, m=LINKAGE)
    seen: list[tuple[int, int, str]] = []
    result = compile_port(
        tmp_path,
        [ModuleSpec("m", "misc", ("m.c",))],
        cc=CC,
        progress=lambda done, total, what: seen.append((done, total, what)),
    )
    made = result.modules[0].object
    assert result.to_json()["modules"][0]["object"] == "misc-m.o"
    assert made is not None and made.is_file()
    result.close()
    assert not made.exists()
    assert seen == [(1, 1, "m.c")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.c"]


def test_bad_input_is_one_clear_line(tmp_path: Path) -> None:
    write(tmp_path, m=LINKAGE)
    spec = ModuleSpec("m", "misc", ("m.c",))
    with pytest.raises(PortkitError, match="there is no source file absent.c"):
        compile_port(tmp_path, [ModuleSpec("m", "misc", ("absent.c",))], cc=CC)
    with pytest.raises(PortkitError, match="there is no include directory inc"):
        compile_port(tmp_path, [ModuleSpec("m", "misc", ("m.c",), ("inc",))], cc=CC)
    with pytest.raises(PortkitError, match="not an illumos gate"):
        compile_port(tmp_path, [spec], cc=CC, gate=tmp_path)
    with pytest.raises(PortkitError, match="no C compiler called no-such-cc"):
        compile_port(tmp_path, [spec], cc="no-such-cc")
    with pytest.raises(PortkitError, match="no C compilers called no-such-cc, nor-this-one") as caught:
        find_compilers(["no-such-cc", "nor-this-one"])
    assert "\n" not in str(caught.value) and "--cc" in str(caught.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(PortkitError, match="cannot write there"):
        compile_port(tmp_path, [spec], cc=CC, work=tmp_path / "file" / "w")


def test_not_a_kernel_object(tmp_path: Path) -> None:
    (tmp_path / "no.o").write_bytes(b"no object")
    with pytest.raises(PortkitError, match="cannot be read as ELF"):
        read_symbols(tmp_path / "no.o")
    shutil.copy(os.path.realpath("/proc/self/exe"), tmp_path / "program")
    with pytest.raises(PortkitError, match="not a 64-bit x86 relocatable object"):
        read_symbols(tmp_path / "program")


def test_modules_toml(tmp_path: Path) -> None:
    file = tmp_path / "modules.toml"
    file.write_text(
        '# the modules\n[[module]]\nname = "a"\nkind = "misc"\nsources = ["a.c"]\n\n[[module]]\nname = "b"\n'
        'kind = "drv"\nsources = ["b.c", "c/d.c"]\ninclude_dirs = ["."]\ndefines = ["X=1"]\n'
        'depends_on = ["misc/a"]\n'
    )
    assert load_modules_toml(file) == [
        ModuleSpec("a", "misc", ("a.c",)),
        ModuleSpec("b", "drv", ("b.c", "c/d.c"), (".",), ("X=1",), ("misc/a",)),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "no [[module]] in it"),
        ("[[module]]\nname = \n", 2, "not valid TOML"),
        (
            '[[module]]\nname = "a"\nkind = "misc"\nsources = ["a.c"]\n\n'
            '[[module]]\nname = "b"\nkind = "fs"\n',
            8,
            "kind must be",
        ),
        ('[[module]]\nkind = "drv"\nsources = ["a.c"]\n', 1, "needs name"),
        ('[[module]]\nname = "a"\nkind = "drv"\n', 1, "has no sources"),
        ('[[module]]\nname = "a"\nkind = "drv"\nsources = "a.c"\n', 4, "must be a list of strings"),
        ('[[module]]\nname = "a"\nkind = "drv"\nsource = ["a.c"]\n', 4, "unknown key 'source'"),
        ('[[module]]\nname = "a"\nkind = "drv"\nsources = ["a.c"]\ndepends_on = ["x"]\n', 5, 'like "misc/x"'),
        (
            '[[module]]\nname = "a"\nkind = "drv"\nsources = ["a.c"]\n'
            '[[module]]\nname = "a"\nkind = "drv"\nsources = ["b.c"]\n',
            6,
            "two modules are called a",
        ),
        ("top = 1\n", 1, "unknown key 'top'"),
    ],
)
def test_modules_toml_errors(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    file = tmp_path / "modules.toml"
    file.write_text(text)
    with pytest.raises(PortkitError) as caught:
        load_modules_toml(file)
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == (str(file), line)


def test_modules_toml_unreadable(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="cannot read the modules file"):
        load_modules_toml(tmp_path / "absent.toml")
    (tmp_path / "binary.toml").write_bytes(b'[[module]]\nname = "\xff"\n')
    with pytest.raises(PortkitError, match="not UTF-8"):
        load_modules_toml(tmp_path / "binary.toml")


def test_modules_from_portkit_json(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="no portkit.json here"):
        modules_from_portkit_json(tmp_path)
    file = tmp_path / "portkit.json"
    file.write_text(
        '{"modules": [{"name": "a", "kind": "drv", "sources": ["x/a.c"], "headers": [], "uses": {}}]}'
    )
    assert modules_from_portkit_json(tmp_path) == [ModuleSpec("a", "drv", ("x/a.c",))]
    file.write_text('{"modules":\n [{,\n')
    with pytest.raises(PortkitError, match="not valid JSON") as caught:
        modules_from_portkit_json(tmp_path)
    assert caught.value.line == 2
    file.write_text("[]")
    with pytest.raises(PortkitError, match="lists no modules"):
        modules_from_portkit_json(tmp_path)


def test_source_map(tmp_path: Path) -> None:
    file = tmp_path / "portkit.map.json"
    file.write_text(
        json.dumps(
            {
                "files": {
                    "a/b.c": {
                        "lines": [
                            [10, 12, "up.c", 40, []],
                            [20, 20, "up.c", 60, ["r"]],
                            [30, 31, None, None, []],
                            "odd",
                        ]
                    },
                    "old.c": [[1, 2, "old_up.c", 5]],
                }
            }
        )
    )
    found = SourceMap.load(file)
    assert found.lookup("./a/b.c", 11) == ("up.c", 41)
    assert found.lookup("a/b.c", 20) == ("up.c", 60)
    assert [found.lookup("a/b.c", line) for line in (1, 13, 21, 30)] == [None] * 4
    assert found.lookup("old.c", 2) == ("old_up.c", 6)
    assert found.lookup("absent.c", 1) is None
    file.write_text("{}")
    with pytest.raises(PortkitError, match='has no "files"'):
        SourceMap.load(tmp_path)


def test_diagnostics_of_both_compilers() -> None:
    text = (
        "In file included from a.c:1:\n"
        "./h.h:3:1: error: unknown type name 'x_t'; did you mean 'y_t'?\n"
        "a.c: In function 'f':\n"
        "a.c:4:7: error: unused variable 'v' [-Werror=unused-variable]\n"
        "a.c:2:1: note: declared here\n"
        "a.c:9:2: error: unused variable 'w' [-Werror,-Wunused-variable]\n"
        "a.c:10:2: error: call to undeclared function 'g' [-Wimplicit-function-declaration]\n"
        "a.c:11:2: warning: odd [-Wodd]\n"
        "a.c:12: error: excess elements [-Werror]\n"
        "a.c:13:10: fatal error: no.h: No such file or directory\n"
        "cc1: all warnings being treated as errors\n"
    )
    assert [(m.file, m.line, m.column, m.severity, m.option) for m in parse_diagnostics(text)] == [
        ("h.h", 3, 1, "error", None),
        ("a.c", 4, 7, "warning", "-Wunused-variable"),
        ("a.c", 9, 2, "warning", "-Wunused-variable"),
        ("a.c", 10, 2, "error", "-Wimplicit-function-declaration"),
        ("a.c", 11, 2, "warning", "-Wodd"),
        ("a.c", 12, None, "warning", None),
        ("a.c", 13, 10, "error", None),
    ]
    assert parse_diagnostics(text)[1].notes == ("a.c:2: declared here",)


@pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")
@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_driver_of_the_gate_itself(cc: str, gate: Path, tmp_path: Path) -> None:
    source = gate / "usr/src/uts/common/io/blkdev/blkdev.c"
    if not source.is_file():
        pytest.skip(f"{gate} has no {source.name}")
    spec = ModuleSpec("blkdev", "drv", ("blkdev.c",), depends_on=("misc/cmlb",))
    [module] = compile_port(source.parent, [spec], gate=gate, cc=cc, work=tmp_path).modules
    assert texts(module.errors) == [] and module.undefined == []
    alone = ModuleSpec("blkdev", "drv", ("blkdev.c",))
    [module] = compile_port(source.parent, [alone], gate=gate, cc=cc, work=tmp_path).modules
    assert "cmlb_attach" in module.undefined


@pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")
@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_hand_written_port_in_the_gate(gate: Path, tmp_path: Path) -> None:
    """Somebody else's modules: they link, each symbol is found, and what newer compilers say is a warning."""
    source = gate / "usr/src/uts/intel/io/hyperv"
    if not source.is_dir():
        pytest.skip(f"{gate} has no such drivers")
    specs = [
        ModuleSpec(
            "hyperv",
            "misc",
            ("vmbus/hyperv_busdma.c", "vmbus/hyperv.c", "vmbus/amd64/hyperv_machdep.c"),
            (".",),
        ),
        ModuleSpec(
            "hv_vmbus",
            "drv",
            (
                "utilities/vmbus_ic.c",
                "vmbus/vmbus.c",
                "vmbus/vmbus_xact.c",
                "vmbus/vmbus_br.c",
                "vmbus/vmbus_chan.c",
            ),
            (".",),
            (),
            ("misc/hyperv",),
        ),
    ]
    specs += [
        ModuleSpec(name, "drv", (f"utilities/{file}.c",), (".",), (), ("misc/hyperv", "drv/hv_vmbus"))
        for name, file in (
            ("hv_heartbeat", "vmbus_heartbeat"),
            ("hv_shutdown", "vmbus_shutdown"),
            ("hv_timesync", "vmbus_timesync"),
            ("hv_kvp", "hv_kvp"),
        )
    ]
    result = compile_port(source, specs, gate=gate, cc=CC, work=tmp_path, jobs=2)
    for module in result.modules:
        assert module.object is not None
        assert texts(module.errors) == [] and module.undefined == []
        assert all(warning.file and warning.line and warning.option for warning in module.warnings)
    dropped = compile_port(
        source,
        [specs[0], ModuleSpec("hv_vmbus", "drv", specs[1].sources, (".",))],
        gate=gate,
        cc=CC,
        work=tmp_path,
        jobs=2,
    ).modules[1]
    assert all("ld -N misc/hyperv" in message.message for message in dropped.errors)
    assert dropped.errors != []
