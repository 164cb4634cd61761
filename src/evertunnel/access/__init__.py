"""Who may connect: one pure decision, and its explanation.

`decide(policy, facts, now)` answers for EAP, for Authorize-Only and for "why was I refused?". Its nouns: a **question**
(what the gateway asks), **facts** (what we know about it), a **policy** (the plan's slice, with its network policies),
**checks** (each requirement with the values that were seen), **reasons** (why not, what to do) and the **decision**. It
reads no clock, no store and no network.

    device, user   whether the principal is who it claims to be     certificates   what both ask of the certificate
    policies       the network policies, tried in turn              decide         the answer
    origins        which devices a policy needs to know of
    why            a decision in plain words                        changes        what another policy would change
"""

from evertunnel.access.decide import decide
from evertunnel.access.model import Check, Decision, Facts, Limits, Policy, Question, Reason, Record
from evertunnel.access.why import explain

__all__ = ["Check", "Decision", "Facts", "Limits", "Policy", "Question", "Reason", "Record", "decide", "explain"]
