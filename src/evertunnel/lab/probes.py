"""How claims look: from inside a host, each giving a Probe with a command that a person could type there."""

from collections.abc import Callable
from threading import Event

from evertunnel.lab.claim import Probe
from evertunnel.lab.hosts import Host, Process

SECONDS = 0.8  # every path of a lab answers within a few milliseconds
STILL_SECONDS = 0.5  # a download that flows brings octets twenty times a second
ANSWERED, REFUSED, TIMEOUT, UNREACHABLE = "answered", "refused", "timeout", "unreachable"
NO_WAY = f"{TIMEOUT}|{UNREACHABLE}"
CLOSED = f"{TIMEOUT}|{REFUSED}|{UNREACHABLE}"


def tcp(
    host: Host,
    address: str,
    port: int,
    expected: str = ANSWERED,
    *,
    source: str | None = None,
    timeout: float = SECONDS,
) -> Probe:
    """Opens a TCP connection."""
    command = f"nc -z -w {_whole(timeout)}{_option('-s', source)} {address} {port}"
    observed = host.call("tcp", timeout, address=address, port=port, source=source, timeout=timeout)
    return Probe(host=host.name, command=command, expected=expected, observed=observed)


def http(
    host: Host,
    address: str,
    port: int = 80,
    path: str = "/",
    expected: str = "answered 200",
    *,
    source: str | None = None,
    timeout: float = SECONDS,
) -> Probe:
    """Gets a page; the observation ends with the first line of it."""
    command = f"curl -sm {_whole(timeout)}{_option('--interface', source)} http://{address}:{port}{path}"
    observed = host.call("http", timeout * 2, address=address, port=port, path=path, source=source, timeout=timeout)
    return Probe(host=host.name, command=command, expected=expected, observed=observed)


def udp(
    host: Host,
    address: str,
    port: int,
    expected: str = ANSWERED,
    *,
    source: str | None = None,
    payload: bytes = b"\0",
    timeout: float = SECONDS,
) -> Probe:
    """Sends a datagram and waits for any answer."""
    command = f"echo {payload.hex()} | xxd -r -p | nc -u -w {_whole(timeout)}{_option('-s', source)} {address} {port}"
    observed = host.call(
        "udp", timeout, address=address, port=port, source=source, timeout=timeout, payload=payload.hex()
    )
    return Probe(host=host.name, command=command, expected=expected, observed=observed)


def ping(
    host: Host, address: str, expected: str = ANSWERED, *, source: str | None = None, timeout: float = SECONDS
) -> Probe:
    """Pings until one echo comes back."""
    command = f"ping -c 3 -i 0.25 -W {_whole(timeout)}{_option('-I', source)} {address}"
    observed = host.call("ping", timeout, address=address, source=source, timeout=timeout)
    return Probe(host=host.name, command=command, expected=expected, observed=observed)


def protocol(host: Host, address: str, number: int, payload: bytes = bytes(8)) -> None:
    """Sends one packet of another IP protocol (GRE is 47, ESP 50); who should not see it is asked separately."""
    host.call("protocol", 1.0, address=address, number=number, payload=payload.hex())


def command(host: Host, argv: tuple[str, ...], expected: str, read: Callable[[str], str] = str.strip) -> Probe:
    """Runs a program and reads its output."""
    done = host.run(argv, check=False)
    return Probe(host=host.name, command=" ".join(argv), expected=expected, observed=read(done.stdout + done.stderr))


def fact(host: str, command: str, *, expected: str, observed: str) -> Probe:
    """What was seen in another way, beside the command that shows it."""
    return Probe(host=host, command=command, expected=expected, observed=observed)


class Download:
    """An endless download from an inside server, to see whether it still runs."""

    def __init__(self, host: Host, address: str, port: int = 80, *, source: str | None = None) -> None:
        self.host, self.source = host.name, source
        self._command = f"curl -sN{_option('--interface', source)} http://{address}:{port}/stream | pv -b > /dev/null"
        self._process: Process = host.start_call(
            "download", address=address, port=port, path="/stream", source=source, timeout=5.0
        )

    def octets(self) -> int:
        """How many have come so far."""
        lines = self._process.output().split()
        return int(lines[-1]) if lines and lines[-1].isdigit() else 0

    def flows(self, expected: str = "flowing", *, within: float = 1.0) -> Probe:
        """Whether further octets come; `flowing` at once when some do, `stalled` after `within` seconds without."""
        before, waited = self.octets(), 0.0
        while waited < within and self.octets() <= before and self._process.poll() is None:
            Event().wait(0.05)
            waited += 0.05
        observed = "flowing" if self.octets() > before else "stalled"
        return Probe(host=self.host, command=self._command, expected=expected, observed=observed)

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()


def _option(name: str, value: str | None) -> str:
    return f" {name} {value}" if value is not None else ""


def _whole(seconds: float) -> int:
    return max(1, round(seconds))
