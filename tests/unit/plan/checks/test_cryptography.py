from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import cryptography
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        cryptography.custom_proposals_belong_to_custom,
        {"gateway.ike_proposals": ["aes256-sha256-modp2048"]},
        ["gateway.ike_proposals"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.custom_proposals_belong_to_custom,
        {"gateway.proposals": "custom"},
        ["gateway.ike_proposals", "gateway.esp_proposals"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposal_words_are_known,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha265-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposal_words_are_known,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": [""],
        },
        ["gateway.esp_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256gcm16-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256gcm16-prfsha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256gcm16-sha256-prfsha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048-esn"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-prfsha256"],
        },
        ["gateway.esp_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16"],
        },
    ),
    (
        cryptography.proposals_are_complete,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["sha256-modp2048"],
        },
        ["gateway.esp_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes128-sha256-modp2048-esn"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["null-sha256"],
        },
        ["gateway.esp_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes256-sha256-modp2048"],
            "gateway.esp_proposals": ["aes128-sha256"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-md5-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-md5-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha1-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha1-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["des-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["des-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["3des-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["3des-sha256-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp768"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp768"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp1024"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp1024"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp2048s256"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp2048s256"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp1024s160"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-modp1024s160"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
    (
        cryptography.proposals_are_strong,
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-prfsha1-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
        },
        ["gateway.ike_proposals[0]"],
        {
            "gateway.proposals": "custom",
            "gateway.ike_proposals": ["aes128-sha256-prfsha1-modp2048"],
            "gateway.esp_proposals": ["aes256gcm16-ecp256"],
            "exceptions": ["weak-proposals"],
        },
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "mended"), CASES)
def test_rule_finds_the_fault_and_nothing_once_it_is_mended(
    rule: Rule, wrong: Changes, paths: list[str], mended: Changes, plan_with: PlanWith
) -> None:
    found = list(rule(plan_with(wrong)))

    assert [finding.path for finding in found] == paths
    assert list(rule(plan_with(mended))) == []


def test_each_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == set(cryptography.RULES)


def test_a_weak_word_is_never_suggested(plan_with: PlanWith) -> None:
    changes = {"gateway.proposals": "custom", "gateway.ike_proposals": ["aes256-md55-modp2048"]}

    (found,) = cryptography.proposal_words_are_known(plan_with(changes))

    assert "md5" not in found.mend
