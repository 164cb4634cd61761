from ipaddress import IPv4Address

from evertunnel.drivers.nft_elements import Add, Delete
from evertunnel.gateway.admission import Grant, Lease, Withdraw
from evertunnel.gateway.leases import grant, withdraw

ADDRESS = IPv4Address("10.99.0.1")
SET = "admitted_management"


def test_lease_is_added_deleted_and_added_so_that_it_is_refreshed_whether_or_not_it_is_there() -> None:
    assert grant(Grant(leases=(Lease(reach="management", address=ADDRESS, seconds=15),))) == (
        Add(set_name=SET, address=ADDRESS),
        Delete(set_name=SET, address=ADDRESS),
        Add(set_name=SET, address=ADDRESS, seconds=15),
    )


def test_withdrawing_works_on_what_has_expired_too() -> None:
    assert withdraw(Withdraw(reach="management", address=ADDRESS)) == (
        Add(set_name=SET, address=ADDRESS),
        Delete(set_name=SET, address=ADDRESS),
    )
