"""FreeRADIUS's configuration for people: EAP-TLS, and PEAP with EAP-TLS inside, as text.

FreeRADIUS proves that the other end holds the key of a certificate of our authority, and hands on what the certificate
and the request say. Who may come in, the policy service says, once per authentication, from the virtual server that
sees the certificate checked. What neither names nor forbids (mail certificates, devices') is not told apart here, so
that every refusal is a decision on record.
"""

RELOAD_SECONDS = 300  # FreeRADIUS takes no less

# `outer` speaks to the client; what PEAP protects is a whole EAP conversation of its own, with `inner-eap`.
MODULES = """\
	eap {
		default_eap_type = tls
		timer_expire = 30
		max_sessions = ${max_requests}
		tls-config outer {
@tls
			tls_max_version = "1.3"
			fragment_size = 1300
		}
		tls {
			tls = outer
			virtual_server = evertunnel-eap-tls
		}
		peap {
			tls = outer
			default_eap_type = tls
			virtual_server = evertunnel-inside-peap
			copy_request_to_tunnel = yes
			use_tunneled_reply = yes
		}
	}
	eap inner-eap {
		default_eap_type = tls
		timer_expire = 30
		max_sessions = ${max_requests}
		tls-config inner {
@tls
			tls_max_version = "1.2"
			fragment_size = 900
		}
		tls {
			tls = inner
			virtual_server = evertunnel-peap-eap-tls
		}
	}
"""

# The root alone: FreeRADIUS asks OpenSSL to stop at the first authority that it is given, and would then miss the
# root's CRL. The device brings the issuing certificate. The CRLs come from a directory that is read again.
TLS = """\
			certificate_file = "${confdir}/server.crt"
			private_key_file = "${confdir}/server.key"
			auto_chain = no
			ca_file = "${confdir}/root.crt"
			ca_path = "@crls"
			ca_path_reload_interval = @reload
			check_crl = yes
			check_all_crl = yes
			allow_expired_crl = no
			cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20"
			cipher_server_preference = yes
			ecdh_curve = ""
			tls_min_version = "1.2"
			cache {
				enable = no
			}
"""

AUTHORIZE = """\
			if (&Service-Type && (&Service-Type == Authorize-Only)) {
				update reply {
					&Reply-Message := "66 Either EAP or Authorize-Only."
				}
				reject
			}
			# Copied into PEAP's tunnel, where User-Name is the inner identity.
			update request {
				&Evertunnel-Outer-Name := &User-Name
			}
			eap
			if (!ok && !updated) {
				reject
			}
"""

AUTHENTICATE = """\
		Auth-Type eap {
			eap {
				invalid = 1
				fail = 1
			}
			# An exchange that FreeRADIUS does not remember: what was not answered then is not refused now.
			if ((invalid || fail) && !&reply:EAP-Message) {
				update control {
					&Response-Packet-Type := Do-Not-Respond
				}
			}
			if (invalid || fail) {
				reject
			}
		}
"""

# Whom FreeRADIUS itself refused, because the certificate proves nothing, nobody was asked about: the policy service is
# told, so that there is a record of it. What it answers is of no account.
TELL = """\
@call				update reply {
					&REST-HTTP-Body !* ANY
					&REST-HTTP-Status-Code !* ANY
				}
"""

POST_AUTH = """\
	post-auth {
		Post-Auth-Type REJECT {
			if (&control:Evertunnel-Decided || &session-state:Evertunnel-Decided || &control:Response-Packet-Type) {
				ok
			}
			elsif (&EAP-Message) {
@tell			}
			# RFC 3579 2.6.5: no Reply-Message beside an EAP-Message.
			if (&reply:EAP-Message) {
				update reply {
					&Reply-Message !* ANY
				}
			}
		}
	}
"""

SERVERS = """\
server evertunnel-inside-peap {
	authorize {
		inner-eap
		if (!ok && !updated) {
			reject
		}
	}

	authenticate {
		inner-eap
	}

	post-auth {
		Post-Auth-Type REJECT {
			if (&control:Response-Packet-Type) {
				update outer.control {
					&Response-Packet-Type := Do-Not-Respond
				}
			}
			elsif (!&control:Evertunnel-Decided) {
@tell			}
			# PEAP tells the client first; the refusal that all of it ends with is another request.
			update outer.session-state {
				&Evertunnel-Decided := 1
			}
		}
	}
}
"""

CHECK = """\
server evertunnel-@kind {
	authorize {
		update request {
			&Evertunnel-Eap-Type := "@kind"
		}
@call		if (&reply:REST-HTTP-Body =~ /^@answers @allow$/) {
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
				if ("=%{1}" != "=-") {
					update reply {
						&Class += "%{1}"
					}
				}
				# charon knows no Framed-Pool: it chooses a connection, and so a pool, by a Class.
				if ("=%{2}" != "=-") {
					update reply {
						&Class += "pool:%{2}"
						&Framed-Pool := "%{2}"
					}
				}
				if ("=%{3}" != "=-") {
					update reply {
						&Framed-IP-Address := "%{3}"
					}
				}
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
				&REST-HTTP-Body !* ANY
				&REST-HTTP-Status-Code !* ANY
			}
			update outer.control {
				&Evertunnel-Decided := 1
			}
			reject
		}
		else {
			# Away is not refused: who did not say no, with the token, has said nothing.
			update outer.control {
				&Response-Packet-Type := Do-Not-Respond
			}
			reject
		}
	}
}
"""
