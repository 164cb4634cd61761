"""The VPN gateway: IKEv2 connections, pools and proposals in strongSwan, and who is let through.

model, render, diff, engine   what charon and the sessions service are told, and whether they run so
connection                    the device connection in VICI's words
sessions, admission, early    the pure machine of admission: events in, commands out
leases                        its commands in nft's words
crls                          which offered CRL is taken
refusals, refusal_log         charon's log lines read as refusals, and their bounded journal

Knows nothing of the directory, the store, or how RADIUS comes to its answers.
"""
