import threading

import pytest

from gaiji_hub.errors import Unavailable
from gaiji_hub.web.later import Later, StillLoading


def test_it_is_loaded_once_for_many_threads():
    made = []
    later = Later("表", lambda: made.append(1) or len(made))
    threads = [threading.Thread(target=later.get) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert later.get() == 1
    assert made == [1]


def test_now_does_not_wait():
    later = Later("表", lambda: 1)
    assert later.state == "loading"
    with pytest.raises(StillLoading):
        later.now()
    later.get()
    assert later.now() == 1
    assert later.state == "ready"


def test_a_failed_load_says_so_every_time():
    def fail() -> int:
        raise Unavailable(reason="ない")

    later = Later("フォント", fail)
    for _ in range(2):
        with pytest.raises(Unavailable):
            later.get()
    assert later.state == "unavailable"
    with pytest.raises(Unavailable):
        later.now()
