"""What an error code or a line of a log means, why it comes, and what to check: Windows' codes, NPS's, IKE's and ours.

    model      the nouns: Code, Cause, Look (where to look, by which command), Verdict
    codes/     the codes, one file per family
    causes/    the causes that codes name, one file per subject
    catalogue  reads both, and finds a code by number or name
    find       finds codes in any text; logs of known kinds it hands to:
    rasclient  Windows' RasClient events 20226 and 20227
    nps        NPS's text log, in its three formats
    charon     charon's log
    planned    which causes a plan shows or rules out
    seen       which causes a host's own evidence shows or rules out
    words      an explanation as lines for a person
    reference  the page of all codes and causes

To add a code, write it into its file in codes/; a test says what is missing. Decides only: no clock, no network, no
file but its own tables.
"""
