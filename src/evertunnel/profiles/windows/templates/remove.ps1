<#
.SYNOPSIS
Takes the Always On VPN tunnels off this client, with what Windows keeps of them in the registry.

.DESCRIPTION
Removes the device tunnel, and the user tunnel of whoever is signed in. Other profiles are left alone. The user tunnel of somebody
who is not signed in stays until the script runs while they are.

Run it as administrator or as SYSTEM; an administrator gets a scheduled task for SYSTEM that is gone afterwards. Windows
PowerShell 5.1, full language mode.

Writes to %SystemRoot%\Logs\Evertunnel\tunnels.log.

Exit codes: 0 done; 1 failed, the log says why; 2 wrong conditions: rights, language mode.

.PARAMETER Tunnel
Device, User, or Both, which is the default.

.EXAMPLE
powershell.exe -ExecutionPolicy Bypass -File Remove-Tunnels.ps1 -Tunnel User
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [ValidateSet('Both', 'Device', 'User')]
    [string] $Tunnel = 'Both'
)

#@ values
#@ prologue.ps1
#@ bridge.ps1
#@ change.ps1
#@ leftovers.ps1
#@ people.ps1
# --------------------------------------------------------------------------------------------------------- what it does

function Remove-Tunnel {
    param(
        [string] $Scope,
        [string] $Name,
        [string] $InstanceId
    )
    $session = New-CimSession
    try {
        $options = Get-BridgeOption -Scope $Scope
        if (@(Get-OwnProfile -Session $session -Options $options -InstanceId $InstanceId).Count -gt 0) {
            Disconnect-Tunnel -Name $Name
            Remove-OwnProfile -Session $session -Options $options -InstanceId $InstanceId
        }
        Remove-LeftOver -Scope $Scope -Name $Name -InstanceId $InstanceId
        Remove-DisabledTrigger -Scope $Scope -Name $Name
        if ($Scope -eq 'device') {
            Remove-DeviceKey -Session $session -Options $options -InstanceId $InstanceId
        }
        Clear-Track -Scope $Scope -InstanceId $InstanceId
        Write-Log -Message ('nothing is left of {0} ({1})' -f $InstanceId, $Scope)
    }
    finally {
        Remove-CimSession -CimSession $session
    }
}

try {
    $arguments = @(Get-Argument -Bound $PSBoundParameters)
    Assert-Shell -Arguments $arguments
    Assert-Administrator
    if (-not (Test-LocalSystem)) {
        Exit-ThroughSystem -Arguments $arguments
    }
    if ($Tunnel -ne 'User') {
        Remove-Tunnel -Scope 'device' -Name $DeviceName -InstanceId $DeviceInstanceId
    }
    if ($Tunnel -ne 'Device' -and $UserName) {
        # The task at log-on would put it back.
        Get-ScheduledTask -TaskPath $TaskPath -TaskName $LogOnTask -ErrorAction SilentlyContinue | Unregister-ScheduledTask -Confirm:$false
        $copy = Join-Path -Path $ProgramFolder -ChildPath 'Install-UserTunnel.ps1'
        if (Test-Path -LiteralPath $copy) {
            Remove-Item -LiteralPath $copy -Force
        }
        foreach ($sid in @(Get-SignedInPerson | ForEach-Object -Process { $_.Sid } | Sort-Object -Unique)) {
            Remove-Tunnel -Scope $sid -Name $UserName -InstanceId $UserInstanceId
        }
    }
}
catch {
    Stop-Script -Code 1 -Message ('Something of the tunnels is left: {0}' -f $_.Exception.Message)
}
exit 0
