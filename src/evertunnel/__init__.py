"""An Always On VPN that an organisation runs itself, from one plan file. ARCHITECTURE.md is the map."""
