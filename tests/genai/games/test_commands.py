import io
import json
from pathlib import Path

import pytest

from genai.games.__main__ import main
from genai.games.rules import game_of
from genai.games.serving import load_agent

FOUR = ["--game", "connect-four", "--agent", "rollouts"]
KUHN = ["--game", "kuhn-poker"]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def kuhn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents") / "kuhn"
    assert main(["train", *KUHN, "--out", str(folder), "--iterations", "50"]) == 0
    return folder


def moves(tmp_path: Path, positions: str, *arguments: str) -> list[dict]:
    (tmp_path / "positions").write_text(positions)
    out = tmp_path / "out"
    files = ["--positions", str(tmp_path / "positions"), "--out", str(out)]
    assert main(["move", *arguments, *files]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_move_answers_each_position_with_a_legal_move_its_value_and_its_time(
    tmp_path: Path,
) -> None:
    positions = ["", "3 3 3", "3 0 3 0 3 1"]
    answers = moves(tmp_path, "\n".join(positions) + "\n", *FOUR, "--ms", "20")
    assert len(answers) == 3
    for text, answer in zip(positions, answers, strict=True):
        assert list(answer) == ["action", "value", "ms"]
        state = game_of("connect-four").state_after(int(word) for word in text.split())
        assert answer["action"] in state.legal_actions()
        assert -1 <= answer["value"] <= 1
        assert answer["ms"] > 0


def test_move_wins_where_it_can(tmp_path: Path) -> None:
    patient = ["--simulations", "300", "--ms", "60000"]
    [answer] = moves(tmp_path, "3 0 3 0 3 1\n", *FOUR, *patient)
    assert (answer["action"], answer["value"]) == (3, 1)


def test_move_takes_fewer_simulations_when_told(tmp_path: Path) -> None:
    once = moves(tmp_path, "3\n4\n", *FOUR, "--simulations", "30", "--seed", "5")
    again = moves(tmp_path, "3\n4\n", *FOUR, "--simulations", "30", "--seed", "5")
    assert [answer["value"] for answer in once] == [answer["value"] for answer in again]


def test_an_artifact_moves_where_cards_were_dealt(kuhn: Path, tmp_path: Path) -> None:
    answers = moves(tmp_path, "1 2 0 1\n", *KUHN, "--artifact", str(kuhn))
    assert answers[0]["action"] in (0, 1)
    assert answers[0]["value"] is None


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        ("3\n3 x\n", "line 2: moves are whole numbers"),
        ("3 9\n", "line 1: move 2: 9 is not a legal move"),
        ("0 1 0 1 0 1 0\n", "line 1: the game is over"),
        ("0 1 0 1 0 1 0 1\n", "line 1: move 8: the game is over"),
        ("", "holds no position"),
        ("é\n".encode("latin-1"), "is no text"),
    ],
)
def test_a_bad_position_is_named_and_nothing_is_written(
    positions: str | bytes, said: str, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "positions"
    path.write_bytes(positions if isinstance(positions, bytes) else positions.encode())
    out = tmp_path / "out"
    assert main(["move", *FOUR, "--positions", str(path), "--out", str(out)]) == 1
    assert_one_line(capsys.readouterr().err, said)
    assert not out.exists()


def assert_one_line(err: str, said: str) -> None:
    lines = err.strip().splitlines()
    assert said in lines[-1]
    assert lines[-1].startswith("error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["move", *KUHN, "--agent", "rollouts", "--positions", "a", "--out", "b"], "no agent roll"),
        (["move", *FOUR, "--positions", "nowhere", "--out", "b"], "No such file"),
        (["play", *KUHN, "--artifact", "nowhere"], "nowhere is not an artifact"),
        (["play", *FOUR, "--level", "godlike"], "unknown level 'godlike'; known: beginner"),
        (["evaluate", *FOUR], "nothing to measure"),
        (["evaluate", *FOUR, "--positions", "nowhere"], "No such file"),
        (
            ["evaluate", *KUHN, "--agent", "random", "--games", "2"],
            "Kuhn poker is measured in chips",
        ),
        (["evaluate", *KUHN, "--agent", "random", "--ms", "9"], "Kuhn poker is measured in chips"),
        (["evaluate", *FOUR, "--games", "3"], "--games: an even number"),
        (["evaluate", *FOUR, "--positions", "a", "--opening", "0"], "only where --games"),
        (
            ["arena", *FOUR[:2], "--agents", "rollouts", "--out", "b", "--record"],
            "--record: there is no artifact",
        ),
        (["arena", *KUHN, "--agents", "random", "--out", "b"], "two contenders at least"),
        (["arena", *FOUR[:2], "--agents", "rollouts:best", "--out", "b"], "unknown level 'best'"),
        (["arena", *FOUR[:2], "--agents", "nobody", "--out", "b"], "nobody is not an artifact"),
        (["train", *KUHN, "--out", "b", "--minutes", "1"], "--minutes: Kuhn poker is solved"),
        (["train", *FOUR[:2], "--out", "b", "--iterations", "9"], "is learnt by self-play"),
        (["train", *KUHN, "--out", "b", "--preset", "tiny"], "hidden cards"),
        (["train", *KUHN, "--out", "."], "is not an artifact: choose another folder"),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(
    arguments: list[str], said: str, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text("not an artifact")
    assert main(arguments) == 1
    assert_one_line(capsys.readouterr().err, said)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["move", "--game", "ludo"], "invalid choice: 'ludo'"),
        (["move", *FOUR, "--positions", "a"], "--out"),
        (["move", *FOUR, "--positions", "a", "--out", "b", "--ms", "0"], "above 0"),
        (["play", *FOUR, "--artifact", "a"], "not allowed with"),
        (["play", *FOUR[:2]], "one of the arguments --artifact --agent is required"),
        (["fly"], "invalid choice"),
        (["train", *KUHN, "--out", "b", "--iterations", "0"], "above 0"),
        (["train", *FOUR[:2], "--out", "b", "--seed", "-1"], "from 0 on"),
        (["train", *FOUR[:2], "--out", "b", "--minutes", "nan"], "not a number above 0"),
    ],
)
def test_a_wrong_argument_ends_with_two(arguments: list[str], said: str, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_an_agent_of_another_game_is_refused(kuhn: Path, capsys) -> None:
    assert main(["play", "--game", "leduc-poker", "--artifact", str(kuhn)]) == 1
    assert_one_line(capsys.readouterr().err, "plays Kuhn poker, not Leduc poker")


def test_train_knows_tic_tac_toe_at_once(tmp_path: Path) -> None:
    assert main(["train", "--game", "tic-tac-toe", "--out", str(tmp_path / "a")]) == 0
    loaded = load_agent(tmp_path / "a")
    assert [level.key for level in loaded.levels] == ["beginner", "medium", "perfect"]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_game_is_played_in_the_terminal(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "nonsense\n" + "x(1,1)\n" + "\n".join(map(str, range(9))) * 3)
    arguments = ["--game", "tic-tac-toe", "--agent", "minimax"]
    assert main(["play", *arguments]) == 0
    told = capsys.readouterr().out
    assert "'nonsense' is not one of the moves" in told
    assert "Minimax plays o(" in told
    assert told.rstrip().splitlines()[-1] in ("You lose (-1).", "A draw.")


def test_who_asks_for_help_in_the_terminal_is_told_how_to_move_and_leave(
    capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "nonsense\nhelp\n")
    assert main(["play", *FOUR, "--level", "beginner"]) == 0
    told = capsys.readouterr().out
    assert "help says how" in told
    assert "Type a move by its number or by the name behind it" in told
    assert told.count("is not one of the moves") == 1


@pytest.mark.parametrize("text", ["", "quit\n"])
def test_a_game_ends_with_the_input_or_with_quit(
    text: str, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, text)
    assert main(["play", *FOUR, "--level", "beginner", "--side", "second"]) == 0
    assert "Random play-outs plays x" in capsys.readouterr().out


def test_the_other_sides_card_is_not_shown_before_the_end(
    kuhn: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "quit\n")
    assert main(["play", *KUHN, "--artifact", str(kuhn), "--seed", "1"]) == 0
    shown = capsys.readouterr().out.splitlines()[2]
    assert shown in ("0", "1", "2")


def test_evaluate_tells_what_can_be_won_of_each_level(kuhn: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    assert main(["evaluate", *KUHN, "--artifact", str(kuhn), "--out", str(out)]) == 0
    levels = json.loads(out.read_text())["levels"]
    lost = [levels[key]["exploitability"] for key in ("beginner", "easy", "equilibrium")]
    assert lost == sorted(lost, reverse=True)


def test_evaluate_counts_moves_that_keep_the_value(tmp_path: Path) -> None:
    """3 wins at once and is played; the file says that it is best, loses, or keeps a draw late."""
    worst = dict.fromkeys(map(str, range(7)), 1) | {"3": -1}
    best = {action: -value for action, value in worst.items()}
    even = dict.fromkeys(worst, 0)
    path, out = tmp_path / "solved.jsonl", tmp_path / "report.json"
    lines = [
        json.dumps({"actions": [3, 0, 3, 0, 3, 1], "values": values, "scores": scores})
        for values, scores in ((best, best), (worst, worst), (even, worst), (even, best))
    ]
    path.write_text("\n".join(lines))
    arguments = ["--positions", str(path), "--simulations", "200", "--out", str(out)]
    assert main(["evaluate", *FOUR, *arguments]) == 0
    told = json.loads(out.read_text())["solved"]
    assert (told["positions"], told["value_kept"], told["best_move"]) == (4, 0.75, 0.5)


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"actions": [3]}', '{"actions": [3], "values": {"0": 1}, "scores": {}}']
)
def test_positions_without_the_values_of_their_moves_are_refused(
    line: str, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "solved.jsonl"
    path.write_text(line + "\n")
    assert main(["evaluate", *FOUR, "--positions", str(path)]) == 1
    assert_one_line(capsys.readouterr().err, "line 1")


def test_evaluate_plays_against_play_outs_from_both_sides(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    arguments = ["--games", "6", "--opponent", "2", "--simulations", "60", "--out", str(out)]
    assert main(["evaluate", *FOUR, *arguments]) == 0
    report = json.loads(out.read_text())
    assert report["limit"] == {"milliseconds": 200, "simulations": 60}
    told = report["play_outs"]
    assert told["opening"] == 2
    assert told["won"] + told["drawn"] + told["lost"] == told["games"] == 6
    assert told["score"] > 0.5
    assert told["low"] <= told["score"] <= told["high"]


def test_an_arena_is_told_as_a_table_and_written(tmp_path: Path, capsys) -> None:
    out = tmp_path / "ratings.json"
    agents = ["random", "rollouts:easy"]
    arguments = ["arena", *FOUR[:2], "--agents", *agents, "--games", "4", "--out", str(out)]
    assert main(arguments) == 0
    report = json.loads(out.read_text())
    assert [row["name"] for row in report["contenders"]] == ["rollouts:easy", "random:random"]
    assert "rollouts:easy" in capsys.readouterr().out.splitlines()[1]
    assert len((tmp_path / "ratings.json.games").read_text().splitlines()) == 5
