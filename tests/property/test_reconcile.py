"""Differences of files, directories and services: equal is nothing, and performing them arrives."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.drivers.fake import FakeAccounts, FakeFiles, FakeServices
from evertunnel.reconcile import HostDrivers, Local, LocalEngine, Owned, Part, apply, preview
from evertunnel.reconcile.files import Directory, File
from evertunnel.reconcile.local import diff_local
from evertunnel.reconcile.services import Service

TREE = Path("/etc/evertunnel/x")
FILES = st.builds(
    lambda name, content, mode: File(path=TREE / name, content=content, mode=mode),
    st.sampled_from("abc"),
    st.text(max_size=3),
    st.sampled_from([0o600, 0o644]),
)
SERVICES = st.builds(
    lambda name, word, reads: Service(name=name, argv=("sh", word), reads=tuple(TREE / each for each in reads)),
    st.sampled_from("ab"),
    st.sampled_from("xy"),
    st.lists(st.sampled_from("abc"), unique=True),
)
LOCALS = st.builds(
    lambda files, services, modes: Local(
        directories=tuple(Directory(path=Path(f"/var/{name}"), mode=mode) for name, mode in sorted(modes.items())),
        files=files,
        services=tuple(service.of_files(files) for service in services),
    ),
    st.lists(FILES, unique_by=lambda file: file.path).map(
        lambda files: tuple(sorted(files, key=lambda file: file.path))
    ),
    st.lists(SERVICES, unique_by=lambda service: service.name),
    st.dictionaries(st.sampled_from("de"), st.sampled_from([0o700, 0o755])),
)
OWNED = Owned(tree=TREE, services=("a", "b"), directories=(Path("/var/d"), Path("/var/e")), programs=("sh",))


@given(LOCALS)
def test_equal_states_need_nothing(state: Local) -> None:
    assert diff_local(state, state) == ()


@given(LOCALS, LOCALS)
def test_applying_arrives_and_a_second_apply_does_nothing(first: Local, second: Local) -> None:
    host = HostDrivers(files=FakeFiles(), accounts=FakeAccounts(), services=FakeServices())
    engine = LocalEngine(name="x", owned=OWNED, host=host)

    apply([Part(engine=engine, desired=first)])
    apply([Part(engine=engine, desired=second, previous=first)])

    assert preview([Part(engine=engine, desired=second)]) == ()
    assert engine.observe().files == tuple(replace(file, secret=False) for file in second.files)
