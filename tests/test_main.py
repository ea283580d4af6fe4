"""`python -m monitor`, as a process."""

import subprocess
import sys
from importlib.metadata import version


def test_the_module_is_the_program():
    ran = subprocess.run(
        [sys.executable, "-m", "monitor", "--version"], capture_output=True, text=True, check=True
    )

    assert ran.stdout == f"monitor {version('monitor')}\n"
    assert ran.stderr == ""
