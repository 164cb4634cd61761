# --------------------------------------------------------------------------------------------- putting the profile there

function Update-Tunnel {
    param(
        [string] $Scope,
        [scriptblock] $Finish = $null
    )
    $session = New-CimSession
    try {
        $options = Get-BridgeOption -Scope $Scope
        $before = @(Get-OwnProfile -Session $session -Options $options -InstanceId $InstanceId)
        $isCurrent = (Test-Profile -Found $before -Gateway $Gateway) -and (Get-Track -Scope $Scope -InstanceId $InstanceId) -eq $Fingerprint
        if ($isCurrent -and -not $Force) {
            Write-Log -Message ('the profile {0} is there as it should be' -f $InstanceId)
            return
        }
        if ($Scope -eq 'device') {
            Assert-OnlyDeviceTunnel -Session $session -Options $options
        }
        Clear-Track -Scope $Scope -InstanceId $InstanceId
        if ($before.Count -gt 0) {
            Disconnect-Tunnel -Name $TunnelName
            Remove-OwnProfile -Session $session -Options $options -InstanceId $InstanceId
            Start-Sleep -Seconds 5
        }
        try {
            Clear-LeftOver -Session $session -Options $options -Scope $Scope
            Add-OwnProfile -Session $session -Options $options -InstanceId $InstanceId -Xml $ProfileXml
            Assert-Taken -Session $session -Options $options
        }
        catch {
            Restore-Profile -Session $session -Options $options -Before $before -Cause $_.Exception.Message
            throw
        }
        Enable-Trigger -Scope $Scope
        # Only what is whole is tracked: the next run begins again.
        if ($null -ne $Finish) {
            & $Finish
        }
        Set-Track -Scope $Scope -InstanceId $InstanceId -Value $Fingerprint
        Write-Log -Message ('the profile {0} is new ({1})' -f $InstanceId, $Scope)
    }
    finally {
        Remove-CimSession -CimSession $session
    }
}

function Clear-LeftOver {
    # What is left hinders at most, so it is no reason to go without a tunnel.
    param(
        [object] $Session,
        [object] $Options,
        [string] $Scope
    )
    try {
        Remove-LeftOver -Scope $Scope -Name $TunnelName -InstanceId $InstanceId
        if ($Scope -eq 'device') {
            Remove-DeviceKey -Session $Session -Options $Options -InstanceId $InstanceId
        }
    }
    catch {
        Write-Log -Level 'warning' -Message ('something of an older profile is left in the registry: {0}' -f $_.Exception.Message)
    }
}

function Enable-Trigger {
    # After the profile is there: Windows has by then said whose tunnel it brings up by itself.
    param(
        [string] $Scope
    )
    try {
        Remove-DisabledTrigger -Scope $Scope -Name $TunnelName
    }
    catch {
        Write-Log -Level 'warning' -Message ('whoever disconnected the tunnel before has to connect it once: {0}' -f $_.Exception.Message)
    }
}

function Assert-OnlyDeviceTunnel {
    param(
        [object] $Session,
        [object] $Options
    )
    $others = @(Get-OtherDeviceTunnel -Session $Session -Options $Options -InstanceId $InstanceId)
    if ($others.Count -gt 0) {
        throw ('Windows has one device tunnel at most, and {0} is there. Remove that one first.' -f $others[0])
    }
}

function Assert-Taken {
    param(
        [object] $Session,
        [object] $Options
    )
    $after = @(Get-OwnProfile -Session $Session -Options $Options -InstanceId $InstanceId)
    if (-not (Test-Profile -Found $after -Gateway $Gateway)) {
        throw 'Windows took the profile, but does not give it back.'
    }
}

function Restore-Profile {
    param(
        [object] $Session,
        [object] $Options,
        [object[]] $Before,
        [string] $Cause
    )
    Write-Log -Level 'warning' -Message ('the new profile was not taken: {0}' -f $Cause)
    try {
        Remove-OwnProfile -Session $Session -Options $Options -InstanceId $InstanceId
        if ($Before.Count -gt 0) {
            Add-OwnProfile -Session $Session -Options $Options -InstanceId $InstanceId -Xml ([string] $Before[0].ProfileXML)
            Write-Log -Level 'warning' -Message 'the profile from before is back, without what was set beside it'
        }
    }
    catch {
        Write-Log -Level 'warning' -Message ('the profile from before is not back: {0}' -f $_.Exception.Message)
    }
}
