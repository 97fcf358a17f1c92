"""A PostgreSQL server with pgvector for the tests: in a temporary folder, on a Unix socket, stopped at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

STARTS_WITHIN_S = 30


class PostgresServer:
    """One server; it can be stopped and started again, and keeps its data.

    PostgreSQL does not run as root: as root its programs run as the system's user `nobody`.
    """

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.user: str | None = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.user = "nobody"
        try:
            options = ["--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "-U", "postgres"]
            self._run("initdb", *options, "-D", str(self.data))
            self.start()
        except BaseException:
            self.remove()
            raise

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def address(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    def start(self) -> None:
        settings = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c shared_buffers=16MB"
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-t", str(STARTS_WITHIN_S), "-D", str(self.data), "-l", log, "-o", settings, "start")

    def stop(self) -> None:
        """Stop at once, as after a kill: what was not committed is gone."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", "immediate", "stop")

    def remove(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                cwd="/",
                timeout=2 * STARTS_WITHIN_S,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise OSError(f"{program}: {output.read().decode(errors='replace')}")
