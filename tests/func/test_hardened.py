# SPDX-License-Identifier: BSD-2-Clause
"""What the compiler and linker were asked for is seen in the programs."""
import platform
import re
import shutil

import pytest

from harness import BUILD, run

PROGRAMS = ["windsock", "windsock-dnsd", "windsock-updater", "windsock-prober"]


@pytest.fixture(params=PROGRAMS)
def elf(request):
    if not shutil.which("readelf"):
        pytest.skip("needs readelf")
    return lambda *words: run("readelf", "-W", *words, BUILD / request.param).stdout


def test_it_stands_at_random_addresses(elf):
    assert re.search(r"^\s*Type:\s+DYN", elf("-h"), re.M) and re.search(r"\(FLAGS_1\).*\bPIE\b", elf("-d"))


def test_its_table_of_functions_cannot_be_written(elf):
    assert "GNU_RELRO" in elf("-l") and re.search(r"\(FLAGS_1\).*\bNOW\b", elf("-d"))


def test_no_memory_is_written_and_executed(elf):
    loads = re.findall(r"^\s*(LOAD|GNU_STACK)\s.*0x\w+ ([R ][W ][E ])", elf("-l"), re.M)
    assert len(loads) > 2 and not [flags for _, flags in loads if "W" in flags and "E" in flags]


def test_stacks_and_buffers_are_checked(elf):
    symbols = elf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    if "__asan_init" not in symbols:  # which checks more than _FORTIFY_SOURCE does
        assert "snprintf_chk" in symbols


@pytest.mark.parametrize("program", PROGRAMS)
def test_jumps_lead_to_where_they_may(program):
    if platform.machine() != "x86_64" or not shutil.which("objdump"):
        pytest.skip("another processor's instructions")
    assert "endbr64" in run("objdump", "-d", "--disassemble=main", BUILD / program).stdout
