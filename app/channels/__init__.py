"""The doors out to patients: a text provider and a mail server. Only sync.deliver opens them."""
