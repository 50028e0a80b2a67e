# SPDX-License-Identifier: Apache-2.0
"""One benchmark program, kept running: a request a line in, an answer a line out."""

import json
import os
import select
import subprocess
import time


class WorkerError(Exception):
    pass


class Worker:
    def __init__(self, name, command, answer_seconds=60, errors=None):
        """errors: a file for what the program says beside its answers; without it, standard error."""
        self.name = name
        self.command = command
        self.answer_seconds = answer_seconds
        self.received = b""
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, bufsize=0)
        except OSError as error:
            raise WorkerError(f"{command[0]}: {error.strerror}") from error

    def run(self, request):
        """The answer to one request, as a dictionary; WorkerError if the program has none."""
        try:
            self.process.stdin.write(request.encode() + b"\n")
        except BrokenPipeError:
            pass  # its last words, if any, are still to be read
        answer = json.loads(self._line(request))
        if "error" in answer:
            raise WorkerError(f"{self.name}: {request}: {answer['error']}")
        return answer

    def _line(self, request):
        deadline = time.monotonic() + self.answer_seconds
        while True:
            line, newline, rest = self.received.partition(b"\n")
            if newline:
                self.received = rest
                if line.strip():
                    return line
                continue
            remaining = deadline - time.monotonic()
            output = self.process.stdout
            if remaining <= 0 or not select.select([output], [], [], remaining)[0]:
                raise WorkerError(
                    f"{self.name}: {request}: no answer in {self.answer_seconds} seconds")
            read = os.read(output.fileno(), 65536)
            if not read:
                raise WorkerError(
                    f"{self.name}: {request}: the program ended with {self.process.wait()}")
            self.received += read

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
