# SPDX-License-Identifier: BSD-2-Clause
"""The ordinary way to build, where something is missing or odd."""
import os
import re
import shutil
import subprocess

import pytest

from harness import TOP


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Configured without cmocka, by a compiler of another processor, with fuzzing, into a folder with a blank."""
    here = tmp_path_factory.mktemp("odd")
    pkg = script(here / "pkg-config", 'case "$*" in *cmocka*) exit 1 ;; esac\nexec ' + shutil.which("pkg-config") + ' "$@"\n')
    cc = script(here / "cc", 'case "$*" in *-fcf-protection*) echo "unrecognized option" >&2; exit 1 ;; esac\n'
                             "exec gcc $(printf '%s\n' \"$@\" | grep -v fuzzer)\n")
    if not (TOP / "configure").exists():
        pytest.skip("there is no configure: ./bootstrap makes it")
    done = subprocess.run([TOP / "configure", "--enable-fuzzing", f"--prefix=/usr"], cwd=here, timeout=300, text=True,
                          capture_output=True, env={**os.environ, "PKG_CONFIG": str(pkg), "CC": str(cc)})
    assert done.returncode == 0, done.stdout + done.stderr
    return here, done.stderr


def make(here, *words, **more):
    return subprocess.run(["make", *words], cwd=here, text=True, capture_output=True, timeout=300, **more)


def test_without_cmocka_check_is_no_result(odd):
    here, said = odd
    assert "without cmocka there are no unit tests" in said
    done = make(here, "check-local")
    assert done.returncode != 0 and "cmocka is missing" in done.stderr


def test_flags_that_the_compiler_does_not_take_are_not_given(odd):
    makefile = (odd[0] / "Makefile").read_text()
    flags = re.search(r"^HARDEN_CFLAGS = (.*)$", makefile, re.M)[1].split()
    assert "-fcf-protection=full" not in flags and "-fstack-protector-strong" in flags


def test_archives_are_made_without_a_warning(odd):
    assert re.search(r"^ARFLAGS = cr$", (odd[0] / "Makefile").read_text(), re.M)


def test_make_builds_the_fuzz_targets(odd):
    said = make(odd[0], "-n", "all-am").stdout
    assert all(f"tests/fuzz/fuzz_{name}" in said for name in ("packet", "http", "update", "axfr", "tls"))


def test_a_destination_with_a_blank(odd):
    where = odd[0] / "a b"
    done = make(odd[0], "install-data-local", f"DESTDIR={where}")
    assert done.returncode == 0, done.stderr
    completions = [where / "usr/share" / name for name in ("bash-completion/completions/windsock", "zsh/vendor-completions/_windsock",
                                                          "fish/vendor_completions.d/windsock.fish")]
    assert all(path.exists() for path in completions)
    assert not (odd[0] / "a").exists()
    assert make(odd[0], "uninstall-local", f"DESTDIR={where}").returncode == 0
    assert not any(path.exists() for path in completions)


def test_a_tree_that_was_configured(tmp_path):
    """tools/build says what to do; and what a build leaves in the source tree is no change to git."""
    (tmp_path / "tools").mkdir()
    shutil.copy(TOP / "tools/build", tmp_path / "tools/build")
    (tmp_path / "config.status").touch()
    done = subprocess.run([tmp_path / "tools/build", tmp_path / "build", "all"], text=True, capture_output=True, timeout=60)
    assert done.returncode == 1 and "make distclean" in done.stderr
    made = ["windsock", "windsock-dnsd", "tests/unit/lib/test_name", "tests/fuzz/replay_http", "lib/name.o", "Makefile",
            "bench-load", "liblib.a", "tests/bench/instructions"]
    done = subprocess.run(["git", "check-ignore", *made], cwd=TOP, text=True, capture_output=True, timeout=60)
    if "not a git repository" in done.stderr:
        pytest.skip("not a git checkout")
    assert done.stdout.split() == made
    tracked = subprocess.run(["git", "ls-files", "-ci", "--exclude-standard"], cwd=TOP, text=True, capture_output=True,
                             timeout=60)
    assert tracked.stdout == ""


def test_a_path_with_a_blank(tmp_path):
    """make takes no such path: it is shown a link."""
    top = tmp_path / "a b"
    (top / "tools").mkdir(parents=True)
    shutil.copy(TOP / "tools/build", top / "tools/build")
    script(top / "configure", "pwd >Makefile.place; printf 'all:\\n\\ttouch built\\n' >Makefile\n")
    done = subprocess.run([top / "tools/build", top / "build", "all"], text=True, capture_output=True, timeout=60,
                          env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert (top / "build/built").exists() and " " not in (top / "build/Makefile.place").read_text().strip()
