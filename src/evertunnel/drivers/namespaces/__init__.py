"""Isolated hosts on one machine: namespaces of their own, with an init that takes everything along when it ends.

- `cell.Cell` is the outside: starts a host's init, sends it work, ends it.
- `init` is PID 1 of the host: a reaper that runs programs and probes on request. It ends when the lab's end of its
  socket closes, however the lab died, and the kernel then ends every process, mount and interface of the host.
- `mounts` gives the host its own /etc, /var, /run, /tmp, /proc and makes the rest of the machine read-only.
- `inside` is what the init runs in its own forks: probes and small servers.
- `warm` is a program that is loaded once, outside of the hosts, and forked into them for each command.

`init`, `mounts` and `inside` import the standard library alone: they are loaded anew for every host.
"""
