from ingestion.announcements import Announcements


def test_a_shop_is_announced_at_once_and_then_seldom_enough() -> None:
    announcements = Announcements()
    announcements.add((1, 2))
    assert announcements.take(100.0) == [1, 2]
    announcements.add((2, 3))
    assert announcements.take(100.3) == [3]
    assert announcements.take(100.5) == []
    assert announcements.take(100.8) == [2]
    assert announcements.take(200.0) == []


def test_many_events_of_a_moment_are_one_announcement() -> None:
    announcements = Announcements()
    announcements.add((1,))
    announcements.take(0.0)
    for _ in range(10):
        announcements.add((1,))
    assert announcements.take(1.5) == [1]
    assert announcements.take(9.0) == []
