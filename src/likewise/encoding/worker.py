"""What runs in a worker process: read the model, then do one job after the other. Knows no other worker."""

from __future__ import annotations

import os
import pickle
import signal
from multiprocessing.connection import Connection

import torch

from likewise.encoding.handover import read_handover
from likewise.encoding.job import do_job
from likewise.encoding.messages import Failed, Ready, Reply, dump_reply
from likewise.encoding.pipeline import Pipeline


def work(connection: Connection, path: str, device: str, threads: int) -> None:
    """Serve one pool until it closes the connection.

    Args:
        connection: To the pool.
        path: Where the model is to be read.
        device: Where it is to run.
        threads: How many threads torch may use.
    """
    # Ctrl-C reaches all processes of a terminal; what becomes of the workers is for the pool to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        torch.set_num_threads(threads)
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
        pipeline: Pipeline = read_handover(path)
        pipeline.to(device)
    except Exception as error:
        connection.send_bytes(dump_reply(Failed.of(error)))
        return
    try:
        connection.send_bytes(dump_reply(Ready()))
        while True:
            connection.send_bytes(dump_reply(_reply(pipeline, connection.recv_bytes())))
    except (EOFError, OSError):
        return  # the pool has gone


def _reply(pipeline: Pipeline, message: bytes) -> Reply:
    try:
        return do_job(pipeline, pickle.loads(message))  # noqa: S301  # from the process that started this one
    except Exception as error:
        return Failed.of(error)
