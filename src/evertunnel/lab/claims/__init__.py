"""What every rehearsal claims, in the order of Microsoft's seven steps; one file per theme.

Each claim probes from both ends, and each refusal has a control: the same attempt passes when the one thing is mended.
"""

from evertunnel.lab.claim import Claim
from evertunnel.lab.claims import (
    admission,
    certificates,
    devices,
    faults,
    perimeter,
    plan,
    radius,
    strangers,
)
from evertunnel.lab.world import World

# In an order in which claims that touch different things can be tried side by side; the report is by step.
CLAIMS: tuple[Claim[World], ...] = (
    certificates.GATEWAY,
    *devices.CLAIMS,
    *radius.CLAIMS,
    plan.SHARE_NOTHING,
    faults.CHARON,
    *perimeter.CLAIMS,
    certificates.VPN_SERVERS,
    *strangers.CLAIMS,
    plan.SECOND_APPLY,
    *admission.CLAIMS,
    *faults.CLAIMS,
    plan.DRIFT,
    plan.REMOVE,
)
