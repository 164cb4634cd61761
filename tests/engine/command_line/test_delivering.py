"""The steps that a delivery to Linux devices comes with, typed as they stand."""

import re

import pytest
from cryptography import x509
from tests.engine.command_line.machine import PLAN, PROGRAM, Machine

from evertunnel.drivers.namespaces.cell import Completed

pytestmark = pytest.mark.engine

ALICE = "alice@corp.contoso.com"
FOLDER = "/var/tmp/linux"
AGENT = f"{FOLDER}/agent"
ON_THE_DEVICE = ("client install", "client sign-in", "client status")


def test_steps_of_the_agents_folder_end_with_certificates_that_fit(core: Machine) -> None:
    core.types("profile", "build", PLAN, "--for", "linux", "--out", FOLDER, status=0)
    steps = re.findall(r"^ +(?:sudo )?evertunnel (.*)$", core.host.read(f"{AGENT}/README.md"), re.MULTILINE)
    last = [step for step in steps if step.startswith(ON_THE_DEVICE)]
    many = [step for step in steps if "issue-all" in step]

    for step in (step for step in steps if step not in (*last, *many)):
        assert types(core, step).returncode == 0, step
    for folder, request in (("device-requests", "laptop1.csr"), ("user-requests", f"{ALICE}.csr")):
        core.host.run(["mkdir", f"{AGENT}/{folder}"])
        csr = "laptop1.csr" if folder == "device-requests" else "alice.csr"
        core.host.run(["cp", f"{AGENT}/{csr}", f"{AGENT}/{folder}/{request}"])
    assert [types(core, step).stdout.splitlines()[-1] for step in many] == ["1 issued, 0 refused"] * 2

    # The agent itself is not on this host: tests/engine/test_client_bundle.py has the tunnels.
    assert [step.split()[1] for step in last] == ["install", "status", "sign-in"]
    refused = types(core, last[0].replace("laptop1.crt", "alice.crt"))
    assert (refused.returncode, f"it names {ALICE}, which is no device" in refused.stderr) == (2, True)
    assert f"{ALICE} is signed in" in types(core, last[2]).stdout
    certificate = x509.load_pem_x509_certificate(core.host.read(f"{AGENT}/laptop1.crt").encode())
    assert "CN=laptop1.corp.contoso.com" in certificate.subject.rfc4514_string()

    core.types("client", "sign-out")
    core.types("device", "remove", "laptop1", status=0)
    core.types("user", "remove", ALICE, status=0)
    core.host.run(["rm", "-r", FOLDER, "/var/lib/evertunnel/client"])


def types(core: Machine, step: str) -> Completed:
    """A line of the steps, by a shell, as they stand but for where the program lies."""
    done = core.host.run(["sh", "-c", f"cd {AGENT} && {PROGRAM} {step}"], check=False)
    assert "Traceback" not in done.stderr
    return done
