#!/usr/bin/python
"""Write small files of text in one go: a task for each of them costs four times as much."""

import grp
import os
import pwd
import stat

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: written
short_description: Write small files of text, those that differ
options:
  files:
    description: each with path, content, and owner, group, mode if not root, root and "0644"
    type: list
    elements: dict
    required: true
"""
OPTIONS = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0644"},
}


def right(file, body, owner, group, mode):
    """Whether it is there just so."""
    try:
        seen = os.lstat(file)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(seen.st_mode):
        return False
    if (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) != (owner, group, mode):
        return False
    with open(file, "rb") as there:
        return there.read() == body


def write(file, body, owner, group, mode):
    """Put it there in one step, with its owner before its content."""
    new = file + ".new"
    number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as there:
        os.fchown(number, owner, group)
        os.fchmod(number, mode)
        there.write(body)
        there.flush()
        os.fsync(number)
    os.rename(new, file)


def main():
    files = {"type": "list", "elements": "dict", "required": True, "options": OPTIONS}
    module = AnsibleModule({"files": files}, supports_check_mode=True)
    changed = []
    for told in module.params["files"]:
        try:
            wanted = (
                told["path"],
                told["content"].encode(),
                pwd.getpwnam(told["owner"]).pw_uid,
                grp.getgrnam(told["group"]).gr_gid,
                int(told["mode"], 8),
            )
            if right(*wanted):
                continue
            changed.append(told["path"])
            if not module.check_mode:
                os.makedirs(os.path.dirname(told["path"]), exist_ok=True)
                write(*wanted)
        except (OSError, KeyError, ValueError) as problem:
            module.fail_json(msg=f"{told['path']}: {problem}")
    module.exit_json(changed=bool(changed), paths=changed)


if __name__ == "__main__":
    main()
