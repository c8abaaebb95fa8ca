"""The process behind the port of MWA's staging daemon: `app` is what it serves."""

from waystation.bootstrap.django_start import start_django
from waystation.bootstrap.parts import set_up_logs
from waystation.interfaces.mouths import Handler
from waystation.settings import current

_settings = current()
set_up_logs(_settings)
start_django()


def _application() -> Handler:
    from waystation.bootstrap import dialects, house
    from waystation.interfaces import services
    from waystation.interfaces.dialects.mwa_staging.listener import Listener

    built = house.services(_settings, "mwa-staging")
    services.put(built)
    return Listener(built, built.database.dsn, dialects.mwa_staging(_settings))


app = _application()
