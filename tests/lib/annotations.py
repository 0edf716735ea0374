#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads what a step of GitHub Actions prints, as its runner does, and writes the annotations as JSON.

The runner takes a line for a command when it begins with two colons; parameters are split at commas,
and what is escaped by percent signs is put back afterwards. Anything malformed ends this with 1.
"""
import json
import re
import sys

COMMAND = re.compile(r"^::(?P<name>[a-z-]+)(?: (?P<parameters>[^:]*))?::(?P<message>.*)$")
KNOWN = {"file", "line", "endLine", "col", "endColumn", "title"}


def unescape(text, parameter):
    pairs = [("%0D", "\r"), ("%0A", "\n")]
    if parameter:
        pairs += [("%3A", ":"), ("%2C", ",")]
    for escaped, plain in pairs + [("%25", "%")]:
        text = text.replace(escaped, plain)
    return text


def main():
    found = []
    for line in sys.stdin.read().split("\n"):
        if not line.startswith("::"):
            continue
        command = COMMAND.match(line)
        if not command or command["name"] not in ("error", "warning", "notice"):
            sys.exit(f"no command: {line}")
        entry = {"level": command["name"], "message": unescape(command["message"], False)}
        for parameter in filter(None, (command["parameters"] or "").split(",")):
            name, equals, value = parameter.partition("=")
            if not equals or name not in KNOWN:
                sys.exit(f"no parameter: {parameter}")
            entry[name] = unescape(value, True)
        if "line" in entry and (not entry["line"].isdigit() or "file" not in entry):
            sys.exit(f"no place: {line}")
        found.append(entry)
    json.dump(found, sys.stdout)


main()
