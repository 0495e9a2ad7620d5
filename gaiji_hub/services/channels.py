"""伝送路の期限: every channel's timestamp lives 7 days, so the hub renews them; members refuse an expired channel."""

from __future__ import annotations

import datetime

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_business_systems, list_municipalities

RENEW_EVERY = datetime.timedelta(hours=12)


def published_channels(registry: Registry) -> tuple[str, ...]:
    """The names of the channels that carry at least one publication, in order."""
    with registry.store.reading() as session:
        places = [
            (municipality.lg_code, system.name)
            for municipality in list_municipalities(session)
            for system in list_business_systems(session, municipality.lg_code)
        ]
        return tuple(channel_name(*place) for place in places if list_publications(session, *place))


def renew_channels(registry: Registry, now: datetime.datetime) -> tuple[str, ...]:
    """Renew the dates of every published channel as of the aware instant `now`; the names renewed."""
    channels = published_channels(registry)
    if channels:
        keys = HubKeys.open_or_create(registry.keys)
        for channel in channels:
            ChannelPublisher(registry.channels, keys, channel).renew(now)
    return channels
