"""No secret is ever printed, logged or an argument: everything is searched for every secret that there is."""

import json
import re

import pytest
from tests.engine.command_line.machine import PASSPHRASE, PLAN, ROOT_KEY, Machine

pytestmark = pytest.mark.engine

KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n(.*?)\n-----END", re.DOTALL)


def test_no_secret_is_printed_logged_or_an_argument(core: Machine) -> None:
    core.types("bundle", PLAN, "gateway1", "--out", "/var/tmp", status=0)
    core.types("apply", PLAN, "--json", status=0)
    core.types("apply", "/var/tmp/gateway1.bundle", status=2)
    secrets = all_secrets(core)

    logs = core.host.run(["sh", "-c", "cat /var/log/evertunnel/*"]).stdout
    arguments = core.host.run(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]).stdout
    # What was an argument at any time since the host began, as WATCH saw it.
    watched = "".join(path.read_text() for path in core.log_files())

    assert len(secrets) >= 7
    assert "evertunnel" in logs + arguments
    assert "certificate issued" in logs
    assert "apply" in watched
    for place, text in (("output", "".join(core.said)), ("logs", logs), ("arguments", arguments), ("watch", watched)):
        assert [secret[:4] for secret in secrets if secret in text] == [], place


def all_secrets(core: Machine) -> set[str]:
    secrets = {PASSPHRASE, core.host.read("/var/lib/evertunnel/secrets/policy-token").strip()}
    secrets.add(core.host.read("/var/lib/evertunnel/secrets/radius-gateway1").strip())
    bundle = core.host.read("/var/tmp/gateway1.bundle")
    texts = [
        core.host.read("/var/lib/evertunnel/ca/issuing.key"),
        core.host.read(ROOT_KEY),
        *strings(json.loads(bundle)),
    ]
    for text in texts:
        for body in KEY.findall(text.replace("\\n", "\n")):
            secrets |= {line for line in body.splitlines() if len(line) > 40}
    return secrets


def strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in strings(each)]
        case list():
            return [text for each in value for text in strings(each)]
        case _:
            return []
