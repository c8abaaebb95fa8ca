"""The faces that the demonstration's tape library can wear: one file each."""

from waystation.bootstrap.demo.faces import eeadm, scoutam, wlcg
from waystation.bootstrap.demo.faces.face import Face
from waystation.kernel.errors import MalformedError

FACES: dict[str, Face] = {face.name: face for face in (eeadm.FACE, scoutam.FACE, wlcg.FACE)}


def named(name: str) -> Face:
    """The face of that name.

    Raises:
        MalformedError: there is none.
    """
    if name not in FACES:
        raise MalformedError(
            f"There is no face {name!r} for the demonstration.",
            advice=f"Take one of {', '.join(FACES)}.",
        )
    return FACES[name]
