"""Shipments that are carried on a disk: exported here, imported there, and the news of it.

Killed anywhere, each is run again: a shipment is written down before its first byte, its signature
is its last; what was copied is not copied again.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from waystation.backends.partner.disk import FORMAT, Disk, Signed, copied
from waystation.domains.accounts.door import Grant, sign, signer
from waystation.domains.hosting.door import OnTapeError, names
from waystation.domains.transfers.controller.receiving import land
from waystation.domains.transfers.door import Desk, Offer, Parcel, PartnerInfo, Standing
from waystation.domains.transfers.entities import CORRUPT, Pack, PackedFile
from waystation.interfaces.services import Services
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError, UnavailableError

Say = Callable[[str], None]
_PATIENCE = timedelta(minutes=10)
"""So long a worker may need for the next files that it takes in."""
_SPARE = 64 * 2**20
"""Room that is left for manifests and the file system itself."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the commands work with.

    Attributes:
        house: of this process.
        who: an administrator.
        desk: where steps of transfers work.
        say: tells people how far it is.
    """

    house: Services
    who: Grant
    desk: Desk
    say: Say

    def export(self, rule: str, partner_name: str, to: Path, *, most: int | None) -> int:
        """Put what a rule has for a partner on a disk; how many files.

        Args:
            rule: its name.
            partner_name: one of its destinations.
            to: the disk.
            most: bytes of this run; None is what fits.

        Raises:
            NotFoundError: no such rule or partner.
            ConflictError: the partner was not paired: nothing can be signed for it.
        """
        partner = self.house.transfers.partner(self.who, partner_name)
        if sign(partner.token, b"") is None:
            raise ConflictError(
                f"{partner.name} was not paired yet: nothing can be signed for it.",
                advice="waystation partner invite, and join at the other site",
            )
        disk, place, files = Disk(to), str(to.resolve()), 0
        carrying = self.house.transfers.carrying
        for pack in carrying.begun(self.who, partner, place):
            if not disk.whole(pack.key):
                files += self._fill(disk, partner, pack)
        seen, left = None, most
        while True:
            room = disk.free - _SPARE
            room = room if left is None else min(room, left)
            if room <= 0:
                self.say("The disk is full." if left is None or left > 0 else "That is enough.")
                return files
            made, seen = carrying.pack(self.who, rule, partner, place, most=room, seen=seen)
            if made is None:
                return files
            files += self._fill(disk, partner, made)
            if left is not None:
                left -= sum(each.parcel.size for each in made.files)

    def take_in(self, source: Path) -> int:
        """Take in what is on a disk, and leave receipts on it; how many shipments are done.

        Raises:
            ForbiddenError: no partner signed it, or it may not write in the space.
            PartnerRefusedError: the disk, or a manifest on it, is damaged.
        """
        disk, done = Disk(source), 0
        for key in disk.shipments():
            done += self._take(disk, key)
        return done

    def receipts(self, source: Path) -> int:
        """Hear from a disk that came back what landed there; how many shipments."""
        disk, done = Disk(source), 0
        for key in disk.shipments():
            signed = disk.receipt(key)
            if signed is None:
                continue
            said, who = self._believed(signed)
            if said.get("key") != key:
                raise MalformedError(f"The receipt of {key} is another one's.")
            failed, landed = said["failed"], said["landed"]
            assert isinstance(failed, dict)
            assert isinstance(landed, list)
            failed = {int(n): str(words) for n, words in failed.items()}
            landed = [int(n) for n in landed]
            standing = Standing(open=False, landed=landed, failed=failed)
            self.house.transfers.receiving.report(who, {key: standing})
            self.say(f"{key}\t{len(landed):,} landed\t{len(failed):,} did not")
            done += 1
        return done

    # ---------------------------------------------------------------------------------- within

    def _fill(self, disk: Disk, partner: PartnerInfo, pack: Pack) -> int:
        lost: dict[int, str] = {}
        for each in pack.files:
            parcel = each.parcel
            if disk.has(pack.key, parcel.n, parcel.size):
                continue
            words = self._write(disk, pack, each)
            if words:
                lost[parcel.n] = words
        self.house.transfers.carrying.gone(self.who, pack.id, lost)
        good = [each.parcel for each in pack.files if each.parcel.n not in lost]
        if not good:
            return 0
        head = {"format": FORMAT, "key": pack.key, "space": pack.target_space, "files": len(good)}
        lines = [head, *({**_plain(parcel)} for parcel in good)]
        content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
        signed = sign(partner.token, content)
        assert signed is not None
        disk.seal(pack.key, Signed(content, *signed))
        size = sum(parcel.size for parcel in good)
        self.say(f"{pack.key}\t{len(good):,} files\t{size:,} bytes")
        return len(good)

    def _write(self, disk: Disk, pack: Pack, each: PackedFile) -> str:
        """Copy a file to the disk; why it does not go, empty when it does."""
        files, spaces = self.house.hosting.files, self.house.hosting.spaces
        try:
            space, entry = files.look(self.who, pack.space, each.path)
            with spaces.storage(space).open(each.path, entry) as reader:
                size, digest = disk.put(pack.key, each.parcel.n, reader)  # type: ignore[arg-type]
        except (NotFoundError, FileNotFoundError):
            return "It was deleted here before it left."
        except (OnTapeError, UnavailableError) as problem:
            return problem.sentence
        if (size, digest) != (each.parcel.size, each.parcel.sha256):
            disk.drop(pack.key, each.parcel.n)
            return f"{CORRUPT}: its sha256 is {digest}."
        return ""

    def _take(self, disk: Disk, key: str) -> int:
        signed = disk.manifest(key)
        head, parcels, who = self._manifest(key, signed)
        receiving = self.house.transfers.receiving
        welcome = receiving.expect(who, Offer(key, str(head["space"]), parcels))
        ended = {*welcome.there, *welcome.refused}
        waiting = [parcel for parcel in parcels if parcel.n not in ended]
        if waiting:
            folder = self.house.hosting.landing.folder(who, str(head["space"]), key)
            if folder is None:
                raise ConflictError(
                    "The space has no folder on this machine to copy to.",
                    advice="Import into a space on a disk, and copy from there.",
                )
            missing = {}
            for parcel in waiting:
                words = _copy(disk, key, parcel, Path(folder))
                if words:
                    missing[parcel.n] = words
            receiving.settle(who, {key: missing})
        standing = self._landed(who, key)
        if standing is None or standing.open:
            self.say(f"{key}\tis being taken in by a worker; run this again for the receipt")
            return 0
        self._answer(disk, key, who, standing)
        self.say(f"{key}\t{len(standing.landed):,} landed\t{len(standing.failed):,} did not")
        return 1

    def _landed(self, who: Grant, key: str) -> Standing | None:
        """Do the worker's part until the shipment has ended, or wait for a worker that has it."""
        receiving, clock = self.house.transfers.receiving, self.house.clock
        ended, end = -1, clock.now() + _PATIENCE
        while True:
            moved = land(self.desk)
            standing = receiving.standing(who, key)
            if standing is None or not standing.open:
                return standing
            now = len(standing.landed) + len(standing.failed)
            if moved or now != ended:
                ended, end = now, clock.now() + _PATIENCE
            if clock.now() > end:
                return standing
            if not moved:
                self.desk.pause(0.5)

    def _answer(self, disk: Disk, key: str, who: Grant, standing: Standing) -> None:
        partner = self.house.transfers.receiving.hello(who)
        said = {
            "format": FORMAT,
            "key": key,
            "landed": list(standing.landed),
            "failed": {str(n): words for n, words in standing.failed.items()},
        }
        content = json.dumps(said, ensure_ascii=False).encode()
        signed = sign(partner.token, content)
        if signed is not None:
            disk.write_receipt(key, Signed(content, *signed))

    def _manifest(
        self, key: str, signed: Signed
    ) -> tuple[Mapping[str, object], list[Parcel], Grant]:
        who = self._signer(signed)
        lines = [json.loads(line) for line in signed.content.decode().split("\n")]
        head, parcels = lines[0], [_parcel(line) for line in lines[1:]]
        if head.get("format") != FORMAT or head.get("key") != key:
            raise MalformedError(f"{key} has the manifest of another shipment or format.")
        for parcel in parcels:
            if not names(parcel.path):
                raise MalformedError(f"{key} has a file without a name.")
        return head, parcels, who

    def _believed(self, signed: Signed) -> tuple[dict[str, object], Grant]:
        who = self._signer(signed)
        said = json.loads(signed.content)
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise MalformedError("The receipt has another format.")
        return said, who

    def _signer(self, signed: Signed) -> Grant:
        house, now = self.house, self.house.clock.now()
        who = signer(house.database, signed.token, signed.content, signed.signature, now=now)
        if who is None:
            raise MalformedError(
                "Nobody whom we know has signed this, or it was changed since.",
                advice="Was the site paired with this one? Its token may have ended: pair again.",
            )
        return who


