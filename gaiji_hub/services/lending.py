"""他団体の承認者を頼む: a municipality's administrator lets a neighbour's approver approve here, until a date.

The one who is asked for is named by login, which the two municipalities told each other. Whatever does not fit is
one and the same answer, so that nobody learns here whose logins exist.
"""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Actor, Permission, Role
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.services.people import PersonRole, can_be_lent, grant

LONGEST = datetime.timedelta(days=400)


class NobodyToLend(BadInput):
    code = "nobody_to_lend"
    template = "頼める承認者が見つかりません"


class BadLendingDate(BadInput):
    code = "bad_lending_date"
    template = "期日は、今日から{days}日までの日付で指定してください（例: 2027-03-31）"


def lend(
    session: Session, lg_code: str, login: str, until: datetime.date, at: datetime.datetime, by: Actor
) -> PersonRole:
    """Make the approver `login` of another municipality an approver in `lg_code`; only its administrator may.

    Sees the people of every municipality, so it needs a session of everything.
    """
    by.require(Permission.ADMIN, lg_code)
    today = date_in_japan(at)
    if not today <= until <= today + LONGEST:
        raise BadLendingDate(days=LONGEST.days)
    if not can_be_lent(session, lg_code, login, at, by):
        raise NobodyToLend
    return grant(session, lg_code, login, Role.APPROVER, at, by, until)
