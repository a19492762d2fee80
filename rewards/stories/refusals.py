"""Why a story or thanks were not taken."""

from kernel.errors import Kind, Refusal
from kernel.messages import N_


class UnknownStory(Refusal):
    """No story has this id, or none that the caller may see."""

    code = "unknown_story"
    kind = Kind.NOT_FOUND
    message = N_("没有这篇故事。")


class UnknownStoryStreet(Refusal):
    """There is no such street, or none that the caller tells stories of."""

    code = "unknown_story_street"
    kind = Kind.INVALID
    message = N_("没有这个街道，或者它不归您管。")


class UnknownStoryPerson(Refusal):
    """No steward of this street has this number."""

    code = "unknown_story_person"
    kind = Kind.INVALID
    message = N_("这个街道没有编号为“{number}”的管家。")


class StoryNeedsConsent(Refusal):
    """The steward has not consented to stories (未同意)."""

    code = "story_needs_consent"
    message = N_("这位管家还没有同意讲自己的故事，请先征得本人同意并登记。")


class UnknownThanks(Refusal):
    """No thanks have this id, or none that the caller may see."""

    code = "unknown_thanks"
    kind = Kind.NOT_FOUND
    message = N_("没有这条感谢。")


class ThanksDecided(Refusal):
    """Somebody looked at these thanks before."""

    code = "thanks_decided"
    message = N_("这条感谢已经有人看过了。")


class ThanksNotWished(Refusal):
    """The steward wishes no public thanks, or is no steward any more."""

    code = "thanks_not_wished"
    message = N_("这位管家没有开通居民感谢，您可以当面谢谢他（她）。")
