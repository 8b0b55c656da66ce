"""What an answer says to those who may keep it."""

import pytest

from api.answer_cache import kept_by
from core.settings import Settings


@pytest.mark.parametrize("behind, marks", [(False, {}), (True, {"X-Accel-Expires": "1"})])
def test_only_our_nginx_in_front_may_keep_an_answer(behind: bool, marks: dict[str, str]) -> None:
    settings = Settings(_env_file=None, behind_nginx=behind)
    assert kept_by(settings) == {"Cache-Control": "private, no-cache"} | marks
