"""Each speaks one engine's language, or the host's own, and knows no policy; only they open sockets and run programs.

- `vici` charon, `radius` a RADIUS server, `nft` nftables, `freeradius` the program
- `http` and `local_socket` between our own services, `logs` how they log
- `host` files, processes, services, accounts, network settings; `namespaces` the lab's isolated hosts
"""
