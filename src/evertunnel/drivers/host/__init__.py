"""The host itself: processes, files, users, services, network settings. Knows no policy and no VPN."""
