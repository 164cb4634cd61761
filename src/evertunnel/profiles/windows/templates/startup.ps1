<#
.SYNOPSIS
Start-up script for Group Policy: puts the Always On VPN tunnels on this client.

.DESCRIPTION
Runs Install-DeviceTunnel.ps1 where it lies beside this script. Copies Install-UserTunnel.ps1 where it lies there to
%ProgramFiles%\Evertunnel and has Task Scheduler run the copy as SYSTEM at each log-on: a log-on script of Group Policy runs
with the person's own rights, which Windows does not let write a profile, and by default five minutes late.

Group Policy runs start-up scripts as SYSTEM. Windows PowerShell 5.1, full language mode.

Writes to %SystemRoot%\Logs\Evertunnel\tunnels.log.

Exit codes: 0 done; 1 failed, the log says why; 2 wrong conditions: rights, language mode.

.EXAMPLE
powershell.exe -ExecutionPolicy Bypass -File Start-Evertunnel.ps1
#>
#Requires -Version 5.1
[CmdletBinding()]
param()

#@ prologue.ps1
# --------------------------------------------------------------------------------------------------------- what it does

function Install-DeviceTunnel {
    $script = Join-Path -Path $PSScriptRoot -ChildPath 'Install-DeviceTunnel.ps1'
    if (-not (Test-Path -LiteralPath $script)) {
        return 0
    }
    & $Shell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $script | Out-Null
    $LASTEXITCODE
}

function Install-TaskAtLogOn {
    $script = Join-Path -Path $PSScriptRoot -ChildPath 'Install-UserTunnel.ps1'
    if (-not (Test-Path -LiteralPath $script)) {
        return
    }
    if (-not (Test-Path -LiteralPath $ProgramFolder)) {
        New-Item -Path $ProgramFolder -ItemType Directory -Force | Out-Null
    }
    $copy = Join-Path -Path $ProgramFolder -ChildPath 'Install-UserTunnel.ps1'
    Copy-Item -LiteralPath $script -Destination $copy -Force
    $action = New-ScheduledTaskAction -Execute $Shell -Argument ('-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "{0}"' -f $copy)
    $trigger = New-ScheduledTaskTrigger -AtLogOn
    $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -MultipleInstances Queue -ExecutionTimeLimit (New-TimeSpan -Minutes 10)
    Register-ScheduledTask -TaskName $LogOnTask -TaskPath $TaskPath -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null
    Write-Log -Message 'the task that adds the user tunnel at log-on is there'
}

try {
    Assert-Shell
    if (-not (Test-LocalSystem)) {
        Stop-Script -Code 2 -Message 'Group Policy runs this script as SYSTEM: make it a start-up script of the computer, not a log-on script of the user.'
    }
    # A client without a device tunnel (Windows Pro) may still have a user tunnel.
    Install-TaskAtLogOn
    $code = Install-DeviceTunnel
    if ($code -ne 0) {
        Stop-Script -Code $code -Message ('The device tunnel is not as it should be: its script ended with {0}.' -f $code)
    }
}
catch {
    Stop-Script -Code 1 -Message ('The start-up script failed: {0}' -f $_.Exception.Message)
}
exit 0
