"""What templates use to say sizes, times and states, and to place icons."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from waystation.domains.staging.door import EventView
from waystation.interfaces.web import drawings, wording
from waystation.kernel import tracing

register = template.Library()

register.filter("size", wording.size)
register.filter("number", wording.number)
register.filter("duration", wording.duration)
register.filter("browser", wording.browser)


@register.filter
def words(state: str, family: str = "request") -> str:
    """Say a state as people do; `family` is request, file, place or drive."""
    families = {
        "request": wording.REQUEST_STATES,
        "file": wording.FILE_STATES,
        "place": wording.PLACES,
        "drive": wording.DRIVE_STATES,
    }
    return families[family].get(state, state)


@register.filter
def days(seconds: int) -> str:
    """Say seconds as days, for a field: 7, or 0.5."""
    return f"{seconds / 86_400:.4f}".rstrip("0").rstrip(".")


@register.simple_tag
def share(part: float, whole: float) -> str:
    """Say a part in percent."""
    return wording.share(part, whole)


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime | None) -> SafeString | str:
    """Show a time: UTC as sent, the local clock once the browser has seen it."""
    if at is None:
        return wording.UNKNOWN
    words_of_it = wording.moment(at, context["now"])
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), words_of_it)


@register.simple_tag(takes_context=True)
def band(context: template.Context, low: datetime, high: datetime) -> SafeString:
    """Say an 80 % band as people hear it: four such forecasts in five come true."""
    early, late = when(context, low), when(context, high)
    if wording.moment(low, context["now"]) == wording.moment(high, context["now"]):
        return format_html("Four times in five by {}", late)
    return format_html("Four times in five between {} and {}", early, late)


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> str:
    """Say how long something has lasted."""
    if at is None:
        return wording.UNKNOWN
    return wording.duration((context["now"] - at).total_seconds())


@register.simple_tag(takes_context=True)
def until(context: template.Context, at: datetime | None) -> str:
    """Say how long it is until then, or that it may be any moment."""
    if at is None:
        return wording.UNKNOWN
    left: timedelta = at - context["now"]
    if left <= timedelta(0):
        return "any moment"
    return f"in about {wording.duration(left.total_seconds())}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Place an icon of our sprite; it says nothing to a screen reader, the text beside it does."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def bar(counts: object, files: int) -> list[drawings.Segment]:
    """Cut a bar by the states of files."""
    return drawings.segments(counts, files)


@register.simple_tag
def path(text: str) -> SafeString:
    """Show a path so that it breaks between directory and name, and the name stands out."""
    directory, slash, name = text.rpartition("/")
    return format_html(
        '<span class="dir">{}</span><span class="base">{}</span>', directory + slash, name
    )


@register.simple_tag
def querystring_of(*parts: str) -> str:
    """Name a path in an address: `path=` and the parts with slashes between, encoded."""
    return urlencode({"path": "/".join(part for part in parts if part)})


@register.simple_tag
def asked_again(text: str) -> str:
    """Name a search in an address: `q=` and the text, encoded."""
    return urlencode({"q": text})


@register.simple_tag
def request_id() -> str:
    """Name this call as our logs do; empty outside one."""
    return tracing.request_id.get()


@register.simple_tag
def happened(event: EventView) -> str:
    """Say an event of a request."""
    return wording.event(event.kind, event.count, event.bytes, event.words)
