"""Distinguished names, written one way: RFC 4514, so that two spellings compare equal.

People paste them in OpenSSL's old form, `/DC=org/DC=example/CN=Ana`, from grid-mapfiles and
`voms-proxy-info`, or most specific part first, `CN=Ana,DC=example,DC=org`.
"""

import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from waystation.kernel.errors import MalformedError

# Types that RFC 4514 gives no short name for, as OpenSSL, Java and Globus spell them.
_MORE = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "EMAIL": NameOID.EMAIL_ADDRESS,
    "Email": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "GN": NameOID.GIVEN_NAME,
    "SN": NameOID.SURNAME,
}
# A slash begins a part only before `type=`: the CN of a service is `host/name`.
_PART = re.compile(r"/(?=[A-Za-z][A-Za-z0-9.-]*=|[0-9]+(?:\.[0-9]+)+=)")
# Some tools put a space behind the comma for people.
_LOOSE = re.compile(r"(?<!\\),\s+(?=[A-Za-z0-9.]+=)")
_SPECIAL = re.compile(r'([,+"\\<>;=])')


def written(name: x509.Name) -> str:
    """A certificate's name as it is stored and compared."""
    return name.rfc4514_string()


def canonical(text: str) -> str:
    """A name as somebody typed it, in the stored form.

    Raises:
        MalformedError: it is no distinguished name.
    """
    given = text.strip()
    try:
        asked = _turned(given) if given.startswith("/") else _LOOSE.sub(",", given)
        name = x509.Name.from_rfc4514_string(asked, _MORE)
    except ValueError as problem:
        raise MalformedError(
            f"{text!r} is no distinguished name.",
            advice="Write it as /DC=org/DC=example/CN=Ana or as CN=Ana,DC=example,DC=org.",
        ) from problem
    if not name.rdns:
        raise MalformedError("The distinguished name is empty.")
    return written(name)


def _turned(slashed: str) -> str:
    """OpenSSL's old form as RFC 4514: the other way round, special characters escaped."""
    parts = [part.partition("=") for part in _PART.split(slashed)[1:]]
    return ",".join(f"{kind}={_escaped(value)}" for kind, _, value in reversed(parts))


def _escaped(value: str) -> str:
    """A value as RFC 4514 section 2.4 wants it."""
    text = _SPECIAL.sub(r"\\\1", value)
    if value.endswith(" "):
        text = text[:-1] + "\\ "
    return "\\" + text if text.startswith(("#", " ")) else text
