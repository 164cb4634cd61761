"""How a plan's profiles come to Windows clients: one module for each way, each with its `build`.

    powershell    scripts that an administrator runs, or any tool that runs scripts
    sccm          a package for Configuration Manager: the scripts, detection, the settings to enter
    intune        policies as Microsoft Graph takes them
    group_policy  a start-up script, and a task at log-on
    tunnels       what Windows is told of a tunnel, whichever way it comes
    scripts       templates/*.ps1 with a plan's values in them
    vpn_policy    a profile as Intune's own VPN policy says it
    graph_words   what Graph calls the algorithms
    releases      builds of Windows
    limits        what none of them, or no script, carries

What a way cannot carry it says in `Delivery.missing`. Nothing here pushes anything anywhere.
"""
