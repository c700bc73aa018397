"""A port in a gate: its sources, and every file of the gate that has to know of them.

    Makefile.files          the objects of each module
    Makefile.rules          how sources of the port's folders become objects
    Makefile.intel          the lists of kernel modules
    MODULE/Makefile         a folder a module
    THIRDPARTYLICENSE       copyrights and licences of the sources, with its description
    package manifest        what is installed, and how drivers bind to devices
    manual pages            one a driver, and their list
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from portkit.errors import PortkitError
from portkit.illumos.conventions import FILES, INTEL, LISTS, MAN, MANIFESTS, RULES, Conventions, Rule
from portkit.illumos.licences import third_party
from portkit.rewrite.glue import render

UTS = "usr/src/uts/"
# What portkit's compile check stands on (portkit.illumos.compile, portkit.illumos.gate): drivers see the kernel's
# own view of the platform.
PLATFORM_INCLUDE, PLATFORM_DEFINE = "i86pc", "-D_MACHDEP"
_KMODS = {"drv": "DRV_KMODS", "misc": "MISC_KMODS"}
_ROOTS = {"drv": "ROOT_DRV_DIR", "misc": "ROOT_MISC_DIR"}
_TUNABLE = re.compile(r"^# (?P<descr>.+)\n# A number from (?P<min>-?\d+) to (?P<max>-?\d+); without it, "
                      r"(?P<default>.+)\.\n#\n# (?P<name>[\w-]+)=", re.M)
_WIDTH = 78


@dataclass
class Delivery:
    """A port as a gate gets it; paths from the gate's top."""

    family: str
    title: str
    folder: str                                             # upstream
    revision: str
    modules: list[dict[str, Any]]                           # as portkit.json has them
    files: dict[str, bytes]
    aliases: dict[str, list[str]] = field(default_factory=dict)     # driver -> what add_drv(8) -i would be given

    @property
    def top(self) -> str:
        """The folder that all of it is in."""
        parts = [PurePosixPath(path).parent.parts for path in self.files]
        common = []
        for words in zip(*parts, strict=False):
            if len(set(words)) > 1:
                break
            common.append(words[0])
        return "/".join(common)

    def conf(self, module: dict[str, Any]) -> str | None:
        """The module's driver.conf file."""
        name = f"/{module['name']}.conf"
        return next((path for path in sorted(self.files) if path.endswith(name)), None)

    def text(self, module: dict[str, Any]) -> str:
        """All sources of a module in one."""
        return "\n".join(self.files[path].decode("latin-1") for path in module["sources"])

    def drivers(self) -> list[dict[str, Any]]:
        return [module for module in self.modules if module["kind"] == "drv"]


@dataclass
class Wiring:
    files: dict[str, bytes]             # every path that the gate gets or that changes
    left: list[str]                     # what a person has to see to


def check_delivery(delivery: Delivery) -> None:
    """PortkitError for a port that no gate can take as it is."""
    top = delivery.top
    if not top.startswith(f"{INTEL}/io/"):
        raise PortkitError("lies outside usr/src/uts/intel/io, where a gate has drivers of its own folder",
                           file=top or "the port", hint="set `dest` in the port file, and translate again")
    for module in delivery.modules:
        for path in module["sources"]:
            if path not in delivery.files:
                raise PortkitError(f"module {module['name']} needs it, and it is gone", file=path,
                                   hint="restore it, or translate again")
        stems = [PurePosixPath(path).stem for path in module["sources"]]
        twice = next((stem for stem in stems if stems.count(stem) > 1), None)
        if twice is not None:
            raise PortkitError(f"module {module['name']} has two sources that become {twice}.o", file=top,
                               hint="a gate makes objects of a module in one folder: rename one of them")


# -- what is in the way --------------------------------------------------------------------------------------

