# ------------------------------------------------------------------- what Windows keeps of a profile in the registry

function Remove-LeftOver {
    # What Windows keeps of a profile that is gone: it hinders the next one of the same name.
    param(
        [string] $Scope,
        [string] $Name,
        [string] $InstanceId
    )
    Remove-TrackedPath -Scope $Scope -InstanceId $InstanceId
    Remove-NodeCache -Scope $Scope -InstanceId $InstanceId
    Remove-NetworkName -Name $Name
}

function Test-Scope {
    # People on one client have profiles of the same name. Where the registry says whose something is, only what is this
    # person's goes; where it says nobody's, it is the client's.
    param(
        [string] $Scope,
        [string] $Text
    )
    $sids = @([regex]::Matches($Text, 'S-1-(?:5-21|12-1)(?:-[0-9]+)+') | ForEach-Object -Process { $_.Value })
    $sids.Count -eq 0 -or $sids -contains $Scope
}

function Remove-DeviceKey {
    # Windows has one device tunnel at most, and one key for it. Somebody else's stays.
    param(
        [object] $Session,
        [object] $Options,
        [string] $InstanceId
    )
    $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel'
    $others = @(Get-OtherDeviceTunnel -Session $Session -Options $Options -InstanceId $InstanceId)
    if ($others.Count -eq 0 -and (Test-Path -LiteralPath $path)) {
        Remove-Item -LiteralPath $path -Recurse -Force
    }
}

function Test-OwnPath {
    param(
        [string] $Path,
        [string] $InstanceId
    )
    $end = '/VPNv2/{0}' -f $InstanceId
    $Path.EndsWith($end, [StringComparison]::OrdinalIgnoreCase) -or $Path.IndexOf("$end/", [StringComparison]::OrdinalIgnoreCase) -ge 0
}

function Remove-TrackedPath {
    # A key for each who enrolled the client, below it one for the device and one for each person, named by SID.
    param(
        [string] $Scope,
        [string] $InstanceId
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\EnterpriseResourceManager\Tracked'
    if (-not (Test-Path -LiteralPath $root)) {
        return
    }
    foreach ($key in @(Get-ChildItem -LiteralPath $root -Recurse | Where-Object -FilterScript { Test-Scope -Scope $Scope -Text $_.Name })) {
        $paths = @($key.GetValueNames() | Where-Object -FilterScript { $_ -match '^Path\d+$' })
        $ours = @($paths | Where-Object -FilterScript { Test-OwnPath -Path ([string] $key.GetValue($_)) -InstanceId $InstanceId })
        foreach ($value in $ours) {
            Remove-ItemProperty -LiteralPath $key.PSPath -Name $value
        }
        if ($ours.Count -gt 0) {
            Set-ItemProperty -LiteralPath $key.PSPath -Name 'Count' -Value ($paths.Count - $ours.Count)
        }
    }
}

function Remove-NodeCache {
    param(
        [string] $Scope,
        [string] $InstanceId
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\Provisioning\NodeCache\CSP\Device\MS DM Server\Nodes'
    if (-not (Test-Path -LiteralPath $root)) {
        return
    }
    foreach ($key in @(Get-ChildItem -LiteralPath $root)) {
        $uri = [string] $key.GetValue('NodeUri')
        if ((Test-OwnPath -Path $uri -InstanceId $InstanceId) -and (Test-Scope -Scope $Scope -Text $uri)) {
            Remove-Item -LiteralPath $key.PSPath -Recurse -Force
        }
    }
}

function Remove-NetworkName {
    # These are the client's, whoever connected: Windows lists the network anew with the next connection.
    param(
        [string] $Name
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList\Profiles'
    if (-not (Test-Path -LiteralPath $root)) {
        return
    }
    foreach ($key in @(Get-ChildItem -LiteralPath $root)) {
        if ([string] $key.GetValue('Description') -eq $Name) {
            Remove-Item -LiteralPath $key.PSPath -Recurse -Force
        }
    }
}

function Remove-DisabledTrigger {
    # A person who disconnected once is on this list, and the tunnel never comes up by itself again. The list has names
    # alone; UserSID beside it says whose tunnel Windows brings up by itself. What somebody else chose stays.
    param(
        [string] $Scope,
        [string] $Name
    )
    $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\RasMan\Config'
    if (-not (Test-Path -LiteralPath $path)) {
        return
    }
    $config = Get-Item -LiteralPath $path
    $listed = $config.GetValue('AutoTriggerDisabledProfilesList')
    if ($null -eq $listed) {
        return
    }
    if ($Scope -ne 'device' -and -not (Test-Scope -Scope $Scope -Text ([string] $config.GetValue('UserSID')))) {
        return
    }
    [string[]] $others = @($listed | Where-Object -FilterScript { $_ -ne $Name })
    if ($others.Count -eq 0) {
        Remove-ItemProperty -LiteralPath $path -Name 'AutoTriggerDisabledProfilesList'
    }
    elseif ($others.Count -ne @($listed).Count) {
        Set-ItemProperty -LiteralPath $path -Name 'AutoTriggerDisabledProfilesList' -Value $others -Type MultiString
    }
}
