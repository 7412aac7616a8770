"""What reaches people: a pretend phone behind a text provider's API, and a mailbox behind SMTP."""