def in_the_way(conv: Conventions, delivery: Delivery) -> list[str]:
    """Places in the gate that have these modules already, as "file" or "file:line"."""
    tree, found = conv.tree, []
    names = "|".join(re.escape(module["name"]) for module in delivery.modules)
    macros = "|".join(sorted({_objects(module) for module in delivery.modules}))
    section = conv.section

    def lines(path: str, pattern: str) -> Iterator[str]:
        for number, line in enumerate(tree.text(path).split("\n") if path in tree else (), 1):
            if re.search(pattern, line):
                yield f"{path}:{number}"

    for machine in ("intel", "i86pc"):
        for module in delivery.modules:
            path = f"{UTS}{machine}/{module['name']}/Makefile"
            if path in tree:
                found.append(path)
        for kind in ("intel", "i86pc", "files"):
            found += lines(f"{UTS}{machine}/Makefile.{kind}",
                           rf"^\w+_KMODS\s*\+?=(?:.*\s)?(?:{names})(?:\s|$)|^(?:{macros})\s*\+?=")
    found += lines(f"{UTS}common/Makefile.files", rf"^(?:{macros})\s*\+?=")
    folder = delivery.top + "/"
    found += [path for path in tree.blobs if path.startswith(folder)][:1]
    found += lines(RULES, rf"\)/{re.escape(folder.removeprefix(UTS))}")
    for path, text in conv.manifests.items():
        if re.search(rf"\b(?:{names})\b", text):
            found += lines(path, rf"^driver name=(?:{names})(?:\s|$)|"
                                 rf"path=(?:usr/)?kernel/(?:drv|misc)/(?:\$\(ARCH64\)/)?(?:{names})(?:\.conf)?(?:\s|$)")
    found += [path for module in delivery.drivers()
              if (path := f"{MAN}/man{section}/{module['name']}.{section}") in tree]
    manifest = f"{MANIFESTS}/driver-{delivery.family}{conv.manifest_style.suffix}"
    return list(dict.fromkeys(found + [path for path in (manifest,) if path in tree]))


def refuse_in_the_way(conv: Conventions, delivery: Delivery) -> None:
    """PortkitError where the gate has a port of these modules of its own."""
    found = in_the_way(conv, delivery)
    if not found:
        return
    files = list(dict.fromkeys(place.partition(":")[0] for place in found))
    names = " ".join(module["name"] for module in delivery.modules)
    place, _, line = found[0].partition(":")
    others = f"; also in {', '.join(files[1:6])}" if len(files) > 1 else ""
    more = f" and {len(files) - 6} more files" if len(files) > 6 else ""
    raise PortkitError(f"the gate has a port of these modules ({names}) already{others}{more}",
                       file=conv.tree.root / place, line=int(line) if line else None,
                       hint="commit its removal first: git rm its folders, and take its lines out of the files named")


# -- all of it -----------------------------------------------------------------------------------------------

def wire(conv: Conventions, delivery: Delivery) -> Wiring:
    """The files of a gate that has the port."""
    check_delivery(delivery)
    out = Wiring(dict(delivery.files), [])
    explicit = _rules(conv, delivery, out)
    out.files[FILES] = _object_lists(conv, delivery)
    out.files[LISTS] = _module_lists(conv, delivery)
    for module in delivery.modules:
        out.files[f"{INTEL}/{module['name']}/Makefile"] = _makefile(conv, delivery, module, explicit)
    _licence(delivery, out)
    _pages(conv, delivery, out)
    _manifest(conv, delivery, out)
    return out


def _objects(module: dict[str, Any]) -> str:
    return re.sub(r"\W", "_", module["name"]).upper() + "_OBJS"


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


# -- Makefile.rules ------------------------------------------------------------------------------------------

def _rules(conv: Conventions, delivery: Delivery, out: Wiring) -> dict[str, list[tuple[str, str, str]]]:
    """Pattern rules for the port's folders; returns, by source, the rules that a module's own Makefile needs.

    The first pattern rule whose source exists makes an object.  So a source whose name a folder of an earlier rule
    has, too, gets a rule of its own; and a folder that would take sources away from other modules gets none at all.
    """
    sources = sorted({path for module in delivery.modules for path in module["sources"]})
    folders = sorted({str(PurePosixPath(path).parent) for path in sources})
    order = [rule for rule in conv.rules if not rule.lint]
    place: dict[str, int] = {}
    for folder in folders:
        after = _position(order, folder)
        later = [*order[after:], *conv.common_rules]
        stems = {PurePosixPath(path).stem for path in sources if str(PurePosixPath(path).parent) == folder}
        if not any(f"{rule.folder}/{stem}{rule.suffix}" in conv.tree for rule in later for stem in stems
                   if not rule.lint):
            place[folder] = after
    lines = conv.tree.text(RULES).split("\n")
    chunks: list[tuple[int, list[str]]] = []
    for lint in (False, True) if any(rule.lint for rule in conv.rules) else (False,):
        own = [rule for rule in conv.rules if rule.lint is lint]
        for folder in place:
            model = _model(own)
            at = own[min(_position(own, folder), len(own) - 1)]
            chunks.append((at.line, [_head(model, folder), *model.recipe, ""]))
    for line, chunk in sorted(chunks, reverse=True):        # from the end, so that the numbers of the rest hold
        lines[line - 1:line - 1] = chunk
    out.files[RULES] = _bytes("\n".join(lines))
    return _explicit(conv, sources, place, order)


