"""The web process: granian serves this module's `app`."""

from django.core.wsgi import get_wsgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

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
    from waystation.interfaces.hot.lane import Lane

    built = house.services(_settings, "web")
    services.put(built)
    assert _settings.postgres.dsn is not None
    dsn = _settings.postgres.dsn.get_secret_value()
    lane = Lane(built, dsn, get_wsgi_application(), dialects.mouths(_settings))
    proxies = [str(each) for each in _settings.web.proxies]
    return ProxyHeadersMiddleware(lane, trusted_hosts=proxies) if proxies else lane  # type: ignore[arg-type, return-value]


app = _application()
