"""How FreeRADIUS calls the policy service, as text: the module for one kind of call, and the call itself."""

from collections.abc import Mapping
from string import Template
from textwrap import indent

MODULE = """\
	rest @name {
		connect_uri = "http://127.0.0.1:@policy_port"
		connect_timeout = 1.0
		tls {
		}
@sections		# start = 0: FreeRADIUS starts while the policy service is down.
		pool {
			start = 0
			min = 0
			max = @most
			# Fewer idle ones are made up for in the way of answers, one a second, and idle_timeout closes them again.
			spare = 1
			uses = 0
			lifetime = 0
			idle_timeout = 60
			retry_delay = 1
		}
	}
"""

SECTION = """\
		@section {
			uri = "${..connect_uri}/@path"
			method = 'post'
			body = 'json'
			force_to = 'plain'
			timeout = 1.0
			tls = ${..tls}
		}
"""

CALL = """\
update control {
	&REST-HTTP-Header := "Authorization: Bearer @asks"
}
# Whatever rest says of the call, what counts is the line that came back.
@module {
	reject = 1
	fail = 1
	ok = 1
	handled = 1
	invalid = 1
	userlock = 1
	notfound = 1
	noop = 1
	updated = 1
}
"""


class _Text(Template):
    delimiter = "@"


def fill(text: str, values: Mapping[str, object]) -> str:
    """The text with its values; KeyError if one is missing."""
    return _Text(text).substitute(values)


def module(name: str, policy_port: int, paths: Mapping[str, str], *, most: int = 32) -> str:
    """A module that posts a request's attributes to a path for each of FreeRADIUS's sections that it is used in."""
    sections = "".join(fill(SECTION, {"section": section, "path": path}) for section, path in paths.items())
    words = {"name": name, "policy_port": policy_port, "sections": sections, "most": most}
    return fill(MODULE, words)


def call(name: str, asks: str, depth: int) -> str:
    """The call of a module, as many tabs in as it stands."""
    return indent(fill(CALL, {"module": name, "asks": asks}), "\t" * depth)
