"""One file: what is known of it, what can be seen of it, and how to have it."""

from django.http import HttpRequest, HttpResponse

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Role, Space
from waystation.interfaces.previews import pictures, serving, texts
from waystation.interfaces.services import services
from waystation.interfaces.web import shell
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.files.nearline import may_bring, residences
from waystation.interfaces.web.pages.files.sight import sight
from waystation.interfaces.web.visitor import may, server, shown


def file(
    request: HttpRequest, who: Grant, space: Space, entry: Entry, names: list[str]
) -> HttpResponse:
    """Show a file."""
    hosting, path = services().hosting, "/".join(names)
    above = "/".join(names[:-1])
    where = residences(space, above, [entry])
    context = {
        "nav": "files",
        "space": space,
        "entry": entry,
        "path": path,
        "folder": above,
        "crumbs": places.crumbs(space.name, names[:-1]),
        "address": places.content(space.name, path),
        "sha256": entry.sha256.hex() if entry.sha256 else "",
        "adler32": f"{entry.adler32:08x}" if entry.adler32 is not None else "",
        "owner": services().accounts.names([entry.owner_id]).get(entry.owner_id, ""),
        "maker": services().jobs.maker(who, entry.id),
        "where": where.get(entry.id),
        "brings": may_bring(who, where),
        "damage": hosting.caring.among([entry]).get(entry.id, ""),
        "stays": hosting.terms.stays(space, entry),
        "shares": may(who, space.name, Role.MANAGER),
        "sight": sight(
            space, entry, path, picture=serving.address(services(), who, space.name, path)
        ),
        "most_text": texts.MOST_BYTES,
        "most_picture": pictures.MOST_BYTES,
        "commands": shell.for_one(space.name, path, address=server(request)),
    }
    return shown(request, who, "web/files/file.html", context)
