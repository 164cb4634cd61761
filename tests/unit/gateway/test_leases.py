from ipaddress import IPv4Address

from evertunnel.gateway.admission import Grant, Lease, Withdraw
from evertunnel.gateway.leases import grant, withdraw

ADDRESS = IPv4Address("10.99.0.1")


def test_lease_is_added_deleted_and_added_so_that_it_is_refreshed_whether_or_not_it_is_there() -> None:
    assert grant(Grant(leases=(Lease(reach="management", address=ADDRESS, seconds=15),))).splitlines() == [
        "add element inet evertunnel admitted_management { 10.99.0.1 }",
        "delete element inet evertunnel admitted_management { 10.99.0.1 }",
        "add element inet evertunnel admitted_management { 10.99.0.1 timeout 15s }",
    ]


def test_withdrawing_works_on_what_has_expired_too() -> None:
    assert withdraw(Withdraw(reach="management", address=ADDRESS)).splitlines() == [
        "add element inet evertunnel admitted_management { 10.99.0.1 }",
        "delete element inet evertunnel admitted_management { 10.99.0.1 }",
    ]
