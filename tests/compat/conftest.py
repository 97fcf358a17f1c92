"""Programs under the alias run in processes of their own: it would change the peer package for all other tests."""

import os
import subprocess
import sys
import textwrap

import pytest

INSTALL = "from likewise.compat import install_as_sentence_transformers as install; install()\n"


@pytest.fixture(scope="session")
def python():
    """A function `(*arguments, cwd=None, path="", fails=False) -> text`: runs Python, gives what it prints."""

    def run(*arguments, cwd=None, path="", fails=False):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(path)}
        environment.pop("LIKEWISE_AS_SENTENCE_TRANSFORMERS", None)
        done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
        assert (done.returncode != 0) is fails, done.stderr
        return (done.stderr if fails else done.stdout).strip()

    return run


@pytest.fixture(scope="session")
def aliased(python):
    """A function `(code, **options)`: runs code after the one line that installs the alias."""
    return lambda code, **options: python("-c", INSTALL + textwrap.dedent(code), **options)
