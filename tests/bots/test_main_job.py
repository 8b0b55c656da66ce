"""The modules that a bot has when its owner chooses none: what the main job needs."""

from core.modules import Modules

MODULES = Modules.discover()


def test_the_modules_of_the_main_job_are_found_and_on() -> None:
    default_on = {key for key, manifest in MODULES.manifests.items() if manifest.default_on}
    assert default_on >= {"menu", "cart", "catalogue", "stars"}
    assert {need for key in default_on for need in MODULES.manifests[key].requires} <= default_on
