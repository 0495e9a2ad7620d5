"""Errors as RFC 9457 problems: a stable code, a Japanese sentence, never the value that was sent."""

import logging

from litestar.exceptions import MethodNotAllowedException, NotFoundException, ValidationException

from gaiji_hub.errors import Conflict, NotBuilt, NotFound, Unavailable
from gaiji_hub.web.problems import of_http_error, of_hub_error


def test_the_status_belongs_to_the_family():
    found = [of_hub_error(error).status for error in (NotFound(what="x"), Conflict(reason="x"), NotBuilt(what="x"))]
    assert found == [404, 409, 501]
    assert of_hub_error(Unavailable(reason="x")).code == "unavailable"


def test_framework_errors_speak_japanese():
    problem = of_http_error(NotFoundException())
    assert (problem.code, problem.detail) == ("not_found", "見つかりません。")
    assert of_http_error(MethodNotAllowedException()).code == "method_not_allowed"


def test_a_validation_error_names_the_field_and_not_the_value():
    error = ValidationException(extra=[{"key": "keys", "message": "Expected `int`, got 渡邉"}])
    problem = of_http_error(error)
    assert problem.code == "invalid_request"
    assert [field.key for field in problem.fields] == ["keys"]
    assert "渡邉" not in repr(problem)


def test_a_bug_is_logged_without_its_message(caplog):
    from gaiji_hub.web.problems import log_bug

    caplog.set_level(logging.ERROR)
    try:
        raise ValueError("渡邉")
    except ValueError as error:
        log_bug(error)
    assert "ValueError" in caplog.text
    assert "test_problems" in caplog.text
    assert "渡邉" not in caplog.text
