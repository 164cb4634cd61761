"""The rehearsal: a plan's hosts, isolated, on this machine, with real engines; claims checked from both ends.

- `topology` says which hosts and links a plan needs; `network.Lab` brings them up; `hosts.Host` is one of them.
- `claim` is what is claimed, `probes` how it is tried, `rehearsal` runs claims, `view` and `report` show them.
- `rundir` keeps what a lab makes in one place, so that a crashed one can be cleaned up;
  `preflight` looks before anything is touched; `shell` enters a host of a lab that stands.

Runs the installed program on the hosts and never imports the agent.
"""
