# SPDX-License-Identifier: Apache-2.0
"""The peers' processes: one for each peer, so that none has another's compiled code, heap or crash."""

import os

from peers.catalog import BY_NAME
from worker import Worker, WorkerError

# A producer that is preempted at the wrong moment can hold others up for whole turns of the scheduler; minutes, with luck.
ANSWER_SECONDS = 20


class Workers:
    def __init__(self, commands, failures, log):
        self.commands = commands  # by the programs' names
        self.failures = failures
        self.log = log
        self.running = {}

    def of(self, series):
        name = series.implementation
        program = BY_NAME[name].program if name in BY_NAME else "cbench"
        if program in self.failures:
            raise WorkerError(self.failures[program])
        if name not in self.running:
            self.running[name] = Worker(name, self.commands[program], ANSWER_SECONDS, self.log)
        return self.running[name]

    def end(self, series):
        """After a failure: the next cell of this peer has a new process."""
        worker = self.running.pop(series.implementation, None)
        if worker:
            close(worker)

    def close(self):
        for worker in self.running.values():
            close(worker)


def close(worker):
    try:
        worker.close()
    except OSError:
        # It ended before it had read its last request.
        os.waitpid(worker.process.pid, os.WNOHANG) if worker.process.returncode is None else None
