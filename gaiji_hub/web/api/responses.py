"""The error answers every route documents (RFC 9457)."""

from __future__ import annotations

from litestar.openapi.datastructures import ResponseSpec

from gaiji_hub.web.problems import PROBLEM_JSON, Problem


def _spec(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, description=description, media_type=PROBLEM_JSON, generate_examples=False)


READ_ERRORS = {
    400: _spec("指定が正しくない"),
    403: _spec("このコンピュータ以外の名前で開こうとした"),
    404: _spec("存在しない、または他団体のもの（区別しない）"),
    422: _spec("値が使えない"),
    500: _spec("サーバーの誤り"),
    503: _spec("起動中または使えない"),
}
WRITE_ERRORS = {
    **READ_ERRORS,
    413: _spec("本文が大きすぎる"),
    415: _spec("Content-Type が application/json ではない"),
}
