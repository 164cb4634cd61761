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

$TunnelName = 'Contoso user tunnel'
$InstanceId = 'Contoso%20user%20tunnel'
$IsDevice = $false
$Fingerprint = 'df17846dac1b4f4f17746c6d8aec17b9afb64588761d0c616e276af5195d5481'

# ---------------------------------------------------------------------------------------------------- who is signed in

function Get-SignedInPerson {
    # By whom the desktop belongs to: Win32_ComputerSystem.UserName is empty in many sessions. A person's own session
    # counts alone where the script runs in one; SYSTEM sees them all.
    $own = [Diagnostics.Process]::GetCurrentProcess().SessionId
    foreach ($desktop in @(Get-CimInstance -ClassName Win32_Process -Filter "Name = 'explorer.exe'")) {
        if ($own -ne 0 -and $desktop.SessionId -ne $own) {
            continue
        }
        $owner = Invoke-CimMethod -InputObject $desktop -MethodName GetOwnerSid
        if ($owner.ReturnValue -ne 0 -or $owner.Sid -notmatch '^S-1-(5-21|12-1)-') {
            continue
        }
        $logons = @(Get-CimAssociatedInstance -InputObject $desktop -ResultClassName Win32_LogonSession)
        # LogonType 10: Remote Desktop, and the enhanced session of Hyper-V.
        $remote = @($logons | Where-Object -FilterScript { $_.LogonType -eq 10 }).Count -gt 0
        New-Object -TypeName PSObject -Property @{ Sid = $owner.Sid; Remote = $remote }
    }
}

function Wait-SignedInPerson {
    # At log-on a task may be earlier than the desktop.
    param(
        [int] $Seconds
    )
    for ($waited = 0; $true; $waited += 5) {
        $people = @(Get-SignedInPerson)
        if ($people.Count -gt 0 -or $waited -ge $Seconds) {
            return $people
        }
        Start-Sleep -Seconds 5
    }
}

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