def _plain(parcel: Parcel) -> dict[str, object]:
    said = dataclasses.asdict(parcel)
    return {**said, "mtime": parcel.mtime.isoformat() if parcel.mtime is not None else None}


def _parcel(said: dict[str, object]) -> Parcel:
    try:
        mtime = said["mtime"]
        return Parcel(
            n=int(str(said["n"])),
            path="/".join(names(str(said["path"]))),
            size=int(str(said["size"])),
            sha256=str(said["sha256"]),
            adler32=str(said["adler32"]),
            mtime=None if mtime is None else datetime.fromisoformat(str(mtime)),
        )
    except (KeyError, ValueError) as problem:
        raise MalformedError(f"A line of the manifest makes no sense: {problem}") from problem


def _copy(disk: Disk, key: str, parcel: Parcel, landing: Path) -> str:
    """Copy a file into a landing; why it is not there, empty when it is."""
    place = landing / parcel.path
    if place.is_file() and not place.is_symlink() and place.stat().st_size == parcel.size:
        return ""  # before a death; it is read and compared when it is taken in
    part = place.with_name(f".{parcel.n}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with disk.open(key, parcel.n) as source, part.open("wb") as target:
            size, digest, _ = copied(source, target)
        if (size, digest) != (parcel.size, parcel.sha256):
            part.unlink()
            return f"{CORRUPT}: its sha256 on the disk is {digest}."
        part.replace(place)
    except OSError as problem:
        part.unlink(missing_ok=True)
        return f"It cannot be read from the disk: {problem.strerror or problem}."
    return ""
