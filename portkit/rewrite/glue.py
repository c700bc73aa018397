"""What the templates add to a port: linkage at the end of a driver, headers of its interfaces, support files.

`prepare` runs before the text is rendered (declarations that glue needs early, functions that it calls from
elsewhere), `append` after it, when it is known which helper code the port uses; `extra_files` gives the
files that are ours alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from portkit.frontend.unit import SourceFile
from portkit.illumos.layout import Module, emitted_path
from portkit.port import Port
from portkit.rewrite.context import Context
from portkit.rewrite.passes import cam, nexus
from portkit.rewrite.passes.cdev import SIGNATURES, Devices
from portkit.rewrite.passes.newbus import Driver, make_global, prototype_text
from portkit.rules.loader import RuleSet

if TYPE_CHECKING:
    from portkit.translate import Result

_HEADERS = ("sys/types.h", "sys/param.h", "sys/errno.h", "sys/conf.h", "sys/devops.h", "sys/stat.h", "sys/modctl.h",
            "sys/cmn_err.h", "sys/ddi.h", "sys/sunddi.h")
_CDEV_HEADERS = ("sys/open.h", "sys/file.h", "sys/cred.h", "sys/uio.h", "sys/poll.h", "sys/ioccom.h", "sys/systm.h",
                 "sys/sysmacros.h", "sys/thread.h")
_HBA_HEADERS = ("sys/scsi/scsi.h",)
_SCSI = "misc/scsi"
_NEXUS_HEADERS = ("sys/sunndi.h", "sys/ndi_impldefs.h", "sys/ddi_impldefs.h")
SUPPORT_ORDER = ("callout", "taskqueue", "kstat", "cpu", "busdma", "cam")


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    folder = Path(__file__).resolve().parent.parent / "templates"
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def render(template: str, values: dict[str, Any]) -> str:
    return environment().get_template(template).render(values).lstrip("\n")


# -- before the text is rendered -----------------------------------------------------------------------------

def prepare(context: Context, modules: list[Module], port: Port) -> None:
    nexus.run(context, modules)
    for module in modules:
        if is_hba(context, module):
            cam.softc(context, module, _home(module), _before_first_function)
    for path, prefix in sorted(context.nexus_files.items()):
        file = context.program.files[path]
        context.insert(file, _before_first_function(context, file), render(
            "nexus_protos.h.j2", {"prefix": prefix}).rstrip("\n") + "\n\n", "nexus", "template", verbatim_indent=True)
    for module in modules:
        home = _home(module)
        for one in _sysinits(context, module):
            if one.file != home:
                make_global(context, one.function)
        for tunable in context.tunables:
            if module.driver is not None and tunable.file in module.sources and tunable.file != home:
                _make_variable_global(context, tunable.file, tunable.variable)


def is_hba(context: Context, module: Module) -> bool:
    """A driver that registers a bus of SCSI targets."""
    return any(path in context.hbas for path in module.sources)


def _home(module: Module) -> Path | None:
    """The source that a module's linkage is appended to."""
    return module.driver.file if module.driver is not None else None


def _before_first_function(context: Context, file: SourceFile) -> int:
    for item in context.outline(file).declarations:
        if item.kind in ("function", "prototype") or (item.kind == "variable" and item.static):
            start = file.tokens[item.first].start
            return file.text.rfind("\n", 0, start) + 1
    return len(file.text)


def _make_variable_global(context: Context, path: Path, variable: str) -> None:
    file = context.program.files[path]
    for item in context.outline(file).declarations:
        if item.kind == "variable" and item.name == variable and item.static:
            for number in range(item.first, item.name_token):
                if file.tokens[number].text == "static":
                    context.edit(file, file.tokens[number].start, file.tokens[number + 1].start, [], "tunables",
                                 "native")


def _sysinits(context: Context, module: Module) -> list[Any]:
    return sorted((one for one in context.sysinits if one.file in module.sources), key=lambda one: one.rank)


