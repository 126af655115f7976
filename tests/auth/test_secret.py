import stat
import subprocess
import sys
from pathlib import Path

import pytest

from graphapi.auth.secret import load_or_create, load_or_create_secret_key
from graphapi.errors import ConfigurationError


def test_a_key_is_made_once_and_then_read(tmp_path: Path) -> None:
    first = load_or_create_secret_key(tmp_path / "new" / "data")
    assert len(first) == 64
    assert load_or_create_secret_key(tmp_path / "new" / "data") == first
    assert load_or_create_secret_key(tmp_path / "other") != first


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    load_or_create_secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_file_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("a" * 64)
    (tmp_path / "secret_key").chmod(0o644)
    assert load_or_create_secret_key(tmp_path) == "a" * 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_nothing_is_left_beside_it(tmp_path: Path) -> None:
    load_or_create_secret_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_secret_in_place_is_never_made_anew(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("kept\n")
    assert load_or_create(tmp_path / "token", lambda: pytest.fail("made anew")) == "kept"


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    # Each waits for the file `go`, so that all of them find no key.
    program = (
        "import sys, pathlib\n"
        "from graphapi.auth.secret import load_or_create_secret_key\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(load_or_create_secret_key(folder / 'data'))\n"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for starter in starters:
        assert starter.stdout
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin
        starter.stdin.write("go\n")
        starter.stdin.flush()
    keys = {starter.communicate()[0].strip() for starter in starters}
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_a_folder_that_cannot_be_written_is_a_setting_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="GRAPHAPI_DATA_DIR"):
        load_or_create_secret_key(tmp_path / "file" / "data")


def test_an_empty_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(ConfigurationError, match="Delete it"):
        load_or_create_secret_key(tmp_path)