def _position(rules: Sequence[Rule], folder: str) -> int:
    """Where in the order of rules a folder goes: before the first of intel/io that sorts after it."""
    own = [number for number, rule in enumerate(rules) if rule.folder.startswith(f"{INTEL}/io/")]
    later = [number for number in own if rules[number].folder > folder and number != own[0]]
    return later[0] if later else own[-1] + 1


def _model(rules: Sequence[Rule]) -> Rule:
    return next(rule for rule in rules if rule.folder.startswith(f"{INTEL}/io/") and rule.suffix == ".c")


def _head(model: Rule, folder: str) -> str:
    target = "$(LINTS_DIR)/%.ln" if model.lint else "$(OBJS_DIR)/%.o"
    return f"{target}:{model.gap}$(UTSBASE)/{folder.removeprefix(UTS)}/%.c"


def _explicit(conv: Conventions, sources: Sequence[str], place: dict[str, int],
              order: Sequence[Rule]) -> dict[str, list[tuple[str, str, str]]]:
    models = [_model(order)]
    if conv.lint and any(rule.lint for rule in conv.rules):
        models.append(_model([rule for rule in conv.rules if rule.lint]))
    ours = set(sources)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for source in sources:
        path = PurePosixPath(source)
        folder = str(path.parent)
        if folder in place:
            before = [f"{rule.folder}/{path.stem}{rule.suffix}" for rule in order[:place[folder]]]
            taken = any(other in conv.tree for other in before) or any(
                f"{other}/{path.name}" in ours for other, at in place.items() if (at, other) < (place[folder], folder))
            if not taken:
                continue
        short = source.removeprefix(UTS)
        found[source] = [(path.stem + (".ln" if model.lint else ".o"), short,
                          "\n".join(line.replace("$<", f"$(UTSBASE)/{short}") for line in model.recipe))
                         for model in models]
    return found


# -- Makefile.files, Makefile.intel --------------------------------------------------------------------------

def _object_lists(conv: Conventions, delivery: Delivery) -> bytes:
    text = conv.tree.text(FILES)
    if not re.search(r"^[A-Z][A-Z0-9_]*_OBJS\s*\+?=", text, re.M) or not text.endswith("\n"):
        raise conv.bad(FILES, None, "no list of objects, such as XYZ_OBJS")
    parts = [text, "\n#\n# ", delivery.title, "\n#\n"]
    for number, module in enumerate(delivery.modules):
        objects = [f"\t{PurePosixPath(path).stem}.o" for path in module["sources"]]
        parts.append(("\n" if number else "") + f"{_objects(module)} = \\\n" + " \\\n".join(objects) + "\n")
    return _bytes("".join(parts))


def _module_lists(conv: Conventions, delivery: Delivery) -> bytes:
    """The modules after the longest list of drivers that the file has."""
    lines = conv.tree.text(LISTS).split("\n")
    for macro in sorted({_KMODS[module["kind"]] for module in delivery.modules} | {"DRV_KMODS"}):
        if not any(re.match(rf"{macro}\s*\+=", line) for line in lines):
            raise conv.bad(LISTS, None, f"no list of modules {macro}")
    best, start = (0, 0), None
    for number, line in enumerate([*lines, ""]):
        if re.match(r"DRV_KMODS\s*\+=", line):
            start = number if start is None else start
        elif start is not None:
            best = max(best, (number - start, number))
            start = None
    own = ["", "#", f"# {delivery.title}", "#"]
    own += [f"{_KMODS[kind]}\t+= {module['name']}" for kind in ("drv", "misc") for module in delivery.modules
            if module["kind"] == kind]
    lines[best[1]:best[1]] = own
    return _bytes("\n".join(lines))