# -- after it ------------------------------------------------------------------------------------------------

def append(context: Context, modules: list[Module], port: Port) -> None:
    """Add each driver's linkage to the source that holds its driver_t."""
    kstat = "kstat" in context.support
    needed = _closure(context.rules, context.support)
    if "kstat" in needed or context.tunables:
        needed.add("kstat")
    context.support = needed
    users = [module for module in modules if needed]
    here = len(users) == 1
    for module in modules:
        if here and needed:
            module.support = _ordered(needed)
        elif needed:
            module.depends_on = sorted({*module.depends_on, f"misc/{port.family}"})
        home = _home(module)
        if "cam" in module.support or is_hba(context, module):
            module.depends_on = sorted({*module.depends_on, _SCSI})
        if home is None:
            continue
        values = _values(context, module, port, kstat)
        text = render("module.c.j2", values)
        context.appended.setdefault(home, []).append(text)
        headers = [*_HEADERS]
        if values["nexus"]:
            headers += _NEXUS_HEADERS
        if values["cdev"]:
            headers += _CDEV_HEADERS
        if values["hba"]:
            headers += _HBA_HEADERS
        if values["kstat"] or values["tunables"]:
            headers += context.support_headers("kstat")
        for name in module.support:
            headers += context.support_headers(name)
        context.headers.setdefault(home, []).extend(headers)


def _closure(rules: RuleSet, names: set[str]) -> set[str]:
    out: set[str] = set()
    todo = sorted(names)
    while todo:
        name = todo.pop()
        if name in out or name not in rules.support:
            continue
        out.add(name)
        todo.extend(rules.support[name].needs)
    return out


def _ordered(names: set[str]) -> list[str]:
    return [name for name in SUPPORT_ORDER if name in names]


def _values(context: Context, module: Module, port: Port, kstat: bool) -> dict[str, Any]:
    driver = module.driver
    assert driver is not None
    settings = port.conf.get(module.name, {})

    def own(name: str) -> str | None:
        function = driver.method(name)
        return function if function and function not in context.dropped_functions else None

    home = driver.file
    sysinits = _sysinits(context, module)
    values: dict[str, Any] = {
        "module": module.name,
        "prefix": module.name,
        "description": _description(context, module, port),
        "softc_type": driver.softc or None,
        "probe": own("device_probe"), "attach": own("device_attach"), "detach": own("device_detach"),
        "suspend": own("device_suspend"), "resume": own("device_resume"), "shutdown": own("device_shutdown"),
        "sysinit": [f"{one.function}({one.argument})" for one in sysinits if not one.undo] + _event(driver, "MOD_LOAD"),
        "sysuninit": [f"{one.function}({one.argument})" for one in sysinits if one.undo] + _event(
            driver, "MOD_UNLOAD"),
        "nexus": None,
        "cdev": None,
        "hba": is_hba(context, module),
        "kstat": kstat,
        "dma": any("busdma" in _used(context, path) or "bus_dma_tag_create" in context.program.files[path].text
                   for path in module.sources),
        "tunables": [{"name": one.name, "var": one.variable, "min": one.minimum, "max": one.maximum,
                      "descr": one.description or one.name, "unsigned": one.unsigned}
                     for one in context.tunables if one.file in module.sources],
        "support": module.support,
        "extra_attach": list(context.extra_attach.get(own("device_detach") or "", ())),
        "extra_detach": list(context.extra_detach.get(own("device_detach") or "", ())),
        "module_condvars": [name for name, path in context.module_condvars if path in module.sources],
        "module_locks": [name for name, path in context.module_locks if path in module.sources],
    }
    if home in context.cdevs:
        values["cdev"] = _cdev(context.cdevs[home], module.name, driver.softc)
        values["softc_type"] = f"struct {module.name}_ddi_softc"
    if nexus.is_nexus(context, module):
        pnpinfo = own("bus_child_pnpinfo") or own("bus_child_pnpinfo_str")
        properties = _pnp_properties(context, pnpinfo)
        values["nexus"] = {
            "bus": driver.devname,
            "pnpinfo": pnpinfo,
            "sbuf": own("bus_child_pnpinfo") is not None,
            "class_property": settings.get("class", properties[0] if properties else None),
            "unit_address_property": settings.get("unit_address", properties[-1] if len(properties) > 1 else None),
        }
    declarations = []
    for one in sysinits:
        if one.file != home:
            found = context.function(one.function)
            if found is not None:
                declarations.append("extern " + context.illumos_type(prototype_text(*found)))
    for tunable in context.tunables:
        if tunable.file in module.sources and tunable.file != home:
            declarations.append(f"extern int {tunable.variable};")
    if declarations:
        context.appended.setdefault(home, []).append("\n".join(declarations))
    return values


