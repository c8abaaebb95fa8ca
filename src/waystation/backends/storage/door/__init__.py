"""Storage Elements of other sites, by WebDAV."""
