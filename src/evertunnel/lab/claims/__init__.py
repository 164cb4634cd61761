"""What every rehearsal claims, in the order of Microsoft's seven steps; one file per theme.

Each claim probes from both ends, and each refusal has a control: the same attempt passes when the one thing is mended.
"""

from evertunnel.lab.claim import Claim
from evertunnel.lab.claims import (
    admission,
    certificates,
    devices,
    endings,
    faults,
    ledger,
    people,
    perimeter,
    plan,
    radius,
    strangers,
    unconfirmed,
)
from evertunnel.lab.world import World

# In an order in which claims that disturb different things are tried side by side; the report is by step.
CLAIMS: tuple[Claim[World], ...] = (
    *devices.ALONE,
    radius.MESSAGE_AUTHENTICATOR,
    faults.CHARON,
    plan.SHARE_NOTHING,
    certificates.VPN_SERVERS,
    certificates.GATEWAY,
    *perimeter.INSIDE,
    people.SIGN_IN,
    people.AT_ONCE,
    admission.AT_ONCE,
    *strangers.CLAIMS,
    *people.CLAIMS,
    *endings.SIDE_BY_SIDE,
    ledger.EXACT,
    ledger.LEDGER,
    *perimeter.OUTSIDE,
    plan.SECOND_APPLY,
    faults.SESSIONS,
    devices.NOT_EACH_OTHER,
    *endings.APPLYING,
    radius.DEFAULT_DENY,
    radius.POLICY_TOKEN,
    admission.NOBODY_NEW,
    *faults.INSIDE,
    admission.NEWEST,
    plan.DRIFT,
    *faults.SLOW,
    *admission.SLOW,
    *unconfirmed.SLOW,
    *ledger.SLOW,
    plan.REMOVE,
)
