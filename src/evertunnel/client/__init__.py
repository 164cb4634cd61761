"""The Linux Always On agent: it ships alone and knows only drivers, values and the profile's document type.

places    where its files lie
request   a key and a certificate request for this device
install   profile checked and put in place, services defined
trust     whether certificate, key and authorities fit together (pure)
render    strongswan.conf and the VICI messages (pure)
machine   what to do when: a table of states and events (pure)
agent     the loop that asks charon, performs commands and writes the status
charon    our connection over VICI
probes    one knock at an inside port from the tunnel's address
linux     the device as it really is: charon, nftables, routes
routes    what the tunnel carries
lockdown  the rule that keeps virtual addresses inside the tunnel
reasons   charon's log lines in plain words
status    what the agent last knew, in plain words and as JSON
"""
