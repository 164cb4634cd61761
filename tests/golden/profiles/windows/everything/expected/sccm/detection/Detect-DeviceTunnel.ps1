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

$TunnelName = 'Device''s $tunnel & more'
$InstanceId = 'Device%27s%20%24tunnel%20%26%20more'
$IsDevice = $true
$Gateway = 'vpn.contoso.com'
$Fingerprint = '408f0d737a573778e4df6422702f79328d7aa7b214dba0515f186269059734c9'

# ----------------------------------------------------------------------------------- the profile in Windows' VPNv2 tree

$Namespace = 'root\cimv2\mdm\dmmap'
$ClassName = 'MDM_VPNv2_01'

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

function Test-Profile {
    # For a profile that Windows did not understand, or lost, it makes one of its own, without the gateway.
    param(
        [object[]] $Found,
        [string] $Gateway
    )
    $Found.Count -eq 1 -and ([string] $Found[0].ProfileXML).IndexOf($Gateway, [StringComparison]::OrdinalIgnoreCase) -ge 0
}

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
