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
