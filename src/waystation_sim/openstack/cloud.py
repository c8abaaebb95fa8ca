"""What the cloud has: things by kind and id, and how they change by themselves."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]
PROJECT, NETWORK = "project1", "site"
STATES = {"servers": ("BUILD", "ACTIVE"), "volumes": ("creating", "available")}
"""Of a new thing: what it is at first, and once it was looked at."""


class RefusedError(Exception):
    """The cloud says no.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Cloud:
    """One project of it.

    Attributes:
        things: by kind (the plural of the APIs) and id.
        made: kinds in the order in which things of them were made.
    """

    things: dict[str, dict[str, Thing]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A cloud as its operators hand it over: an image, a flavor, a network."""
        self.add("images", {"name": "debian-12", "status": "active", "visibility": "public"})
        self.add("flavors", {"name": "small", "vcpus": 2, "ram": 4096, "disk": 20})
        told = {"status": "ACTIVE", "shared": False, "router:external": False}
        network = self.add("networks", {"name": NETWORK, "admin_state_up": True, **told})
        subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "10.20.0.0/24"}
        network["subnets"] = [self.add("subnets", subnet)["id"]]
        self.made.clear()

    def add(self, kind: str, told: Mapping[str, Any]) -> Thing:
        """A new thing, with what is told of it."""
        made: Thing = {
            "id": str(uuid.uuid4()),
            "project_id": PROJECT,
            "tenant_id": PROJECT,
            **told,
        }
        if kind in STATES:
            made["status"] = STATES[kind][0]
        getattr(self, f"_new_{kind.replace('-', '_')}", lambda _: None)(made)
        self.things.setdefault(kind, {})[made["id"]] = made
        self.made.append(kind)
        return made

    def get(self, kind: str, name: str) -> Thing:
        """One, by id.

        Raises:
            RefusedError: there is none.
        """
        try:
            found = self.things[kind][name]
        except KeyError:
            raise RefusedError(404, f"There is no {name} of {kind}.") from None
        if found.get("status") == STATES.get(kind, ("",))[0]:
            shown, found["status"] = dict(found), STATES[kind][1]
            return shown
        return found

    def find(self, kind: str, fields: Mapping[str, str]) -> list[Thing]:
        """Those whose fields are so; a field that they have not is not asked."""
        return [
            each
            for each in self.things.get(kind, {}).values()
            if all(str(each[name]) == value for name, value in fields.items() if name in each)
        ]

    def remove(self, kind: str, name: str) -> None:
        """Delete one; a server lets its volumes go."""
        self.get(kind, name)
        del self.things[kind][name]
        for volume in self.things.get("volumes", {}).values() if kind == "servers" else ():
            if name in {each["server_id"] for each in volume["attachments"]}:
                volume.update(attachments=[], status="available")

    def attach(self, server: str, volume: str) -> Thing:
        """Give a server a volume.

        Raises:
            RefusedError: one of them is not there, or it is another's.
        """
        self.get("servers", server)
        found = self.get("volumes", volume)
        if found["status"] != "available":
            raise RefusedError(400, f"The volume is {found['status']}, not available.")
        device = f"/dev/vd{chr(ord('b') + len(self.attached(server)))}"
        place = {"id": volume, "attachment_id": str(uuid.uuid4()), "volume_id": volume,
                 "server_id": server, "device": device}  # fmt: skip
        found.update(status="in-use", attachments=[place])
        return {"id": volume, "volumeId": volume, "serverId": server, "device": device}

    def attached(self, server: str) -> list[Thing]:
        """The volumes of a server."""
        return [each for each in self.things.get("volumes", {}).values()
                if server in {place["server_id"] for place in each["attachments"]}]  # fmt: skip

    def _new_security_groups(self, made: Thing) -> None:
        made.setdefault("stateful", True)
        open_out = [{"id": str(uuid.uuid4()), "security_group_id": made["id"],
                     **dict.fromkeys(RULE), "direction": "egress", "ethertype": kind}
                    for kind in ("IPv4", "IPv6")]  # fmt: skip
        made["security_group_rules"] = open_out
        self.things.setdefault("security-group-rules", {}).update(
            {each["id"]: each for each in open_out}
        )

    def _new_security_group_rules(self, made: Thing) -> None:
        made |= {name: made.get(name) for name in RULE}
        wanted = {name: made.get(name) for name in RULE}
        group = self.get("security-groups", made["security_group_id"])
        if any({name: each.get(name) for name in RULE} == wanted
               for each in group["security_group_rules"]):  # fmt: skip
            raise RefusedError(409, "Security group rule already exists.")
        group["security_group_rules"].append(made)

    def _new_volumes(self, made: Thing) -> None:
        made.update(attachments=[], metadata={}, bootable="false", volume_image_metadata={})

    def _new_servers(self, made: Thing) -> None:
        nets = [each.get("uuid") for each in made.pop("networks", [])]
        number = len(self.things.get("servers", {})) + 10 + self.made.count("servers")
        address = {"addr": f"10.20.0.{number}", "version": 4, "OS-EXT-IPS:type": "fixed",
                   "OS-EXT-IPS-MAC:mac_addr": f"02:00:00:00:01:{number:02x}"}  # fmt: skip
        named = [self.get("networks", each)["name"] for each in nets]
        groups = made.get("security_groups") or [{"name": "default"}]
        for group in groups:
            if not self.find("security-groups", {"name": group["name"]}):
                raise RefusedError(400, f"There is no security group {group['name']}.")
        self.get("keypairs", made["key_name"])
        made.update(
            image={"id": made.pop("imageRef")},
            flavor={"id": made.pop("flavorRef")},
            addresses={name: [address] for name in named},
            security_groups=groups,
            metadata=made.get("metadata") or {},
        )


RULE = ("direction", "ethertype", "protocol", "port_range_min", "port_range_max",
        "remote_ip_prefix", "remote_group_id")  # fmt: skip
