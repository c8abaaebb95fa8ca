"""Passwords of Django 1.x: `sha1$salt$hash`, kept as a PBKDF2 of that hash.

So no weak hash lies in our database, people sign in with what they know, and Django writes their
password anew as argon2id when they do. Django's own recipe: "Password management in Django",
Password upgrading without requiring a login.
"""

import hashlib

from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

_KNOWN = ("pbkdf2_sha256$", "argon2$", "wrapped_sha1$")


class WrappedSha1Hasher(PBKDF2PasswordHasher):
    """PBKDF2 over what Django 1.x stored."""

    algorithm = "wrapped_sha1"

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """As Django asks it at sign-in."""
        old = hashlib.sha1((salt + password).encode(), usedforsecurity=False).hexdigest()
        return self.wrap(old, salt, iterations)

    def wrap(self, old: str, salt: str, iterations: int | None = None) -> str:
        """What is stored for an old hash in hex."""
        return super().encode(old, salt, iterations)


def taken_over(stored: str) -> str:
    """What we store for a password as an old Django stored it; none that works when it cannot be.

    Args:
        stored: the column `password`.
    """
    kind, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    if (
        kind == "sha1"
        and salt
        and len(digest) == 2 * hashlib.sha1(usedforsecurity=False).digest_size
    ):
        return WrappedSha1Hasher().wrap(digest.lower(), salt)
    return stored if stored.startswith(_KNOWN) else make_password(None)
