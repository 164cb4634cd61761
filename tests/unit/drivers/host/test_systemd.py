from evertunnel.drivers.host.systemd import unit_file
from evertunnel.drivers.host.units import Unit

SESSIONS = Unit(
    name="sessions",
    argv=("sessions-program", "--config", "/etc/100% $HOME"),
    before=(("nft", "-f", "/etc/close.nft"),),
    after=(("nft", "-f", "/etc/close.nft"),),
    environment={"MODE": 'a "b"'},
    capabilities=("net_admin",),
    groups=("evertunnel",),
    generation="5f3a",
)


def test_unit_file_says_all_of_the_unit() -> None:
    assert unit_file(SESSIONS).splitlines() == [
        "[Unit]",
        "Description=Evertunnel sessions",
        "After=network.target evertunnel-firewall.service",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        'ExecStartPre=+"install" "-d" "-m" "0755" "/run/evertunnel"',
        'ExecStartPre=+"nft" "-f" "/etc/close.nft"',
        'ExecStart="sessions-program" "--config" "/etc/100%% $$HOME"',
        'ExecStopPost=+"nft" "-f" "/etc/close.nft"',
        'Environment="MODE=a \\"b\\""',
        "User=root",
        "SupplementaryGroups=evertunnel",
        "AmbientCapabilities=CAP_NET_ADMIN",
        "CapabilityBoundingSet=CAP_NET_ADMIN",
        "NoNewPrivileges=yes",
        "Restart=always",
        "RestartSec=200ms",
        "TimeoutStopSec=10s",
        "# generation 5f3a",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]


def test_engine_that_is_root_keeps_its_capabilities_and_a_user_loses_all() -> None:
    assert "Capabilit" not in unit_file(Unit(name="charon", argv=("charon",)))
    assert "CapabilityBoundingSet=\n" in unit_file(Unit(name="signer", argv=("s",), user="evertunnel-signer"))
