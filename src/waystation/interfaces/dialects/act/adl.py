"""ADL, as far as a job here can do what it says. Pure.

From EMI-ES ADL (http://www.eu-emi.eu/es/2010/12/adl) with NorduGrid's additions, as ARC's own
library writes it for aCT's older clients (`UnParse('emies:adl')`).
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping

from waystation.interfaces.dialects.act.description import Description, RefusedError
from waystation.interfaces.dialects.act.xrsl import MOST

Element = ET.Element
Reader = Callable[[Element], dict[str, object]]


def read(text: str) -> Description:
    """What a description says.

    Raises:
        RefusedError: it is none, or cannot be honoured.
    """
    if len(text) > MOST or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedError("The job description is too long, or not plain XML.")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no document type, so no entities
    except ET.ParseError as problem:
        raise RefusedError(f"Invalid job description: {problem}.") from problem
    if _name(root) == "ActivityDescriptions":
        inner = list(root)
        if len(inner) != 1:
            raise RefusedError("One description holds several jobs: send each by itself.")
        root = inner[0]
    if _name(root) != "ActivityDescription":
        raise RefusedError("Invalid job description: no ActivityDescription.")
    found: dict[str, object] = {}
    for part in root:
        readers = _PARTS.get(_name(part))
        if readers is None:
            raise RefusedError(f"The ADL element {_name(part)!r} cannot be honoured here.")
        for each in part:
            found = _merged(found, _read(readers, each))
    # Memory is said of each slot.
    memory, count = found.pop("slot_memory", 0), found.get("count", 1)
    assert isinstance(memory, int)
    assert isinstance(count, int)
    return Description(memory=memory * count, **found)  # type: ignore[arg-type]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _child(element: Element, name: str) -> Element | None:
    return next((each for each in element if _name(each) == name), None)


def _read(readers: Mapping[str, Reader], element: Element) -> dict[str, object]:
    reader = readers.get(_name(element))
    if reader is None:
        raise RefusedError(f"The ADL element {_name(element)!r} cannot be honoured here.")
    return reader(element)


def _merged(found: dict[str, object], more: dict[str, object]) -> dict[str, object]:
    """Lists and variables go on, the rest is said once."""
    made = dict(found)
    for key, value in more.items():
        old = made.get(key)
        if isinstance(old, tuple) and isinstance(value, tuple):
            made[key] = old + value
        elif isinstance(old, dict) and isinstance(value, dict):
            made[key] = {**old, **value}
        else:
            made[key] = value
    return made


def _number(element: Element | None) -> int:
    text = _text(element)
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - of any use
        name = _name(element) if element is not None else "number"
        raise RefusedError(f"The ADL element {name!r} is a whole number.")
    return int(text)


def _word(field: str) -> Reader:
    return lambda element: {field: _text(element)}


def _whole(field: str) -> Reader:
    return lambda element: {field: _number(element)}


def _nothing(element: Element) -> dict[str, object]:
    del element
    return {}


def _executable(element: Element) -> dict[str, object]:
    allowed = _text(_child(element, "FailIfExitCodeNotEqualTo"))
    if allowed not in {"", "0"}:
        raise RefusedError("A job is well when its command ends with 0, and no other way.")
    arguments = tuple(each.text or "" for each in element if _name(each) == "Argument")
    return {"executable": _text(_child(element, "Path")), "arguments": arguments}


def _variable(element: Element) -> dict[str, object]:
    value = _child(element, "Value")
    text = (value.text or "") if value is not None else ""
    return {"environment": {_text(_child(element, "Name")): text}}


def _slots(element: Element) -> dict[str, object]:
    if _text(_child(element, "ExclusiveExecution")).lower() == "true":
        raise RefusedError("Nodes are shared: exclusive execution cannot be honoured here.")
    count = _child(element, "NumberOfSlots")
    return {"count": _number(count)} if count is not None else {}


def _input(element: Element) -> dict[str, object]:
    name, source = _text(_child(element, "Name")), _child(element, "Source")
    uri = _text(_child(source, "URI")) if source is not None else ""
    made: dict[str, object] = {"inputs": ((name, uri),)}
    if _text(_child(element, "IsExecutable")).lower() == "true":
        made["executables"] = (name,)
    return made


def _output(element: Element) -> dict[str, object]:
    target = _child(element, "Target")
    uri = _text(_child(target, "URI")) if target is not None else ""
    return {"outputs": ((_text(_child(element, "Name")), uri),)}


_PARTS: Mapping[str, Mapping[str, Reader]] = {
    "ActivityIdentification": {
        "Name": _word("name"),
        **dict.fromkeys(("Description", "Type", "Annotation"), _nothing),
    },
    "Application": {
        "Executable": _executable,
        "Input": _word("stdin"),
        "Output": _word("stdout"),
        "Error": _word("stderr"),
        "Environment": _variable,
        "LoggingDirectory": _word("log"),
        "Priority": _whole("priority"),
        "Rerun": _whole("rerun"),
        **dict.fromkeys(("RemoteLogging", "WipeTime", "ExpirationTime"), _nothing),
    },
    "Resources": {
        "SlotRequirement": _slots,
        "WallTime": _whole("wall_s"),
        "TotalCPUTime": _whole("cpu_s"),
        "IndividualPhysicalMemory": _whole("slot_memory"),
        "QueueName": _word("queue"),
        "DiskSpaceRequirement": _nothing,
    },
    "DataStaging": {
        "ClientDataPush": _nothing,
        "InputFile": _input,
        "OutputFile": _output,
    },
}
