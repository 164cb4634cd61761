"""What every rehearsal claims, in the order of Microsoft's seven steps; one file per theme.

Each claim probes from both ends, and each refusal has a control: the same attempt passes when the one thing is mended.
"""

from evertunnel.lab.claim import Claim
from evertunnel.lab.claims import (
    admission,
    certificates,
    devices,
    faults,
    people,
    perimeter,
    plan,
    radius,
    strangers,
)
from evertunnel.lab.world import World

# In an order in which claims that disturb different things are tried side by side; the report is by step.
CLAIMS: tuple[Claim[World], ...] = (
    *devices.ALONE,
    radius.MESSAGE_AUTHENTICATOR,
    faults.CHARON,
    plan.SHARE_NOTHING,
    *perimeter.INSIDE,
    *strangers.CLAIMS,
    people.SIGN_IN,
    people.AT_ONCE,
    people.EXACT,
    admission.AT_ONCE,
    *people.CLAIMS,
    plan.SECOND_APPLY,
    faults.SESSIONS,
    radius.DEFAULT_DENY,
    certificates.VPN_SERVERS,
    *perimeter.OUTSIDE,
    radius.POLICY_TOKEN,
    devices.NOT_EACH_OTHER,
    admission.NOBODY_NEW,
    *faults.INSIDE,
    admission.NEWEST,
    plan.DRIFT,
    certificates.GATEWAY,
    *faults.SLOW,
    *admission.SLOW,
    plan.REMOVE,
)
