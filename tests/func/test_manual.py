# SPDX-License-Identifier: BSD-2-Clause
"""The manual pages name all options and settings that there are, and no others."""
import re

import pytest

from harness import BUILD, TOP, run

DOC = TOP / "doc"
DAEMONS = ["dnsd", "updater", "prober"]


def options(name):
    """What --help lists, without the dashes."""
    said = run(BUILD / f"windsock-{name}", "--help").stdout
    return set(re.findall(r"^ +(?:-., )?--([a-z-]+)", said, re.M))


def page(name):
    return (DOC / name).read_text()


def section(name):
    """The settings that windsock.conf.5 names in a section."""
    part = page("windsock.conf.5").split(f".Ss Section {name}\n")[1]
    return set(re.findall(r"^\.It Ic ([a-z-]+) No = Ar ", re.split(r"^\.S[sh] ", part, flags=re.M)[0], re.M))


def made(what):
    """What the tables of settings make, and is to stand in the tree."""
    return run(BUILD / "settings/write", what).stdout


@pytest.mark.parametrize("name", DAEMONS)
def test_a_page_has_the_program_s_options(name):
    items = re.findall(r"^\.It (.*Fl .*)", page(f"windsock-{name}.8"), re.M)
    assert {word for item in items for word in re.findall(r"Fl -([a-z-]+)", item)} == options(name)
    assert len(items) == len(set(items)) == len(options(name))


@pytest.mark.parametrize("name", DAEMONS)
def test_windsock_conf_has_the_program_s_settings(name):
    assert section(name) <= options(name)
    assert section(name) | (section("windsock") & options(name)) == options(name) - {"config", "help", "version"}


def test_windsock_conf_and_the_example_are_what_the_tables_make():
    """`make settings-words`, in the build directory, brings them up to date."""
    text = page("windsock.conf.5")
    assert made("manual") == text[text.index(".Ss Section windsock\n"):text.index(".Sh EXAMPLES\n")]
    assert made("example") == (TOP / "contrib/windsock.conf").read_text()


@pytest.mark.parametrize("name", DAEMONS)
def test_help_and_page_say_the_same_defaults(name):
    """A number in the daemon's own page after "the default is" is that of the table."""
    said = run(BUILD / f"windsock-{name}", "--help").stdout
    entries = re.findall(r"^\.It Fl -([a-z-]+)(.*?)(?=^\.It|^\.El)", page(f"windsock-{name}.8"), re.M | re.S)
    seen = 0
    for option, text in entries:
        if number := re.search(r"default\s+is\s+(\d+)\b(?!\.\d)", text, re.I):
            assert re.search(rf"--{option} .*default {number[1]}[;)]", said), (option, number[1])
            seen += 1
    assert seen > 3
    for line in said.splitlines():
        if re.match(" +--", line) and "--help" not in line and "--version" not in line:
            assert re.search(r"default [^)]+\)$", line), line


def test_the_example_s_settings_are_explained():
    name, seen = None, 0
    for line in (TOP / "contrib/windsock.conf").read_text().splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif setting := re.match(r";([a-z-]+) =", line):
            assert setting[1] in section(name), line
            seen += 1
    assert seen == sum(len(section(name)) for name in ["windsock", *DAEMONS])


@pytest.mark.parametrize("name", sorted(path.name for path in DOC.glob("*.[1-8]")))
def test_mandoc_has_nothing_to_say(name):
    said = run("mandoc", "-T", "lint", "-W", "style", DOC / name, check=False).stdout
    # it looks for our pages where installed ones are
    faults = [line for line in said.splitlines() if "referenced manual not found: Xr windsock" not in line]
    assert not faults, said
    for name, chapter in re.findall(r"^\.Xr ([a-z.-]+) (\d)", page(name), re.M):
        assert (DOC / f"{name}.{chapter}").exists(), name


def test_all_pages_are_installed():
    makefile = (TOP / "Makefile.am").read_text().replace("\\\n", "")
    installed = re.findall(r"^dist_man_MANS \+?= (.*)", makefile, re.M)
    assert {f"doc/{path.name}" for path in DOC.glob("*.[1-8]")} == set(" ".join(installed).split())


def test_units_name_pages_that_are_there():
    for unit in (TOP / "contrib/systemd").iterdir():
        for name, chapter in re.findall(r"man:([a-z.-]+)\((\d)\)", unit.read_text()):
            assert (DOC / f"{name}.{chapter}").exists(), unit


def test_security_md_names_tests_that_exist():
    text = page("security.md")
    for name in re.findall(r"`unit ([a-z/_]+)`", text):
        assert (TOP / f"tests/unit/{name}.c").exists(), name
    for name in re.findall(r"`(test_[a-z_]+)`", text):
        assert (TOP / f"tests/func/{name}.py").exists(), name
    for path in re.findall(r"`((?:tests|contrib|dnsd|updater|prober)/[a-z_./]+)`", text):
        assert (TOP / path).exists(), path
