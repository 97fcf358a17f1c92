"""Programs that run in processes of their own, which have imported already what takes seconds to import."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SERVER = Path(__file__).with_name("fork_server.py")
SETTINGS = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


@dataclass
class Fork:
    """A program that was started."""

    forks: Forks
    pid: int
    stdout: Path
    stderr: Path

    def wait(self, timeout: float = 400) -> subprocess.CompletedProcess:
        """How it ended, and what it printed; it is killed after `timeout` seconds."""
        killer = threading.Timer(timeout, os.kill, (self.pid, 9))
        killer.start()
        returncode = self.forks.ask({"wait": self.pid})
        killer.cancel()
        printed = (stream.read_text("utf-8") for stream in (self.stdout, self.stderr))
        return subprocess.CompletedProcess([], returncode, *printed)


class Forks:
    """Starts programs in forks of one process, which is started with the first of them.

    Example:
        ```python
        forks.run("import sys; print(sys.argv[1])", "hello").stdout  # "hello\\n"
        ```
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = None
        self.started = 0

    def ask(self, request: dict) -> int:
        """Send one line, read one."""
        if self.server is None:
            environment = {**os.environ, **SETTINGS}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self.server = subprocess.Popen([sys.executable, SERVER], env=environment, text=True, **pipes)
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        assert answer, "the process that forks has ended"
        return json.loads(answer)

    def start(self, code: str, *arguments: object, environment: dict | None = None, folder: Path | None = None) -> Fork:
        """Start a program, with its own environment variables and current folder."""
        self.started += 1
        stdout, stderr = (self.folder / f"{self.started}-{name}.txt" for name in ("stdout", "stderr"))
        request = {
            "code": code,
            "arguments": [str(each) for each in arguments],
            "environment": {**os.environ, **SETTINGS, **(environment or {})},
            "folder": str(folder or Path.cwd()),
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        return Fork(self, self.ask(request), stdout, stderr)

    def run(self, code: str, *arguments: object) -> subprocess.CompletedProcess:
        """Run a program to its end."""
        return self.start(code, *arguments).wait()

    def start_group(self, code: str, *arguments: object, processes: int = 2) -> list[Fork]:
        """Start a program in processes that share a port, as ranks of one group; one process is no group."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
        shared |= {"ACCELERATE_USE_CPU": "true", "WORLD_SIZE": str(processes)}
        ranks = [{**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(processes)]
        environments = ranks if processes > 1 else [{}]
        return [self.start(code, *arguments, environment=environment) for environment in environments]

    def run_group(self, code: str, *arguments: object, processes: int = 2) -> list[str]:
        """What each process of a group printed; all must end well."""
        ended = [fork.wait() for fork in self.start_group(code, *arguments, processes=processes)]
        for each in ended:
            assert each.returncode == 0, (each.stdout + each.stderr)[-3000:]
        return [each.stdout for each in ended]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.server is not None:
            self.server.stdin.close()
            self.server.wait()
            self.server.stdout.close()
