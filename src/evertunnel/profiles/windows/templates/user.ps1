<#
.SYNOPSIS
Puts the Always On VPN user tunnel on this client, for the person who is signed in.

.DESCRIPTION
Deletes the profile of this name if there is one, adds it anew, and leaves all other profiles alone. Where the profile is
already there as it should be, nothing is touched and nobody is disconnected.

Run it as administrator in the person's own session, or as SYSTEM (Configuration Manager, a scheduled task) while the person
is signed in at the device. Windows PowerShell 5.1, full language mode.

Writes to %SystemRoot%\Logs\Evertunnel\tunnels.log.

Exit codes: 0 done; 1 failed, the log says why; 2 wrong conditions: Remote Desktop, rights, edition or release of Windows,
language mode, nobody signed in.

.PARAMETER Force
Puts the profile there anew even if it is as it should be.

.EXAMPLE
powershell.exe -ExecutionPolicy Bypass -File Install-UserTunnel.ps1
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [switch] $Force
)

#@ values
#@ prologue.ps1
#@ bridge.ps1
#@ change.ps1
#@ leftovers.ps1
#@ update.ps1
#@ people.ps1
# --------------------------------------------------------------------------------------------------------- what it does

function Get-PersonForTunnel {
    $own = [Diagnostics.Process]::GetCurrentProcess().SessionId
    if ($own -ne 0 -and $env:SESSIONNAME -like 'RDP-*') {
        Stop-Script -Code 2 -Message 'This is a Remote Desktop session. A user tunnel is added for somebody who sits at the device: sign in there and run the script again.'
    }
    $people = @(Wait-SignedInPerson -Seconds 60)
    if ($people.Count -eq 0) {
        Stop-Script -Code 2 -Message 'Nobody is signed in. A user tunnel belongs to a person: run the script while they are signed in at the device.'
    }
    $local = @($people | Where-Object -FilterScript { -not $_.Remote })
    if ($local.Count -eq 0) {
        Stop-Script -Code 2 -Message 'Whoever is signed in came by Remote Desktop or an enhanced session of Hyper-V. A user tunnel is added for somebody who sits at the device: sign in there and run the script again.'
    }
    $local
}

try {
    Assert-Shell -Arguments @(Get-Argument -Bound $PSBoundParameters)
    Assert-Administrator
    Assert-Windows -Build $MinimumBuild -Release $MinimumRelease
    $sids = @(Get-PersonForTunnel | ForEach-Object -Process { $_.Sid } | Sort-Object -Unique)
    if ($sids.Count -gt 1) {
        Write-Log -Level 'warning' -Message 'Several people are signed in. Each gets the profile; Windows brings it up by itself for one of them.'
    }
    foreach ($sid in $sids) {
        Update-Tunnel -Scope $sid
    }
}
catch {
    Stop-Script -Code 1 -Message ('The user tunnel is not as it should be: {0}' -f $_.Exception.Message)
}
exit 0
