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
    faults.SESSIONS,
    *people.INSIDE,
    radius.MESSAGE_AUTHENTICATOR,
    radius.DEFAULT_DENY,
    certificates.GATEWAY,
    perimeter.INNER,
    faults.CHARON,
    certificates.VPN_SERVERS,
    devices.REBOOT,
    people.SIGN_IN,
    people.AT_ONCE,
    ledger.EXACT,
    *endings.SIDE_BY_SIDE,
    *strangers.CLAIMS,
    admission.AT_ONCE,
    *people.CLAIMS,
    ledger.LEDGER,
    plan.SECOND_APPLY,
    # What disturbs nothing fills the gaps.
    *devices.LIGHT,
    *perimeter.OUTSIDE,
    plan.SHARE_NOTHING,
    admission.NEWEST,
    *endings.APPLYING,
    radius.POLICY_TOKEN,
    admission.NOBODY_NEW,
    *faults.INSIDE,
    plan.DRIFT,
    *faults.SLOW,
    *admission.SLOW,
    *unconfirmed.SLOW,
    *ledger.SLOW,
    plan.REMOVE,
)
