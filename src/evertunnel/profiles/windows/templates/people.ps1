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
