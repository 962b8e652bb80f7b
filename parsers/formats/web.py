"""The formats of web servers and frameworks, and the JSON forms of logs, in the order of trying."""

from parsers.formats.apache import APACHE_ACCESS, APACHE_ERROR, APACHE_MESSAGE
from parsers.formats.base import Format
from parsers.formats.django import DJANGO_BARE, DJANGO_BRACKETED, DJANGO_HORIZON, DJANGO_SERVER, DJANGO_VERBOSE
from parsers.formats.eventlet import EVENTLET_WSGI
from parsers.formats.json_generic import JSON_GENERIC
from parsers.formats.oslo_json import OSLO_FLUENT, OSLO_JSON
from parsers.formats.stratoscope_json import STRATOSCOPE_JSON
from parsers.formats.uwsgi import UWSGI_LOG, UWSGI_REQUEST, UWSGI_START

WEB: tuple[Format, ...] = (
    OSLO_JSON,
    OSLO_FLUENT,
    STRATOSCOPE_JSON,
    UWSGI_REQUEST,
    APACHE_ACCESS,
    APACHE_ERROR,
    APACHE_MESSAGE,
    EVENTLET_WSGI,
    UWSGI_LOG,
    DJANGO_HORIZON,
    DJANGO_BRACKETED,
    DJANGO_SERVER,
    DJANGO_VERBOSE,
    JSON_GENERIC,
    UWSGI_START,
    DJANGO_BARE,
)
