"""What opens the services when the project starts."""

from django.apps import AppConfig

from waystation.bootstrap import house
from waystation.interfaces import services
from waystation.settings import current


class FilesConfig(AppConfig):
    """Opens them once a process; connections are made when the first file is asked for."""

    name = "waystation.bootstrap.files_app"
    label = "waystation_files"
    verbose_name = "Files in Waystation"

    def ready(self) -> None:
        """As Django promises: once, before the first request."""
        services.put(house.services(current(), "files-app"))
