"""The tables behind the pages, for administrators to look at."""
