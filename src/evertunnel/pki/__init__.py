"""The certification authority (AD CS): templates, authorities, issuing, revocation, CRLs.

`templates`, `names`, `authority`, `issue`, `crl` and `entitlement` decide and build, pure; `journal`, `custody` and
`records` keep; `requests` and `signer_client` are the way to the signer, the only process that reads the issuing key.
Knows nothing of tunnels.
"""
