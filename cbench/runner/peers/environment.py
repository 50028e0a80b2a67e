# SPDX-License-Identifier: Apache-2.0
"""What the figures were measured on and with: they mean nothing without it."""

import datetime
import json
import os
import platform
import shlex
import subprocess

from peers.catalog import PROGRAMS, Compiler, Resolved
from peers.flags import flags, variables, words_of


def ask(command):
    """The first line that says something."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, text=True,
                              errors="replace", check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return lines[0] if done.returncode == 0 and lines else None


def resolved(path):
    """The versions that Swift's package manager has chosen, by the packages' names."""
    try:
        with open(path, encoding="utf-8") as file:
            pins = json.load(file)["pins"]
    except (OSError, ValueError, KeyError):
        return {}
    return {pin["identity"]: f"{pin['state'].get('version') or pin['state'].get('branch') or ''} "
                             f"({pin['state'].get('revision', '')[:7]})".strip() for pin in pins}


def version(how, packages, given):
    if isinstance(how, Compiler):
        return ask([*shlex.split(given.get(how.program, ""))[:1], "--version"])
    if isinstance(how, Resolved):
        return packages.get(how.package)
    if isinstance(how, str):
        found = ask(["dpkg-query", "-W", "-f=${Version}", how])
        return f"{found} (Debian)" if found else None
    return ask(list(how))


def versions(programs, packages, given):
    found = {}
    for name in programs:
        for what, how in PROGRAMS[name].versions:
            found[what] = version(how, packages, given) or "unknown"
    return found


def machine():
    model = platform.machine()
    memory = None
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
        with open("/proc/meminfo", encoding="utf-8") as file:
            memory = int(file.readline().split()[1]) // (1 << 20)
    except (OSError, ValueError, IndexError):
        pass
    system = ask(["sh", "-c", ". /etc/os-release && echo $PRETTY_NAME"]) or platform.system()
    return {"processor": model, "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
            else os.cpu_count(), "memory_gib": memory, "kernel": platform.release(), "system": system,
            "architecture": platform.machine()}


def command_line(options):
    """What to type for the same again."""
    parts = ["make bench-peers"]
    if options.peers:
        parts.append(f'PEERS="{options.peers}"')
    parts.append(f"MODE={options.mode}")
    if options.only:
        parts.append("PEERS_ARGS=\"" + " ".join(f"--only '{only}'" for only in options.only) + '"')
    return " ".join(parts)


def describe(channels, options, commands):
    programs = list(dict.fromkeys(one.program for one in channels))
    # Where the package manager puts it: beside Package.swift, two folders above the build's.
    package = os.path.dirname(os.path.dirname(os.path.dirname(options.swift)))
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "mode": options.mode,
        "command": command_line(options),
        "complete": not options.peers and not options.only,
        "seconds": options.seconds,
        "rounds": options.runs,
        "machine": machine(),
        "versions": versions(programs, resolved(os.path.join(package, "Package.resolved")),
                             words_of(options)),
        "flags": flags({name: PROGRAMS[name] for name in commands}, options),
        "variables": variables(),
        "commands": {name: " ".join(os.path.relpath(word) if os.path.isabs(word) and os.path.exists(word) and
                                    os.path.realpath(word).startswith(os.getcwd()) else word for word in command)
                     for name, command in commands.items()},
        "commit": ask(["git", "describe", "--always", "--dirty", "--exclude=*"]) or "unknown",
    }
