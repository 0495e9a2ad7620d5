"""役割 × 権限: the whole matrix written out, so that a change of a role is a change of this table."""

from __future__ import annotations

import itertools

import pytest

from gaiji_hub.moji.actor import (
    CONSOLE,
    HUB,
    HUB_ROLES,
    MACHINE_ROLES,
    ROLE_PERMISSIONS,
    ROLE_SCOPES,
    SCOPE_PERMISSIONS,
    SCOPES,
    TOWN_ROLES,
    Actor,
    NotAllowed,
    Permission,
    Place,
    Role,
)

HERE, THERE = "131016", "131024"
MATRIX = """
                    clerk approver municipality_admin operator council migration_tool print_vendor agent
        read            x        x                  x        -       -              x            -     -
        decide          x        x                  -        -       -              -            -     -
        approve         -        x                  -        -       -              -            -     -
        release         -        x                  x        -       -              -            -     -
        print           x        x                  x        -       -              -            -     -
        audit           -        x                  x        -       -              -            -     -
        admin           -        -                  x        -       -              -            -     -
        lookup          x        x                  x        -       -              x            -     x
        channel         -        -                  x        -       -              -            -     x
        acknowledge     -        -                  -        -       -              -            -     x
        submit_job      x        x                  x        -       -              x            -     -
        fetch_job       -        -                  -        -       -              -            x     -
        operate         -        -                  -        x       -              -            -     -
        council         -        -                  -        -       x              -            -     -
"""


def expected() -> dict[tuple[Role, Permission], bool]:
    heads, *lines = (line.split() for line in MATRIX.strip().splitlines())
    roles = [Role(head) for head in heads]
    found = {}
    for permission, *cells in lines:
        for role, cell in zip(roles, cells, strict=True):
            found[role, Permission(permission)] = cell == "x"
    return found


def person(*roles: Role, home: str = HERE) -> Actor:
    return Actor("person", 1, "架空 花子", home, frozenset(Place(home, role) for role in roles))


def token(role: Role, *scopes: str) -> Actor:
    return Actor("token", 1, "機械", HERE, frozenset({Place(HERE, role)}), scopes=frozenset(scopes))


def test_the_table_is_complete():
    assert set(expected()) == set(itertools.product(Role, Permission))
    assert {*TOWN_ROLES, *HUB_ROLES, *MACHINE_ROLES} == set(Role) == set(ROLE_PERMISSIONS)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says_and_only_at_its_place(role: Role):
    actor = person(role)
    for permission in Permission:
        assert actor.may(permission, HERE) is expected()[role, permission], permission
        assert not actor.may(permission, THERE)
        assert not actor.may(permission, HUB)


def test_what_is_not_allowed_names_who_is():
    with pytest.raises(NotAllowed, match="必要な役割: 承認者"):
        person(Role.CLERK).require(Permission.APPROVE, HERE)
    person(Role.APPROVER).require(Permission.APPROVE, HERE)


def test_roles_add_up_and_each_counts_where_it_is():
    actor = Actor("person", 1, "架空", THERE, frozenset({Place(THERE, Role.CLERK), Place(HERE, Role.APPROVER)}))
    assert actor.lg_codes == {HERE, THERE}
    assert (actor.roles(HERE), actor.roles(THERE)) == ((Role.APPROVER,), (Role.CLERK,))
    assert actor.may(Permission.APPROVE, HERE)
    assert not actor.may(Permission.APPROVE, THERE)


def test_nobody_both_administers_and_touches_a_character():
    for role in Role:
        allowed = ROLE_PERMISSIONS[role]
        assert not (Permission.ADMIN in allowed and allowed & {Permission.DECIDE, Permission.APPROVE}), role


def test_the_hubs_staff_see_no_town_by_their_role():
    for role in HUB_ROLES:
        staff = person(role, home=HUB)
        assert staff.lg_codes == frozenset()
        assert not any(staff.may(permission, HERE) for permission in Permission)


def test_the_console_may_everything_but_is_no_person():
    assert all(CONSOLE.may(permission, HERE) for permission in Permission)
    assert CONSOLE.kind == "console"


@pytest.mark.parametrize(("role", "scope"), list(itertools.product(ROLE_SCOPES, SCOPES)))
def test_a_token_may_what_both_its_role_and_its_scope_allow(role: Role, scope: str):
    actor = token(role, scope)
    for permission in Permission:
        both = permission in ROLE_PERMISSIONS[role] and permission in SCOPE_PERMISSIONS[scope]
        assert actor.may(permission, HERE) is both, permission


def test_a_token_without_scope_may_nothing():
    assert not any(token(role).may(permission, HERE) for role in ROLE_SCOPES for permission in Permission)


def test_every_scope_a_role_may_have_lets_it_do_something():
    for role, scopes in ROLE_SCOPES.items():
        for scope in scopes:
            assert ROLE_PERMISSIONS[role] & SCOPE_PERMISSIONS[scope], (role, scope)
