"""FreeRADIUS's configuration for accounting, as text: from the socket to the policy service, or to a file on the way.

A record is handed to the policy service at once, and answered when that has said, with its token, that it is in the
ledger. When it has not: our own gateways number their records and keep them until they are answered, so they get no
answer. Everybody else's record goes into a detail file, is answered then, and is handed on from there, again and again.
Ours never take that way: FreeRADIUS writes and answers also when the disk is full, and the record is gone.

The file is FreeRADIUS's own: one directory for one writer and one reader, which renames it to `detail.work` while it
reads. What the reader makes of text that has a percent sign in it is nothing at all, and of some octets something else.
So text goes as hexadecimal digits, in an attribute of ours, and the original is taken out.

Included into what radius/configuration.py holds: DICTIONARY before its END-VENDOR, `modules` into its modules,
`servers` beside its server.
"""

from pathlib import Path

from evertunnel.paths import STATE
from evertunnel.radius.accounting_wire import RAW, TAKEN, TEXTS
from evertunnel.radius.calls import call, fill, module

SPOOL = STATE / "accounting"  # FreeRADIUS's own, 0700
DETAIL = "detail"  # the file's name in its directory

DICTIONARY = """\
ATTRIBUTE	Evertunnel-Record	16	integer
ATTRIBUTE	Evertunnel-Device	17	string
ATTRIBUTE	Evertunnel-Policy	18	string
ATTRIBUTE	Evertunnel-Cause	19	string
ATTRIBUTE	Evertunnel-Packets	20	string
ATTRIBUTE	Evertunnel-Gateway	21	string
ATTRIBUTE	Evertunnel-Raw	22	string
"""

MODULES = """\
	detail ledger_detail {
		filename = "@spool/@detail"
		permissions = 0600
		header = "%t"
		locking = yes
		dates_as_integer = yes
	}
"""

SERVERS = """\
server evertunnel-accounting {
	listen {
		type = acct
		ipaddr = @address
		port = @acct_port
	}

	accounting {
		# Which of our clients sent it: what a record says of itself could be another's name.
		update request {
			&Evertunnel-Gateway !* ANY
			&@raw !* ANY
		}
		update request {
			&Evertunnel-Gateway := "%{client:shortname}"
			&@raw += "Arrived %l"
		}
@copies@hand_over		elsif (&Evertunnel-Record) {
			# No answer: whoever sent it has it still, and sends it again.
			reject
		}
		else {
			update reply {
				&REST-HTTP-Body !* ANY
				&REST-HTTP-Status-Code !* ANY
			}
			ledger_detail
		}
	}
}

server evertunnel-ledger {
	listen {
		type = detail
		filename = "@spool/@detail"
		# Nothing else is asked of the policy service that often; a pause would only let the file grow.
		load_factor = 100
		poll_interval = 1
		retry_interval = 4 # the least that FreeRADIUS takes
		# Not from the file's start again after each start of FreeRADIUS.
		track = yes
	}

	accounting {
@hand_over		else {
			# No answer: the record stays in the file, and is read again after retry_interval.
			reject
		}
	}
}
"""

HAND_OVER = """\
@call		if (&reply:REST-HTTP-Body =~ /^@answers @taken$/) {
			update reply {
				&REST-HTTP-Body !* ANY
				&REST-HTTP-Status-Code !* ANY
			}
			ok
		}
"""

COPY = """\
		if (&@name) {
			update request {
				&@raw += "@name %{hex:&@name}"
				&@name !* ANY
			}
		}
"""


def modules(*, policy_port: int, spool: Path) -> str:
    """What goes into the section of the modules."""
    detail = fill(MODULES, {"spool": spool, "detail": DETAIL})
    return detail + module("ledger_rest", policy_port, {"accounting": "accounting"}, most=16)


def servers(*, address: object, port: int, spool: Path, asks: str, answers: str) -> str:
    """The two virtual servers: one takes records, the other hands them on. `port` is that of accounting."""
    copies = "".join(fill(COPY, {"name": name, "raw": RAW}) for name in TEXTS)
    hand_over = fill(HAND_OVER, {"call": call("ledger_rest", asks, 2), "answers": answers, "taken": TAKEN})
    words = {"address": address, "acct_port": port, "spool": spool, "detail": DETAIL, "raw": RAW}
    return fill(SERVERS, {**words, "copies": copies, "hand_over": hand_over})
