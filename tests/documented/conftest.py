"""The programs are run by `runner.py`, in processes of their own, and are no modules to collect."""

collect_ignore_glob = ["programs/*", "runner.py"]
