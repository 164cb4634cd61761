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

CLAIMS: tuple[Claim[World], ...] = (
    plan.SHARE_NOTHING,
    plan.SECOND_APPLY,
    *certificates.CLAIMS,
    *perimeter.CLAIMS,
    *devices.CLAIMS,
    *strangers.CLAIMS,
    *admission.CLAIMS,
    *radius.CLAIMS,
    *faults.CLAIMS,
    plan.DRIFT,
    plan.REMOVE,
)
