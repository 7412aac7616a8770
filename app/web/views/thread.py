"""The thread of one contact: what we sent, what came back, when on both clocks. Moves nothing."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from app.sync.outreach_work import Item
from app.web.views.reply_line import ReplyLine, build_reply_line
from app.web.views.scene import Scene
from app.web.views.times import build_pair
from app.web.words_replies import EN, ReplyWords


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """`reply` None for what we sent; `lang` is the language of our words."""

    who: str
    text: str
    when: str
    lang: str
    reply: ReplyLine | None


@dataclass(frozen=True, slots=True)
class Thread:
    t: ReplyWords
    lines: tuple[ThreadLine, ...]


def build_thread(item: Item, scene: Scene, user_id: str) -> Thread | None:
    """None as long as nothing came back: the words stand above already."""
    if not item.replies:
        return None
    zone = item.outreach.zone
    there = replace(scene, there=ZoneInfo(zone)) if zone else scene
    said = [
        (
            sent.sent_at,
            ThreadLine(
                EN.we_wrote,
                sent.content.body,
                build_pair(sent.sent_at, there),
                sent.content.language,
                None,
            ),
        )
        for sent in item.outbound
        if sent.sent_at is not None
    ]
    said += [
        (
            reply.heard_at,
            ThreadLine(EN.they_wrote, "", "", "", build_reply_line(reply, there, user_id)),
        )
        for reply in item.replies
    ]
    return Thread(EN, tuple(line for _at, line in sorted(said, key=lambda pair: pair[0])))
