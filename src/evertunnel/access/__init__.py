"""Who may connect: one pure decision, and its explanation.

`decide(policy, facts, now)` answers for Authorize-Only and for "why was I refused?". Its nouns: a **question** (what
the gateway asks), **facts** (what we know about it), a **policy** (the plan's slice), **checks** (each requirement with
the values that were seen), **reasons** (why not, and what to do) and the **decision**. It reads no clock, no store and
no network.
"""

from evertunnel.access.decide import decide
from evertunnel.access.model import Check, Decision, Facts, Limits, Policy, Question, Reason, Record
from evertunnel.access.why import explain

__all__ = ["Check", "Decision", "Facts", "Limits", "Policy", "Question", "Reason", "Record", "decide", "explain"]
