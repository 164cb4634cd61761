"""When an Apple device brings the tunnel up: its on-demand rules; the first that matches the network counts."""

from evertunnel.plan.profiles import ClientProfile
from evertunnel.profiles.resolver import EVERY_NAME, domain_of


def on_demand(profile: ClientProfile) -> dict[str, object]:
    """The keys of the dictionary IKEv2; none where nothing brings the tunnel up."""
    triggers = [domain_of(rule) for rule in profile.name_rules if rule.trigger]
    connects = profile.always_on or EVERY_NAME in triggers
    if not connects and not triggers:
        return {}
    last = [{"Action": "Connect"}] if connects else _by_name(triggers)
    rules = [*_at_home(profile), *last]
    locked = {"OnDemandUserOverrideDisabled": 1} if profile.no_disconnect_button else {}
    return {"OnDemandEnabled": 1, **locked, "OnDemandRules": rules}


def _at_home(profile: ClientProfile) -> list[dict[str, object]]:
    names = [str(name) for name in profile.trusted_networks]
    return [{"Action": "Disconnect", "DNSDomainMatch": names}] if names else []


def _by_name(domains: list[str]) -> list[dict[str, object]]:
    # Apple tries to resolve such a name first, and connects where that fails.
    asked = {"Domains": domains, "DomainAction": "ConnectIfNeeded"}
    return [{"Action": "EvaluateConnection", "ActionParameters": [asked]}]
