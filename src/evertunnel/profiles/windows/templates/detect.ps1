<#
.SYNOPSIS
Detection script for Configuration Manager: says whether the tunnel is on this client as it was delivered last.

.DESCRIPTION
Writes one line if it is, and nothing if it is not. For a user tunnel, everybody who is signed in must have it. Changes nothing.

Exit code: 0, with or without the line. Another one, or anything on the error stream, means that it is not known.
#>
#Requires -Version 5.1
[CmdletBinding()]
param()

#@ values
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

$ErrorActionPreference = 'Stop'
[string[]] $scopes = @('device')
if (-not $IsDevice) {
    [string[]] $scopes = @(Get-SignedInPerson | Where-Object -FilterScript { -not $_.Remote } | ForEach-Object -Process { $_.Sid } | Sort-Object -Unique)
}
$missing = @($scopes | Where-Object -FilterScript { -not ([string] (Get-Track -Scope $_)).StartsWith($Fingerprint) })
if ($scopes.Count -gt 0 -and $missing.Count -eq 0) {
    Write-Output -InputObject ('{0} is there' -f $TunnelName)
}
exit 0
