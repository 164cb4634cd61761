"""RADIUS (NPS): FreeRADIUS as the gateways' door, the policy service behind it, the decisions on record.

Nouns: a **client** (a gateway and its secret), **tokens** (by which FreeRADIUS and the policy service know each other),
a **wire** question and answer between the two, a **journal** of decisions and the database it is imported into. Renders
FreeRADIUS's whole configuration into a directory of our own. Must not know how gateways are made, or who is allowed:
that is `access`.
"""