# -- the Makefile of a module --------------------------------------------------------------------------------

def include_dirs(module: dict[str, Any]) -> list[str]:
    """Folders of a module's -I, below uts."""
    return [path.removeprefix(UTS) for path in module["include_dirs"]] + [PLATFORM_INCLUDE]


def _makefile(conv: Conventions, delivery: Delivery, module: dict[str, Any],
              explicit: dict[str, list[tuple[str, str, str]]]) -> bytes:
    conf = delivery.conf(module)
    flags = [f"-N {name}" for name in module["depends_on"]]
    if flags and conv.dynamic:
        flags.insert(0, "-dy")
    link: list[str] = []
    for flag in flags:
        if link and len(link[-1]) + len(flag) < _WIDTH - 24:
            link[-1] += f" {flag}"
        else:
            link.append(flag)
    defines = [f"-D{text}" for text in module.get("defines", ())]
    return _bytes(render("module.makefile.j2", {
        "module": module["name"], "objects": _objects(module), "kind_dir": _ROOTS[module["kind"]],
        "conf_dir": str(PurePosixPath(conf).parent).removeprefix(UTS) if conf else None,
        "include_dirs": include_dirs(module), "defines": [*defines, PLATFORM_DEFINE], "link": link,
        "targets": conv.targets, "lint": conv.lint,
        "explicit": [rule for source in module["sources"] for rule in explicit.get(source, ())]}))


# -- THIRDPARTYLICENSE ---------------------------------------------------------------------------------------

def licence_path(delivery: Delivery) -> str:
    return f"{delivery.top}/THIRDPARTYLICENSE"


def _licence(delivery: Delivery, out: Wiring) -> None:
    sources = {path: data for path, data in delivery.files.items() if path.endswith((".c", ".h", ".s", ".S"))}
    text, without = third_party(sources)
    if not text:
        raise PortkitError("no source of the port carries a licence", file=delivery.top,
                           hint="a gate takes nothing without one: restore the comments at the heads of the sources")
    path = licence_path(delivery)
    out.files[path] = _bytes(text)
    out.files[path + ".descrip"] = _bytes(delivery.title.upper() + "\n")
    out.left += [f"{name}: carries no licence" for name in without]


# -- manual pages --------------------------------------------------------------------------------------------

def page_path(conv: Conventions, module: dict[str, Any]) -> str:
    return f"{MAN}/man{conv.section}/{module['name']}.{conv.section}"


def _pages(conv: Conventions, delivery: Delivery, out: Wiring) -> None:
    for module in delivery.drivers():
        out.files[page_path(conv, module)] = _page(conv, delivery, module)
    path = f"{MAN}/man{conv.section}/Makefile"
    text = conv.tree.text(path)
    for module in delivery.drivers():
        text = _listed(conv, path, text, f"{module['name']}.{conv.section}")
    out.files[path] = _bytes(text)


def _page(conv: Conventions, delivery: Delivery, module: dict[str, Any]) -> bytes:
    source = delivery.text(module)
    name, section = module["name"], conv.section.upper()
    nexus = {one["name"] for one in delivery.drivers() if re.search(r"\bstruct bus_ops\b", delivery.text(one))}
    children = sorted(one["name"] for one in delivery.drivers() if f"drv/{name}" in one["depends_on"]) \
        if name in nexus else []
    parent = next((one.removeprefix("drv/") for one in module["depends_on"] if one.removeprefix("drv/") in nexus), None)
    conf = delivery.conf(module)
    tunables = [{**match.groupdict(), "descr": _mdoc(match["descr"].rstrip(".") + ".")}
                for match in _TUNABLE.finditer(delivery.files[conf].decode("latin-1"))] if conf else []
    scsi = is_hba(source)
    dladm = conv.page("dladm", ("8", "1m")) if "mac_register" in source else None
    see = [(one, section) for one in children + [parent] if one]
    pages = [("driver.conf", conv.page("driver.conf", ("5", "4")) if conf else None),
             ("scsi", conv.page("scsi", ("5", "4")) if scsi else None),
             ("sd", conv.page("sd", ("4d", "7d")) if scsi else None),
             ("dladm", dladm)]
    see += [(one, where.upper()) for one, where in pages if where]
    day = time.gmtime(conv.tree.date)
    return _bytes(render("driver_page.j2", {
        "module": name, "section": section, "date": f"{time.strftime('%B', day)} {day.tm_mday}, {day.tm_year}",
        "description": _mdoc(_what(name, source)), "family_title": _mdoc(delivery.title),
        "folder": delivery.folder, "revision": delivery.revision, "children": _series(children, section),
        "parent": parent, "scsi": scsi, "network": dladm is not None, "dladm": (dladm or "").upper(),
        "conf": bool(conf), "tunables": tunables, "enumerates": scsi and conf is not None and re.search(
            r"^\s*scsi-enumeration\s*=", delivery.files[conf].decode("latin-1"), re.M) is not None,
        "misc": [path.replace("misc/", "misc/amd64/") for path in module["depends_on"] if path.startswith("misc/")
                 and any(f"misc/{one['name']}" == path for one in delivery.modules)],
        "see": sorted(set(see), key=lambda item: (item[1], item[0]))}))


