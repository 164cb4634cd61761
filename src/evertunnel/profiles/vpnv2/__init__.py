"""Windows' profile document: ProfileXML, and the VPNv2 tree that it is another view of.

    model      the whole of a profile as frozen types; the order of the fields is the order of writing
    eap        the EAP block inside it
    nodes      how one element is declared: its name, since which Windows, whether the published schema has it
    values     servers, port and address ranges, thumbprints: text that cannot be wrong
    read       text to profile, with remarks about everything that was not as it should be
    write      profile to text, in a dialect
    syncml     profile to the messages of a device management server
    compare    two profiles by meaning
    compose    a plan to the profiles that it asks for
    to_plan    a profile to the sections of a plan that would produce it

Reading, writing and comparing need no plan.
"""
