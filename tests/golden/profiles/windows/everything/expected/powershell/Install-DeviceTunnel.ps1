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

$TunnelName = 'Device''s $tunnel & more'
$InstanceId = 'Device%27s%20%24tunnel%20%26%20more'
$Gateway = 'vpn.contoso.com'
$MinimumBuild = 26100
$MinimumRelease = 'Windows 11 24H2'
$CertificateUsages = @('1.3.6.1.5.5.7.3.2')
$Authorities = @{ Root = 'MIIBazCCAROgAwIBAgIUJXt2aMhRW/EdyizN+84LENOAy5owCgYIKoZIzj0EAwIwLDEQMA4GA1UECgwHQ29udG9zbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowLDEQMA4GA1UECgwHQ29udG9zbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgkxv5wHgkla8/PktEsUvy+f2m0jqcSwWP25rp4XLASuNtH6NjVwOHp6/R6R4k4tqq0om31t2UD7C7jyr4wmDQqMTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNGADBDAiAYwsBmKn7Gb3oleby2JRZPIr0ZuU8TVqdtQEVYK6vG5AIfEXD0ImB5mOR5WOl+u9lzQ7rewpXm7mnhzFdP/cbEaw=='; Issuing = 'MIIBcDCCARagAwIBAgIUAm9e0bheAkoj7T11twiefJ5QVmUwCgYIKoZIzj0EAwIwLDEQMA4GA1UECgwHQ29udG9zbzEYMBYGA1UEAwwPQ29udG9zbyBSb290IENBMB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowLzEQMA4GA1UECgwHQ29udG9zbzEbMBkGA1UEAwwSQ29udG9zbyBJc3N1aW5nIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUJseLfHP5me4v9eyPAKHFgXI/UNCdhOII1FBD3b4ap5laLiUZC0IDgKHLSN5Sg6aD0ae6SvgCsw7ODeCj9t0Y6MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBvlk5liHq7/dbK0L2R3TvFEOKyItlfEhSmFP5/FZDJrAIhAJQl5lBnUzdgVaLi3allaO5IIwgQ3WrSpqyzvqKPwS2Q' }
$IPsecPolicy = @{ AuthenticationTransformConstants = 'GCMAES128'; CipherTransformConstants = 'GCMAES128'; DHGroup = 'Group14'; PfsGroup = 'ECP256'; EncryptionMethod = 'GCMAES128'; IntegrityCheckMethod = 'SHA256' }
$ProfileXml = '<VPNProfile>
  <ProfileName>Device''s $tunnel &amp; more</ProfileName>
  <AlwaysOn>true</AlwaysOn>
  <DnsSuffix>corp.contoso.com</DnsSuffix>
  <TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>
  <DisableAdvancedOptionsEditButton>true</DisableAdvancedOptionsEditButton>
  <DisableDisconnectButton>true</DisableDisconnectButton>
  <DeviceTunnel>true</DeviceTunnel>
  <RegisterDNS>true</RegisterDNS>
  <TrafficFilter>
    <App>
      <Id>SYSTEM</Id>
    </App>
    <Protocol>6</Protocol>
    <RemotePortRanges>80,5985-5986</RemotePortRanges>
    <RemoteAddressRanges>10.0.0.0/24</RemoteAddressRanges>
  </TrafficFilter>
  <TrafficFilter>
    <Protocol>6</Protocol>
    <LocalPortRanges>5985</LocalPortRanges>
    <RemoteAddressRanges>10.0.0.10/32</RemoteAddressRanges>
    <Direction>Inbound</Direction>
  </TrafficFilter>
  <NativeProfile>
    <Servers>vpn.contoso.com</Servers>
    <RoutingPolicyType>SplitTunnel</RoutingPolicyType>
    <NativeProtocolType>IKEv2</NativeProtocolType>
    <DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>
    <CryptographySuite>
      <AuthenticationTransformConstants>GCMAES128</AuthenticationTransformConstants>
      <CipherTransformConstants>GCMAES128</CipherTransformConstants>
      <PfsGroup>ECP256</PfsGroup>
      <DHGroup>Group14</DHGroup>
      <IntegrityCheckMethod>SHA256</IntegrityCheckMethod>
      <EncryptionMethod>AES_GCM_128</EncryptionMethod>
    </CryptographySuite>
    <Authentication>
      <MachineMethod>Certificate</MachineMethod>
    </Authentication>
  </NativeProfile>
  <Route>
    <Address>10.0.0.10</Address>
    <PrefixSize>32</PrefixSize>
    <Metric>5</Metric>
  </Route>
  <Route>
    <Address>198.51.100.0</Address>
    <PrefixSize>24</PrefixSize>
    <ExclusionRoute>true</ExclusionRoute>
    <Metric>5</Metric>
  </Route>
  <IPv4InterfaceMetric>3</IPv4InterfaceMetric>
  <IPv6InterfaceMetric>3</IPv6InterfaceMetric>
  <NetworkOutageTime>600</NetworkOutageTime>
  <PrivateNetwork>true</PrivateNetwork>
