"""The State of the authority's host: the settings and the services of signer and publisher."""

from evertunnel.reconcile.local import Local

# Accounts, directories, files and services are all there is to it.
State = Local
