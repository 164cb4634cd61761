<#
.SYNOPSIS
Puts the Always On VPN device tunnel on this client.

.DESCRIPTION
Deletes the profile of this name if there is one, adds it anew, then limits which machine certificate Windows takes and sets
the IPsec policy. All other profiles are left alone. Where the profile is already there as it should be, nothing is touched.

Windows lets SYSTEM alone make a device tunnel. Run by an administrator, the script makes a scheduled task for SYSTEM, waits for
it and removes it. Nobody needs to be signed in. Windows PowerShell 5.1, full language mode; Windows Enterprise or Education.

Writes to %SystemRoot%\Logs\Evertunnel\tunnels.log.

Exit codes: 0 done; 1 failed, the log says why; 2 wrong conditions: rights, edition or release of Windows, language mode.

.PARAMETER IssuerFilter
Has Windows take only a machine certificate of this authority: Root, Issuing, or None, which is the default. It helps where a
client holds machine certificates of several authorities. Published scripts name the root. Try it on one client first.

.PARAMETER Force
Puts the profile there anew even if it is as it should be.

.EXAMPLE
powershell.exe -ExecutionPolicy Bypass -File Install-DeviceTunnel.ps1
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [ValidateSet('None', 'Root', 'Issuing')]
    [string] $IssuerFilter = 'None',
    [switch] $Force
)

#@ values
#@ prologue.ps1
#@ bridge.ps1
#@ change.ps1
#@ leftovers.ps1
#@ update.ps1
# --------------------------------------------------------------------------------------------------------- what it does

function Set-MachineCertificateFilter {
    $filter = @{ MachineCertificateEKUFilter = $CertificateUsages }
    if ($IssuerFilter -ne 'None') {
        [byte[]] $octets = [Convert]::FromBase64String($Authorities[$IssuerFilter])
        $filter['MachineCertificateIssuerFilter'] = New-Object -TypeName Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $octets)
    }
    Set-VpnConnection -Name $TunnelName -AllUserConnection -Force @filter
    Write-Log -Message 'the machine certificate is limited'
}

function Wait-Connection {
    # The phone book follows the profile after a while.
    for ($try = 0; $try -lt 12; $try++) {
        if (Get-VpnConnection -Name $TunnelName -AllUserConnection -ErrorAction SilentlyContinue) {
            return
        }
        Start-Sleep -Seconds 5
    }
    throw 'the profile is there, but no connection of its name came up in the phone book within a minute'
}

function Set-IPsecPolicy {
    if ($IPsecPolicy.Count -gt 0) {
        Set-VpnConnectionIPsecConfiguration -ConnectionName $TunnelName -AllUserConnection -Force @IPsecPolicy
        Write-Log -Message 'the IPsec policy is set'
    }
}

try {
    $arguments = @(Get-Argument -Bound $PSBoundParameters)
    Assert-Shell -Arguments $arguments
    Assert-Administrator
    Assert-Windows -Build $MinimumBuild -Release $MinimumRelease -ForDevice
    if (-not (Test-LocalSystem)) {
        Exit-ThroughSystem -Arguments $arguments
    }
    $Fingerprint = '{0} {1}' -f $Fingerprint, $IssuerFilter
    Update-Tunnel -Scope 'device' -Finish {
        Wait-Connection
        Set-MachineCertificateFilter
        Set-IPsecPolicy
    }
}
catch {
    Stop-Script -Code 1 -Message ('The device tunnel is not as it should be: {0}' -f $_.Exception.Message)
}
exit 0
