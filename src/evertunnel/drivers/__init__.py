"""Each speaks one engine's language, or the host's own, and knows no policy. The only place that opens sockets or starts programs.

- `vici` charon, `radius` a RADIUS server, `nft` nftables, `freeradius` the program, `http` and `local_socket` our services
- `host` files, processes, services, accounts, network settings; `namespaces` the lab's isolated hosts
- `logs` how our services log
"""
