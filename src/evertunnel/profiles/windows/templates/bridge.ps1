# ----------------------------------------------------------------------------------- the profile in Windows' VPNv2 tree

$Namespace = 'root\cimv2\mdm\dmmap'
$ClassName = 'MDM_VPNv2_01'
$ParentId = './Vendor/MSFT/VPNv2'
$Tracks = 'HKLM:\SOFTWARE\Evertunnel\Tunnels'

function Get-BridgeOption {
    # The device's own profiles, or those of the person with this SID.
    param(
        [string] $Scope
    )
    $options = New-Object -TypeName Microsoft.Management.Infrastructure.Options.CimOperationOptions
    if ($Scope -ne 'device') {
        $options.SetCustomOption('PolicyPlatformContext_PrincipalContext_Type', 'PolicyPlatform_UserContext', $false)
        $options.SetCustomOption('PolicyPlatformContext_PrincipalContext_Id', $Scope, $false)
    }
    $options
}

function Get-OwnProfile {
    # Ours alone: whoever else has profiles here keeps them.
    param(
        [object] $Session,
        [object] $Options,
        [string] $InstanceId
    )
    foreach ($instance in $Session.EnumerateInstances($Namespace, $ClassName, $Options)) {
        if ($instance.InstanceID -eq $InstanceId) {
            $instance
        }
    }
}

function Get-OtherDeviceTunnel {
    param(
        [object] $Session,
        [object] $Options,
        [string] $InstanceId
    )
    foreach ($instance in $Session.EnumerateInstances($Namespace, $ClassName, $Options)) {
        if ($instance.InstanceID -ne $InstanceId -and $instance.DeviceTunnel) {
            $instance.InstanceID
        }
    }
}

function Remove-OwnProfile {
    param(
        [object] $Session,
        [object] $Options,
        [string] $InstanceId
    )
    foreach ($instance in @(Get-OwnProfile -Session $Session -Options $Options -InstanceId $InstanceId)) {
        $Session.DeleteInstance($Namespace, $instance, $Options)
        Write-Log -Message ('the profile {0} is deleted' -f $InstanceId)
    }
}

function Add-OwnProfile {
    param(
        [object] $Session,
        [object] $Options,
        [string] $InstanceId,
        [string] $Xml
    )
    # The ampersand first: it would escape the others' escapes.
    $escaped = $Xml.Replace('&', '&amp;').Replace('<', '&lt;').Replace('>', '&gt;').Replace('"', '&quot;')
    $instance = New-Object -TypeName Microsoft.Management.Infrastructure.CimInstance -ArgumentList $ClassName, $Namespace
    $instance.CimInstanceProperties.Add([Microsoft.Management.Infrastructure.CimProperty]::Create('ParentID', $ParentId, 'String', 'Key'))
    $instance.CimInstanceProperties.Add([Microsoft.Management.Infrastructure.CimProperty]::Create('InstanceID', $InstanceId, 'String', 'Key'))
    $instance.CimInstanceProperties.Add([Microsoft.Management.Infrastructure.CimProperty]::Create('ProfileXML', $escaped, 'String', 'Property'))
    # A name that has only just been given up is refused for a while.
    for ($try = 1; $true; $try++) {
        try {
            $Session.CreateInstance($Namespace, $instance, $Options) | Out-Null
            return
        }
        catch {
            if ($try -ge 4) {
                throw
            }
            Write-Log -Level 'warning' -Message ('Windows did not take the profile yet ({0}); trying again' -f $_.Exception.Message)
            Start-Sleep -Seconds 5
        }
    }
}

function Get-Track {
    # What was delivered last: Windows gives a profile back in other words, so that cannot be compared.
    param(
        [string] $Scope,
        [string] $InstanceId
    )
    $path = Join-Path -Path $Tracks -ChildPath $Scope
    if (Test-Path -LiteralPath $path) {
        (Get-Item -LiteralPath $path).GetValue($InstanceId)
    }
}

function Set-Track {
    param(
        [string] $Scope,
        [string] $InstanceId,
        [string] $Value
    )
    $path = Join-Path -Path $Tracks -ChildPath $Scope
    if (-not (Test-Path -LiteralPath $path)) {
        New-Item -Path $path -Force | Out-Null
    }
    Set-ItemProperty -LiteralPath $path -Name $InstanceId -Value $Value
}

function Clear-Track {
    param(
        [string] $Scope,
        [string] $InstanceId
    )
    $path = Join-Path -Path $Tracks -ChildPath $Scope
    if (Test-Path -LiteralPath $path) {
        Remove-ItemProperty -LiteralPath $path -Name $InstanceId -ErrorAction SilentlyContinue
    }
}

function Disconnect-Tunnel {
    param(
        [string] $Name
    )
    # A profile that is connected cannot be replaced cleanly. Whether it was connected does not matter.
    & (Join-Path -Path $env:SystemRoot -ChildPath 'System32\rasdial.exe') $Name '/DISCONNECT' | Out-Null
    Start-Sleep -Seconds 2
}

function Remove-LeftOver {
    # What Windows keeps of a profile that is gone: it hinders the next one of the same name.
    param(
        [string] $Name,
        [string] $InstanceId
    )
    Remove-TrackedPath -InstanceId $InstanceId
    Remove-NodeCache -InstanceId $InstanceId
    Remove-NetworkName -Name $Name
    Remove-DisabledTrigger -Name $Name
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
    param(
        [string] $InstanceId
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\EnterpriseResourceManager\Tracked'
    if (-not (Test-Path -LiteralPath $root)) {
        return
    }
    foreach ($key in @(Get-ChildItem -LiteralPath $root -Recurse)) {
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
        [string] $InstanceId
    )
    $root = 'HKLM:\SOFTWARE\Microsoft\Provisioning\NodeCache\CSP\Device\MS DM Server\Nodes'
    if (-not (Test-Path -LiteralPath $root)) {
        return
    }
    foreach ($key in @(Get-ChildItem -LiteralPath $root)) {
        if (Test-OwnPath -Path ([string] $key.GetValue('NodeUri')) -InstanceId $InstanceId) {
            Remove-Item -LiteralPath $key.PSPath -Recurse -Force
        }
    }
}

function Remove-NetworkName {
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
    # A person who disconnected once is on this list, and the tunnel never comes up by itself again.
    param(
        [string] $Name
    )
    $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\RasMan\Config'
    if (-not (Test-Path -LiteralPath $path)) {
        return
    }
    $listed = (Get-Item -LiteralPath $path).GetValue('AutoTriggerDisabledProfilesList')
    if ($null -eq $listed) {
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