def _cdev(devices: Devices, prefix: str, softc: str) -> dict[str, Any]:
    """The character devices of a driver, as cdev.c.j2 wants them."""
    methods = [{"minor": table.minor, **{name.removeprefix("d_"): table.methods.get(name) for name in SIGNATURES}}
               for table in devices.tables]
    entries: dict[str, str | None] = {}
    for name in SIGNATURES:
        method = name.removeprefix("d_")
        entry = "chpoll" if method == "poll" else method
        entries[entry] = f"{prefix}_cb_{entry}" if any(one[method] for one in methods) else None
    return {"softc": softc or None, "count": devices.count, "devices": methods, "negative": devices.negative,
            "prototypes": devices.prototypes, "entries": entries}


def _event(driver: Driver, event: str) -> list[str]:
    """The call of a module's event handler."""
    return [f"(void) {driver.handler}(NULL, {event}, NULL)"] if driver.handler else []


def _used(context: Context, path: Path) -> set[str]:
    return context.support_by_file.get(path, set())


def _pnp_properties(context: Context, function: str | None) -> list[str]:
    """Names of the properties that a bus_child_pnpinfo method writes: `classid=` in its strings."""
    found = context.function(function) if function else None
    if found is None:
        return []
    file, item = found
    out = []
    for token in file.tokens[item.body[0]:item.body[1]]:
        if token.kind == "s":
            out += re.findall(r"(\w+)=", token.text)
    return list(dict.fromkeys(out))


def _description(context: Context, module: Module, port: Port) -> str:
    """What modinfo(8) shows: the text that the driver gives its devices, else the name of the driver."""
    for path in module.sources:
        file = context.program.files[path]
        for number, token in enumerate(file.tokens):
            if token.text == "device_set_desc" and not token.skipped:
                found = next((word for word in file.tokens[number:number + 8] if word.kind == "s"), None)
                if found is not None:
                    return found.text.strip('"')
    for path in module.sources:
        found_text = re.search(r'_desc\s*=\s*"([^"]+)"', context.program.files[path].text)
        if found_text:
            return found_text.group(1)
    return f"{module.name} driver"


# -- files of our own ----------------------------------------------------------------------------------------

def extra_files(result: Result, context: Context) -> None:
    """Interface headers, support files with their module, linkage of misc modules, driver.conf."""
    port = result.port
    for interface in context.interfaces:
        if f"{interface.name}_if.h" in context.kobj_headers:
            _interface_header(result, context, interface)
    folder = port.dest / "bsd"
    names = _ordered(context.support) + sorted(name for name in context.support if name not in SUPPORT_ORDER)
    files = [Path(file) for name in names for file in context.rules.support[name].files]
    source = Path(__file__).resolve().parent.parent / "templates/support"
    single = next((module for module in result.modules if module.support), None)
    if files:
        owner = single
        if owner is None:
            owner = Module(port.family, "misc", "", support=_ordered(context.support))
            if "cam" in context.support:
                owner.depends_on = [_SCSI]
            result.modules.insert(0, owner)
        for file in files:
            target = folder / file
            result.files[target] = (source / file).read_bytes()
            result.support_files.append(target)
            result.extra.setdefault(owner.full_name, []).append(target)
        if single is None:
            _misc(result, context, owner, folder / f"{port.family}_support.c", "Support code for drivers from FreeBSD")
    for module in result.modules:
        if module.kind == "misc" and module.sources:
            home = emitted_path(module.sources[0], port).parent
            _misc(result, context, module, home / f"{module.name}_mod.c", f"{module.name} of {port.title}")
        if module.kind == "drv":
            _conf(result, context, module)


