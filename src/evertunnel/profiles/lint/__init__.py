"""What is wrong with a ProfileXML, before a client has it: rules, each one small function with a page entry.

finding        what is said: code, severity, class, path, line, why, mend
subject        what rules look at, and what many of them ask of it
rule           how a rule is declared
reading        RD  what the reader remarked
general        GE  the profile as a whole
device_tunnel  DT  Microsoft's rules for the device tunnel
lockdown       LD  the rules of LockDown
authentication AU  who authenticates; `eap` and `selection` look into the EAP block
cryptography   CR  what protects the tunnel
routing        RT  split, force, routes; `networks` reads them
names          NR  name resolution
filters        TF  traffic filters and apps
versions       VE  what an older Windows lacks
plan           PL  against the plan of the gateway; `proposals` translates the cryptography
together       SP  what shows only beside another profile; `side_by_side` has the routes, `set_rule` declares both
rules          all of them, and what asks them
mend           what --fix writes; reference: the page of the rules
"""
