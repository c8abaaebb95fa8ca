"""Row 19: somebody else's Django project, with a model's file field, over a space of ours."""

import subprocess
import sys

from admin.office import SPACE

PROJECT = """
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="theirs",
    INSTALLED_APPS=["waystation.bootstrap.files_app"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    STORAGES={{
        "default": {{
            "BACKEND": "waystation.interfaces.django_storage.SpaceStorage",
            "OPTIONS": {{"space": "{space}", "account": "{account}", "folder": "gallery"}},
        }}
    }},
)
django.setup()
from django.core.files.base import ContentFile
from django.db import connection, models


class Picture(models.Model):
    file = models.FileField(upload_to="by-year/2026")

    class Meta:
        app_label = "waystation_files"


with connection.schema_editor() as editor:
    editor.create_model(Picture)
made = Picture()
made.file.save("sky.txt", ContentFile(b"blue"))
again = Picture.objects.get(pk=made.pk)
print(again.file.name, again.file.size, again.file.read().decode(), again.file.url)
"""


def test_row_19_a_file_field_of_another_project(office):
    writer = office.person("writer")
    variables = {**office.house.environment(), "WAYSTATION_POSTGRES__DSN": office.house.dsn}
    done = subprocess.run(
        [sys.executable, "-c", PROJECT.format(space=SPACE, account=writer.name)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    name = "by-year/2026/sky.txt"
    assert done.stdout.split() == [name, "4", "blue", f"/dav/{SPACE}/gallery/{name}"]
    [(act, who, via, _)] = office.acts(f"{SPACE}/gallery/{name}")
    assert (act, who, via) == ("file.put", writer.name, "Django storage")
