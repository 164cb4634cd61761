"""The Linux Always On agent: it ships alone and knows only drivers, values and the profiles' document types.

places    where its files lie
request   keys and certificate requests, of this device and of people on it
joining   a whole profile, out of a file or out of one for all and a certificate (pure)
install   profile checked and put in place, services defined
signin    who is signed in: a file that commands write and the agent reads
at_login  whom a log-in signs in, where logind tells of log-ins
trust     whether certificate, key and authorities fit together (pure); certificates: what one says
render    strongswan.conf and the VICI messages (pure)
settings  what one tunnel needs, the device's or a person's (pure)
machine   what to do when: a table of states and events (pure)
agent     the loop: looks at charon, the network and who is signed in
keeper    one tunnel: feeds its machine, performs its commands, reports
charon    our connections over VICI; linux: the device as it really is
probes    one knock at an inside port from the tunnel's address
routes    what the tunnels carry, told apart by metric
lockdown  the rules that keep virtual addresses inside the tunnels
reasons   charon's log lines in plain words
status    what the agent last knew, in plain words and as JSON
"""
