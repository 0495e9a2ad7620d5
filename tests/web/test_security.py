"""The borders without logins: loopback names, own origin, JSON for programs and forms for pages."""

import pytest
from litestar.datastructures import Headers

from gaiji_hub.web.problems import UnsupportedMediaType
from gaiji_hub.web.security import ForeignHost, ForeignOrigin, check_host, check_write

OWN = "http://127.0.0.1:8470"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8470", "localhost:1", "[::1]:8470", "LOCALHOST"])
def test_loopback_names_are_served(host):
    assert check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "hub.example",
        "127.0.0.1.hub.example",
        "localhost.hub.example:8470",
        "0.0.0.0",
        "[",
        "127.0.0.2",
        "a@b",
    ],
)
def test_any_other_name_is_refused(host):
    with pytest.raises(ForeignHost):
        check_host(host)


def headers(**values: str) -> Headers:
    return Headers({"host": "127.0.0.1:8470", **{name.replace("_", "-"): value for name, value in values.items()}})


def test_a_program_sends_json():
    check_write("/api/v1/x", headers(content_type="application/json; charset=utf-8"))
    check_write("/api/v1/x", headers(content_type="application/json", origin=OWN))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_another_sites_form_can_send_is_refused(kind):
    with pytest.raises(UnsupportedMediaType):
        check_write("/api/v1/x", headers(content_type=kind))


@pytest.mark.parametrize("origin", ["http://hub.example", "null", "https://127.0.0.1:8470", "http://127.0.0.1:1"])
def test_another_origin_is_refused(origin):
    for path, kind in (("/api/v1/x", "application/json"), ("/m/x", "application/x-www-form-urlencoded")):
        with pytest.raises(ForeignOrigin):
            check_write(path, headers(content_type=kind, origin=origin))


def test_a_cross_site_fetch_is_refused():
    with pytest.raises(ForeignOrigin):
        check_write("/api/v1/x", headers(content_type="application/json", sec_fetch_site="cross-site"))


def test_a_page_form_must_name_our_origin():
    form = "application/x-www-form-urlencoded"
    check_write("/m/x", headers(content_type=form, origin=OWN, sec_fetch_site="same-origin"))
    with pytest.raises(ForeignOrigin):
        check_write("/m/x", headers(content_type=form))
