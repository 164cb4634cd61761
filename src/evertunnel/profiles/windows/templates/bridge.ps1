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
