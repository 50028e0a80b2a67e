# SPDX-License-Identifier: Apache-2.0
"""What the programs were compiled and are run with, from where it is decided: the makefile's commands (--flags NAME=WORDS),
and what the language's own tools have written down about the build."""

import json
import os
import subprocess

# What changes a program from outside, if it is set. Most people have none of them.
VARIABLES = ("RUSTFLAGS", "CARGO_PROFILE_RELEASE_OPT_LEVEL", "GOFLAGS", "GOAMD64", "GOGC", "GOMAXPROCS", "JAVA_TOOL_OPTIONS",
             "_JAVA_OPTIONS", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "LD_PRELOAD", "TOKIO_WORKER_THREADS")


def lines_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError:
        return []


def cargo_profile(path):
    """[profile.release] of a Cargo.toml, in one line."""
    lines, inside = [], False
    for line in (line.split("#")[0].strip() for line in lines_of(path)):
        if line.startswith("["):
            inside = line == "[profile.release]"
        elif inside and line:
            lines.append(line)
    return "profile.release: " + ", ".join(lines) if lines else ""


def go_build(program):
    """What Go's linker has put into the program."""
    try:
        done = subprocess.run(["go", "version", "-m", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, timeout=20, text=True, errors="replace", check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    settings = [line.split("\t")[-1] for line in done.stdout.splitlines() if "\tbuild\t" in line]
    return " ".join(one for one in settings if not one.startswith("vcs") and not one.endswith("="))


def swift_build(manifest):
    """Of the package manager's own list of commands: the Swift program's, and those of the C core in it."""
    found = {}
    for line in lines_of(manifest):
        line = line.strip()
        if not line.startswith('args: ["'):
            continue
        words = json.loads(line[len("args: "):])
        if words[1:3] == ["-module-name", "TributaryBenchmark"] and "-c" in words:
            found["swiftc"] = [word for word in words if word.startswith(("-O", "-D", "-whole", "-enable", "-g"))]
            found["swiftc"] += [f"-swift-version {words[words.index('-swift-version') + 1]}"] * ("-swift-version" in words)
        elif any("/Sources/CTributary/" in word for word in words) and "-c" in words:
            found["clang, of the core"] = [word for word in words
                                           if word.startswith(("-O", "-D", "-f", "-g", "-std")) and "module" not in word]
    return "; ".join(f"{compiler} {' '.join(dict.fromkeys(words))}" for compiler, words in found.items())


def beside(name, program, options):
    """What is known of a program's build or run beside the makefile's words; empty if nothing is."""
    if name == "rust":
        return cargo_profile("cbench/peers/rust/Cargo.toml")
    if name == "go":
        return go_build(os.path.join(options.build, "go"))
    if name == "swift":
        return swift_build(os.path.join(os.path.dirname(os.path.dirname(options.swift)), "release.yaml"))
    if program.language == "java":
        return "java " + " ".join(word for word in program.command if word.startswith("-") and word != "-cp")
    return ""


def words_of(options):
    """The makefile's, by the programs' names."""
    return dict(one.split("=", 1) for one in options.flags)


def flags(programs, options):
    """By the programs' names; of the libraries of ours that they are linked with, too. programs: those that were built."""
    given = words_of(options)
    names = dict.fromkeys((*(name for name in given if name == "library"), *programs))
    found = {name: [given.get(name, ""), beside(name, programs[name], options) if name in programs else ""] for name in names}
    return {name: "; ".join(" ".join(part.split()) for part in parts if part) for name, parts in found.items() if any(parts)}


def variables():
    return {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
