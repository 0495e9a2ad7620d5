"""伝送路の鍵と期限: a timestamp lives 7 days, so the hub renews every channel; members refuse an expired one."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.errors import HubError
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.release import Release
from gaiji_hub.services.delivery import anything_published, next_place
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_business_systems, list_municipalities

RENEW_EVERY = datetime.timedelta(hours=12)
RETRY_AFTER = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Renewed:
    """The names of the channels renewed, in order, and a sentence for every channel that could not be."""

    channels: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def hub_keys(registry: Registry) -> HubKeys:
    """The hub's keys, made when nothing was ever published; `KeyMissing` when they are gone after that.

    Both the database and the channels folder are asked: either may be the one that was lost with the keys.
    """
    with registry.store.reading() as session:
        published = anything_published(session)
    return HubKeys.open(registry.keys) if published else HubKeys.open_or_create(registry.keys, registry.channels)


def published_channels(registry: Registry) -> tuple[str, ...]:
    """The names of the channels that carry, or before a restore carried, at least one publication, in order."""
    with registry.store.reading() as session:
        places = [
            (municipality.lg_code, system.name)
            for municipality in list_municipalities(session)
            for system in list_business_systems(session, municipality.lg_code)
        ]
        return tuple(channel_name(*place) for place in places if next_place(session, *place)[0] > 1)


def open_channel(registry: Registry, keys: HubKeys, channel: str) -> ChannelPublisher:
    """The channel of that name; what is put on it raises its high-water mark."""
    return ChannelPublisher(registry.channels, keys, channel, Marks(registry.marks))


def note_release(registry: Registry, made: Release) -> None:
    """Raise the channel's mark to a release just committed, so that its number is not given again after a restore.

    A share that is away stops nobody here: the release is made, and its publication says so instead.
    """
    channel = channel_name(made.municipality, made.business_system)
    with contextlib.suppress(OSError):
        Marks(registry.marks).raise_to(Mark(channel, 0, "", made.number, made.hash))


def renew_channels(registry: Registry, now: datetime.datetime) -> Renewed:
    """Renew the dates of every published channel as of the aware instant `now`.

    A channel that cannot be renewed is a problem and stops no other; `KeyMissing` when none of them can be.
    """
    channels = published_channels(registry)
    if not channels:
        return Renewed()
    keys = HubKeys.open(registry.keys)
    renewed, problems = [], []
    for channel in channels:
        try:
            open_channel(registry, keys, channel).renew(now)
            renewed.append(channel)
        except HubError as error:
            problems.append(f"{channel}: {error}")
        except OSError as error:
            problems.append(f"{channel}: 公開フォルダを読み書きできません（{error.strerror or type(error).__name__}）")
    return Renewed(tuple(renewed), tuple(problems))