def is_hba(source: str) -> bool:
    """Whether a driver is one of a SCSI host bus adapter: scsi_hba_init(9F) stands in its own _init(9E), whoever
    attaches the adapter for it."""
    return re.search(r"\bscsi_hba_init\b", source) is not None


def _what(name: str, source: str) -> str:
    """What a manual page says a driver is, in a few words."""
    found = description(source)
    if found in ("", f"{name} driver"):
        return "SCSI host bus adapter driver" if is_hba(source) else f"{name} driver"
    return found


def description(source: str) -> str:
    """What modinfo(8) shows of a driver: the text of its modldrv."""
    found = re.search(r"&mod_driverops,\s*\"((?:[^\"\\]|\\.)*)\"", source)
    return found[1] if found else ""


def _series(names: Sequence[str], section: str) -> list[str]:
    """Cross references as a sentence lists them."""
    lines: list[str] = []
    for number, name in enumerate(names):
        left = len(names) - number
        lines.append(f".Xr {name} {section}" + (" ," if left > 2 else ""))
        if left == 2:
            lines.append("and")
    return lines


def _mdoc(text: str) -> str:
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def _listed(conv: Conventions, path: str, text: str, page: str) -> str:
    """The Makefile of manual pages with one more in the list of those of x86."""
    lines = text.split("\n")
    macro = next((name for name in ("i386_MANFILES", "_MANFILES", "MANFILES")
                  if any(re.match(rf"{name}\s*\+?=", line) for line in lines)), None)
    if macro is None:
        raise conv.bad(path, None, "no list of manual pages (i386_MANFILES, _MANFILES)")
    first = next(number for number, line in enumerate(lines) if re.match(rf"{macro}\s*\+?=", line))
    last = first
    while lines[last].rstrip().endswith("\\"):
        last += 1
    entries = []
    for number in range(first, last + 1):
        words = re.sub(rf"^{macro}\s*\+?=", "", lines[number]).rstrip().removesuffix("\\").split()
        if len(words) != 1:
            raise conv.bad(path, number + 1, f"{macro} has not one page a line")
        entries.append(words[0])
    at = next((number for number, entry in enumerate(entries) if entry > page), len(entries))
    head = re.match(rf"{macro}\s*\+?=\s*", lines[first])
    assert head is not None
    entries.insert(at, page)
    block = [_entry(head[0] if number == 0 else "\t\t", entry, number + 1 < len(entries))
             if number in (at, at - 1, at + 1) else None for number, entry in enumerate(entries)]
    kept = lines[first:last + 1]
    kept.insert(at, "")
    lines[first:last + 1] = [old if new is None else new for old, new in zip(kept, block, strict=True)]
    return "\n".join(lines)


def _entry(head: str, name: str, more: bool) -> str:
    """One line of a list of macros, its backslash in column 32 where that is free."""
    line = head + name
    if not more:
        return line
    while len(line.expandtabs()) < 32:
        line += "\t"
    return line + ("\\" if line.endswith("\t") else "\t\\")


# -- the package ---------------------------------------------------------------------------------------------

