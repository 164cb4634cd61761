<#
.SYNOPSIS
Detection script for Configuration Manager: says whether the tunnel is on this client as it was delivered last.

.DESCRIPTION
Writes one line if it is, and nothing if it is not: what was delivered last is on record in the registry, and the profile itself is
asked for, because somebody may have deleted it. For a user tunnel, everybody who is signed in must have it. Changes nothing.

Runs as SYSTEM, as Configuration Manager runs it; no other account may ask for profiles.

Exit code: 0, with or without the line. Another one, or anything on the error stream, means that it is not known.
#>
#Requires -Version 5.1
[CmdletBinding()]
param()

#@ values
#@ bridge.ps1
#@ people.ps1
# --------------------------------------------------------------------------------------------------------- what it does

function Get-Track {
    # Configuration Manager may start the 32-bit PowerShell, which sees another registry unless it asks for this one.
    param(
        [string] $Scope
    )
    $hive = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $key = $hive.OpenSubKey("SOFTWARE\Evertunnel\Tunnels\$Scope")
    if ($null -ne $key) {
        $key.GetValue($InstanceId)
    }
}

function Test-Tunnel {
    # The profile is asked for where it was put, in Windows' VPNv2 tree. Get-VpnConnection does not do here: the 32-bit
    # PowerShell has no VPN cmdlets, and SYSTEM sees by them no person's own connections. Nor does a person's rasphone.pbk:
    # it goes where their AppData is redirected to.
    param(
        [object] $Session,
        [string] $Scope
    )
    if (-not ([string] (Get-Track -Scope $Scope)).StartsWith($Fingerprint)) {
        return $false
    }
    $options = Get-BridgeOption -Scope $Scope
    $found = @(Get-OwnProfile -Session $Session -Options $options -InstanceId $InstanceId)
    Test-Profile -Found $found -Gateway $Gateway
}

$ErrorActionPreference = 'Stop'
[string[]] $scopes = @('device')
if (-not $IsDevice) {
    [string[]] $scopes = @(Get-SignedInPerson | Where-Object -FilterScript { -not $_.Remote } | ForEach-Object -Process { $_.Sid } | Sort-Object -Unique)
}
$session = New-CimSession
try {
    $missing = @($scopes | Where-Object -FilterScript { -not (Test-Tunnel -Session $session -Scope $_) })
    if ($scopes.Count -gt 0 -and $missing.Count -eq 0) {
        Write-Output -InputObject ('{0} is there' -f $TunnelName)
    }
}
finally {
    Remove-CimSession -CimSession $session
}
exit 0
