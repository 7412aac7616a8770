"""English words of the administrators' page of message templates and sequences."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageWords:
    title: str = "Messages"
    back: str = "Panel"
    pages: str = "Pages for administrators"
    sign_out: str = "Close and sign out"
    kinds: tuple[tuple[str, str], ...] = (("template", "Messages"), ("sequence", "Sequences"))
    states: tuple[tuple[str, str], ...] = (
        ("approved", "In use"),
        ("draft", "Draft"),
        ("retired", "Retired"),
    )
    marks: tuple[tuple[str, str], ...] = (
        ("approved", "yes"),
        ("draft", "open"),
        ("retired", "excluded"),
    )
    version: str = "{key}, version {version}"
    shipped: str = "comes with Chartside"
    own: str = "your own"
    older: str = "Older versions"
    variant: str = "{language}: {channels}"
    languages: tuple[tuple[str, str], ...] = (("en", "English"), ("es", "Spanish"))
    length: str = "{characters} characters, {segments} part{s} with example values"
    reviewed: str = "Language vouched for by {who}"
    against: str = "What stands against approving it"
    step: str = "{n}. {name}: after {days} days by {channels}"
    approve: str = "Approve"
    retire: str = "Retire"
    change: str = "Change these words"
    form_title: str = "New words: {name}, {variant}"
    subject: str = "Subject"
    text: str = "Text"
    text_hint: str = "Variables in braces: {variables}."
    mail_hint: str = "How to stop, with its link, is put at the end of every e-mail."
    reviewed_by: str = "Who vouches for this language"
    look: str = "Check"
    save: str = "Save as version {version}"
    clean: str = "Nothing stands against it."
    example: str = "With example values"
    saved_hint: str = "A saved version is a draft until it is approved. No version is ever changed."
    by_file: str = "New templates and sequences come from a file: chartside messages add."


EN = MessageWords()
