"""FreeRADIUS's configuration, as text.

`@name` stands for a value. Nothing that a client sends is ever expanded: requests are compared and handed on as data.
"""

RADIUSD = """\
# Made by Evertunnel from its plan; a change made here is undone by the next apply.
prefix = /usr
name = radiusd
libdir = /usr/lib/freeradius
logdir = /var/log/freeradius
run_dir = /run/freeradius
max_request_time = 5
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no

log {
	destination = stdout
	auth = no
}

security {
	allow_core_dumps = no
	max_attributes = 64
	reject_delay = 0
	status_server = yes
	require_message_authenticator = yes
	limit_proxy_state = yes
}

proxy_requests = no

thread pool {
	start_servers = 4
	max_servers = 32
	min_spare_servers = 4
	max_spare_servers = 16
	max_requests_per_server = 0
	auto_limit_acct = no
}

modules {
	always reject {
		rcode = reject
	}
	always handled {
		rcode = handled
	}
	always ok {
		rcode = ok
	}
@modules}

$INCLUDE clients.conf
$INCLUDE site.conf
"""

CLIENT = """\
client @name {
	ipaddr = @address
	secret = "@secret"
	require_message_authenticator = yes
	limit_proxy_state = yes
	# Read by the site below: who may ask about a session that it has authenticated itself.
	authorize_only = @asks
}
"""

SITE = """\
server evertunnel {
	listen {
		type = auth
		ipaddr = @address
		port = @port
	}

	authorize {
		update reply {
			&Message-Authenticator := 0x00
		}
		# Names that only this configuration may give.
		update request {
			&Evertunnel-Outer-Name !* ANY
			&Evertunnel-Eap-Type !* ANY
			&Evertunnel-Client !* ANY
		}
		update request {
			&Evertunnel-Client := "%{Packet-Src-IP-Address}"
		}
		if (&EAP-Message) {
@authorize		}
		# A comparison with what is not there is never true, not even turned round.
		elsif (!&Service-Type || (&Service-Type != Authorize-Only)) {
			update reply {
				&Reply-Message := "66 Only Authorize-Only is answered here."
			}
			reject
		}
		# Nobody else has checked a device's certificate as our gateways do: it must not be enough to name its serial.
		elsif ("%{client:authorize_only}" != "yes") {
			update reply {
				&Reply-Message := "66 Authorize-Only is answered to this organisation's own gateways alone."
			}
			reject
		}
		else {
@call			if (&reply:REST-HTTP-Body =~ /^@answers @allow$/) {
				update reply {
					&User-Name := "%{1}"
					&Filter-Id := "%{2}"
					&Session-Timeout := "%{3}"
					&Class := "%{4}"
					&REST-HTTP-Body !* ANY
					&REST-HTTP-Status-Code !* ANY
				}
				# A sign goes before each, because what looks like a number is compared as one, and - is none.
				if ("%{5}" =~ /^@settings$/) {
					if ("=%{4}" != "=-") {
						update reply {
							&Idle-Timeout := "%{4}"
						}
					}
					if ("=%{5}" != "=-") {
						update reply {
							&Acct-Interim-Interval := "%{5}"
						}
					}
				}
				update control {
					&Auth-Type := Accept
				}
			}
			elsif (&reply:REST-HTTP-Body =~ /^@answers @refuse$/) {
				update reply {
					&Reply-Message := "%{1}"
					&REST-HTTP-Body !* ANY
					&REST-HTTP-Status-Code !* ANY
				}
				reject
			}
			else {
				# Away is not refused: who did not say no, with the token, has said nothing.
				update control {
					&Response-Packet-Type := Do-Not-Respond
				}
				handled
			}
		}

		Autz-Type Status-Server {
			update reply {
				&Message-Authenticator := 0x00
			}
			ok
		}
	}

	authenticate {
@authenticate	}
@post_auth}
@servers"""

NO_EAP = """\
			update reply {
				&Reply-Message := "66 Only Authorize-Only is answered here."
			}
			reject
"""

DICTIONARY = """\
VENDOR		Evertunnel	@vendor
BEGIN-VENDOR	Evertunnel
ATTRIBUTE	Evertunnel-Serial	1	string
ATTRIBUTE	Evertunnel-Tunnel	2	string
ATTRIBUTE	Evertunnel-Outer-Name	3	string
ATTRIBUTE	Evertunnel-Eap-Type	4	string
ATTRIBUTE	Evertunnel-Client	5	string
ATTRIBUTE	Evertunnel-Decided	6	integer
@{more}END-VENDOR	Evertunnel
"""
