"""Streams followed live: packets in any order in, the engine's windows out."""

from transforms.live.feedback import Feedback
from transforms.live.follow_streams import FollowStreams, RefusedEnvelope
from transforms.live.follower import StreamFollower
from transforms.live.settings import FollowSettings

__all__ = ["Feedback", "FollowSettings", "FollowStreams", "RefusedEnvelope", "StreamFollower"]
