from collections.abc import Callable, Mapping

from evertunnel.plan.model import Plan
from evertunnel.plan.records import View, dns_records


def test_contosos_records(contoso: Plan) -> None:
    records = [(record.zone, record.view, str(record)) for record in dns_records(contoso)]

    assert records == [
        ("contoso.com", View.PUBLIC, "vpn.contoso.com. IN A 203.0.113.10"),
        ("corp.contoso.com", View.INTERNAL, "pki.corp.contoso.com. IN A 10.0.0.20"),
        ("corp.contoso.com", View.INTERNAL, "edge1.corp.contoso.com. IN A 203.0.113.1"),
        ("corp.contoso.com", View.INTERNAL, "gateway1.corp.contoso.com. IN A 10.0.1.10"),
        ("corp.contoso.com", View.INTERNAL, "inner1.corp.contoso.com. IN A 10.0.0.1"),
        ("corp.contoso.com", View.INTERNAL, "core1.corp.contoso.com. IN A 10.0.0.20"),
    ]


def test_a_further_name_of_the_gateway_stands_in_the_view_of_its_zone(
    plan_with: Callable[[Mapping[str, object]], Plan],
) -> None:
    plan = plan_with({"gateway.extra_names": ["vpn2.contoso.com", "vpn.corp.contoso.com"]})

    views = {str(record.name): record.view for record in dns_records(plan) if record.name in plan.gateway.extra_names}
    assert views == {"vpn2.contoso.com": View.PUBLIC, "vpn.corp.contoso.com": View.INTERNAL}


def test_hosts_without_the_card_have_no_record(plan_with: Callable[[Mapping[str, object]], Plan]) -> None:
    plan = plan_with({"hosts.gateway1.external": None, "hosts.core1.internal": None})

    names = {str(record.name) for record in dns_records(plan)}
    assert names == {"edge1.corp.contoso.com", "gateway1.corp.contoso.com", "inner1.corp.contoso.com"}
