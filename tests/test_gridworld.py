"""Small worlds: where each action leads, and maps that are refused."""

import numpy as np
import pytest

from lib.gridworld import ACTIONS, four_rooms, from_map, open_room


def test_each_action_leads_one_cell_further_and_walls_hold():
    world = from_map("S.\n#.")
    ends = world.transitions.argmax(axis=-1)
    # states: 0 = (0,0), 1 = (0,1), 2 = (1,1); actions: north, east, south, west, stay
    assert ends.tolist() == [[0, 1, 0, 0, 0], [1, 1, 2, 0, 1], [1, 2, 2, 2, 2]]
    assert (world.transitions.max(axis=-1) == 1).all()
    assert world.start == 0 and world.shape == (2, 2)


def test_a_slip_is_a_draw_from_all_actions():
    world, sure = from_map("S.\n..", slip=0.5), from_map("S.\n..")
    np.testing.assert_allclose(world.transitions, 0.5 * sure.transitions + 0.1 * sure.transitions.sum(axis=1, keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(world.transitions[0, 1], [0.8 * 0.0 + 0.3, 0.6, 0.1, 0.0], atol=1e-15)


@pytest.mark.parametrize("make, size, start", [(open_room, 81, (4, 4)), (four_rooms, 104, (2, 2))])
def test_the_reference_worlds_have_their_sizes(make, size, start):
    world = make(slip=0.1)
    assert world.transitions.shape == (size, 5, size)
    assert tuple(world.cells[world.start]) == start
    np.testing.assert_allclose(world.transitions.sum(axis=-1), 1, rtol=1e-14)
    assert len(ACTIONS) == 5


def test_a_picture_has_holes_where_the_walls_are():
    world = from_map("S#.\n...")
    picture = world.picture(np.arange(5.0))
    assert np.isnan(picture[0, 1]) and picture[1].tolist() == [2, 3, 4]
    assert world.state(1, 2) == 4
    with pytest.raises(ValueError, match=r"`row`, `column` must be a free cell of the map; \(0, 1\) is none"):
        world.state(0, 1)


@pytest.mark.parametrize(
    "text, slip, words",
    [
        ("S.\n.", 0.0, r"lines of one length; they have \[2, 1\]"),
        ("", 0.0, "lines of one length"),
        ("S.x", 0.0, "only '.', '#' and 'S'; it holds 'x'"),
        ("...", 0.0, "one start 'S'; it has 0"),
        ("S.S", 0.0, "one start 'S'; it has 2"),
        ("S#.", 0.0, "every free cell be reached from 'S'; row 0, column 2 can't be"),
        ("S.", -0.1, "`slip` must be a finite number, not negative"),
        ("S.", 1.5, "`slip` must be at most 1; it is 1.5"),
        ("S.", float("nan"), "`slip` must be a finite number"),
    ],
)
def test_a_bad_map_is_refused(text, slip, words):
    with pytest.raises(ValueError, match=words):
        from_map(text, slip=slip)