def _misc(result: Result, context: Context, module: Module, path: Path, description: str) -> None:
    sysinits = _sysinits(context, module)
    prototypes = []
    for one in sysinits:
        found = context.function(one.function)
        if found is not None:
            prototypes.append("extern " + context.illumos_type(prototype_text(*found)))
    text = render("misc.c.j2", {
        "module": module.name, "description": description, "support": module.support,
        "sysinit": [f"{one.function}({one.argument})" for one in sysinits if not one.undo],
        "sysuninit": [f"{one.function}({one.argument})" for one in sysinits if one.undo],
        "prototypes": prototypes,
        "module_condvars": [name for name, file in context.module_condvars if file in module.sources],
        "module_locks": [name for name, file in context.module_locks if file in module.sources]})
    result.files[path] = text.encode()
    result.glue_files.append(path)
    result.extra.setdefault(module.full_name, []).append(path)


def _interface_header(result: Result, context: Context, interface: Any) -> None:
    methods = []
    forwards: list[str] = []
    for method in interface.methods:
        function = context.direct.get(f"{interface.name}_{method.name}")
        if function is None:
            continue
        types = [context.illumos_type(ctype) for ctype, _ in method.args]
        returns = context.illumos_type(method.returns)
        methods.append({"macro": f"{interface.name}_{method.name}".upper(), "params": [n for _, n in method.args],
                        "result": returns, "function": function, "prototype": types})
        for text in (*types, returns):
            forwards += re.findall(r"struct \w+", text)
    text = render("interface.h.j2", {
        "name": interface.name, "includes": ["<sys/types.h>", "<sys/dditypes.h>"],
        "forwards": sorted(set(forwards)), "methods": methods})
    target = _interface_path(result.port, interface)
    result.files[target] = text.encode()
    result.glue_files.append(target)
    owner = next((module for module in result.modules if any(
        emitted_path(path, result.port).parent == target.parent for path in module.sources)), result.modules[0])
    result.extra.setdefault(owner.full_name, []).append(target)


def _interface_path(port: Port, interface: Any) -> Path:
    path = Path(interface.path)
    parts = path.parts
    for number in range(len(parts)):
        if Path(*parts[number:number + len(port.folder.parts)]) == port.folder:
            return port.dest / Path(*parts[number + len(port.folder.parts):]).with_name(f"{interface.name}_if.h")
    return port.dest / f"{interface.name}_if.h"


def _conf(result: Result, context: Context, module: Module) -> None:
    driver = module.driver
    assert driver is not None
    settings = result.port.conf.get(module.name, {})
    identifies = "device_identify" in driver.methods
    parent = settings.get("parent")
    bus = settings.get("parent_class", "root" if identifies and not parent else None)
    tunables = [{"name": one.name, "default": one.default, "min": one.minimum, "max": one.maximum,
                 "descr": one.description or one.name} for one in context.tunables if one.file in module.sources]
    hba = is_hba(context, module)
    if not (identifies or parent or bus or tunables or hba):
        return
    text = render("driver.conf.j2", {"module": module.name, "parent": parent, "class": bus,
                                     "instance": bool(parent or bus), "hba": hba, "tunables": tunables})
    target = emitted_path(driver.file, result.port).parent / f"{module.name}.conf"
    result.files[target] = text.encode()
    result.glue_files.append(target)
    result.extra.setdefault(module.full_name, []).append(target)


__all__ = ["append", "extra_files", "prepare", "render"]
