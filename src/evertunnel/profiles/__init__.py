"""What devices install.

device, user, tunnel    the profiles of our own Linux agent, for all or for one: each tunnel's, and what both say
vpnv2                   Windows' profile document: read, written, composed from a plan, compared
delivery                what a delivery is: files, and what of the plan they cannot carry
windows                 deliveries to Windows: scripts, Configuration Manager, Intune, Group Policy, documents
linux, linux_agent      our agent's profiles from a plan, and key files for NetworkManager
apple, android, strongswan           the others
abilities               which setting of a plan each way carries
identity, naming, resolver           what those share
"""
