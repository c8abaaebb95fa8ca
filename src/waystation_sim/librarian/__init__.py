"""A Librarian on the wire: what its peers see of it, with real bytes in its folders.

Made after the code of `simonsobs/librarian` e5dbd79; its habits are kept, the bad ones too: it
writes its own transfers down blindly after it told the other side, and calls back once a file.
"""