def _manifest(conv: Conventions, delivery: Delivery, out: Wiring) -> None:
    style = conv.manifest_style
    gap = "dir  path=" if style.wide else "dir path="
    section = conv.section
    folders = {"kernel": " group=sys", "usr/share/man": "", f"usr/share/man/man{section}": ""}
    files: dict[str, str] = {}
    for module in delivery.modules:
        kind, name = module["kind"], module["name"]
        folders |= {f"kernel/{kind}": " group=sys", f"kernel/{kind}/$(ARCH64)": " group=sys"}
        files[f"kernel/{kind}/$(ARCH64)/{name}"] = " group=sys" + (" mode=0755" if kind == "misc" else "")
        if delivery.conf(module):
            files[f"kernel/drv/{name}.conf"] = " group=sys" + (" preserve=true" if style.preserve else "")
        if kind == "drv":
            files[f"usr/share/man/man{section}/{name}.{section}"] = ""
    dirs = {path: f"{gap}{path}{rest}" for path, rest in folders.items()}
    plain = {path: f"file path={path}{rest}" for path, rest in files.items()}
    drivers = [_driver(delivery, module, style.perms_first, out)
               for module in sorted(delivery.drivers(), key=lambda one: one["name"])]
    if style.merged:
        actions = [line for _, line in sorted({**dirs, **plain}.items())] + drivers
    else:
        actions = [line for _, line in sorted(dirs.items())] + drivers + [line for _, line in sorted(plain.items())]
    licence = licence_path(delivery)
    actions.append(f"license {licence} \\\n    license={licence}")
    classes = re.findall(r"category\.2008:(.+)$", "\n".join(conv.manifests.values()), re.M)
    classification = next((one for one in ("System/Hardware", "Drivers/Other Peripherals") if one in classes),
                          classes[0] if classes else "System/Hardware")
    path = f"{MANIFESTS}/driver-{delivery.family}{style.suffix}"
    out.files[path] = _bytes(render("manifest.j2", {
        "fmri": f"driver/{delivery.family}", "summary": delivery.title, "description": delivery.title,
        "classification": classification, "style": style, "actions": actions}))


def _driver(delivery: Delivery, module: dict[str, Any], perms_first: bool, out: Wiring) -> str:
    """The action that adds a driver, as add_drv(8) would."""
    source, name = delivery.text(module), module["name"]
    alias = [f"alias={_quoted(one)}" for one in sorted(delivery.aliases.get(name, ()))]
    conf = delivery.conf(module)
    placed = conf is not None and re.search(r"^\s*name\s*=", delivery.files[conf].decode("latin-1"), re.M)
    if not alias and not placed:
        out.left.append(f"driver {name}: nothing tells which devices it binds to: boot the port with `portkit boot` "
                        "and make the series again, or add alias= to the package manifest")
    perms: list[str] = []
    if "mac_register" in source:
        perms = [f'clone_perms="{name} 0666 root sys"', 'perms="* 0666 root sys"']
    elif "ddi_create_minor_node" in source:
        perms = ['perms="* 0600 root sys"']
    # Its targets are found by asking for them (driver.conf says scsi-enumeration), and bind by what they answer; in
    # class scsi they would be the fixed ones of sd.conf as well.
    group = ["class=scsi-self-identifying"] if is_hba(source) else []
    words = [*perms[::-1], *group, *alias] if perms_first else [*alias, *group, *perms]
    lines = [f"driver name={name}"]
    for word in words:
        if len(lines[-1]) + len(word) + 3 > _WIDTH:
            lines[-1] += " \\"
            lines.append(f"    {word}")
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"[\s\"']", text) else text


# -- for portkit compile and boot ----------------------------------------------------------------------------

def modules_toml(delivery: Delivery) -> str:
    """The modules below the gate's top, as `portkit compile --source GATE --modules FILE` takes them."""
    out = [f"# {delivery.title}: the modules as their Makefiles in the gate build them.\n"
           "# portkit compile --source GATE --modules modules.toml --gate GATE\n"]
    for module in delivery.modules:
        values: dict[str, Any] = {
            "name": module["name"], "kind": module["kind"], "sources": module["sources"],
            "include_dirs": [UTS + path for path in include_dirs(module)],
            "defines": list(module.get("defines", ())), "depends_on": module["depends_on"]}
        if delivery.conf(module):
            values["conf"] = delivery.conf(module)
        if delivery.aliases.get(module["name"]):
            values["aliases"] = sorted(delivery.aliases[module["name"]])
        out.append("\n[[module]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value))
    return "".join(out)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
