# ------------------------------------------------------------------------------------ changing it, and what is tracked

$ParentId = './Vendor/MSFT/VPNv2'
$Tracks = 'HKLM:\SOFTWARE\Evertunnel\Tunnels'

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
