import importlib
import pickle
import pkgutil

import pytest

import gaiji_hub
from gaiji_hub.errors import HubError, NotFound, Problems, from_wire


def test_an_error_crosses_a_process_border_unchanged():
    error = NotFound(what="配布版 3")
    for other in (from_wire(error.to_wire()), pickle.loads(pickle.dumps(error))):
        assert type(other) is NotFound
        assert str(other) == str(error) == "見つかりません: 配布版 3"


def test_an_unknown_code_stays_visible():
    assert "martian" in str(from_wire({"code": "martian", "facts": {}}))


def test_a_batch_shows_all_its_problems_up_to_a_limit():
    error = Problems.gather("表.csv", [f"{n}行: x" for n in range(60)])
    assert error.facts["count"] == 60
    assert "…ほか 10 件" in str(error)


def test_every_error_has_its_own_code_and_a_family():
    import importlib
    import pkgutil

    import gaiji_hub

    for module in pkgutil.walk_packages(gaiji_hub.__path__, "gaiji_hub."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = [HubError, *_descendants(HubError)]
    codes = [cls.code for cls in classes]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)
    assert all(cls.exit_code in (2, 3) and 400 <= cls.status < 600 for cls in classes)


def _descendants(cls):
    return [found for child in cls.__subclasses__() for found in (child, *_descendants(child))]


def test_a_code_cannot_be_given_twice():
    with pytest.raises(TypeError, match="not_found"):
        type("Other", (HubError,), {"code": "not_found"})


def test_a_sentence_needs_its_facts():
    with pytest.raises(KeyError):
        NotFound(wrong="x")


def test_every_module_loads_beside_all_others_so_no_code_names_two_errors():
    modules = [
        found.name for found in pkgutil.walk_packages(gaiji_hub.__path__, "gaiji_hub.") if "__main__" not in found.name
    ]
    for name in modules:
        if ".migrations." not in name:  # alembic's scripts run only inside a migration
            importlib.import_module(name)
    assert len(HubError.by_code) > 100
