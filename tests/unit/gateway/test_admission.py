from evertunnel.gateway.admission import TABLE, Standing, Turn


def test_every_standing_has_its_row_and_nothing_leads_out_of_ending() -> None:
    assert set(TABLE) == set(Standing)
    assert TABLE[Standing.ENDING] == {}


def test_only_an_allow_or_its_inheritance_admits() -> None:
    turns = {turn for row in TABLE.values() for turn, after in row.items() if after is Standing.ADMITTED}
    entering = {
        turn
        for before, row in TABLE.items()
        for turn, after in row.items()
        if after is Standing.ADMITTED and before is not Standing.ADMITTED
    }

    assert entering == {Turn.ALLOWED, Turn.INHERITED}
    assert turns == {Turn.ALLOWED, Turn.INHERITED, Turn.ASKED, Turn.SILENT}


def test_every_standing_but_the_last_can_be_ended() -> None:
    assert all(TABLE[each].get(Turn.ENDED) is Standing.ENDING for each in Standing if each is not Standing.ENDING)
