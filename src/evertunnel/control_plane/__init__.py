"""All that the command line (and later the console) may call: the world is built here, once, and used by name.

- `bundles`      what one host needs, rendered from the plan and the facts, secrets included
- `credentials`  a gateway's key and certificate, used again while they are good
- `public`       whether a gateway's public name leads to it
- `hosts`        preview, apply, verify, status, remove of the host this runs on
- `authority`    the certification authority's beginning and its root's CRL
- `certificates` issue, list, show, revoke
- `devices`      the directory's devices and their enrolment
- `why`          why a device or a user is in or out
- `explaining`   what an error code means, and which of its causes a plan or a host shows
- `seeing`       what this host has to say of such causes
- `simulate`     what would be answered if somebody connected
- `access_changes` who would lose or gain access by another policy
- `world`        where the store and the signer are

Joins the domains; decides nothing that a domain can decide.
"""
