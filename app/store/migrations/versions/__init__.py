"""The revisions, named vNNNN_<what>; never edited once released."""
