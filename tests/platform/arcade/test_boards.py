"""What is drawn of a position, against boards that were set up by hand."""

import pytest

from arcade.boards import BoardView, board_view, example_view, goal_of, line_of, sides_of
from arcade.serving import GAMES, deal

EVERY = sorted(GAMES)
SIGNS = {0: "x", 1: "o", None: "."}


def drawn(board: BoardView) -> list[str]:
    return [" ".join(SIGNS[cell.piece] for cell in line) for line in board.lines()]


@pytest.mark.parametrize("key", EVERY)
def test_every_game_has_a_board_a_goal_and_names_of_its_sides(key):
    board = example_view(key)
    assert not board.over
    assert board.moves
    assert len(board.cells) == board.rows * board.columns
    assert goal_of(key)
    assert len(set(sides_of(key))) == 2


@pytest.mark.parametrize("key", EVERY)
def test_the_legal_moves_are_those_of_the_rules_until_the_end(key):
    state = GAMES[key].new_state()
    deal(state)
    while not state.is_terminal():
        board = board_view(key, state.history(), viewer_side=0)
        assert [move.action for move in board.moves] == state.legal_actions()
        assert board.turn == state.current_player()
        assert len({move.typed for move in board.moves}) == len(board.moves)
        assert all(board.move_of(move.typed) == move for move in board.moves)
        state.apply_action(state.legal_actions()[len(state.legal_actions()) // 2])
        deal(state)
    ended = board_view(key, state.history())
    assert (ended.over, ended.moves, ended.turn) == (True, [], None)
    assert ended.outcome == state.returns()[0]


def test_a_disc_falls_to_the_lowest_free_place_of_its_column():
    board = board_view("connect-four", [3, 3, 0])
    assert drawn(board)[-2:] == [". . . o . . .", "x . . x . . ."]
    assert [(played.side, played.move.text) for played in board.played] == [
        (0, "column 4"),
        (1, "column 4"),
        (0, "column 1"),
    ]
    assert board.cells[35].label == "column 1, row 1"
    assert [cell.place for cell in board.cells if cell.is_last] == [35]
    falls_to = {move.typed: move.to for move in board.moves}
    assert (falls_to["1"], falls_to["4"], falls_to["7"]) == (28, 24, 41)


def test_a_click_anywhere_in_a_column_drops_there():
    board = board_view("connect-four", [3, 3, 3, 3, 3, 3])  # column 4 is full
    assert {board.by_cell[place].action for place in (0, 7, 35)} == {0}
    assert not {3, 10, 38} & set(board.by_cell)


@pytest.mark.parametrize(
    ("actions", "winning"),
    [
        ([0, 1, 0, 1, 0, 1, 0], [14, 21, 28, 35]),
        ([0, 0, 1, 1, 2, 2, 3], [35, 36, 37, 38]),
        ([0, 1, 1, 2, 2, 3, 2, 3, 3, 5, 3], [17, 23, 29, 35]),
    ],
)
def test_four_in_a_line_are_marked(actions, winning):
    board = board_view("connect-four", actions)
    assert (board.over, board.outcome) == (True, 1)
    assert [cell.place for cell in board.cells if cell.is_winning] == winning


def test_nothing_is_marked_before_the_game_is_won():
    assert not any(cell.is_winning for cell in board_view("connect-four", [0, 1, 0, 1]).cells)


def test_tic_tac_toe_counts_its_rows_from_the_top():
    board = board_view("tic-tac-toe", [2, 4])
    assert drawn(board) == [". . x", ". o .", ". . ."]
    assert [played.move.typed for played in board.played] == ["c1", "b2"]


def test_othello_begins_with_four_discs_and_turns_what_is_enclosed():
    assert board_view("othello", []).counts() == (2, 2)
    board = board_view("othello", [19])  # d3
    assert board.counts() == (4, 1)
    assert board.cells[27].piece == 0  # d4 was white
    assert {move.typed for move in board.moves} == {"c3", "e3", "c5"}


def test_a_side_without_a_move_passes():
    passing = _until_pass()
    assert [(move.typed, move.to) for move in passing.moves] == [("pass", None)]
    assert passing.other_moves == passing.moves


def _until_pass():
    """Always the first legal move: it leads to a position in which one must pass."""
    state = GAMES["othello"].new_state()
    while state.legal_actions() != [64]:
        state.apply_action(state.legal_actions()[0])
    return board_view("othello", state.history())


def test_pieces_of_breakthrough_walk_from_a_cell_to_a_cell():
    board = board_view("breakthrough-6", [])
    assert drawn(board) == ["x x x x x x"] * 2 + [". . . . . ."] * 2 + ["o o o o o o"] * 2
    a5a4 = board.move_of("a5a4")
    assert a5a4 is not None
    assert (a5a4.origin, a5a4.to) == (6, 12)
    assert board.origins == set(range(6, 12))
    assert {move.typed for move in board.moves_from(6).values()} == {"a5a4", "a5b4"}
    after = board_view("breakthrough-6", [a5a4.action])
    assert [cell.label for cell in after.cells if cell.is_last] == ["a5", "a4"]
    assert after.cells[12].piece == 0


def test_a_board_is_turned_for_the_other_side():
    board = board_view("breakthrough-6", [])
    assert board.lines(flipped=True)[0][0].label == "f1"
    assert board.lines()[0][0].label == "a6"


def test_the_chain_that_wins_hex_is_marked():
    down = [action for row in range(7) for action in (row * 7 + 3, row * 7)]
    board = board_view("hex-7", down[:-1])  # column d against column a
    assert (board.over, board.outcome) == (True, 1)
    assert [cell.label for cell in board.cells if cell.is_winning] == [
        f"d{row}" for row in range(1, 8)
    ]


def test_moves_are_typed_as_people_write_them():
    board = board_view("breakthrough-6", [])
    assert board.move_of("A5-a4") == board.move_of("a5a4")
    assert board_view("connect-four", []).move_of(" 4 ").action == 3
    for nonsense in ("", "9", "a5a6", "x" * 20):
        assert board.move_of(nonsense) is None
    for minus in ("-1", "−3", "+4"):
        assert board_view("connect-four", []).move_of(minus) is None


def test_own_cards_are_seen_and_others_only_at_the_end():
    dealt = [2, 0]  # a king and a jack
    for side, seen in ((0, ["King", None]), (1, [None, "Jack"]), (None, [None, None])):
        hands = board_view("kuhn-poker", dealt, viewer_side=side).table.hands
        assert [card and card.name for card in hands] == seen
    ended = board_view("kuhn-poker", [*dealt, 0, 0])
    assert [card.name for card in ended.table.hands] == ["King", "Jack"]


def test_bets_are_called_by_what_they_do_there():
    first = board_view("kuhn-poker", [2, 0])
    assert [move.typed for move in first.moves] == ["check", "bet"]
    answer = board_view("kuhn-poker", [2, 0, 1])
    assert [move.typed for move in answer.moves] == ["fold", "call"]
    assert (answer.table.stakes, answer.costs) == ((2, 1), {0: 0, 1: 1})


def test_the_pot_of_leduc_follows_both_rounds():
    first = board_view("leduc-poker", [0, 3, 2], viewer_side=1)
    assert (first.table.stakes, first.table.public) == ((3, 1), None)
    assert [(move.typed, first.costs[move.action]) for move in first.moves] == [
        ("fold", 0),
        ("call", 2),
        ("raise", 4),
    ]
    second = board_view("leduc-poker", [0, 3, 2, 1, 5], viewer_side=1)
    assert (second.table.pot, second.table.public.name) == (6, "King of hearts")
    assert [(move.typed, second.costs[move.action]) for move in second.moves] == [
        ("check", 0),
        ("bet", 4),
    ]
    assert second.table.hands[0] is None


def test_an_expected_line_ends_where_it_cannot_be_played():
    line = line_of("connect-four", [0] * 5, [0, 0, 1])
    assert [(side, move.typed) for side, move in line] == [(1, "1")]
