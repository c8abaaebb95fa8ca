"""Runs in Debian's own Python, where gfal2's bindings are: calls in, answers out, as JSON.

Each call is [name, arguments]; each answer is its result, or {"error": code, "words": text}.
"""

import json
import sys

import gfal2  # type: ignore[import-not-found]  # Debian's


def plain(value: object) -> object:
    if isinstance(value, gfal2.GError):
        return {"error": value.code, "words": str(value)}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def main() -> None:
    context = gfal2.creat_context()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = plain(getattr(context, name)(*arguments))
        except gfal2.GError as problem:
            answer = plain(problem)
        print(json.dumps(answer), flush=True)


main()
