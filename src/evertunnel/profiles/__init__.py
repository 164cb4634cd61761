"""What devices install.

device, user, tunnel    the profiles of our own Linux agent: one for each tunnel, and what both say
vpnv2                   Windows' profile document: read, written, composed from a plan
delivery                what a delivery of profiles is: files, and what of the plan they cannot carry
"""