</VPNProfile>
'
$Fingerprint = '408f0d737a573778e4df6422702f79328d7aa7b214dba0515f186269059734c9'

# ---------------------------------------------------------------------------------------------- what every script has

if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Warning -Message 'Windows PowerShell runs in a constrained language mode here, and the VPN profile cannot be written in it. Have your application control policy trust this script (sign it), and run it again.'
    exit 2
}

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# Only administrators may write there. In ProgramData anybody could lay a link where SYSTEM is about to write.
$LogFolder = Join-Path -Path $env:SystemRoot -ChildPath 'Logs\Evertunnel'
$ProgramFolder = Join-Path -Path $env:ProgramFiles -ChildPath 'Evertunnel'
$TaskPath = '\Evertunnel\'
$LogOnTask = 'User tunnel at log-on'
$Shell = Join-Path -Path $env:SystemRoot -ChildPath 'System32\WindowsPowerShell\v1.0\powershell.exe'

function Write-Log {
    param(
        [string] $Message,
        [string] $Level = 'info'
    )
    $line = '{0} {1,-7} {2}' -f (Get-Date -Format 'yyyy-MM-dd HH:mm:ss'), $Level, $Message
    if ($Level -eq 'info') {
        Write-Information -MessageData $line -InformationAction Continue
    }
    else {
        Write-Warning -Message $Message
    }
    try {
        if (-not (Test-Path -LiteralPath $LogFolder)) {
            New-Item -Path $LogFolder -ItemType Directory -Force | Out-Null
        }
        Add-Content -LiteralPath (Join-Path -Path $LogFolder -ChildPath 'tunnels.log') -Value $line -Encoding UTF8
    }
    catch {
        # Without administrator's rights there is no log file, and the next check says so.
        Write-Verbose -Message $_.Exception.Message
    }
}

function Stop-Script {
    param(
        [int] $Code,
        [string] $Message
    )
    Write-Log -Level 'error' -Message $Message
    exit $Code
}

function Get-Argument {
    # The parameters as they were given, for another powershell.exe. Only switches and words of closed lists are passed on.
    param(
        [object] $Bound
    )
    foreach ($name in @('Tunnel', 'IssuerFilter')) {
        if ($Bound.ContainsKey($name)) {
            "-$name"
            [string] $Bound[$name]
        }
    }
    if ($Bound.ContainsKey('Force') -and $Bound['Force']) {
        '-Force'
    }
}

function Assert-Shell {
    # Configuration Manager starts the 32-bit PowerShell, which has no VPN cmdlets and sees another registry.
    param(
        [string[]] $Arguments = @()
    )
    if ($PSVersionTable.PSVersion.Major -gt 5) {
        Stop-Script -Code 2 -Message 'This is PowerShell 6 or later. Run the script with Windows PowerShell 5.1 (powershell.exe).'
    }
    if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) {
        $native = Join-Path -Path $env:SystemRoot -ChildPath 'Sysnative\WindowsPowerShell\v1.0\powershell.exe'
        & $native -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath @Arguments
        exit $LASTEXITCODE
    }
}

function Test-LocalSystem {
    [Security.Principal.WindowsIdentity]::GetCurrent().IsSystem
}

