"""The web process: granian serves this module's `app`."""

from django.core.wsgi import get_wsgi_application

from waystation.bootstrap.django_start import start_django
from waystation.bootstrap.parts import set_up_logs
from waystation.interfaces.mouths import Handler
from waystation.settings import current

_settings = current()
set_up_logs(_settings)
start_django()


def _application() -> Handler:
    from waystation.bootstrap import dialects, house  # noqa: PLC0415 - needs Django's models to be ready
    from waystation.interfaces import services  # noqa: PLC0415
    from waystation.interfaces.hot.lane import Lane  # noqa: PLC0415

    built = house.services(_settings, "web")
    services.put(built)
    assert _settings.postgres.dsn is not None
    dsn = _settings.postgres.dsn.get_secret_value()
    return Lane(built, dsn, get_wsgi_application(), dialects.mouths(_settings))


app = _application()
