# SPDX-License-Identifier: Apache-2.0
"""Builds the peers' programs, each on its own: one that cannot be built is told of, and the others go on."""

import re
import subprocess

from peers.catalog import PROGRAMS

BUILD_SECONDS = 900


def reason(output):
    """The line of a build's output that says most about why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|not found|cannot|No such|Error", line)
               and not line.startswith("make")]
    return (telling or lines or ["no output"])[0][:300]


def build(names, make, options, tell):
    """The commands of those that were built, and the reasons of the others, by the programs' names."""
    commands, failures = {}, {}
    for name in names:
        program = PROGRAMS[name]
        if name == "swift" and not options.swift:
            failures[name] = "left out: SKIP_SWIFT=1"
            continue
        if program.target:
            tell(f"building {name} ({program.language})")
            failure = run(make, f"{options.build}/{program.target}")
            if failure:
                failures[name] = f"not built: {failure}"
                tell(f"    {failures[name]}")
                continue
        commands[name] = [word.format(build=options.build, cbench=options.c, swift=options.swift)
                          for word in program.command]
    return commands, failures


def run(make, target):
    try:
        done = subprocess.run([*make, "SKIP_SETUP=1", target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, timeout=BUILD_SECONDS, text=True, errors="replace",
                              check=False)
    except subprocess.TimeoutExpired:
        return f"more than {BUILD_SECONDS} seconds"
    except OSError as error:
        return f"{make[0]}: {error.strerror}"
    return None if done.returncode == 0 else reason(done.stdout)