function Assert-Administrator {
    $principal = New-Object -TypeName Security.Principal.WindowsPrincipal -ArgumentList ([Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        Stop-Script -Code 2 -Message 'Administrator''s rights are needed. Start Windows PowerShell with "Run as administrator" and run the script again.'
    }
}

function Assert-Windows {
    param(
        [int] $Build,
        [string] $Release,
        [switch] $ForDevice
    )
    $system = Get-CimInstance -ClassName Win32_OperatingSystem
    if ($system.ProductType -ne 1) {
        Stop-Script -Code 2 -Message ('{0} is no client edition of Windows. Run the script on a client.' -f $system.Caption)
    }
    if ([int] $system.BuildNumber -lt $Build) {
        Stop-Script -Code 2 -Message ('This is build {0} of Windows; the profile needs {1} (build {2}) or later. Update Windows first.' -f $system.BuildNumber, $Release, $Build)
    }
    # Win32_OperatingSystem.OperatingSystemSKU: Enterprise and Education with their N, LTSC, evaluation and IoT editions.
    $enterprise = @(4, 27, 72, 84, 121, 122, 125, 126, 129, 130, 188, 191)
    $homeEditions = @(98, 99, 100, 101)
    $sku = [int] $system.OperatingSystemSKU
    if ($ForDevice -and $enterprise -notcontains $sku) {
        Stop-Script -Code 2 -Message ('{0} has no device tunnel; Windows has it in Enterprise and Education alone.' -f $system.Caption)
    }
    if ($ForDevice -and -not (Get-CimInstance -ClassName Win32_ComputerSystem).PartOfDomain) {
        Write-Log -Level 'warning' -Message 'This client is in no domain. Microsoft supports the device tunnel on members of a domain alone.'
    }
    if ($homeEditions -contains $sku) {
        Stop-Script -Code 2 -Message ('{0} takes no VPN profile from an organisation; Windows Pro, Enterprise or Education is needed.' -f $system.Caption)
    }
}

function Exit-ThroughSystem {
    # The device tunnel is made by LocalSystem alone. A task that is gone afterwards takes this script there.
    param(
        [string[]] $Arguments
    )
    $code = Invoke-AsSystem -Arguments $Arguments
    if ($code -eq 0) {
        exit 0
    }
    if ($code -eq 2) {
        Stop-Script -Code 2 -Message ('The conditions are wrong; {0}\tunnels.log says which.' -f $LogFolder)
    }
    Stop-Script -Code 1 -Message ('As SYSTEM the script ended with {0}; {1}\tunnels.log says why.' -f $code, $LogFolder)
}

function Invoke-AsSystem {
    param(
        [string[]] $Arguments
    )
    if (-not (Test-Path -LiteralPath $ProgramFolder)) {
        New-Item -Path $ProgramFolder -ItemType Directory -Force | Out-Null
    }
    $copy = Join-Path -Path $ProgramFolder -ChildPath ('{0}.ps1' -f [Guid]::NewGuid())
    Copy-Item -LiteralPath $PSCommandPath -Destination $copy -Force
    $task = @{ TaskName = 'Once as SYSTEM {0}' -f [Guid]::NewGuid(); TaskPath = $TaskPath }
    $line = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -File "{0}" {1}' -f $copy, ($Arguments -join ' ')
    try {
        $action = New-ScheduledTaskAction -Execute $Shell -Argument $line
        $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
        $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit (New-TimeSpan -Minutes 10)
        Register-ScheduledTask @task -Action $action -Principal $principal -Settings $settings -Force | Out-Null
        Start-ScheduledTask @task
        Wait-Task -Task $task
    }
    finally {
        Get-ScheduledTask @task -ErrorAction SilentlyContinue | Unregister-ScheduledTask -Confirm:$false
        Remove-Item -LiteralPath $copy -Force -ErrorAction SilentlyContinue
    }
}

function Wait-Task {
    # Gives the exit code. Task Scheduler's own 0x41301 means that it runs, 0x41303 that it has not run, 0x41325 that it waits.
    param(
        [hashtable] $Task
    )
    for ($second = 0; $second -lt 600; $second++) {
        Start-Sleep -Seconds 1
        $result = (Get-ScheduledTaskInfo @Task).LastTaskResult
        if (@(0x41301, 0x41303, 0x41325) -notcontains $result) {
            return $result
        }
    }
    throw 'The task that runs as SYSTEM has not ended within ten minutes.'
}

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
